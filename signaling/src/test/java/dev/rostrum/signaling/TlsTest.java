package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS, with certificates that the client really checks. */
final class TlsTest {

    private static final String CERTIFICATE = "self-signed-cert.pem";
    private static final String KEY = "self-signed-key.pem";

    @TempDir
    private Path directory;

    private static Certificate certificate(Path file) throws Exception {
        try (var in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private static SSLContext trusting(Path file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("server", certificate(file));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static TestServer selfSigned(Path data) {
        return new TestServer(Map.of(Setting.TLS, "self-signed", Setting.DATA_DIR, data.toString()));
    }

    private static Certificate shown(TestServer server, SSLContext context) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(TestServer.LOOPBACK, server.port())) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    @Test
    void aSelfSignedServerSpeaksHttp2AndHttp1AndLinksToItself() throws Exception {
        Path data = directory.resolve("data");
        try (TestServer server = selfSigned(data)) {
            SSLContext context = trusting(data.resolve(CERTIFICATE));
            for (HttpClient.Version version : HttpClient.Version.values()) {
                if (version.name().equals("HTTP_3")) {
                    continue;
                }
                try (HttpClient client = HttpClient.newBuilder()
                        .sslContext(context)
                        .version(version)
                        .build()) {
                    HttpResponse<String> response = client.send(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + "/v1/spaces"))
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString("{\"title\":\"a\"}"))
                                    .build(),
                            BodyHandlers.ofString());

                    assertEquals(201, response.statusCode());
                    assertEquals(version, response.version());
                    HttpResponse<String> tooLarge = client.send(
                            HttpRequest.newBuilder(response.request().uri())
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString("a".repeat(20_000)))
                                    .build(),
                            BodyHandlers.ofString());
                    TestServer.assertProblem(413, tooLarge);
                    assertTrue(
                            response.body().contains("\"https://localhost:" + server.port() + "/s/"), response.body());
                }
            }
            assertTrue(server.said().contains("https://localhost:" + server.port() + "/"), server.said());
            assertTrue(server.said().contains("self-signed"), server.said());
        }
    }

    @Test
    void theSelfSignedCertificateIsTheSameAfterARestart() throws Exception {
        Path data = directory.resolve("data");
        selfSigned(data).close();
        Certificate first = certificate(data.resolve(CERTIFICATE));
        try (TestServer server = selfSigned(data)) {
            assertEquals(first, shown(server, trusting(data.resolve(CERTIFICATE))));
        }
    }

    @Test
    void aNewCertificateIsPutToUseWithoutARestartAndABadOneIsNot() throws Exception {
        Path one = directory.resolve("one");
        Path two = directory.resolve("two");
        selfSigned(one).close();
        selfSigned(two).close();
        Path certificate = Files.copy(one.resolve(CERTIFICATE), directory.resolve("cert.pem"));
        Path key = Files.copy(one.resolve(KEY), directory.resolve("key.pem"));
        try (TestServer server =
                new TestServer(Map.of(Setting.TLS_CERT, certificate.toString(), Setting.TLS_KEY, key.toString()))) {
            SSLContext trustsOne = trusting(one.resolve(CERTIFICATE));
            SSLContext trustsTwo = trusting(two.resolve(CERTIFICATE));
            Certificate before = shown(server, trustsOne);
            assertNotEquals(before, certificate(two.resolve(CERTIFICATE)));

            Files.writeString(certificate, "garbage");
            server.server.lookAtCertificate();
            assertEquals(before, shown(server, trustsOne));

            Files.copy(two.resolve(CERTIFICATE), certificate, StandardCopyOption.REPLACE_EXISTING);
            Files.copy(two.resolve(KEY), key, StandardCopyOption.REPLACE_EXISTING);
            server.server.lookAtCertificate();
            for (int i = 0; i < 4; i++) { // connections land on all event loops
                assertEquals(certificate(two.resolve(CERTIFICATE)), shown(server, trustsTwo));
            }
        }
    }

    @Test
    void plainHttpAtTheTlsPortIsCutAndDisturbsNobody() throws Exception {
        Path data = directory.resolve("data");
        try (TestServer server = selfSigned(data)) {
            try (Socket socket = server.socket()) {
                socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertFalse(TestServer.readAll(socket).contains("200"));
            }
            shown(server, trusting(data.resolve(CERTIFICATE)));
        }
    }
}
