package dev.rostrum.signaling;

import static dev.rostrum.signaling.TestServer.assertProblem;
import static dev.rostrum.signaling.TestServer.header;
import static dev.rostrum.signaling.TestServer.offer;
import static dev.rostrum.signaling.TestServer.readAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.TestServer.Space;
import dev.rostrum.signaling.http.HttpLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The page's WebSocket, over real sockets; the endpoints behind it never connect. */
final class JoinDoorTest {

    private static final HttpLimits SHORT = new HttpLimits(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            Duration.ofSeconds(3),
            Duration.ofSeconds(1),
            Duration.ofMillis(300),
            64 * 1024);

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static TestServer server;
    private static TestServer quick;

    @BeforeAll
    static void start() {
        server = new TestServer(Map.of(Setting.ICE_SERVER, "stun:stun.example.org"));
        quick = new TestServer(Map.of(Setting.CORS_ORIGIN, "https://friend.example"), SHORT);
    }

    @AfterAll
    static void stop() {
        server.close();
        quick.close();
    }

    /** A WebSocket that keeps what it hears. */
    private static final class Client implements WebSocket.Listener {

        private final BlockingQueue<JsonNode> heard = new LinkedBlockingQueue<>();
        private final CompletableFuture<String> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private final WebSocket socket;

        Client(TestServer server, Space space, String... headers) {
            WebSocket.Builder builder = CLIENT.newWebSocketBuilder();
            for (int i = 0; i < headers.length; i += 2) {
                builder.header(headers[i], headers[i + 1]);
            }
            URI uri = URI.create("ws://127.0.0.1:" + server.port() + space.path() + "/join");
            socket = builder.buildAsync(uri, this).join();
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                heard.add(JsonMapper.shared().readTree(text.toString()));
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            closed.complete(code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed.completeExceptionally(error);
        }

        Client say(String message) {
            socket.sendText(message, true).join();
            return this;
        }

        /** The next message of a type; those of other types are passed over. */
        JsonNode hear(String type) {
            while (true) {
                try {
                    JsonNode message = heard.poll(20, TimeUnit.SECONDS);
                    if (message == null) {
                        throw new AssertionError("no " + type + " came");
                    }
                    if (message.get("type").asString().equals(type)) {
                        return message;
                    }
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }

        String closed() {
            return closed.orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    private static String join(@Nullable String token, @Nullable String resume, @Nullable String offer) {
        ObjectNode message = JsonMapper.shared().createObjectNode().put("type", "join");
        if (token != null) {
            message.put("token", token);
        }
        if (resume != null) {
            message.put("resume", resume);
        }
        if (offer != null) {
            message.put("offer", offer);
        }
        return message.put("name", "Ada").toString();
    }

    @Test
    void aJoinIsAnsweredWithAllThatAClientNeeds() {
        Space space = server.createSpace();
        Client host = new Client(server, space).say(join(space.host(), null, offer("chromium-page")));

        JsonNode joined = host.hear("joined");

        assertEquals("host", joined.get("participant").get("role").asString());
        assertEquals("Ada", joined.get("participant").get("name").asString());
        assertEquals(space.id(), joined.get("space").get("id").asString());
        assertTrue(joined.get("answer").asString().startsWith("v=0\r\n"));
        assertTrue(joined.get("answer").asString().contains("a=recvonly"));
        assertTrue(joined.get("answer").asString().contains("a=sendonly"));
        assertTrue(joined.get("media").booleanValue());
        assertEquals(
                "stun:stun.example.org",
                joined.get("iceServers").get(0).get("urls").get(0).asString());
        assertFalse(joined.get("resume").asString().isEmpty());
        assertTrue(joined.get("durable").booleanValue());
        host.socket.abort();
    }

    @Test
    void othersHearOfTheStageAndCommandsAreAnswered() {
        Space space = server.createSpace();
        Client host = new Client(server, space).say(join(space.host(), null, offer("chromium-page")));
        String hostId = host.hear("joined").get("participant").get("id").asString();
        Client listener = new Client(server, space).say(join(null, null, offer("firefox-page")));
        JsonNode joined = listener.hear("joined");
        String listenerId = joined.get("participant").get("id").asString();

        listener.say("{\"type\":\"raiseHand\",\"id\":1}");
        JsonNode result = listener.hear("result");
        JsonNode hand = host.hear("hand");
        host.say("{\"type\":\"promote\",\"id\":2,\"participant\":\"" + listenerId + "\"}");
        JsonNode role = listener.hear("role");
        listener.say("{\"type\":\"demote\",\"id\":3,\"participant\":\"" + hostId + "\"}");
        JsonNode refused = listener.hear("error");

        assertEquals("listener", joined.get("participant").get("role").asString());
        assertEquals(hostId, joined.get("participants").get(0).get("id").asString());
        assertEquals(1, result.get("id").intValue());
        assertEquals(listenerId, hand.get("participant").get("id").asString());
        assertEquals("speaker", role.get("role").asString());
        assertEquals(3, refused.get("id").intValue());
        assertEquals("forbidden", refused.get("error").get("code").asString());
        host.socket.abort();
        listener.socket.abort();
    }

    @Test
    void connectionsThatWereWebSocketsAreNotCountedForEver() {
        try (TestServer small = new TestServer(Map.of(Setting.MAX_CONNECTIONS, "6"))) {
            Space space = small.createSpace();
            for (int i = 0; i < 20; i++) {
                Client client = new Client(small, space).say(join(null, null, null));
                client.hear("joined");
                if (i % 2 == 0) {
                    client.socket.abort();
                } else {
                    client.say("{\"type\":\"leave\",\"id\":1}");
                    client.closed();
                }
            }

            String metrics = small.get("/metrics").body();

            String open = metrics.lines()
                    .filter(line -> line.startsWith("rostrum_http_connections "))
                    .findFirst()
                    .orElseThrow();
            assertTrue(Double.parseDouble(open.substring(open.indexOf(' '))) <= 3, open);
        }
    }

    @Test
    void nothingOfAWebSocketIsKeptOnceItIsClosed() throws Exception {
        Space space = server.createSpace();
        int before = instances("io.vertx.core.http.impl.websocket.ServerWebSocketImpl");
        for (int i = 0; i < 20; i++) {
            Client client = new Client(server, space).say(join(null, null, offer("chromium-page")));
            client.hear("joined");
            client.say("{\"type\":\"leave\",\"id\":1}");
            client.closed();
        }

        // A closed one may still be on its way through the event loop; more than a few are kept by something.
        int kept = kept("io.vertx.core.http.impl.websocket.ServerWebSocketImpl", before, 3);
        assertTrue(kept <= 3, kept + " of 20 are kept");
    }

    @Test
    void nothingOfAnOfferIsKeptOnceItIsAnswered() throws Exception {
        Space space = server.createSpace();
        int before = instances("dev.rostrum.signaling.sdp.SessionDescription");
        List<Client> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Client client = new Client(server, space).say(join(null, null, offer("chromium-page")));
            client.hear("joined");
            clients.add(client);
        }

        int kept = kept("dev.rostrum.signaling.sdp.SessionDescription", before, 1);
        for (Client client : clients) {
            client.socket.abort();
        }
        assertTrue(kept <= 1, kept + " of 10 are kept");
    }

    /** How many more of a class are alive than before; waits a moment for it to be so few. */
    private static int kept(String type, int before, int few) throws JMException, InterruptedException {
        int kept = Integer.MAX_VALUE;
        for (int i = 0; i < 50 && kept > few; i++) {
            Thread.sleep(100);
            kept = instances(type) - before;
        }
        return kept;
    }

    /** How many objects of a class are alive in this process. */
    private static int instances(String type) throws JMException {
        Object histogram = ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        return String.valueOf(histogram)
                .lines()
                .map(line -> line.strip().split("\\s+"))
                .filter(columns -> columns.length > 3 && columns[3].equals(type))
                .mapToInt(columns -> Integer.parseInt(columns[1]))
                .sum();
    }

    @Test
    void aLostClientComesBackAsWhoItWasWithItsMedia() {
        Space space = server.createSpace();
        Client first = new Client(server, space).say(join(space.speaker(), null, offer("chromium-page")));
        JsonNode joined = first.hear("joined");
        first.socket.abort();

        Client second =
                new Client(server, space).say(join(null, joined.get("resume").asString(), null));
        JsonNode again = second.hear("joined");

        assertEquals(
                joined.get("participant").get("id"), again.get("participant").get("id"));
        assertEquals("speaker", again.get("participant").get("role").asString());
        assertTrue(again.get("media").booleanValue());
        assertFalse(again.has("answer"));
        second.socket.abort();
    }

    @Test
    void aNewerSessionReplacesTheOlder() {
        Space space = server.createSpace();
        Client first = new Client(server, space).say(join(space.host(), null, offer("chromium-page")));
        first.hear("joined");
        Client second = new Client(server, space).say(join(space.host(), null, offer("chromium-page")));
        second.hear("joined");

        assertEquals("replaced", first.hear("closed").get("reason").asString());
        assertEquals("1000 replaced", first.closed());
        second.socket.abort();
    }

    @Test
    void leavingAndTheEndOfTheSpaceCloseTheSocketWithTheReason() {
        Space space = server.createSpace();
        Client host = new Client(server, space).say(join(space.host(), null, offer("chromium-page")));
        host.hear("joined");
        Client listener = new Client(server, space).say(join(null, null, offer("chromium-page")));
        listener.hear("joined");
        Client leaver = new Client(server, space).say(join(null, null, offer("chromium-page")));
        leaver.hear("joined");

        leaver.say("{\"type\":\"leave\",\"id\":1}");
        assertEquals("left", leaver.hear("closed").get("reason").asString());
        assertEquals("1000 left", leaver.closed());
        host.say("{\"type\":\"end\",\"id\":1}");
        assertEquals("ended", listener.hear("closed").get("reason").asString());
        assertEquals("1000 ended", listener.closed());
        assertEquals("1000 ended", host.closed());
    }

    @Test
    void aWrongJoinGetsAnErrorAndTheEnd() {
        Space space = server.createSpace();
        Map<String, String> wrong = Map.of(
                "hello",
                "malformed",
                "[]",
                "malformed",
                "{\"type\":\"dance\",\"id\":1}",
                "unknown-type",
                "{\"type\":\"raiseHand\",\"id\":1}",
                "not-joined",
                "{\"type\":\"join\",\"token\":7}",
                "invalid-field",
                join("nonsense", null, offer("chromium-page")),
                "unauthorized",
                join(server.createSpace().host(), null, offer("chromium-page")),
                "forbidden",
                join(space.host(), null, "v=0"),
                "sdp",
                join(space.host(), null, offer("chromium-page").replace("sha-256", "sha-1")),
                "sdp");
        wrong.forEach((message, code) -> {
            Client client = new Client(server, space).say(message);

            JsonNode error = client.hear("error").get("error");

            assertEquals(code, error.get("code").asString(), message);
            assertFalse(error.get("message").asString().isEmpty());
            assertEquals("1008 " + code, client.closed());
        });
        assertEquals(
                "no-such-space",
                new Client(server, new Space("nothing", "", "", ""))
                        .say(join(null, null, offer("chromium-page")))
                        .hear("error")
                        .get("error")
                        .get("code")
                        .asString());
    }

    @Test
    void aWrongCommandGetsAnErrorThatNamesTheFieldAndTheSocketStays() {
        Space space = server.createSpace();
        Client host = new Client(server, space).say(join(space.host(), null, offer("chromium-page")));
        host.hear("joined");

        JsonNode malformed = host.say("{").hear("error");
        JsonNode field = host.say("{\"type\":\"promote\",\"id\":5}").hear("error");
        JsonNode unknown = host.say("{\"type\":\"promote\",\"id\":6,\"participant\":\"nobody\"}")
                .hear("error");
        JsonNode good =
                host.say("{\"type\":\"setName\",\"id\":7,\"name\":\"Grace\"}").hear("result");

        assertFalse(malformed.has("id"));
        assertEquals(5, field.get("id").intValue());
        assertEquals("participant", field.get("error").get("field").asString());
        assertEquals("no-such-participant", unknown.get("error").get("code").asString());
        assertEquals(7, good.get("id").intValue());
        host.socket.abort();
    }

    @Test
    void aSecondJoinAndBinaryMessagesEndTheSocket() {
        Space space = server.createSpace();
        Client twice = new Client(server, space).say(join(space.host(), null, offer("chromium-page")));
        twice.hear("joined");
        twice.say(join(space.host(), null, offer("chromium-page")));
        Client binary = new Client(server, space);
        binary.socket.sendBinary(ByteBuffer.wrap(new byte[] {1}), true).join();

        assertEquals("1008 protocol", twice.closed());
        assertEquals("1003 binary", binary.closed());
    }

    @Test
    void iceIsRestartedWithAnotherOfferOfTheSameConnection() {
        Space space = server.createSpace();
        String offer = offer("chromium-page");
        Client host = new Client(server, space).say(join(space.host(), null, offer));
        String answer = host.hear("joined").get("answer").asString();
        String again = offer.replaceAll("a=ice-ufrag:[^\r\n]+", "a=ice-ufrag:fresh")
                .replaceAll("a=ice-pwd:[^\r\n]+", "a=ice-pwd:freshfreshfreshfreshfresh");
        ObjectNode restart = JsonMapper.shared().createObjectNode().put("type", "restartIce");

        JsonNode same =
                host.say(restart.put("id", 1).put("offer", offer).toString()).hear("error");
        JsonNode other = host.say(
                        restart.put("id", 2).put("offer", offer("firefox-page")).toString())
                .hear("error");
        JsonNode result =
                host.say(restart.put("id", 3).put("offer", again).toString()).hear("result");

        assertEquals("cannot-restart", same.get("error").get("code").asString());
        assertEquals("cannot-restart", other.get("error").get("code").asString());
        String restarted = result.get("answer").asString();
        assertNotEquals(line(answer, "a=ice-ufrag:"), line(restarted, "a=ice-ufrag:"));
        assertNotEquals(line(answer, "o="), line(restarted, "o="));
        assertEquals(withoutIce(answer), withoutIce(restarted));
        host.socket.abort();
    }

    @Test
    void whoeverRestartsIceAgainAndAgainIsToldThatItIsTooFast() {
        Space space = server.createSpace();
        String offer = offer("chromium-page");
        Client host = new Client(server, space).say(join(space.host(), null, offer));
        host.hear("joined");
        ObjectNode restart = JsonMapper.shared().createObjectNode().put("type", "restartIce");

        for (int id = 0; id < 200; id++) {
            host.say(restart.put("id", id).put("offer", offer).toString());
        }
        List<String> codes = Stream.generate(() -> host.hear("error"))
                .limit(200)
                .map(error -> error.get("error").get("code").asString())
                .toList();

        assertEquals("cannot-restart", codes.getFirst());
        assertTrue(codes.contains("too-fast"), codes.toString());
        host.socket.abort();
    }

    private static String line(String sdp, String start) {
        return sdp.lines().filter(l -> l.startsWith(start)).findFirst().orElseThrow();
    }

    private static List<String> withoutIce(String sdp) {
        return sdp.lines()
                .filter(l -> !l.startsWith("a=ice-ufrag:") && !l.startsWith("a=ice-pwd:") && !l.startsWith("o="))
                .toList();
    }

    @Test
    void whoeverDoesNotJoinInTimeIsCut() {
        Client client = new Client(quick, quick.createSpace());

        assertEquals("idle", client.hear("error").get("error").get("code").asString());
        assertEquals("1008 idle", client.closed());
    }

    @Test
    void aMessageBeyondTheLimitEndsTheSocketAndNothingElse() throws IOException {
        Space space = server.createSpace();
        try (Socket frame = upgraded(server, space);
                Socket frames = upgraded(server, space);
                Socket garbage = upgraded(server, space)) {
            send(frame, "{\"type\":\"join\",\"offer\":\"" + "a".repeat(200 * 1024));
            for (int i = 0; i < 30; i++) {
                frames.getOutputStream().write(i == 0 ? 0x01 : 0x00); // text, to be continued
                frames.getOutputStream().write(new byte[] {(byte) 0xfe, 0x20, 0, 0, 0, 0, 0});
                frames.getOutputStream().write("a".repeat(0x2000).getBytes(StandardCharsets.US_ASCII));
            }
            garbage.getOutputStream().write(new byte[] {(byte) 0xff, (byte) 0x80, 0, 0, 0, 0});

            assertTrue(readAll(frame).contains("\"reason\":\"too-big\""));
            assertTrue(readAll(frames).contains("\"reason\":\"too-big\""));
            assertTrue(readAll(garbage).contains("\"reason\":\"protocol\""));
        }
        assertEquals(200, server.get("/health/live").statusCode());
    }

    @Test
    void anOfferOf128KBFitsIntoAJoin() {
        Space space = server.createSpace();
        StringBuilder offer = new StringBuilder(offer("chromium-page"));
        while (offer.length() < 127 * 1024) {
            offer.append("a=unknown:").append("y".repeat(500)).append("\r\n");
        }

        assertTrue(new Client(server, space)
                .say(join(space.host(), null, offer.toString()))
                .hear("joined")
                .has("answer"));
    }

    @Test
    void aPageOfAnotherOriginIsLetInOnlyIfItIsNamed() {
        Space space = quick.createSpace();

        CompletionException stranger = assertThrows(
                CompletionException.class, () -> new Client(quick, space, "Origin", "https://some.example"));
        new Client(quick, space, "Origin", "https://friend.example").socket.abort();
        new Client(quick, space, "Origin", "http://127.0.0.1:" + quick.port()).socket.abort();
        new Client(server, server.createSpace(), "Origin", "https://some.example").socket.abort();

        assertTrue(stranger.getCause() instanceof WebSocketHandshakeException);
        if (stranger.getCause() instanceof WebSocketHandshakeException refused) {
            assertEquals(403, refused.getResponse().statusCode());
        }
    }

    @Test
    void withoutAnUpgradeTheDoorSaysWhatItIs() throws IOException {
        Space space = server.createSpace();
        HttpResponse<String> plain = server.get(space.path() + "/join");
        String upgrade =
                "GET " + space.path() + "/join HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + "Upgrade: websocket\r\n";
        String noVersion = server.raw(upgrade + "\r\n");
        String noKey = server.raw(upgrade + "Sec-WebSocket-Version: 13\r\n\r\n");

        assertProblem(426, plain);
        assertEquals("websocket", header(plain, "Upgrade"));
        assertTrue(noVersion.startsWith("HTTP/1.1 426"), noVersion);
        assertTrue(noVersion.contains("Sec-WebSocket-Version: 13"), noVersion);
        assertTrue(noKey.startsWith("HTTP/1.1 400"), noKey);
        assertTrue(noKey.contains("application/problem+json"), noKey);
        assertProblem(405, server.send("POST", space.path() + "/join", "x"));
    }

    @Test
    void aSilentClientIsCutThoughItsTcpConnectionLives() throws Exception {
        try (Socket socket = upgraded(quick, quick.createSpace())) {
            send(socket, join(null, null, offer("chromium-page")));

            String heard = readAll(socket); // answers no ping

            assertTrue(heard.contains("\"joined\""), heard);
            assertTrue(heard.contains("\"reason\":\"idle\""), heard);
        }
    }

    @Test
    void aSlowReaderIsCutWhileTheOthersHearOn() throws Exception {
        Space space = quick.createSpace();
        Client host = new Client(quick, space).say(join(space.host(), null, offer("chromium-page")));
        host.hear("joined");
        try (Socket slow = upgraded(quick, space)) {
            send(slow, join(null, null, offer("chromium-page")));

            // It asks and asks, and never reads an answer; the buffers of the kernel take some megabytes.
            assertThrows(IOException.class, () -> {
                for (int i = 0; i < 1_000_000; i++) {
                    send(slow, "{\"type\":\"promote\",\"id\":" + i + "}");
                }
            });
        }

        host.say("{\"type\":\"setName\",\"id\":1,\"name\":\"Grace\"}").hear("result");
        host.socket.abort();
    }

    static Socket upgraded(TestServer server, Space space) throws IOException {
        Socket socket = server.socket();
        socket.getOutputStream()
                .write(("GET " + space.path()
                                + "/join HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            assertTrue(next >= 0, head.toString());
            head.append((char) next);
        }
        assertTrue(head.toString().startsWith("HTTP/1.1 101"), head.toString());
        return socket;
    }

    /** Sends a text frame, masked with zeros (RFC 6455 §5.2). */
    static void send(Socket socket, String text) throws IOException {
        byte[] payload = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 14);
        frame.put((byte) 0x81);
        if (payload.length < 126) {
            frame.put((byte) (0x80 | payload.length));
        } else if (payload.length < 65536) {
            frame.put((byte) (0x80 | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (0x80 | 127)).putLong(payload.length);
        }
        frame.putInt(0).put(payload);
        OutputStream out = socket.getOutputStream();
        out.write(frame.array(), 0, frame.position());
        out.flush();
    }
}
