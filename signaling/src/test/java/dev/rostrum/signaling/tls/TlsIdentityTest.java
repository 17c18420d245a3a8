package dev.rostrum.signaling.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rostrum.signaling.tls.TlsIdentity.BadIdentityException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Certificates and keys; the PEM files are made by OpenSSL where it is there, which is where the tests run. */
final class TlsIdentityTest {

    private final Instant now = Instant.now();

    @TempDir
    private Path directory;

    private void openssl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }

    private byte[] file(String name) throws IOException {
        return Files.readAllBytes(directory.resolve(name));
    }

    private static String complaint(byte[] certificate, byte[] key) {
        return String.valueOf(assertThrows(BadIdentityException.class, () -> TlsIdentity.of(certificate, key))
                .getMessage());
    }

    @Test
    void keysAreReadInEveryFormThatToolsWrite() throws Exception {
        for (List<String> algorithm : List.of(
                List.of("-newkey", "rsa:2048"),
                List.of("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
                List.of("-newkey", "ed25519"))) {
            List<String> request = new ArrayList<>(List.of("req", "-x509", "-nodes", "-subj", "/CN=a", "-days", "9"));
            request.addAll(algorithm);
            request.addAll(List.of("-keyout", "key.pem", "-out", "cert.pem"));
            openssl(request.toArray(String[]::new));

            assertNotNull(TlsIdentity.of(file("cert.pem"), file("key.pem")).options());
        }
    }

    @Test
    void olderFormsOfKeysAreReadToo() throws Exception {
        openssl("req", "-x509", "-nodes", "-subj", "/CN=a", "-newkey", "rsa:2048", "-keyout", "k", "-out", "rsa.pem");
        openssl("rsa", "-in", "k", "-traditional", "-out", "rsa.key");
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "ec.key"); // with EC PARAMETERS before the key
        openssl("req", "-x509", "-key", "ec.key", "-subj", "/CN=a", "-out", "ec.pem");

        assertTrue(new String(file("rsa.key"), StandardCharsets.US_ASCII).contains("BEGIN RSA PRIVATE KEY"));
        assertNotNull(TlsIdentity.of(file("rsa.pem"), file("rsa.key")));
        assertTrue(new String(file("ec.key"), StandardCharsets.US_ASCII).contains("BEGIN EC PRIVATE KEY"));
        assertNotNull(TlsIdentity.of(file("ec.pem"), file("ec.key")));
    }

    @Test
    void whatCantBeUsedIsRefusedWithItsReason() throws Exception {
        openssl(
                "req",
                "-x509",
                "-nodes",
                "-subj",
                "/CN=a",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-keyout",
                "key.pem",
                "-out",
                "cert.pem");
        openssl("genpkey", "-algorithm", "RSA", "-out", "other.pem");
        openssl("pkey", "-in", "key.pem", "-aes128", "-passout", "pass:secret", "-out", "encrypted.pem");
        openssl("rsa", "-in", "other.pem", "-traditional", "-aes128", "-passout", "pass:secret", "-out", "old.pem");
        byte[] garbage = "garbage".getBytes(StandardCharsets.US_ASCII);

        assertTrue(complaint(file("cert.pem"), file("other.pem")).contains("does not belong"));
        assertTrue(complaint(file("cert.pem"), file("encrypted.pem")).contains("encrypted"));
        assertTrue(complaint(file("cert.pem"), file("old.pem")).contains("encrypted"));
        assertTrue(complaint(file("cert.pem"), garbage).contains("BEGIN PRIVATE KEY"));
        assertTrue(complaint(file("cert.pem"), file("cert.pem")).contains("BEGIN PRIVATE KEY"));
        assertTrue(complaint(garbage, file("key.pem")).contains("BEGIN CERTIFICATE"));
        assertTrue(complaint(new byte[0], file("key.pem")).contains("BEGIN CERTIFICATE"));
        byte[] torn =
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".getBytes(StandardCharsets.US_ASCII);
        assertTrue(complaint(file("cert.pem"), torn).contains("not a PEM private key"));
    }

    private SelfSignedCertificate selfSigned() {
        return new SelfSignedCertificate(directory, new SecureRandom());
    }

    private static Set<String> namesIn(TlsIdentity identity) throws Exception {
        Collection<List<?>> alternatives = identity.certificate().getSubjectAlternativeNames();
        Set<String> names = new java.util.TreeSet<>();
        alternatives.forEach(a -> names.add(String.valueOf(a.get(1))));
        return names;
    }

    @Test
    void aSelfSignedCertificateIsForThisMachineAndKeptForItsOwnerOnly() throws Exception {
        Set<String> names = SelfSignedCertificate.names(
                List.of(InetAddress.ofLiteral("192.0.2.7"), InetAddress.ofLiteral("fd00::7")),
                URI.create("https://live.example.org"));

        TlsIdentity made = selfSigned().identity(names, now);
        TlsIdentity kept = selfSigned().identity(names, now.plus(Duration.ofDays(300)));

        Set<String> certified = namesIn(made);
        assertTrue(
                certified.containsAll(
                        Set.of("localhost", "127.0.0.1", "192.0.2.7", "live.example.org", "fd00:0:0:0:0:0:0:7")),
                certified.toString());
        assertEquals(made.certificate(), kept.certificate());
        made.certificate().verify(made.certificate().getPublicKey());
        for (String file : List.of(SelfSignedCertificate.CERTIFICATE_FILE, SelfSignedCertificate.KEY_FILE)) {
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(directory.resolve(file)));
        }
    }

    @Test
    void itIsMadeAnewForNewNamesAndBeforeItEnds() throws Exception {
        TlsIdentity first = selfSigned().identity(Set.of("localhost"), now);
        TlsIdentity more = selfSigned().identity(Set.of("localhost", "192.0.2.7"), now);
        TlsIdentity fewer = selfSigned().identity(Set.of("localhost"), now);
        TlsIdentity later = selfSigned().identity(Set.of("localhost"), now.plus(Duration.ofDays(340)));

        assertNotEquals(first.certificate(), more.certificate());
        assertEquals(more.certificate(), fewer.certificate());
        assertNotEquals(more.certificate(), later.certificate());
    }

    @Test
    void tornFilesAreReplaced() throws Exception {
        TlsIdentity first = selfSigned().identity(Set.of("localhost"), now);
        Files.writeString(directory.resolve(SelfSignedCertificate.KEY_FILE), "torn");

        TlsIdentity second = selfSigned().identity(Set.of("localhost"), now);

        assertNotEquals(first.certificate(), second.certificate());
        assertArrayEquals(
                second.certificate().getEncoded(),
                selfSigned().identity(Set.of("localhost"), now).certificate().getEncoded());
    }

    @Test
    void changedFilesAreTakenAndBadOnesAreNot() throws Exception {
        Path certificate = directory.resolve(SelfSignedCertificate.CERTIFICATE_FILE);
        Path key = directory.resolve(SelfSignedCertificate.KEY_FILE);
        TlsIdentity one = selfSigned().identity(Set.of("one"), now);
        AtomicReference<Instant> clock = new AtomicReference<>(now);
        TlsSource source = TlsSource.files(certificate, key, clock::get);

        assertEquals(one.certificate(), source.first().certificate());
        assertNull(source.changed());
        Files.writeString(certificate, "garbage");
        assertNull(source.changed());
        Files.delete(certificate);
        assertNull(source.changed());
        TlsIdentity two = selfSigned().identity(Set.of("two"), now);
        TlsIdentity changed = source.changed();
        assertNotNull(changed);
        assertEquals(two.certificate(), changed.certificate());
        assertNull(source.changed());
        selfSigned().identity(Set.of("three"), now.minus(Duration.ofDays(500)));
        assertNull(source.changed(), "out of date");
    }

    @Test
    void missingFilesAreNamedAtTheStart() {
        TlsSource source =
                TlsSource.files(directory.resolve("c.pem"), directory.resolve("k.pem"), InstantSource.system());

        IOException e = assertThrows(IOException.class, source::first);

        assertTrue(String.valueOf(e.getMessage()).contains("c.pem"));
    }

    @Test
    void aCertificateFileThatIsADirectoryIsNamed() throws Exception {
        TlsSource source = TlsSource.files(directory, directory, InstantSource.system());

        String message =
                String.valueOf(assertThrows(IOException.class, source::first).getMessage());

        assertTrue(message.contains("the file " + directory), message);
    }

    @Test
    void aSelfSignedCertificateThatCantBeRenewedIsSaidOnce() throws Exception {
        List<InetAddress> addresses = new ArrayList<>();
        TlsSource source =
                TlsSource.selfSigned(directory, () -> addresses, null, new SecureRandom(), InstantSource.system());
        source.first();
        addresses.add(InetAddress.ofLiteral("192.0.2.7"));
        Files.createDirectories(directory.resolve("self-signed-key.pem.new/in-the-way"));
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(TlsSource.SelfSignedSource.class);
        logger.addAppender(log);
        log.start();
        try {
            assertNull(source.changed());
            assertNull(source.changed());
        } finally {
            logger.detachAppender(log);
        }

        assertEquals(1, log.list.size(), log.list.toString());
    }

    @Test
    void theSelfSignedCertificateFollowsTheAddresses() throws Exception {
        AtomicReference<List<InetAddress>> addresses = new AtomicReference<>(List.of());
        TlsSource source =
                TlsSource.selfSigned(directory, addresses::get, null, new SecureRandom(), InstantSource.system());

        source.first();
        assertNull(source.changed());
        addresses.set(List.of(InetAddress.ofLiteral("192.0.2.9")));
        TlsIdentity changed = source.changed();

        assertNotNull(changed);
        assertTrue(namesIn(changed).contains("192.0.2.9"));
        assertFalse(changed.expired(now));
        assertNull(source.changed());
    }
}
