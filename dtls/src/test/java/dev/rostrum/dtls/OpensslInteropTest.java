package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpProfile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Cross-checks the handshake and the exported keys with OpenSSL, in both roles (RFC 5764 has no test vectors). */
class OpensslInteropTest {

    private static final DtlsIdentity OURS = DtlsIdentity.generate(new SecureRandom());
    private static final DtlsHandshakes FAST = new DtlsHandshakes(DtlsCrypto.select());
    private static final DtlsHandshakes PORTABLE = new DtlsHandshakes(DtlsCrypto.bouncyCastle());

    @TempDir
    static Path folder = Path.of("");

    @BeforeAll
    static void makeCertificates() throws Exception {
        if (!OpensslPeer.installed()) {
            String message = "openssl is not installed: nothing is cross-checked with it";
            if (System.getenv("ROSTRUM_REQUIRE_BROWSERS") != null) {
                fail(message); // set by .ci/run, where every other implementation must be there
            }
            abort(message);
        }
        OpensslPeer.certificate(folder, "ecdsa", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
        OpensslPeer.certificate(folder, "ecdsa384", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384");
        OpensslPeer.certificate(folder, "ecdsa521", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521");
        OpensslPeer.certificate(folder, "ed25519", "-newkey", "ed25519");
        OpensslPeer.certificate(folder, "rsa", "-newkey", "rsa:2048");
    }

    @AfterAll
    static void closePools() {
        FAST.close();
        PORTABLE.close();
    }

    static Stream<Arguments> profilesAndPools() {
        return Stream.of(SrtpProfile.values())
                .flatMap(profile -> Stream.of(FAST, PORTABLE).map(pool -> Arguments.of(profile, pool)));
    }

    static Stream<Arguments> clientVariants() {
        return Stream.of(
                Arguments.of(
                        "an RSA certificate, PKCS #1", files("rsa"), List.of("-sigalgs", "ECDSA+SHA256:RSA+SHA256")),
                Arguments.of(
                        "an RSA certificate, PSS", files("rsa"), List.of("-sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256")),
                Arguments.of("a P-384 certificate", files("ecdsa384"), List.of()),
                Arguments.of("a P-521 certificate", files("ecdsa521"), List.of()),
                Arguments.of("an Ed25519 certificate", files("ed25519"), List.of()),
                Arguments.of("every message in fragments", files("ecdsa"), List.of("-mtu", "256")),
                Arguments.of("a ClientHello as long as a post-quantum one", files("ecdsa"), longHello()));
    }

    static Stream<Arguments> serverVariants() {
        return Stream.of(
                Arguments.of("an RSA certificate", files("rsa"), List.of()),
                Arguments.of("a P-384 certificate", files("ecdsa384"), List.of()),
                Arguments.of("every message in fragments", files("ecdsa"), List.of("-mtu", "256")),
                Arguments.of("a cookie", files("ecdsa"), List.of("-listen")));
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("profilesAndPools")
    void anOpensslClientGetsTheSameKeys(SrtpProfile profile, DtlsHandshakes pool) throws Exception {
        assertSameKeys(pool, DtlsRole.SERVER, profile, files("ecdsa"), List.of());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("profilesAndPools")
    void anOpensslServerGetsTheSameKeys(SrtpProfile profile, DtlsHandshakes pool) throws Exception {
        assertSameKeys(pool, DtlsRole.CLIENT, profile, files("ecdsa"), List.of());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("clientVariants")
    void aClientMayComeWith(String name, List<String> certificate, List<String> options) throws Exception {
        assertSameKeys(FAST, DtlsRole.SERVER, SrtpProfile.AEAD_AES_128_GCM, certificate, options);
        assertSameKeys(PORTABLE, DtlsRole.SERVER, SrtpProfile.AEAD_AES_128_GCM, certificate, options);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("serverVariants")
    void aServerMayComeWith(String name, List<String> certificate, List<String> options) throws Exception {
        assertSameKeys(FAST, DtlsRole.CLIENT, SrtpProfile.AEAD_AES_128_GCM, certificate, options);
        assertSameKeys(PORTABLE, DtlsRole.CLIENT, SrtpProfile.AEAD_AES_128_GCM, certificate, options);
    }

    @Test
    void ourOrderOfProfilesWins() throws Exception {
        try (OpensslPeer openssl =
                client(files("ecdsa"), "-use_srtp", "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM")) {
            DtlsEnd end = new DtlsEnd(FAST, OURS, DtlsRole.SERVER, fingerprint(files("ecdsa")));
            openssl.connectTo(end);
            assertEquals(SrtpProfile.AEAD_AES_256_GCM, end.keys().profile());
        }
    }

    @Test
    void aClientWithoutCertificateIsRefused() throws Exception {
        assertClientRefused(
                List.of(), List.of("-use_srtp", "SRTP_AEAD_AES_128_GCM"), "sent no certificate", "handshake failure");
    }

    @Test
    void aClientWithAnotherCertificateIsRefused() throws Exception {
        assertClientRefused(
                files("rsa"),
                List.of("-use_srtp", "SRTP_AEAD_AES_128_GCM"),
                "signaling announced " + fingerprint(files("ecdsa")),
                "bad certificate");
    }

    @Test
    void aClientWithoutSrtpIsRefused() throws Exception {
        assertClientRefused(files("ecdsa"), List.of(), "no use_srtp", "handshake failure");
    }

    @Test
    void aClientWithoutACommonProfileIsRefused() throws Exception {
        assertClientRefused(
                files("ecdsa"), List.of("-use_srtp", "SRTP_AES128_CM_SHA1_32"), "no SRTP profile", "handshake failure");
    }

    @Test
    void aClientWithoutTheCipherSuiteIsRefused() throws Exception {
        assertClientRefused(
                files("ecdsa"),
                List.of("-use_srtp", "SRTP_AEAD_AES_128_GCM", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"),
                "does not offer ECDHE-ECDSA",
                "handshake failure");
    }

    @Test
    void aServerWithAnotherCertificateIsRefused() throws Exception {
        try (OpensslPeer openssl = server(files("rsa"), "-use_srtp", "SRTP_AEAD_AES_128_GCM")) {
            DtlsEnd end = new DtlsEnd(FAST, OURS, DtlsRole.CLIENT, fingerprint(files("ecdsa")));
            openssl.connectTo(end);
            end.transport.start();
            String reason = end.failure();
            assertTrue(reason.contains("signaling announced " + fingerprint(files("ecdsa"))), reason);
        }
    }

    @Test
    void aServerWithoutSrtpIsRefused() throws Exception {
        try (OpensslPeer openssl = server(files("ecdsa"))) {
            DtlsEnd end = new DtlsEnd(FAST, OURS, DtlsRole.CLIENT, fingerprint(files("ecdsa")));
            openssl.connectTo(end);
            end.transport.start();
            String reason = end.failure();
            assertTrue(reason.contains("the server chose no SRTP profile"), reason);
        }
    }

    @Test
    void closeNotifyOfTheClientEndsTheSession() throws Exception {
        try (OpensslPeer openssl = client(files("ecdsa"), "-use_srtp", "SRTP_AEAD_AES_128_GCM")) {
            DtlsEnd end = new DtlsEnd(FAST, OURS, DtlsRole.SERVER, fingerprint(files("ecdsa")));
            openssl.connectTo(end);
            end.keys();
            openssl.quit();
            assertTrue(end.awaitClosed());
        }
    }

    @Test
    void ourCloseNotifyEndsTheClient() throws Exception {
        try (OpensslPeer openssl = client(files("ecdsa"), "-use_srtp", "SRTP_AEAD_AES_128_GCM")) {
            DtlsEnd end = new DtlsEnd(FAST, OURS, DtlsRole.SERVER, fingerprint(files("ecdsa")));
            openssl.connectTo(end);
            end.keys();
            end.transport.close();
            assertTrue(openssl.awaitEnd(), openssl::output);
        }
    }

    private static void assertSameKeys(
            DtlsHandshakes pool, DtlsRole role, SrtpProfile profile, List<String> certificate, List<String> options)
            throws Exception {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("-use_srtp", opensslName(profile), "-keymatexport", "EXTRACTOR-dtls_srtp"));
        all.addAll(List.of("-keymatexportlen", Integer.toString(profile.keyingMaterialLengthBytes())));
        String[] arguments = all.toArray(String[]::new);
        try (OpensslPeer openssl =
                role == DtlsRole.SERVER ? client(certificate, arguments) : server(certificate, arguments)) {
            DtlsEnd end = new DtlsEnd(pool, OURS, role, fingerprint(certificate));
            openssl.connectTo(end);
            end.transport.start();
            SrtpKeys keys = end.keys();
            assertEquals(profile, keys.profile());
            assertArrayEquals(openssl.keyingMaterial(), material(keys, role));
            end.transport.close();
        }
    }

    private static void assertClientRefused(
            List<String> certificate, List<String> options, String reasonPart, String alert) throws Exception {
        try (OpensslPeer openssl = client(certificate, options.toArray(String[]::new))) {
            DtlsEnd end = new DtlsEnd(FAST, OURS, DtlsRole.SERVER, fingerprint(files("ecdsa")));
            openssl.connectTo(end);
            String reason = end.failure();
            assertTrue(reason.contains(reasonPart), reason);
            assertTrue(openssl.awaitEnd());
            assertTrue(openssl.output().contains("alert " + alert), openssl::output);
        }
    }

    private static OpensslPeer client(List<String> certificate, String... options) throws Exception {
        return OpensslPeer.client(join(certificate, options));
    }

    private static OpensslPeer server(List<String> certificate, String... options) throws Exception {
        return OpensslPeer.server(join(certificate, options));
    }

    private static String[] join(List<String> certificate, String... options) {
        return Stream.concat(certificate.stream(), Arrays.stream(options)).toArray(String[]::new);
    }

    private static Fingerprint fingerprint(List<String> certificate) throws Exception {
        byte[] pem = Files.readAllBytes(Path.of(certificate.get(1)));
        return Fingerprint.of(CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem))
                .getEncoded());
    }

    /** The keying material in the order of the exporter (RFC 5764 §4.2). */
    private static byte[] material(SrtpKeys keys, DtlsRole role) {
        boolean client = role == DtlsRole.CLIENT;
        ByteArrayOutputStream material = new ByteArrayOutputStream();
        material.writeBytes(client ? keys.localKey() : keys.remoteKey());
        material.writeBytes(client ? keys.remoteKey() : keys.localKey());
        material.writeBytes(client ? keys.localSalt() : keys.remoteSalt());
        material.writeBytes(client ? keys.remoteSalt() : keys.localSalt());
        return material.toByteArray();
    }

    private static String opensslName(SrtpProfile profile) {
        return switch (profile) {
            case AEAD_AES_128_GCM -> "SRTP_AEAD_AES_128_GCM";
            case AEAD_AES_256_GCM -> "SRTP_AEAD_AES_256_GCM";
            case AES128_CM_HMAC_SHA1_80 -> "SRTP_AES128_CM_SHA1_80";
        };
    }

    private static List<String> longHello() {
        List<String> protocols = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            protocols.add("x".repeat(199) + i);
        }
        return List.of("-mtu", "1400", "-alpn", String.join(",", protocols));
    }

    /** The options that name a certificate and its key; the files themselves are made before the first test. */
    private static List<String> files(String name) {
        return List.of(
                "-cert",
                folder.resolve(name + ".pem").toString(),
                "-key",
                folder.resolve(name + ".key").toString());
    }
}
