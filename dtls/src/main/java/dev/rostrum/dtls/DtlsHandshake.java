package dev.rostrum.dtls;

import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpProfile;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsPeer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.AlertLevel;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.DTLSClientProtocol;
import org.bouncycastle.tls.DTLSServerProtocol;
import org.bouncycastle.tls.DTLSTransport;
import org.bouncycastle.tls.DatagramTransport;
import org.bouncycastle.tls.ExporterLabel;
import org.bouncycastle.tls.SecurityParameters;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsTimeoutException;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.UseSRTPData;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.jspecify.annotations.Nullable;

/**
 * One DTLS 1.2 handshake with use_srtp (RFC 5764), and what both roles decide in the same way: which SRTP profile, whether
 * the certificate is the one that signaling announced, and what to say when it fails.
 *
 * <p>Owned by the thread that runs it; afterwards by whoever reads the session's datagrams.
 */
final class DtlsHandshake {

    /** What a peer may sign with: its certificate is self-signed, and browsers and GStreamer differ in the kind of key. */
    static final List<SignatureAndHashAlgorithm> SIGNATURES = List.of(
            DtlsCrypto.SIGNATURE,
            SignatureAndHashAlgorithm.getInstance((short) 5, (short) 3), // ecdsa_secp384r1_sha384
            SignatureAndHashAlgorithm.getInstance((short) 6, (short) 3), // ecdsa_secp521r1_sha512
            SignatureAndHashAlgorithm.ed25519, // with a certificate of the type ecdsa_sign (RFC 8422 §5.5)
            SignatureAndHashAlgorithm.rsa_pss_rsae_sha256,
            SignatureAndHashAlgorithm.getInstance((short) 4, (short) 1), // rsa_pkcs1_sha256
            SignatureAndHashAlgorithm.getInstance((short) 5, (short) 1), // rsa_pkcs1_sha384
            SignatureAndHashAlgorithm.getInstance((short) 6, (short) 1)); // rsa_pkcs1_sha512

    private final DtlsCrypto crypto;
    private final DtlsIdentity identity;
    private final DtlsRole role;
    private final Fingerprint remote;
    private final int deadlineMillis;
    private final int firstRetransmitMillis;

    private @Nullable TlsContext context;
    private @Nullable AbstractTlsPeer peer;
    private @Nullable SrtpProfile profile;
    private @Nullable SrtpKeys keys;
    private @Nullable String peerEnded;

    DtlsHandshake(
            DtlsCrypto crypto,
            DtlsIdentity identity,
            DtlsRole role,
            Fingerprint remote,
            int deadlineMillis,
            int firstRetransmitMillis) {
        this.crypto = crypto;
        this.identity = identity;
        this.role = role;
        this.remote = remote;
        this.deadlineMillis = deadlineMillis;
        this.firstRetransmitMillis = firstRetransmitMillis;
    }

    /**
     * Runs the handshake to its end on the calling thread.
     *
     * @throws IOException if it fails; {@link #reason} says why in a sentence
     */
    DTLSTransport run(DatagramTransport wire) throws IOException {
        return switch (role) {
            case SERVER -> {
                // No DTLSVerifier: it loses ClientHellos of more than one datagram. The address was verified by ICE.
                DtlsServerPeer server = new DtlsServerPeer(this);
                peer = server;
                yield new DTLSServerProtocol().accept(server, wire);
            }
            case CLIENT -> {
                DtlsClientPeer client = new DtlsClientPeer(this);
                peer = client;
                yield new DTLSClientProtocol().connect(client, wire);
            }
        };
    }

    /** Tells the peer that this side gives up: user_canceled, then close_notify. The handshake must end right after. */
    void cancel() throws IOException {
        if (peer != null) {
            peer.cancel();
        }
    }

    /** The keys, once {@link #run} has returned. */
    SrtpKeys keys() {
        if (keys == null) {
            throw new IllegalStateException("the handshake is not complete");
        }
        return keys;
    }

    /** Why the peer ended the session, by close_notify or by a fatal alert; null while it goes on. */
    @Nullable
    String peerEnded() {
        return peerEnded;
    }

    /**
     * Whether only ChangeCipherSpec and Finished are left to come. Bouncy Castle calculates what Finished must say at
     * exactly that point, so that is where one can see it.
     */
    boolean awaitsFinished() {
        TlsContext current = context;
        if (current == null) {
            return false;
        }
        SecurityParameters handshaking = current.getSecurityParametersHandshake();
        return handshaking == null || handshaking.getPeerVerifyData() != null;
    }

    DtlsCrypto crypto() {
        return crypto;
    }

    int deadlineMillis() {
        return deadlineMillis;
    }

    int firstRetransmitMillis() {
        return firstRetransmitMillis;
    }

    void begin(TlsContext ofThisHandshake) {
        context = ofThisHandshake;
    }

    TlsCredentialedSigner signer(TlsContext signing) throws IOException {
        return crypto.signer(new TlsCryptoParameters(signing), identity);
    }

    /** The profiles to offer, best first. */
    static UseSRTPData offer() {
        int[] ids =
                Arrays.stream(SrtpProfile.values()).mapToInt(SrtpProfile::id).toArray();
        return new UseSRTPData(ids, TlsUtils.EMPTY_BYTES);
    }

    /** As a server: the best of our profiles that the client offered (RFC 5764 §4.1.1). */
    UseSRTPData choose(@Nullable UseSRTPData offered) throws TlsFatalAlert {
        if (offered == null) {
            throw refuse(AlertDescription.handshake_failure, "the client sent no use_srtp extension");
        }
        for (SrtpProfile ours : SrtpProfile.values()) {
            for (int theirs : offered.getProtectionProfiles()) {
                if (theirs == ours.id()) {
                    profile = ours;
                    return new UseSRTPData(new int[] {ours.id()}, TlsUtils.EMPTY_BYTES); // no MKI, whatever was offered
                }
            }
        }
        throw refuse(AlertDescription.handshake_failure, "the client offers no SRTP profile that this server has");
    }

    /** As a client: the one profile that the server chose. */
    void chosen(@Nullable UseSRTPData answered) throws TlsFatalAlert {
        if (answered == null) {
            throw refuse(AlertDescription.handshake_failure, "the server chose no SRTP profile");
        }
        int[] ids = answered.getProtectionProfiles();
        if (ids.length != 1 || answered.getMki().length != 0) {
            throw refuse(AlertDescription.illegal_parameter, "the server's use_srtp must name one profile and no MKI");
        }
        for (SrtpProfile ours : SrtpProfile.values()) {
            if (ours.id() == ids[0]) {
                profile = ours;
                return;
            }
        }
        throw refuse(AlertDescription.illegal_parameter, "the server chose an SRTP profile that was not offered");
    }

    /**
     * Compares the peer's certificate with the fingerprint from signaling (RFC 8122 §6.2). Nothing else about it is
     * looked at: neither dates nor names mean anything here.
     */
    void verify(@Nullable Certificate certificate) throws IOException {
        if (certificate == null || certificate.isEmpty()) {
            throw refuse(AlertDescription.handshake_failure, "the peer sent no certificate");
        }
        Fingerprint seen = Fingerprint.of(certificate.getCertificateAt(0).getEncoded());
        if (!seen.equals(remote)) {
            throw refuse(
                    AlertDescription.bad_certificate,
                    "the peer's certificate is " + seen + ", but signaling announced " + remote);
        }
    }

    /** Exports the SRTP keys; Bouncy Castle allows it only now (RFC 5764 §4.2). */
    void complete(TlsContext completed) throws TlsFatalAlert {
        SrtpProfile negotiated = profile;
        if (negotiated == null) {
            throw refuse(AlertDescription.handshake_failure, "no SRTP profile was negotiated");
        }
        byte[] material =
                completed.exportKeyingMaterial(ExporterLabel.dtls_srtp, null, negotiated.keyingMaterialLengthBytes());
        keys = SrtpKeys.fromKeyingMaterial(negotiated, material, role == DtlsRole.CLIENT);
    }

    void alertReceived(short level, short description) {
        if (description == AlertDescription.close_notify) {
            peerEnded = "the peer closed the session";
        } else if (level == AlertLevel.fatal) {
            peerEnded = "the peer sent the alert " + AlertDescription.getText(description);
        }
    }

    /** Why {@link #run} failed, as a sentence for a log and a person. */
    String reason(Exception failure) {
        if (failure instanceof TlsFatalAlertReceived received) {
            return "the peer sent the alert " + AlertDescription.getText(received.getAlertDescription());
        }
        if (peerEnded != null) {
            return peerEnded;
        }
        if (failure instanceof TlsTimeoutException) {
            return "the handshake did not end within " + deadlineMillis + " ms";
        }
        StringBuilder text = new StringBuilder();
        for (Throwable part = failure; part != null; part = part.getCause()) {
            text.append(text.isEmpty() ? "" : ": ");
            text.append(part.getMessage() == null ? part.getClass().getSimpleName() : part.getMessage());
        }
        return text.toString();
    }

    static TlsFatalAlert refuse(short alert, String why) {
        return new TlsFatalAlert(alert, why);
    }

    @SuppressWarnings("JdkObsolete") // what Bouncy Castle takes
    static Vector<SignatureAndHashAlgorithm> signatures() {
        return new Vector<>(SIGNATURES);
    }
}
