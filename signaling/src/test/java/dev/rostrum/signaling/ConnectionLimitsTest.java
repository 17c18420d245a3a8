package dev.rostrum.signaling;

import static dev.rostrum.signaling.TestServer.assertProblem;
import static dev.rostrum.signaling.TestServer.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.http.HttpLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What slow, greedy and mad clients get, over raw sockets; the limits of time are shorter than in the server. */
final class ConnectionLimitsTest {

    private static final HttpLimits SHORT = new HttpLimits(
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofMillis(300),
            64 * 1024);

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(Map.of(), SHORT);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String head(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    @Test
    void aConnectionThatSendsNothingIsClosed() throws IOException {
        try (Socket socket = server.socket()) {
            assertEquals("", readAll(socket));
        }
    }

    @Test
    void aHeadThatDripsInIsCutThoughItNeverPauses() throws Exception {
        try (Socket socket = server.socket()) {
            Thread dripping = Thread.ofVirtual().start(() -> {
                try {
                    OutputStream out = socket.getOutputStream();
                    out.write("GET / HTTP/1.1\r\nHost: a\r\n".getBytes(StandardCharsets.US_ASCII));
                    for (int i = 0; i < 1000; i++) {
                        out.write(("X-" + i + ": a\r\n").getBytes(StandardCharsets.US_ASCII));
                        out.flush();
                        Thread.sleep(20);
                    }
                } catch (IOException | InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });

            assertEquals("", readAll(socket));
            dripping.join();
        }
    }

    @Test
    void aSecondHeadThatDripsInIsCutAsWell() throws IOException {
        try (Socket socket = server.socket()) {
            OutputStream out = socket.getOutputStream();
            out.write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\nGET /health".getBytes(StandardCharsets.US_ASCII));

            String answers = readAll(socket);

            assertTrue(answers.startsWith("HTTP/1.1 200"), answers);
            assertFalse(answers.substring(10).contains("HTTP/1.1"), answers);
        }
    }

    @Test
    void aBodyThatDoesNotComeIsA408() throws IOException {
        String answer = server.raw(
                head("POST /v1/spaces HTTP/1.1", "Host: a", "Content-Type: application/json", "Content-Length: 100")
                        + "{\"title\":");

        assertTrue(answer.startsWith("HTTP/1.1 408"), answer);
        assertTrue(answer.contains("did not arrive"), answer);
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedBeforeItIsSent() throws IOException {
        String answer = server.raw(head(
                "POST /v1/spaces/x/whep HTTP/1.1",
                "Host: a",
                "Content-Type: application/sdp",
                "Content-Length: 99999999999"));

        assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
        assertTrue(answer.contains("131072"), answer);
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedInChunksToo() throws IOException {
        StringBuilder request = new StringBuilder(head(
                "POST /v1/spaces HTTP/1.1", "Host: a", "Content-Type: application/json", "Transfer-Encoding: chunked"));
        for (int i = 0; i < 20; i++) {
            request.append("400\r\n").append("a".repeat(1024)).append("\r\n");
        }
        String answer = server.raw(request.append("0\r\n\r\n").toString());

        assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
    }

    @Test
    void anAddressThatIsTooLongIsA414() throws IOException {
        String answer = server.raw("GET /" + "a".repeat(5000) + " HTTP/1.1\r\nHost: a\r\n\r\n");

        assertTrue(answer.matches("(?s)HTTP/1.[01] 414 URI Too Long.*"), answer);
        assertTrue(answer.contains("application/problem+json"), answer);
    }

    @Test
    void headersThatAreTooLongAreA431() throws IOException {
        String answer = server.raw("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(20_000) + "\r\n\r\n");

        assertTrue(answer.startsWith("HTTP/1.1 431"), answer);
        assertTrue(answer.contains("application/problem+json"), answer);
    }

    @Test
    void garbageIsA400OrIsCut() throws IOException {
        for (String garbage : List.of(
                "\0\1\2\3\r\n\r\n",
                "HELO there\r\n\r\n",
                "GET / HTTP/9.9\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                head(
                                "POST /v1/spaces HTTP/1.1",
                                "Host: a",
                                "Content-Type: application/json",
                                "Transfer-Encoding: chunked")
                        + "ZZ\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n")) {
            String answer = server.raw(garbage);

            assertTrue(answer.isEmpty() || answer.matches("(?s)HTTP/[0-9.]+ (4|501).*"), answer);
        }
        assertEquals(200, server.get("/health/live").statusCode());
    }

    @Test
    void aPipelineOfRequestsIsAnsweredInOrder() throws IOException {
        String request = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
        String answers =
                server.raw(request.repeat(20) + "GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        assertEquals(21, answers.split("HTTP/1.1 ", -1).length - 1, answers);
        assertTrue(answers.lastIndexOf("HTTP/1.1 404") > answers.lastIndexOf("HTTP/1.1 200"));
    }

    @Test
    void moreConnectionsThanAllowedAreClosedAtOnceAndTheOthersGoOn() throws IOException {
        try (TestServer small = new TestServer(Map.of(Setting.MAX_CONNECTIONS, "5"))) {
            List<Socket> sockets = new ArrayList<>();
            int closed = 0;
            try {
                for (int i = 0; i < 5; i++) {
                    Socket socket = small.socket();
                    sockets.add(socket);
                    socket.getOutputStream()
                            .write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    assertEquals('H', socket.getInputStream().read());
                }
                for (int i = 0; i < 3; i++) {
                    try (Socket more = small.socket()) {
                        assertEquals("", readAll(more));
                        closed++;
                    }
                }
                assertEquals(3, closed);
                sockets.getFirst()
                        .getOutputStream()
                        .write("GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                assertTrue(readAll(sockets.getFirst()).contains("HTTP/1.1 200"));
            } finally {
                for (Socket socket : sockets) {
                    socket.close();
                }
            }
        }
    }

    @Test
    void whatIsRefusedIsAProblemAlsoWithoutABody() {
        assertProblem(415, server.send("POST", "/v1/spaces", null));
    }
}
