package dev.rostrum.bench.client;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The commands of one participant that wait for their result.
 *
 * <p>Owned by the signaling thread.
 */
final class PendingCommands {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long TIMEOUT_MS = 10_000;

    private record Pending(CompletableFuture<JsonNode> result, ScheduledFuture<?> timeout) {}

    private final LoadClients clients;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long nextId = 1;

    PendingCommands(LoadClients clients) {
        this.clients = clients;
    }

    /** Says a command, and completes the future when its answer comes, or does not. */
    void give(@Nullable JoinSocket socket, String type, Map<String, ?> fields, CompletableFuture<JsonNode> result) {
        if (socket == null || !socket.isOpen()) {
            result.completeExceptionally(new JoinException("disconnected", "not connected right now"));
            return;
        }
        long id = nextId++;
        ObjectNode command = JSON.createObjectNode().put("type", type).put("id", id);
        fields.forEach(command::putPOJO);
        ScheduledFuture<?> timeout = clients.signaling()
                .schedule(
                        () -> fail(id, new JoinException("timeout", "the server does not answer")),
                        TIMEOUT_MS,
                        TimeUnit.MILLISECONDS);
        pending.put(id, new Pending(result, timeout));
        socket.say(JSON.writeValueAsString(command));
    }

    /** Takes a {@code result}. */
    void onResult(JsonNode message) {
        Pending command = take(message.path("id").asLong(-1));
        if (command != null) {
            command.result.complete(message);
        }
    }

    /** Takes an {@code error}. */
    void onError(JsonNode message) {
        JsonNode error = message.path("error");
        fail(
                message.path("id").asLong(-1),
                new JoinException(
                        error.path("code").asString(""), error.path("message").asString("")));
    }

    /** The WebSocket is lost, and with it all answers. */
    void failAll() {
        for (Long id : java.util.List.copyOf(pending.keySet())) {
            fail(id, new JoinException("disconnected", "the connection was lost before the answer came"));
        }
    }

    private void fail(long id, JoinException why) {
        Pending command = take(id);
        if (command != null) {
            command.result.completeExceptionally(why);
        }
    }

    private @Nullable Pending take(long id) {
        Pending command = pending.remove(id);
        if (command != null) {
            command.timeout.cancel(false);
        }
        return command;
    }
}
