package dev.rostrum.dtls;

import java.io.IOException;
import java.util.Hashtable;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsClient;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.CertificateStatusRequest;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsClientContext;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsSRTPUtils;
import org.bouncycastle.tls.TlsServerCertificate;
import org.jspecify.annotations.Nullable;

/**
 * What Bouncy Castle asks a DTLS client. Unlike the server it also takes the RSA suite, since the server's certificate
 * decides that.
 *
 * <p>Owned by the thread that runs the handshake.
 */
@SuppressWarnings({"rawtypes", "JdkObsolete"}) // Bouncy Castle's interfaces are older than generics
final class DtlsClientPeer extends AbstractTlsClient {

    private final DtlsHandshake handshake;

    DtlsClientPeer(DtlsHandshake handshake) {
        super(handshake.crypto().tls());
        this.handshake = handshake;
    }

    @Override
    public void init(TlsClientContext context) {
        super.init(context);
        handshake.begin(context);
    }

    @Override
    protected ProtocolVersion[] getSupportedVersions() {
        return ProtocolVersion.DTLSv12.only();
    }

    @Override
    protected int[] getSupportedCipherSuites() {
        return new int[] {
            CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        };
    }

    @Override
    protected Vector getSupportedGroups(Vector namedGroupRoles) {
        return new Vector<>(handshake.crypto().groups());
    }

    @Override
    protected Vector getSupportedSignatureAlgorithms() {
        return DtlsHandshake.signatures();
    }

    @Override
    protected @Nullable CertificateStatusRequest getCertificateStatusRequest() {
        return null;
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
    @SuppressWarnings("unchecked")
    public Hashtable getClientExtensions() throws IOException {
        Hashtable extensions = super.getClientExtensions();
        TlsSRTPUtils.addUseSRTPExtension(extensions, DtlsHandshake.offer());
        return extensions;
    }

    @Override
    public void processServerExtensions(Hashtable serverExtensions) throws IOException {
        super.processServerExtensions(serverExtensions);
        handshake.chosen(serverExtensions == null ? null : TlsSRTPUtils.getUseSRTPExtension(serverExtensions));
    }

    @Override
    public TlsAuthentication getAuthentication() {
        return new TlsAuthentication() {
            @Override
            public void notifyServerCertificate(TlsServerCertificate serverCertificate) throws IOException {
                handshake.verify(serverCertificate == null ? null : serverCertificate.getCertificate());
            }

            @Override
            public TlsCredentials getClientCredentials(CertificateRequest request) throws IOException {
                Vector accepted = request.getSupportedSignatureAlgorithms();
                if (accepted == null || !accepted.contains(DtlsCrypto.SIGNATURE)) {
                    throw DtlsHandshake.refuse(
                            AlertDescription.handshake_failure,
                            "the server does not accept a certificate with ECDSA and SHA-256");
                }
                return handshake.signer(context);
            }
        };
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
        handshake.complete(context);
        supportedGroups = null;
        supportedSignatureAlgorithms = null;
    }
}
