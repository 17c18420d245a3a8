package dev.rostrum.dtls;

import java.io.IOException;
import java.util.Hashtable;
import org.bouncycastle.tls.AbstractTlsServer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ClientCertificateType;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsSRTPUtils;
import org.bouncycastle.tls.TlsServerContext;
import org.bouncycastle.tls.UseSRTPData;
import org.jspecify.annotations.Nullable;

/**
 * What Bouncy Castle asks a DTLS server: one cipher suite, one version, the client's certificate required.
 *
 * <p>Owned by the thread that runs the handshake.
 */
@SuppressWarnings({"rawtypes", "JdkObsolete"}) // Bouncy Castle's interfaces are older than generics
final class DtlsServerPeer extends AbstractTlsServer {

    private final DtlsHandshake handshake;
    private @Nullable UseSRTPData offered;

    DtlsServerPeer(DtlsHandshake handshake) {
        super(handshake.crypto().tls());
        this.handshake = handshake;
    }

    @Override
    public void init(TlsServerContext context) {
        super.init(context);
        handshake.begin(context);
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
        return ProtocolVersion.DTLSv12.only();
    }

    @Override
    protected int[] getSupportedCipherSuites() {
        // One, because browsers, OpenSSL and GnuTLS all have it, and JcaTlsCrypto fails with ChaCha20 on most
        // providers.
        return new int[] {CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256};
    }

    @Override
    protected String getDetailMessageNoCipherSuite() {
        return "the client does not offer ECDHE-ECDSA with AES-128-GCM, a P-256 signature and a common curve";
    }

    @Override
    protected boolean preferLocalCipherSuites() {
        return true;
    }

    // Bouncy Castle asks getSupportedGroups() for DTLS 1.3 only; this is what counts for 1.2.
    @Override
    protected int selectECDH(int minimumCurveBits) {
        int[] theirs = context.getSecurityParametersHandshake().getClientSupportedGroups();
        if (theirs == null) {
            return selectECDHDefault(minimumCurveBits);
        }
        for (int ours : handshake.crypto().groups()) {
            for (int each : theirs) {
                if (each == ours) {
                    return ours;
                }
            }
        }
        return -1;
    }

    @Override
    protected boolean selectCipherSuite(int cipherSuite) throws IOException {
        return selectECDH(0) >= 0 && super.selectCipherSuite(cipherSuite);
    }

    @Override
    public TlsCredentials getCredentials() throws IOException {
        return handshake.signer(context);
    }

    @Override
    protected boolean allowCertificateStatus() {
        return false;
    }

    @Override
    public CertificateRequest getCertificateRequest() {
        short[] types = {ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign};
        return new CertificateRequest(types, DtlsHandshake.signatures(), null);
    }

    @Override
    public void notifyClientCertificate(Certificate clientCertificate) throws IOException {
        handshake.verify(clientCertificate);
    }

    // The fingerprint vouches for the certificate, its own signature does not.
    @Override
    public boolean shouldCheckSigAlgOfPeerCerts() {
        return false;
    }

    // Exported keys are bound to the handshake only with it (RFC 7627 §5.4).
    @Override
    public boolean requiresExtendedMasterSecret() {
        return true;
    }

    // A peer that cannot renegotiate securely is welcome: nobody here renegotiates.
    @Override
    public void notifySecureRenegotiation(boolean secureRenegotiation) {}

    @Override
    public void processClientExtensions(Hashtable clientExtensions) throws IOException {
        super.processClientExtensions(clientExtensions);
        offered = clientExtensions == null ? null : TlsSRTPUtils.getUseSRTPExtension(clientExtensions);
    }

    @Override
    public Hashtable getServerExtensions() throws IOException {
        Hashtable extensions = super.getServerExtensions();
        TlsSRTPUtils.addUseSRTPExtension(extensions, handshake.choose(offered));
        return extensions;
    }

    @Override
    public int getHandshakeTimeoutMillis() {
        return handshake.deadlineMillis();
    }

    @Override
    public int getHandshakeResendTimeMillis() {
        return handshake.firstRetransmitMillis();
    }

    @Override
    public void notifyAlertReceived(short alertLevel, short alertDescription) {
        handshake.alertReceived(alertLevel, alertDescription);
    }

    @Override
    public void notifyHandshakeComplete() throws IOException {
        if (context.getSecurityParametersConnection() == null) {
            throw DtlsHandshake.refuse(AlertDescription.internal_error, "the handshake completed without parameters");
        }
        handshake.complete(context);
        // This object lives as long as the session; the hello does not have to.
        clientExtensions = null;
        offeredCipherSuites = null;
        offered = null;
        serverExtensions.clear();
    }
}
