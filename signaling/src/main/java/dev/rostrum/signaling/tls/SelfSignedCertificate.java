package dev.rostrum.signaling.tls;

import dev.rostrum.signaling.http.IpAddresses;
import dev.rostrum.signaling.tls.TlsIdentity.BadIdentityException;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/**
 * A certificate that the server makes for itself, for localhost, this machine's name and all its addresses, kept in the
 * data directory so that browsers are asked once and not at every start.
 *
 * <p>Used by one thread at a time; reads and writes files.
 */
final class SelfSignedCertificate {

    static final String CERTIFICATE_FILE = "self-signed-cert.pem";
    static final String KEY_FILE = "self-signed-key.pem";

    private static final Duration VALID = Duration.ofDays(365);
    private static final Duration RENEWED_BEFORE_END = Duration.ofDays(30);
    private static final Duration CLOCKS_DIFFER = Duration.ofHours(1);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Path directory;
    private final SecureRandom random;

    SelfSignedCertificate(Path directory, SecureRandom random) {
        this.directory = directory;
        this.random = random;
    }

    /** The names for a certificate of this machine. */
    static Set<String> names(Collection<InetAddress> addresses, @Nullable URI publicUrl) {
        Set<String> names = new LinkedHashSet<>(List.of("localhost", "127.0.0.1", "::1"));
        try {
            String host = InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
            if (host.matches("[a-z0-9]([a-z0-9.-]*[a-z0-9])?")) {
                names.add(host);
            }
        } catch (UnknownHostException e) {
            names.remove(""); // a machine without a name has its addresses
        }
        if (publicUrl != null && publicUrl.getHost() != null) {
            names.add(publicUrl.getHost().replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT));
        }
        addresses.forEach(address -> names.add(IpAddresses.text(address)));
        return names;
    }

    /**
     * The kept identity if it is good for these names and for a while, else a new one.
     *
     * @throws IOException if the files can't be read or written
     */
    TlsIdentity identity(Set<String> names, Instant now) throws IOException {
        Path certificateFile = directory.resolve(CERTIFICATE_FILE);
        Path keyFile = directory.resolve(KEY_FILE);
        try {
            TlsIdentity kept = TlsIdentity.of(Files.readAllBytes(certificateFile), Files.readAllBytes(keyFile));
            if (good(kept.certificate(), names, now)) {
                return kept;
            }
        } catch (NoSuchFileException | BadIdentityException e) {
            // made anew below: nobody else's work is lost with it
        }
        Files.createDirectories(directory);
        try {
            KeyPair keys = keys();
            byte[] certificate = pem("CERTIFICATE", certificate(keys, names, now));
            byte[] key = pem("PRIVATE KEY", keys.getPrivate().getEncoded());
            write(keyFile, key);
            write(certificateFile, certificate);
            return TlsIdentity.of(certificate, key);
        } catch (GeneralSecurityException | BadIdentityException e) {
            throw new IllegalStateException("a certificate could not be made", e);
        }
    }

    private static boolean good(X509Certificate certificate, Set<String> names, Instant now) {
        Set<String> certified = new TreeSet<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives == null) {
                return false;
            }
            for (List<?> alternative : alternatives) {
                certified.add(canonical(String.valueOf(alternative.get(1))));
            }
        } catch (CertificateParsingException e) {
            return false;
        }
        return names.stream().map(SelfSignedCertificate::canonical).allMatch(certified::contains)
                && now.isAfter(certificate.getNotBefore().toInstant())
                && now.plus(RENEWED_BEFORE_END)
                        .isBefore(certificate.getNotAfter().toInstant());
    }

    private static String canonical(String name) {
        return IpAddresses.parse(name).map(IpAddresses::text).orElse(name);
    }

    private KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    private byte[] certificate(KeyPair keys, Set<String> names, Instant now)
            throws GeneralSecurityException, IOException {
        X500Name subject = new X500Name("CN=Rostrum (self-signed)");
        GeneralName[] alternatives = names.stream()
                .map(name -> new GeneralName(
                        IpAddresses.parse(name).isPresent() ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
        ExtensionsGenerator extensions = new ExtensionsGenerator();
        extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
        extensions.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        extensions.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        AlgorithmIdentifier algorithm = new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);
        V3TBSCertificateGenerator generator = new V3TBSCertificateGenerator();
        generator.setSerialNumber(new ASN1Integer(new BigInteger(63, random).add(BigInteger.ONE)));
        generator.setIssuer(subject);
        generator.setSubject(subject);
        generator.setStartDate(new Time(Date.from(now.minus(CLOCKS_DIFFER))));
        generator.setEndDate(new Time(Date.from(now.plus(VALID))));
        generator.setSubjectPublicKeyInfo(
                SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
        generator.setSignature(algorithm);
        generator.setExtensions(extensions.generate());
        TBSCertificate toBeSigned = generator.generateTBSCertificate();
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate(), random);
        signature.update(toBeSigned.getEncoded(ASN1Encoding.DER));
        ASN1EncodableVector parts = new ASN1EncodableVector();
        parts.add(toBeSigned);
        parts.add(algorithm);
        parts.add(new DERBitString(signature.sign()));
        return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
    }

    private static byte[] pem(String type, byte[] der) {
        String text = "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + type + "-----\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Writes a file that only its owner can read, all of it or nothing. */
    private static void write(Path file, byte[] bytes) throws IOException {
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(whole);
        boolean posix = Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
        Files.createFile(whole, attributes);
        Files.write(whole, bytes, StandardOpenOption.WRITE);
        Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
