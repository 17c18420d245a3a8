package dev.rostrum.dtls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;

/**
 * The certificate that this server shows in every DTLS handshake: self-signed, ECDSA on P-256 with SHA-256. Its
 * fingerprint goes into the SDP, and that is all that a peer compares (RFC 5763 §5, RFC 8827 §6.5).
 *
 * <p>Immutable; made once at start and shared by all endpoints.
 */
public final class DtlsIdentity {

    // Peers whose clock is wrong must not refuse it, although those who follow RFC 8827 never look at the dates.
    private static final Duration BACKDATED = Duration.ofDays(2);
    private static final Duration VALID = Duration.ofDays(365);

    private final byte[] certificateDer;
    private final byte[] privateKeyPkcs8;
    private final AsymmetricKeyParameter privateKey;
    private final Fingerprint fingerprint;

    private DtlsIdentity(byte[] certificateDer, byte[] privateKeyPkcs8, AsymmetricKeyParameter privateKey) {
        this.certificateDer = certificateDer;
        this.privateKeyPkcs8 = privateKeyPkcs8;
        this.privateKey = privateKey;
        this.fingerprint = Fingerprint.of(certificateDer);
    }

    /** Makes a key pair and its certificate, valid from now on. */
    public static DtlsIdentity generate(SecureRandom random) {
        return generate(random, Instant.now());
    }

    static DtlsIdentity generate(SecureRandom random, Instant now) {
        // The custom curve computes with fixed-size integers; with the one of ECNamedCurveTable a whole handshake takes
        // 1.7 times as long and allocates 870 KB instead of 300 KB.
        ECNamedDomainParameters curve = new ECNamedDomainParameters(
                X9ObjectIdentifiers.prime256v1, CustomNamedCurves.getByOID(X9ObjectIdentifiers.prime256v1));
        ECKeyPairGenerator generator = new ECKeyPairGenerator();
        generator.init(new ECKeyGenerationParameters(curve, random));
        AsymmetricCipherKeyPair pair = generator.generateKeyPair();
        try {
            byte[] certificate = certificate(pair, new BigInteger(63, random).add(BigInteger.ONE), now);
            byte[] pkcs8 = PrivateKeyInfoFactory.createPrivateKeyInfo(pair.getPrivate())
                    .getEncoded(ASN1Encoding.DER);
            return new DtlsIdentity(certificate, pkcs8, pair.getPrivate());
        } catch (IOException | CryptoException e) {
            throw new IllegalStateException("the DTLS certificate could not be made", e);
        }
    }

    /** The fingerprint of the certificate, for {@code a=fingerprint}. */
    public Fingerprint fingerprint() {
        return fingerprint;
    }

    byte[] certificateDer() {
        return certificateDer.clone();
    }

    byte[] privateKeyPkcs8() {
        return privateKeyPkcs8.clone();
    }

    AsymmetricKeyParameter privateKey() {
        return privateKey;
    }

    private static byte[] certificate(AsymmetricCipherKeyPair pair, BigInteger serial, Instant now)
            throws IOException, CryptoException {
        AlgorithmIdentifier algorithm = new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
        X500Name name = new X500Name("CN=rostrum");
        V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
        generator.setSerialNumber(new ASN1Integer(serial));
        generator.setSignature(algorithm);
        generator.setIssuer(name);
        generator.setSubject(name);
        generator.setStartDate(new Time(Date.from(now.minus(BACKDATED))));
        generator.setEndDate(new Time(Date.from(now.plus(VALID))));
        generator.setSubjectPublicKeyInfo(SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(pair.getPublic()));
        TBSCertificate unsigned = generator.generateTBSCertificate();

        // Deterministic ECDSA (RFC 6979): a weak source of randomness cannot give the key away here.
        DSADigestSigner signer =
                new DSADigestSigner(new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest())), new SHA256Digest());
        signer.init(true, pair.getPrivate());
        byte[] message = unsigned.getEncoded(ASN1Encoding.DER);
        signer.update(message, 0, message.length);

        ASN1EncodableVector parts = new ASN1EncodableVector(3);
        parts.add(unsigned);
        parts.add(algorithm);
        parts.add(new DERBitString(signer.generateSignature()));
        return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
    }

    @Override
    public String toString() {
        return "DtlsIdentity[" + fingerprint + "]"; // never the key: this may end in a log
    }
}
