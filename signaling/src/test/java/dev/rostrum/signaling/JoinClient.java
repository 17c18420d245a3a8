package dev.rostrum.signaling;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The page's door without the page: a bare WebSocket that speaks the protocol of docs/protocol.md.
 *
 * <p>Owned by one test, which closes it. Messages come in on the HTTP client's threads and are kept in their order.
 */
final class JoinClient implements AutoCloseable {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final long ANSWER_MS = 20_000;

    private final List<JsonNode> received = new ArrayList<>();
    private final WebSocket socket;
    private long lastId;

    /** @param space the space's address by http */
    JoinClient(HttpClient http, URI space) throws InterruptedException {
        URI door = URI.create(space.toString().replaceFirst("^http", "ws") + "/join");
        this.socket = get(http.newWebSocketBuilder().buildAsync(door, new Listener()));
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                JsonNode message = MAPPER.readTree(text.toString());
                text.setLength(0);
                synchronized (received) {
                    received.add(message);
                    received.notifyAll();
                }
            }
            from.request(1);
            return null;
        }
    }

    /** Joins with an access token; returns the message "joined". */
    JsonNode join(String token, String name, String offer) throws InterruptedException {
        ObjectNode join = message("join");
        join.put("token", token).put("name", name).put("offer", offer);
        say(join);
        return require("joined", message -> isTyped(message, "joined") || isTyped(message, "error"));
    }

    /** Gives a command, about this participant if it is about one, and waits for its result. */
    JsonNode command(String type, @Nullable String participant) throws InterruptedException {
        return command(type, participant, "result");
    }

    /** Gives a command, and waits for its "result" or "error". */
    JsonNode command(String type, @Nullable String participant, String answer) throws InterruptedException {
        return commandWith(type, participant == null ? Map.of() : Map.of("participant", participant), answer);
    }

    /** Gives a command with these fields, and waits for its result. */
    JsonNode commandWith(String type, Map<String, ?> fields) throws InterruptedException {
        return commandWith(type, fields, "result");
    }

    private JsonNode commandWith(String type, Map<String, ?> fields, String answer) throws InterruptedException {
        long id = ++lastId;
        ObjectNode command = message(type).put("id", id);
        fields.forEach((field, value) -> command.set(field, MAPPER.valueToTree(value)));
        say(command);
        return require(answer, message -> message.path("id").asLong(-1) == id);
    }

    /** Waits for a message that may have come already. */
    JsonNode await(String what, Predicate<JsonNode> wanted) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ANSWER_MS);
        synchronized (received) {
            while (true) {
                for (JsonNode message : received) {
                    if (wanted.test(message)) {
                        return message;
                    }
                }
                long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
                if (leftMs <= 0) {
                    throw new AssertionError("no " + what + " came; these did: " + received);
                }
                received.wait(leftMs);
            }
        }
    }

    private JsonNode require(String type, Predicate<JsonNode> wanted) throws InterruptedException {
        JsonNode message = await(type, wanted);
        if (!isTyped(message, type)) {
            throw new AssertionError("instead of " + type + ": " + message);
        }
        return message;
    }

    static boolean isTyped(JsonNode message, String type) {
        return type.equals(message.path("type").asString(""));
    }

    private static ObjectNode message(String type) {
        return MAPPER.createObjectNode().put("type", type);
    }

    void say(ObjectNode message) throws InterruptedException {
        get(socket.sendText(MAPPER.writeValueAsString(message), true));
    }

    private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get(ANSWER_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("the WebSocket failed", e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
