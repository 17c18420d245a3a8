package dev.rostrum.dtls;

import java.io.IOException;
import java.io.Serial;
import java.lang.reflect.InvocationTargetException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import org.bouncycastle.jcajce.util.ProviderJcaJceHelper;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.SignatureAlgorithm;
import org.bouncycastle.tls.TlsCredentialedSigner;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.TlsNonceGenerator;
import org.bouncycastle.tls.crypto.TlsVerifier;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCertificate;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaTlsCertificate;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaTlsCrypto;
import org.jspecify.annotations.Nullable;

/**
 * Handshakes on the Amazon Corretto Crypto Provider. The provider is an object of ours and is never installed in the
 * JDK: it would change the crypto of everything else in the process.
 *
 * <p>The library exists for Linux on x86-64 in this build; elsewhere {@link #load} says why it cannot be used. Safe for
 * several threads.
 */
final class CorrettoDtlsCrypto extends DtlsCrypto {

    private static final String PROVIDER = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";

    private final Provider provider;
    private final Tls tls;

    private CorrettoDtlsCrypto(Provider provider, SecureRandom random) {
        this.provider = provider;
        this.tls = new Tls(new Jca(provider), random);
    }

    static CorrettoDtlsCrypto load() throws Unavailable {
        try {
            // By name: the jar is there at run time only, and only on the platform it was built for.
            Class<?> type = Class.forName(PROVIDER);
            Provider provider = (Provider) type.getField("INSTANCE").get(null);
            if (type.getMethod("getLoadingError").invoke(provider) instanceof Throwable error) {
                throw new Unavailable("its library does not load: " + error.getMessage(), error);
            }
            String selfTests = String.valueOf(type.getMethod("runSelfTests").invoke(provider));
            if (!selfTests.equals("PASSED")) {
                throw new Unavailable("its self-tests say " + selfTests, null);
            }
            return new CorrettoDtlsCrypto(provider, SecureRandom.getInstance("LibCryptoRng", provider));
        } catch (ClassNotFoundException e) {
            throw new Unavailable("not on the class path", e);
        } catch (InvocationTargetException e) {
            throw new Unavailable("fails: " + e.getCause(), e);
        } catch (ReflectiveOperationException | NoSuchAlgorithmException | LinkageError e) {
            throw new Unavailable("fails: " + e, e);
        }
    }

    @Override
    public String description() {
        return bouncyCastleVersion() + " on Amazon Corretto Crypto Provider " + provider.getVersionStr()
                + " with P-256";
    }

    @Override
    JcaTlsCrypto tls() {
        return tls;
    }

    @Override
    List<Integer> groups() {
        // X25519 would fall to the JDK's own code, which takes twice as long as P-256 takes here.
        return List.of(NamedGroup.secp256r1, NamedGroup.secp384r1);
    }

    @Override
    Object privateKey(DtlsIdentity identity) throws IOException {
        try {
            return KeyFactory.getInstance("EC", provider)
                    .generatePrivate(new PKCS8EncodedKeySpec(identity.privateKeyPkcs8()));
        } catch (GeneralSecurityException e) {
            throw new TlsFatalAlert(AlertDescription.internal_error, "the server's own key is not accepted", e);
        }
    }

    @Override
    TlsCredentialedSigner signer(TlsCryptoParameters parameters, Prepared own) {
        return new JcaDefaultTlsCredentialedSigner(parameters, tls, (PrivateKey) own.key(), own.chain(), SIGNATURE);
    }

    /** Why the provider cannot be used here. */
    static final class Unavailable extends Exception {
        @Serial
        private static final long serialVersionUID = 1;

        private final String why;

        Unavailable(String why, @Nullable Throwable cause) {
            super(why, cause);
            this.why = why;
        }

        String why() {
            return why;
        }
    }

    private static final class Tls extends JcaTlsCrypto {
        private final BcTlsCrypto lightweight;
        private final SecureRandom random;

        Tls(Jca helper, SecureRandom random) {
            super(helper, random, random);
            this.random = random;
            this.lightweight = new BcTlsCrypto(random);
        }

        @Override
        public TlsCertificate createCertificate(short type, byte[] encoding) throws IOException {
            requireX509(type);
            try {
                return new PeerCertificate(this, encoding);
            } catch (IOException | RuntimeException e) {
                throw undecodable(e);
            }
        }

        @Override
        public TlsNonceGenerator createNonceGenerator(byte[] additionalSeedMaterial) {
            return nonces(random);
        }
    }

    /** The provider verifies ECDSA; for the rest it lacks what Bouncy Castle asks of it, such as raw RSA. */
    private static final class PeerCertificate extends JcaTlsCertificate {
        private final BcTlsCrypto lightweight;

        PeerCertificate(Tls tls, byte[] encoding) throws IOException {
            super(tls, encoding);
            this.lightweight = tls.lightweight;
        }

        @Override
        public TlsVerifier createVerifier(short signatureAlgorithm) throws IOException {
            return signatureAlgorithm == SignatureAlgorithm.ecdsa
                    ? super.createVerifier(signatureAlgorithm)
                    : new BcTlsCertificate(lightweight, getEncoded()).createVerifier(signatureAlgorithm);
        }
    }

    /** The provider, and the JDK for what is only parsing. */
    private static final class Jca extends ProviderJcaJceHelper {
        Jca(Provider provider) {
            super(provider);
        }

        @Override
        public CertificateFactory createCertificateFactory(String algorithm) throws CertificateException {
            return CertificateFactory.getInstance(algorithm);
        }

        @Override
        public AlgorithmParameters createAlgorithmParameters(String algorithm) throws NoSuchAlgorithmException {
            return AlgorithmParameters.getInstance(algorithm);
        }
    }
}
