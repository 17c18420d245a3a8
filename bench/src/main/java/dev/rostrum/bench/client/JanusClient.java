package dev.rostrum.bench.client;

import dev.rostrum.bench.media.MediaConnection;
import dev.rostrum.bench.media.MediaOwner;
import dev.rostrum.bench.media.RemoteDescription;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketConnectOptions;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A publisher in, or a subscriber of, a room of Janus' videoroom plugin, over Janus' own WebSocket API: a session, a
 * handle, a join, and offer and answer. Subscribers are offered to by Janus.
 *
 * <p>Safe for any thread; its state is kept on the signaling thread.
 */
public final class JanusClient extends LoadClient {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long PATIENCE_MS = 20_000;
    private static final long KEEP_ALIVE_MS = 25_000;

    private final URI server;
    private final long room;
    private final @Nullable JanusClient publisher;
    private final CompletableFuture<LoadClient> joined = new CompletableFuture<>();
    private final Map<String, Consumer<JsonNode>> pending = new HashMap<>();
    private volatile long feed;
    private @Nullable WebSocket socket;
    private @Nullable ScheduledFuture<?> timer;
    private long session;
    private long handle;
    private int transactions;
    private boolean over;

    /** @param publisher whom to hear; null for a publisher */
    JanusClient(LoadClients clients, URI server, long room, @Nullable JanusClient publisher, int group) {
        super(clients, group);
        this.server = server;
        this.room = room;
        this.publisher = publisher;
    }

    @Override
    public CompletableFuture<LoadClient> join() {
        began();
        timer = clients.after(PATIENCE_MS, () -> fail("timeout", "Janus did not answer in time"));
        clients.webSockets()
                .connect(new WebSocketConnectOptions()
                        .setAbsoluteURI(server.toString())
                        .addSubProtocol("janus-protocol"))
                .onSuccess(opened -> {
                    opened.textMessageHandler(text -> {
                        JsonNode message = JSON.readTree(text);
                        run(() -> onMessage(message));
                    });
                    opened.closeHandler(_ -> run(() -> fail("unreachable", "Janus closed the connection")));
                    run(() -> {
                        socket = opened;
                        create();
                    });
                })
                .onFailure(e -> run(() -> fail("unreachable", String.valueOf(e.getMessage()))));
        return joined;
    }

    private void run(Runnable task) {
        if (!clients.signaling().isShutdown()) {
            clients.signaling().execute(task);
        }
    }

    private void create() {
        request(JSON.createObjectNode().put("janus", "create"), created -> {
            session = created.path("data").path("id").asLong();
            request(
                    JSON.createObjectNode().put("janus", "attach").put("plugin", "janus.plugin.videoroom"),
                    attached -> {
                        handle = attached.path("data").path("id").asLong();
                        enter();
                    });
        });
    }

    private void enter() {
        ObjectNode body = JSON.createObjectNode().put("request", "join").put("room", room);
        JanusClient heard = publisher;
        if (heard == null) {
            body.put("ptype", "publisher");
            message(body, null, entered -> {
                feed = entered.path("plugindata").path("data").path("id").asLong();
                publish();
            });
        } else {
            body.put("ptype", "subscriber");
            body.putArray("streams").addObject().put("feed", heard.feed);
            message(body, null, this::subscribe);
        }
    }

    private void publish() {
        MediaConnection peer = open();
        if (peer == null) {
            return;
        }
        message(
                JSON.createObjectNode().put("request", "publish"),
                JSON.createObjectNode().put("type", "offer").put("sdp", SdpOffer.publisher(peer)),
                published -> start(peer, published.path("jsep").path("sdp").asString("")));
    }

    private void subscribe(JsonNode offered) {
        MediaConnection peer = open();
        if (peer == null) {
            return;
        }
        String offer = offered.path("jsep").path("sdp").asString("");
        message(
                JSON.createObjectNode().put("request", "start"),
                JSON.createObjectNode().put("type", "answer").put("sdp", SdpOffer.answer(peer, offer)),
                _ -> start(peer, offer));
    }

    private @Nullable MediaConnection open() {
        try {
            return seat.open(LoadClients.host(server), new Phases(new Owner()));
        } catch (IOException e) {
            fail("media", String.valueOf(e.getMessage()));
            return null;
        }
    }

    private void start(MediaConnection peer, String remoteSdp) {
        try {
            RemoteDescription remote = SdpAnswer.read(remoteSdp, LoadClients.host(server));
            answered();
            use(peer);
            peer.start(remote);
            stay();
        } catch (RuntimeException e) {
            peer.abandon();
            fail("media", String.valueOf(e.getMessage()));
        }
    }

    private void stay() {
        cancelTimer();
        timer = clients.after(KEEP_ALIVE_MS, () -> {
            request(JSON.createObjectNode().put("janus", "keepalive"), _ -> {});
            stay();
        });
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void message(ObjectNode body, @Nullable ObjectNode jsep, Consumer<JsonNode> onEvent) {
        ObjectNode message = JSON.createObjectNode().put("janus", "message");
        message.set("body", body);
        if (jsep != null) {
            message.set("jsep", jsep);
        }
        request(message, onEvent);
    }

    private void request(ObjectNode message, Consumer<JsonNode> onAnswer) {
        String transaction = Integer.toString(++transactions);
        message.put("transaction", transaction);
        if (session != 0) {
            message.put("session_id", session);
        }
        // Janus refuses what is the session's, such as destroy and keepalive, at a handle.
        if (handle != 0 && message.path("janus").asString("").equals("message")) {
            message.put("handle_id", handle);
        }
        pending.put(transaction, onAnswer);
        if (socket != null) {
            socket.writeTextMessage(JSON.writeValueAsString(message));
        }
    }

    private void onMessage(JsonNode message) {
        String kind = message.path("janus").asString("");
        String transaction = message.path("transaction").asString("");
        boolean keepAlive = kind.equals("ack") && session != 0 && joined.isDone();
        if (kind.equals("ack") && !keepAlive) {
            return; // the event follows
        }
        JsonNode data = message.path("plugindata").path("data");
        if (kind.equals("error") || data.has("error_code")) {
            fail(
                    "refused",
                    message.path("error")
                            .path("reason")
                            .asString(data.path("error").asString("")));
            return;
        }
        Consumer<JsonNode> waiting = pending.remove(transaction);
        if (waiting != null) {
            waiting.accept(message);
        }
    }

    private void fail(String code, String reason) {
        if (!over && joined.completeExceptionally(new JoinException(code, reason))) {
            end();
        }
    }

    private void end() {
        over = true;
        cancelTimer();
        if (socket != null) {
            socket.close();
        }
        MediaConnection peer = connection();
        if (peer != null) {
            peer.leave();
        }
    }

    @Override
    public CompletableFuture<Void> leave() {
        CompletableFuture<Void> left = new CompletableFuture<>();
        run(() -> {
            if (over) {
                left.complete(null);
                return;
            }
            request(JSON.createObjectNode().put("janus", "destroy"), _ -> {
                end();
                left.complete(null);
            });
        });
        return left;
    }

    @Override
    public void abandon() {
        run(this::end);
    }

    private final class Owner implements MediaOwner {

        @Override
        public void onPath(MediaConnection source, long nowNs) {}

        @Override
        public void onConnected(MediaConnection source, long nowNs) {
            joined.complete(JanusClient.this);
        }

        @Override
        public void onFirstPacket(MediaConnection source, long nowNs) {}

        @Override
        public void onDisconnected(MediaConnection source, long nowNs) {}

        @Override
        public void onFailed(MediaConnection source, String reason, long nowNs) {
            run(() -> fail("media", reason));
        }
    }
}
