package dev.rostrum.bench.client;

import dev.rostrum.bench.media.MediaConnection;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.MediaOwner;
import dev.rostrum.bench.media.RemoteDescription;
import dev.rostrum.bench.media.Voice;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A participant as the page makes one: one WebSocket, one connection for its whole stay, and the page's own way of
 * coming back (rostrum.js), with its delays and its jitter.
 *
 * <p>Safe for any thread. What it knows of the space is kept on the signaling thread of its {@link LoadClients}.
 */
public final class SpaceClient extends LoadClient {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int AUDIO_SLOTS = 3;
    private static final long MEDIA_LOST_MS = 3_000;
    private static final long MEDIA_RESTART_MS = 5_000;
    private static final Set<String> WORTH_A_RETRY =
            Set.of("timeout", "unreachable", "disconnected", "draining", "full", "internal", "idle");

    /** What the page shows. */
    public enum State {
        NEW,
        JOINING,
        LIVE,
        RECONNECTING,
        OVER
    }

    private final SpaceAddress space;
    private final @Nullable String token;
    private final String name;
    private final ReturnDelay returns;
    private final CompletableFuture<LoadClient> joined = new CompletableFuture<>();
    private final PendingCommands commands;
    private final Map<String, AtomicInteger> messages = new ConcurrentHashMap<>();
    private final AtomicInteger offers = new AtomicInteger();
    private final AtomicInteger negotiated = new AtomicInteger();
    private volatile Consumer<JsonNode> observer = _ -> {};
    private volatile State state = State.NEW;
    private volatile String overBecause = "";
    private volatile @Nullable JsonNode self;
    private volatile long cutUntilNs;

    // Of the signaling thread.
    private @Nullable JoinSocket socket;
    private @Nullable String resume;
    private @Nullable String ticket;
    private @Nullable Voice allowedVoice;
    private boolean peerConnected;
    private @Nullable ScheduledFuture<?> retryTimer;
    private @Nullable ScheduledFuture<?> mediaTimer;

    SpaceClient(LoadClients clients, SpaceAddress space, @Nullable String token, String name, int group) {
        super(clients, group);
        this.space = space;
        this.token = token;
        this.name = name;
        this.returns = new ReturnDelay(clients.media().random());
        this.commands = new PendingCommands(clients);
    }

    /** What the page would show. */
    public State state() {
        return state;
    }

    /** Why it is over, if it is. */
    public String overBecause() {
        return overBecause;
    }

    /** The participant object of the last {@code joined}, changed by what came since; null before. */
    public @Nullable JsonNode self() {
        return self;
    }

    /** Whether it has a seat on the stage, as host, co-host or speaker. */
    public boolean onStage() {
        JsonNode me = self;
        return me != null && !me.path("role").asString("listener").equals("listener");
    }

    /** The own participant's id; empty before it has joined. */
    public String participantId() {
        JsonNode me = self;
        return me == null ? "" : me.path("id").asString("");
    }

    /** The CSRC of the own voice; 0 before it has joined. */
    public int csrc() {
        JsonNode me = self;
        return me == null ? 0 : (int) me.path("csrc").asLong(0);
    }

    /** How many messages of a type have come. */
    public int messages(String type) {
        AtomicInteger count = messages.get(type);
        return count == null ? 0 : count.get();
    }

    /** How many offers it has made: one, unless media was lost for good. */
    public int offers() {
        return offers.get();
    }

    /** How many messages with SDP have come: one per offer. */
    public int negotiated() {
        return negotiated.get();
    }

    /** Sees each message, on a thread that must not be blocked. */
    public void observe(Consumer<JsonNode> sees) {
        observer = sees;
    }

    /** Speaks with this voice whenever the server lets it, as a page does with an open microphone. */
    public void speakWhenAllowed(Voice voice) {
        run(() -> {
            allowedVoice = voice;
            adjustVoice();
        });
    }

    @Override
    public CompletableFuture<LoadClient> join() {
        began();
        run(() -> {
            state = State.JOINING;
            open(true, failure -> {
                if (failure != null) {
                    end(failure.code(), String.valueOf(failure.getMessage()));
                    joined.completeExceptionally(failure);
                }
            });
        });
        return joined;
    }

    /** Gives a command; fails with a {@link JoinException} that has the server's code. */
    public CompletableFuture<JsonNode> command(String type, Map<String, ?> fields) {
        CompletableFuture<JsonNode> result = new CompletableFuture<>();
        run(() -> commands.give(socket, type, fields, result));
        return result;
    }

    /** Gives a command about a participant. */
    public CompletableFuture<JsonNode> command(String type, SpaceClient participant) {
        return command(type, Map.of("participant", participant.participantId()));
    }

    /** The WebSocket is lost, and none can be made for so long. */
    public void cutWebSocket(long timeMs) {
        cutUntilNs = MediaLoop.clockNs() + TimeUnit.MILLISECONDS.toNanos(timeMs);
        run(() -> {
            JoinSocket open = socket;
            if (open != null) {
                open.drop();
            }
        });
    }

    @Override
    public CompletableFuture<Void> leave() {
        return command("leave", Map.of()).handle((_, _) -> {
            run(() -> end("left", "you have left"));
            return null;
        });
    }

    @Override
    public void abandon() {
        run(() -> end("abandoned", "vanished"));
    }

    private void run(Runnable task) {
        clients.signaling().execute(task);
    }

    private ScheduledFuture<?> after(long delayMs, Runnable task) {
        return clients.signaling().schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    // ---- the WebSocket

    private void open(boolean withMedia, Consumer<@Nullable JoinException> done) {
        if (state == State.OVER) {
            return;
        }
        ObjectNode join = JSON.createObjectNode().put("type", "join").put("name", name);
        if (resume != null) {
            join.put("resume", resume);
        } else if (token != null) {
            join.put("token", token);
        }
        if (ticket != null) {
            join.put("ticket", ticket);
        }
        MediaConnection peer = null;
        if (withMedia) {
            closePeer();
            try {
                peer = seat.open(host(), new Phases(new PeerOwner()));
            } catch (IOException e) {
                done.accept(new JoinException("media", String.valueOf(e.getMessage())));
                return;
            }
            offers.incrementAndGet();
            join.put("offer", SdpOffer.page(peer, AUDIO_SLOTS));
        }
        JoinSocket before = socket;
        socket = null;
        if (before != null) {
            before.drop();
        }
        if (MediaLoop.clockNs() < cutUntilNs) {
            abandon(peer);
            done.accept(new JoinException("unreachable", "the WebSocket is cut"));
            return;
        }
        MediaConnection offered = peer;
        JoinSocket next = new JoinSocket(clients, space.join(), JSON.writeValueAsString(join));
        socket = next;
        next.open(new JoinSocket.Events() {
            @Override
            public void onQueued(JsonNode message) {
                count(message);
                position(message.path("position").asInt(1));
                ticket = message.path("ticket").asString(ticket);
            }

            @Override
            public void onFirst(JsonNode message) {
                if (next != socket) {
                    abandon(offered);
                    return;
                }
                if (!message.path("type").asString("").equals("joined")) {
                    abandon(offered);
                    JsonNode error = message.path("error");
                    done.accept(new JoinException(
                            error.path("code").asString(message.path("reason").asString("refused")),
                            error.path("message")
                                    .asString(message.path("message").asString(""))));
                    return;
                }
                onJoined(message, offered);
                done.accept(null);
            }

            @Override
            public void onMessage(JsonNode message) {
                if (next == socket) {
                    SpaceClient.this.onMessage(message);
                }
            }

            @Override
            public void onRefused(JoinException why) {
                abandon(offered);
                done.accept(why);
            }

            @Override
            public void onLost() {
                if (next == socket) {
                    onSocketLost();
                }
            }
        });
    }

    private static void abandon(@Nullable MediaConnection peer) {
        if (peer != null) {
            peer.abandon();
        }
    }

    private InetAddress host() {
        return LoadClients.host(space.server());
    }

    private void onJoined(JsonNode message, @Nullable MediaConnection peer) {
        count(message);
        answered();
        position(0);
        ticket = null;
        resume = message.path("resume").asString(resume);
        self = message.get("participant");
        returns.onJoined();
        observer.accept(message);
        if (peer != null) {
            try {
                RemoteDescription remote = SdpAnswer.read(message.path("answer").asString(""), host());
                use(peer);
                peer.start(remote);
            } catch (RuntimeException e) {
                end("media", String.valueOf(e.getMessage()));
                return;
            }
        }
        adjustVoice();
        if (peer == null && !message.path("media").asBoolean(false)) {
            rejoin();
        } else if (peerConnected) {
            state = State.LIVE;
        }
    }

    private void onSocketLost() {
        commands.failAll();
        if (state != State.OVER) {
            state = State.RECONNECTING;
            retrySoon(returns.firstMs(onStage()));
        }
    }

    private void retrySoon(long afterMs) {
        cancel(retryTimer);
        retryTimer = after(
                afterMs,
                () -> open(!peerConnected, failure -> {
                    if (failure == null) {
                        return;
                    }
                    if (WORTH_A_RETRY.contains(failure.code())) {
                        retrySoon(returns.nextMs(onStage()));
                    } else {
                        end(failure.code(), String.valueOf(failure.getMessage()));
                    }
                }));
    }

    private void rejoin() {
        if (state != State.OVER) {
            state = State.RECONNECTING;
            peerConnected = false;
            JoinSocket open = socket;
            socket = null;
            if (open != null) {
                open.drop();
            }
            retrySoon(0);
        }
    }

    private void count(JsonNode message) {
        String type = message.path("type").asString("");
        messages.computeIfAbsent(type, _ -> new AtomicInteger()).incrementAndGet();
        if (message.has("answer") || message.has("offer") || message.has("sdp") || message.has("candidate")) {
            negotiated.incrementAndGet();
        }
    }

    private void onMessage(JsonNode message) {
        count(message);
        switch (message.path("type").asString("")) {
            case "result" -> commands.onResult(message);
            case "error" -> commands.onError(message);
            case "stage" -> {
                JsonNode participant = message.path("participant");
                if (participant.path("id").asString("").equals(participantId())) {
                    self = participant;
                    adjustVoice();
                }
            }
            case "role" -> {
                if (self instanceof ObjectNode me) {
                    self = me.deepCopy()
                            .put("role", message.path("role").asString("listener"))
                            .put("muted", message.path("muted").asBoolean(false));
                }
                adjustVoice();
            }
            case "muted" -> {
                if (self instanceof ObjectNode me) {
                    self = me.deepCopy().put("muted", true);
                }
                adjustVoice();
            }
            case "media" -> {
                if (message.path("state").asString("").equals("closed")) {
                    rejoin();
                }
            }
            case "draining" -> returns.told(message.path("comeBackAfterMs").asLong(-1));
            case "closed" -> {
                String reason = message.path("reason").asString("");
                if (!Set.of("draining", "slow", "idle").contains(reason)) {
                    end(reason, message.path("message").asString(""));
                }
            }
            default -> {} // a newer server may say more
        }
        observer.accept(message);
    }

    private void adjustVoice() {
        Voice voice = allowedVoice;
        JsonNode me = self;
        if (voice != null && me != null) {
            boolean may = onStage() && !me.path("muted").asBoolean(false);
            speak(may ? voice : null);
        }
    }

    // ---- media

    private void onPeerConnected(MediaConnection source) {
        if (source == connection() && state != State.OVER) {
            cancel(mediaTimer);
            peerConnected = true;
            state = State.LIVE;
            joined.complete(this);
        }
    }

    private void onPeerDisconnected(MediaConnection source, boolean closed) {
        if (source == connection() && state != State.OVER) {
            peerConnected = false;
            state = State.RECONNECTING;
            cancel(mediaTimer);
            mediaTimer = after(MEDIA_LOST_MS, () -> restartMedia(source, closed));
        }
    }

    /** First a new path for the same session, then a new session as the same participant. */
    private void restartMedia(MediaConnection source, boolean closed) {
        JoinSocket open = socket;
        if (source != connection() || state == State.OVER || open == null || !open.isOpen()) {
            return; // whoever comes back by WebSocket brings new media along
        }
        if (closed) {
            rejoin();
            return;
        }
        mediaTimer = after(MEDIA_RESTART_MS, () -> {
            if (source == connection() && !peerConnected) {
                rejoin();
            }
        });
        try {
            seat.renewCredentials(source);
        } catch (IOException e) {
            cancel(mediaTimer);
            rejoin();
            return;
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        commands.give(socket, "restartIce", Map.of("offer", SdpOffer.page(source, AUDIO_SLOTS)), answer);
        answer.thenAccept(result -> {
                    RemoteDescription remote =
                            SdpAnswer.read(result.path("answer").asString(""), host());
                    source.restart(remote.credentials(), remote.candidates());
                })
                .exceptionally(_ -> {
                    if (source == connection()) {
                        cancel(mediaTimer);
                        rejoin();
                    }
                    return null;
                });
    }

    private void closePeer() {
        cancel(mediaTimer);
        peerConnected = false;
        abandon(connection());
    }

    private static void cancel(@Nullable ScheduledFuture<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void end(String reason, String message) {
        if (state == State.OVER) {
            return;
        }
        state = State.OVER;
        overBecause = reason + ": " + message;
        cancel(retryTimer);
        cancel(mediaTimer);
        JoinSocket open = socket;
        socket = null;
        if (open != null) {
            open.drop();
        }
        MediaConnection peer = connection();
        if (peer != null) {
            peer.leave();
        }
        joined.completeExceptionally(new JoinException(reason, message));
    }

    private final class PeerOwner implements MediaOwner {

        @Override
        public void onPath(MediaConnection source, long nowNs) {
            if (source.connected()) {
                run(() -> onPeerConnected(source)); // it was lost, and is back
            }
        }

        @Override
        public void onConnected(MediaConnection source, long nowNs) {
            run(() -> onPeerConnected(source));
        }

        @Override
        public void onFirstPacket(MediaConnection source, long nowNs) {}

        @Override
        public void onDisconnected(MediaConnection source, long nowNs) {
            run(() -> onPeerDisconnected(source, false));
        }

        @Override
        public void onFailed(MediaConnection source, String reason, long nowNs) {
            run(() -> onPeerDisconnected(source, true));
        }
    }
}
