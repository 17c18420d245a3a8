package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stopping and starting again. */
final class StopTest {

    @TempDir
    private Path directory;

    @Test
    void aStoppedServerListensNoMoreAndClosesWhatIsIdle() throws IOException {
        TestServer server = new TestServer(Map.of());
        int port = server.port();
        try (Socket idle = server.socket()) {
            idle.getOutputStream()
                    .write("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertEquals('H', idle.getInputStream().read());

            server.close();

            assertTrue(TestServer.readAll(idle).startsWith("TTP/1.1 200"));
        }
        assertThrows(ConnectException.class, () -> new Socket(TestServer.LOOPBACK, port).close());
    }

    @Test
    void aSpaceIsThereAfterARestartAndItsTokensHold() {
        Map<Setting, String> settings = Map.of(Setting.DATA_DIR, directory.toString());
        TestServer.Space space;
        try (TestServer server = new TestServer(settings)) {
            space = server.createSpace();
        }

        try (TestServer server = new TestServer(settings)) {
            assertEquals(200, server.get(space.path()).statusCode());
            assertEquals(
                    204,
                    server.send("DELETE", space.path(), null, "Authorization", "Bearer " + space.host())
                            .statusCode());
        }
    }

    @Test
    void webSocketsAreToldToComeBackLater() throws Exception {
        TestServer server = new TestServer(Map.of());
        try (Socket socket = JoinDoorTest.upgraded(server, server.createSpace())) {
            JoinDoorTest.send(socket, "{\"type\":\"join\",\"offer\":null}");
            assertEquals((byte) 0x81, (byte) socket.getInputStream().read()); // the head of the answer's frame

            server.close();

            String heard = TestServer.readAll(socket);
            assertTrue(heard.contains("\"type\":\"draining\",\"comeBackAfterMs\":"), heard);
            assertTrue(heard.contains("\"reason\":\"draining\""), heard);
        }
    }

    @Test
    void whileItTakesItsLeaveNobodyIsLetInAndEverybodyIsToldWhenToTryAgain() throws Exception {
        TestServer server = new TestServer(Map.of(Setting.DRAIN_TIMEOUT, "10"));
        TestServer.Space space = server.createSpace();
        try (Socket deaf = JoinDoorTest.upgraded(server, space)) { // takes no leave, so that this takes a while
            JoinDoorTest.send(deaf, "{\"type\":\"join\"}");
            assertEquals((byte) 0x81, (byte) deaf.getInputStream().read());
            Thread stopping = Thread.startVirtualThread(server::close);
            HttpResponse<String> creating = server.postJson("/v1/spaces", "{\"title\":\"late\"}");
            while (creating.statusCode() == 201) {
                creating = server.postJson("/v1/spaces", "{\"title\":\"late\"}");
            }

            assertEquals(503, creating.statusCode(), creating.body());
            assertEquals("draining", TestServer.json(creating).get("code").asString());
            assertTrue(Integer.parseInt(String.valueOf(TestServer.header(creating, "Retry-After"))) >= 2);
            for (String door : List.of("/whip", "/whep")) {
                assertEquals(
                        503,
                        server.send("POST", space.path() + door, "v=0", "Content-Type", TestServer.SDP)
                                .statusCode());
            }
            assertEquals(200, server.get(space.path()).statusCode(), "its page must always answer");
            assertEquals(503, server.get("/health/ready").statusCode());
            try (Socket late = JoinDoorTest.upgraded(server, space)) {
                String heard = TestServer.readAll(late);
                assertTrue(heard.contains("\"type\":\"draining\",\"comeBackAfterMs\":"), heard);
                assertTrue(heard.contains("\"reason\":\"draining\""), heard);
            }
            stopping.join();
        }
    }

    @Test
    void closingTwiceIsNoFault() {
        TestServer server = new TestServer(Map.of());
        server.server.close();
        server.close();
    }
}
