package dev.rostrum.signaling.tls;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;

/**
 * A certificate chain and its private key, checked: the key belongs to the certificate.
 *
 * <p>Immutable; any thread.
 */
public final class TlsIdentity {

    private static final String PASSWORD = "in memory only";

    private final List<X509Certificate> chain;
    private final PrivateKey key;

    private TlsIdentity(List<X509Certificate> chain, PrivateKey key) {
        this.chain = chain;
        this.key = key;
    }

    /** Why an identity can't be used; the message says what is wrong and what to do. */
    public static final class BadIdentityException extends Exception {

        private static final long serialVersionUID = 1;

        BadIdentityException(String message) {
            super(message);
        }
    }

    /**
     * Reads PEM texts: certificates, the server's own first, and a key in PKCS #8, PKCS #1 or SEC 1.
     *
     * @throws BadIdentityException if they can't be read or don't belong together
     */
    public static TlsIdentity of(byte[] certificatePem, byte[] keyPem) throws BadIdentityException {
        List<X509Certificate> chain = chain(certificatePem);
        PrivateKey key = key(keyPem);
        if (!belongTogether(chain.getFirst(), key)) {
            throw new BadIdentityException("the key does not belong to the certificate (the first one in its file)");
        }
        return new TlsIdentity(chain, key);
    }

    public X509Certificate certificate() {
        return chain.getFirst();
    }

    /** Whether the certificate is out of date. */
    public boolean expired(Instant now) {
        return now.isAfter(certificate().getNotAfter().toInstant());
    }

    /** For Vert.x: TLS 1.2 and 1.3, HTTP/2 where the client does it. */
    public ServerSSLOptions options() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", key, PASSWORD.toCharArray(), chain.toArray(Certificate[]::new));
            store.store(bytes, PASSWORD.toCharArray());
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("every JDK has PKCS12 key stores", e);
        }
        ServerSSLOptions options = new ServerSSLOptions();
        options.setKeyCertOptions(
                new PfxOptions().setValue(Buffer.buffer(bytes.toByteArray())).setPassword(PASSWORD));
        options.setUseAlpn(true).setApplicationLayerProtocols(List.of("h2", "http/1.1"));
        return options;
    }

    private static List<X509Certificate> chain(byte[] pem) throws BadIdentityException {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
            for (Certificate certificate : certificates) {
                chain.add((X509Certificate) certificate);
            }
        } catch (CertificateException e) {
            throw new BadIdentityException("the certificate file is not PEM with -----BEGIN CERTIFICATE-----");
        }
        if (chain.isEmpty()) {
            throw new BadIdentityException("the certificate file holds no -----BEGIN CERTIFICATE-----");
        }
        return chain;
    }

    private static PrivateKey key(byte[] pem) throws BadIdentityException {
        try (PemReader reader = new PemReader(new StringReader(new String(pem, StandardCharsets.US_ASCII)))) {
            for (PemObject object = reader.readPemObject(); object != null; object = reader.readPemObject()) {
                boolean encrypted = object.getType().startsWith("ENCRYPTED")
                        || !object.getHeaders().isEmpty();
                switch (object.getType()) {
                    case String type
                    when encrypted && type.endsWith("PRIVATE KEY") ->
                        throw new BadIdentityException(
                                "the key is encrypted; give it without a password (openssl pkey -in KEY -out PLAIN)");
                    case "PRIVATE KEY" -> {
                        return key(PrivateKeyInfo.getInstance(object.getContent()));
                    }
                    case "RSA PRIVATE KEY" -> {
                        return key(new PrivateKeyInfo(
                                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
                                RSAPrivateKey.getInstance(object.getContent())));
                    }
                    case "EC PRIVATE KEY" -> {
                        ECPrivateKey key = ECPrivateKey.getInstance(object.getContent());
                        return key(new PrivateKeyInfo(
                                new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
                                key));
                    }
                    default -> {} // parameters of a curve, or a certificate in the same file
                }
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new BadIdentityException("the key file is not a PEM private key that Java understands");
        }
        throw new BadIdentityException("the key file holds no -----BEGIN PRIVATE KEY-----");
    }

    private static PrivateKey key(PrivateKeyInfo info) throws GeneralSecurityException, IOException {
        String oid = info.getPrivateKeyAlgorithm().getAlgorithm().getId();
        String algorithm = oid.equals(PKCSObjectIdentifiers.rsaEncryption.getId())
                ? "RSA"
                : oid.equals(X9ObjectIdentifiers.id_ecPublicKey.getId()) ? "EC" : oid;
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
    }

    private static boolean belongTogether(X509Certificate certificate, PrivateKey key) {
        String algorithm =
                switch (key) {
                    case RSAKey _ -> "SHA256withRSA";
                    case ECKey _ -> "SHA256withECDSA";
                    default -> key.getAlgorithm(); // Ed25519 and the like sign under their own name
                };
        byte[] text = "rostrum".getBytes(StandardCharsets.US_ASCII);
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(text);
            byte[] signature = signer.sign();
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(certificate.getPublicKey());
            verifier.update(text);
            return verifier.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
