package dev.rostrum.dtls;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateType;
import org.bouncycastle.tls.HashAlgorithm;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.TlsNonceGenerator;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic below the handshakes: the Amazon Corretto Crypto Provider with P-256 where its native library loads
 * and passes its self-tests, else Bouncy Castle's own code with X25519. The JDK's elliptic curves are never used: they
 * take two to three times as long.
 *
 * <p>Chosen once at start and shared by all handshakes; safe for several threads.
 */
public abstract sealed class DtlsCrypto permits CorrettoDtlsCrypto, DtlsCrypto.BouncyCastle {

    static final SignatureAndHashAlgorithm SIGNATURE =
            SignatureAndHashAlgorithm.getInstance(HashAlgorithm.sha256, SignatureAlgorithm.ecdsa);

    private volatile Prepared prepared = Prepared.NONE;

    /** Takes the fastest crypto that works on this machine. */
    public static DtlsCrypto select() {
        try {
            return CorrettoDtlsCrypto.load();
        } catch (CorrettoDtlsCrypto.Unavailable e) {
            return new BouncyCastle(new SecureRandom(), e.why());
        }
    }

    /** Bouncy Castle's own code, on every platform. */
    static DtlsCrypto bouncyCastle() {
        return new BouncyCastle(new SecureRandom(), "not asked for");
    }

    /** One line for the start message, such as {@code Bouncy Castle 1.84 with X25519}. */
    public abstract String description();

    abstract TlsCrypto tls();

    /** The groups for the key exchange, best first: only those that this crypto computes fast. */
    abstract List<Integer> groups();

    abstract TlsCredentialedSigner signer(TlsCryptoParameters parameters, Prepared own);

    abstract Object privateKey(DtlsIdentity identity) throws IOException;

    final TlsCredentialedSigner signer(TlsCryptoParameters parameters, DtlsIdentity identity) throws IOException {
        Prepared own = prepared;
        if (own.identity != identity) {
            TlsCertificate certificate = tls().createCertificate(identity.certificateDer());
            own = new Prepared(identity, privateKey(identity), new Certificate(new TlsCertificate[] {certificate}));
            prepared = own; // a race makes it twice, which is harmless
        }
        return signer(parameters, own);
    }

    static String bouncyCastleVersion() {
        String version = TlsCrypto.class.getPackage().getImplementationVersion();
        return version == null ? "Bouncy Castle" : "Bouncy Castle " + version;
    }

    static void requireX509(short type) throws TlsFatalAlert {
        if (type != CertificateType.X509) {
            throw new TlsFatalAlert(AlertDescription.unsupported_certificate, "only X.509 is accepted");
        }
    }

    /** A parse error must reach the peer as bad_certificate; Bouncy Castle would call it an internal error. */
    static TlsFatalAlert undecodable(Exception cause) {
        return new TlsFatalAlert(AlertDescription.bad_certificate, "the certificate cannot be decoded", cause);
    }

    /** Nonces come from the operating system's or the library's generator, which needs no second one behind it. */
    static TlsNonceGenerator nonces(SecureRandom random) {
        return size -> {
            byte[] nonce = new byte[size];
            random.nextBytes(nonce);
            return nonce;
        };
    }

    /** An identity in the form that one crypto signs with. */
    record Prepared(@Nullable DtlsIdentity identity, Object key, Certificate chain) {
        static final Prepared NONE = new Prepared(null, "", Certificate.EMPTY_CHAIN);
    }

    static final class BouncyCastle extends DtlsCrypto {
        private final BcTlsCrypto tls;
        private final String why;

        BouncyCastle(SecureRandom random, String why) {
            this.why = why;
            this.tls = new BcTlsCrypto(random) {
                @Override
                public TlsCertificate createCertificate(short type, byte[] encoding) throws IOException {
                    requireX509(type);
                    try {
                        return super.createCertificate(type, encoding);
                    } catch (IOException | RuntimeException e) {
                        throw undecodable(e);
                    }
                }

                @Override
                public TlsNonceGenerator createNonceGenerator(byte[] additionalSeedMaterial) {
                    return nonces(random);
                }
            };
        }

        @Override
        public String description() {
            return bouncyCastleVersion() + " with X25519 (Corretto Crypto Provider: " + why + ")";
        }

        @Override
        BcTlsCrypto tls() {
            return tls;
        }

        @Override
        List<Integer> groups() {
            return List.of(NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1);
        }

        @Override
        Object privateKey(DtlsIdentity identity) {
            return identity.privateKey();
        }

        @Override
        TlsCredentialedSigner signer(TlsCryptoParameters parameters, Prepared own) {
            return new BcDefaultTlsCredentialedSigner(
                    parameters, tls, (AsymmetricKeyParameter) own.key(), own.chain(), SIGNATURE);
        }
    }
}
