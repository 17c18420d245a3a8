package dev.rostrum.bench.client;

import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One WebSocket from its opening to its end: says {@code join}, waits for the answer, then hands on what comes.
 *
 * <p>Owned by the signaling thread, on which all events come.
 */
final class JoinSocket {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long JOIN_TIMEOUT_MS = 10_000;

    /** What happens to it, in this order: any number of onQueued, one of onFirst and onRefused, then the others. */
    interface Events {
        void onQueued(JsonNode message);

        void onFirst(JsonNode message);

        void onMessage(JsonNode message);

        void onRefused(JoinException why);

        void onLost();
    }

    private final LoadClients clients;
    private final URI door;
    private final String join;
    private @Nullable WebSocket socket;
    private @Nullable ScheduledFuture<?> patience;
    private boolean answered;
    private boolean over;
    private boolean dropped;

    JoinSocket(LoadClients clients, URI door, String join) {
        this.clients = clients;
        this.door = door;
        this.join = join;
    }

    void open(Events events) {
        patience = clients.signaling()
                .schedule(
                        () -> refuse(events, "timeout", "the server does not answer"),
                        JOIN_TIMEOUT_MS,
                        TimeUnit.MILLISECONDS);
        clients.webSockets()
                .connect(new WebSocketConnectOptions()
                        .setAbsoluteURI(door.toString())
                        .setTimeout(JOIN_TIMEOUT_MS))
                .onSuccess(opened -> {
                    // Handlers first: what comes before they are there is lost.
                    opened.textMessageHandler(text -> {
                        JsonNode message = JSON.readTree(text);
                        run(() -> receive(events, message));
                    });
                    opened.closeHandler(_ -> run(() -> lose(events)));
                    opened.exceptionHandler(_ -> opened.close());
                    run(() -> {
                        socket = opened;
                        if (over || dropped) {
                            opened.close();
                        } else {
                            opened.writeTextMessage(join);
                        }
                    });
                })
                .onFailure(e -> run(() -> refuse(events, "unreachable", String.valueOf(e.getMessage()))));
    }

    private void run(Runnable task) {
        try {
            clients.signaling().execute(task);
        } catch (RejectedExecutionException e) {
            over = true; // all clients are being closed
        }
    }

    private void receive(Events events, JsonNode message) {
        if (over) {
            return;
        }
        if (answered) {
            events.onMessage(message);
        } else if (message.path("type").asString("").equals("queued")) {
            stopWaiting(); // from here on the wait is the server's to end
            events.onQueued(message);
        } else {
            answer();
            events.onFirst(message);
        }
    }

    private void answer() {
        answered = true;
        stopWaiting();
    }

    private void stopWaiting() {
        if (patience != null) {
            patience.cancel(false);
        }
    }

    private void refuse(Events events, String code, String why) {
        if (!answered && !over) {
            answer();
            drop();
            events.onRefused(new JoinException(code, why));
        }
    }

    private void lose(Events events) {
        if (!answered) {
            refuse(events, "unreachable", "the server closed the connection");
        } else if (!over) {
            over = true;
            socket = null;
            events.onLost();
        }
    }

    boolean isOpen() {
        return socket != null && !over;
    }

    void say(String message) {
        if (socket != null) {
            socket.writeTextMessage(message);
        }
    }

    /** Closes it, now or as soon as it opens; no more events come, but for {@link Events#onLost} if it was open. */
    void drop() {
        dropped = true;
        if (socket != null) {
            socket.close();
        }
    }
}
