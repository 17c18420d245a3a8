package dev.rostrum.signaling.web;

import dev.rostrum.signaling.admission.Hold;
import dev.rostrum.signaling.http.HttpLimits;
import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.model.Connection;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Snapshot;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.offer.Answer;
import dev.rostrum.signaling.protocol.ClientMessage;
import dev.rostrum.signaling.protocol.ProtocolException;
import dev.rostrum.signaling.protocol.ServerMessage;
import dev.rostrum.signaling.protocol.ServerMessage.ErrorInfo;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.sdp.SessionDescription;
import dev.rostrum.signaling.space.Session;
import dev.rostrum.signaling.web.JoinSocket.Shared;
import dev.rostrum.signaling.web.MediaSessions.RestartException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.ServerWebSocket;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket: first a join, then commands and events, until either side closes it.
 *
 * <p>Two owners: the connection's event loop reads, writes and times; the signaling loop has {@link #session} and what
 * {@link Connection} says. They talk only by {@link #write} and the loop's tasks, in order.
 */
final class JoinConnection implements Connection, JoinTurn.Host {

    private static final Logger LOG = LoggerFactory.getLogger(JoinConnection.class);

    private static final short NORMAL = 1000;
    private static final short GOING_AWAY = 1001;
    private static final short PROTOCOL = 1002;
    private static final short UNSUPPORTED_DATA = 1003;
    private static final short POLICY = 1008;
    private static final short TOO_BIG = 1009;
    private static final int MOST_COMMANDS_AT_ONCE = 32;

    private final Shared shared;
    private final ServerWebSocket socket;
    private final HttpConnection connection;
    private final Context context;
    private final String spaceId;
    private final String client;
    private final Portions portions;
    private final Runnable onClosed;
    private final AtomicInteger waiting = new AtomicInteger();

    // The connection's event loop.
    private boolean joined;
    private boolean ended;
    private int commandsInFlight;
    private long heardNs = SignalingLoop.nowNs();
    private long timer = -1;

    // The signaling loop.
    private @Nullable JoinTurn turn;
    private @Nullable Session session;
    private boolean waited;
    private boolean greeted;
    private @Nullable Farewell farewell;
    private boolean lost;

    /**
     * @param portions of the connection's event loop: a first message may wait for a moment
     * @param onClosed called on that loop when the WebSocket is closed
     */
    JoinConnection(
            Shared shared,
            ServerWebSocket socket,
            HttpConnection connection,
            String spaceId,
            String client,
            Portions portions,
            Runnable onClosed) {
        this.portions = portions;
        this.onClosed = onClosed;
        this.shared = shared;
        this.socket = socket;
        this.connection = connection;
        this.context = shared.vertx().getOrCreateContext();
        this.spaceId = spaceId;
        this.client = client;
    }

    /** On the connection's event loop, before anything was read. */
    void start() {
        shared.open().add(this);
        timer = shared.vertx()
                .setTimer(
                        shared.limits().join().toMillis(),
                        _ -> refuseNow(new ErrorInfo("idle", "No join came in time.", null)));
        socket.textMessageHandler(text -> {
            if (joined) {
                onText(text);
            } else {
                socket.pause(); // what follows waits as well
                portions.execute(() -> onFirst(text));
            }
        });
        socket.binaryMessageHandler(_ -> end(UNSUPPORTED_DATA, "binary", "Messages are JSON texts."));
        socket.frameHandler(_ -> heardNs = SignalingLoop.nowNs());
        socket.pongHandler(_ -> heardNs = SignalingLoop.nowNs());
        socket.exceptionHandler(this::onException);
        socket.closeHandler(_ -> over());
        if (shared.drain().begun()) {
            goAway(shared.drain().comeBackAfterMs(false));
        }
    }

    // ---- The connection's event loop ----

    private void onFirst(String text) {
        onText(text);
        if (!joined && !ended) {
            socket.resume();
        }
    }

    private void onText(String text) {
        if (ended) {
            return;
        }
        ClientMessage message;
        try {
            message = shared.codec().decode(text);
        } catch (ProtocolException e) {
            if (joined) {
                write(shared.codec().encode(new ServerMessage.Failure(e.id(), e.error())));
            } else {
                refuseNow(e.error());
            }
            return;
        }
        switch (message) {
            case ClientMessage.Join join when !joined -> join(join);
            case ClientMessage.Join _ -> end(POLICY, "protocol", "A second join needs a new WebSocket.");
            case ClientMessage.Request _, ClientMessage.RestartIce _
            when !joined -> refuseNow(new ErrorInfo("not-joined", "The first message must be a join.", "type"));
            case ClientMessage.Request request -> command(request.id(), () -> execute(request));
            case ClientMessage.RestartIce restart -> restartIce(restart);
        }
    }

    /** What breaks RFC 6455 or is too long; whatever follows it can't be read any more. */
    private void onException(Throwable e) {
        LOG.debug("A WebSocket failed", e);
        boolean tooBig = e instanceof CorruptedWebSocketFrameException frame
                ? frame.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG)
                : e instanceof TooLongFrameException || e instanceof IllegalStateException;
        if (tooBig) {
            end(TOO_BIG, "too-big", "A message has at most " + HttpLimits.MAX_WEB_SOCKET_MESSAGE_BYTES + " bytes.");
        } else if (e instanceof CorruptedWebSocketFrameException) {
            end(PROTOCOL, "protocol", "This is not a WebSocket frame (RFC 6455).");
        }
    }

    private void join(ClientMessage.Join join) {
        joined = true;
        socket.pause(); // what was sent behind the join waits until it is done
        Grant grant = null;
        try {
            if (join.token() != null) {
                try {
                    grant = shared.access().grant(join.token(), spaceId);
                } catch (ProblemException e) {
                    if (join.resume() == null) {
                        throw e;
                    }
                }
            }
            JoinRequest request =
                    new JoinRequest(Door.WEBSOCKET, grant, join.resume(), join.name(), client, join.offer() == null);
            JoinTurn next = new JoinTurn(shared, portions, spaceId, request, join.offer(), join.ticket(), this);
            shared.loop().execute(() -> turn = next);
            next.begin();
        } catch (ProblemException e) {
            refuseNow(new ErrorInfo(e.problem().code(), e.problem().detail(), "token"));
        } catch (SdpException e) {
            refuseNow(sdp(e));
        }
    }

    private void restartIce(ClientMessage.RestartIce restart) {
        SessionDescription offer;
        try {
            offer = SdpReader.read(restart.offer());
        } catch (SdpException e) {
            write(shared.codec().encode(new ServerMessage.Failure(restart.id(), sdp(e))));
            return;
        }
        command(restart.id(), () -> restartIce(restart.id(), offer));
    }

    /** Has the signaling loop carry out a command; a client that sends faster than that is read slower. */
    private void command(long id, Runnable task) {
        if (++commandsInFlight >= MOST_COMMANDS_AT_ONCE) {
            socket.pause();
        }
        shared.loop().execute(() -> {
            if (lost) {
                return;
            }
            if (session == null) {
                result(new ServerMessage.Failure(id, new ErrorInfo("not-joined", "You are still in the queue.", null)));
                return;
            }
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("A command failed", e);
                result(new ServerMessage.Failure(id, internal()));
            }
        });
    }

    private void commandDone() {
        if (commandsInFlight-- == MOST_COMMANDS_AT_ONCE && !ended) {
            socket.resume();
        }
    }

    private void keepAlive() {
        long silentNs = SignalingLoop.nowNs() - heardNs;
        if (silentNs > shared.limits().ping().toNanos() * 5 / 2) {
            end(POLICY, "idle", "Nothing was heard for " + silentNs / 1_000_000_000 + " seconds.");
        } else {
            socket.writePing(Buffer.buffer("rostrum"));
            timer = shared.vertx().setTimer(shared.limits().ping().toMillis(), _ -> keepAlive());
        }
    }

    /** The join can't be: an error, and the end. */
    private void refuseNow(ErrorInfo error) {
        if (!ended) {
            writeNow(shared.codec().encode(new ServerMessage.Failure(null, error)));
            close(POLICY, error.code());
        }
    }

    private void end(short code, String reason, String sentence) {
        if (!ended) {
            writeNow(shared.codec().encode(new ServerMessage.Closed(reason, sentence)));
            close(code, reason);
        }
    }

    /** Closes the WebSocket, and the connection below it if the client does not take what was sent. */
    private void close(short code, String reason) {
        ended = true;
        shared.vertx().cancelTimer(timer);
        socket.resume(); // or the client's own close is never read
        socket.close(code, reason);
        timer = shared.vertx().setTimer(shared.limits().slowClose().toMillis(), _ -> connection.close());
        lose();
    }

    /** The WebSocket is closed, whoever did it. */
    private void over() {
        onClosed.run();
        ended = true;
        shared.vertx().cancelTimer(timer);
        shared.open().remove(this);
        lose();
    }

    private void lose() {
        Short status = socket.closeStatusCode();
        boolean forGood = status != null && status == NORMAL;
        shared.loop().execute(() -> {
            if (!lost) {
                lost = true;
                if (turn != null) {
                    turn.lost(forGood);
                }
                if (session != null && farewell == null) {
                    session.disconnected(SignalingLoop.nowNs());
                }
            }
        });
    }

    private void writeNow(String text) {
        int length = text.length();
        waiting.addAndGet(length);
        socket.writeTextMessage(text).onComplete(_ -> waiting.addAndGet(-length));
    }

    /** Any thread: queues a message, or cuts the connection if the client does not read the ones before. */
    private void write(String text) {
        if (waiting.get() > shared.limits().sendQueueBytes()) {
            context.runOnContext(_ -> {
                if (!ended) {
                    close(POLICY, "slow");
                }
            });
            return;
        }
        waiting.addAndGet(text.length());
        context.runOnContext(_ -> {
            waiting.addAndGet(-text.length());
            if (!ended) {
                writeNow(text);
            }
        });
    }

    private void goAway(long comeBackAfterMs) {
        if (!ended) {
            writeNow(shared.codec().encode(new ServerMessage.Draining(comeBackAfterMs)));
            end(GOING_AWAY, "draining", "The server is stopping; come back in a moment.");
        }
    }

    // ---- The signaling loop ----

    /** Tells the client when to come back, and closes. */
    void drain() {
        boolean onStage = session != null && session.participant().role().onStage();
        long comeBackAfterMs = shared.drain().comeBackAfterMs(onStage);
        context.runOnContext(_ -> goAway(comeBackAfterMs));
    }

    @Override
    public void queued(ServerMessage.Queued place) {
        if (lost) {
            return;
        }
        write(shared.codec().encode(place));
        if (!waited) {
            waited = true;
            listen();
        }
    }

    @Override
    public void enter(JoinRequest request, @Nullable AnswerDraft draft, @Nullable Hold hold) {
        turn = null; // a connection lives for long, and its offer is as large as all else that is kept of it
        if (lost) {
            HeldPlace.giveBack(hold);
            return;
        }
        Session entered;
        String answer;
        try {
            if (draft != null) {
                shared.media()
                        .check(Door.WEBSOCKET, shared.spaces().require(spaceId).info(), draft);
            }
            entered = shared.spaces().join(spaceId, request, this, SignalingLoop.nowNs());
        } catch (Refusal e) {
            HeldPlace.giveBack(hold);
            refuse(error(e));
            return;
        } catch (SdpException e) {
            HeldPlace.giveBack(hold);
            refuse(sdp(e));
            return;
        }
        session = entered;
        try {
            answer = draft == null ? null : open(entered, draft, hold);
        } catch (SdpException e) { // was checked before
            HeldPlace.giveBack(hold);
            entered.leave(SignalingLoop.nowNs());
            refuse(sdp(e));
            return;
        }
        entered.stored().thenAccept(durable -> greet(entered, answer, durable));
    }

    private String open(Session entered, AnswerDraft draft, @Nullable Hold hold) throws SdpException {
        HeldPlace place = new HeldPlace(hold, () -> {});
        Answer answer = shared.media().open(entered, spaceId, Door.WEBSOCKET, draft, place);
        place.until(shared.media(), answer.endpoint().id());
        return answer.sdp();
    }

    /** Only now events follow: the snapshot has all that they would have said. */
    private void greet(Session entered, @Nullable String answer, boolean durable) {
        if (lost || farewell != null) {
            return;
        }
        greeted = true;
        Snapshot snapshot = entered.snapshot();
        List<ServerMessage.IceServer> iceServers =
                shared
                        .iceServers()
                        .forClient(snapshot.self().id(), shared.wallClock().instant())
                        .stream()
                        .map(s -> new ServerMessage.IceServer(List.of(s.url()), s.username(), s.credential()))
                        .toList();
        write(shared.codec()
                .encode(new ServerMessage.Joined(
                        snapshot.self(),
                        entered.resume(),
                        answer,
                        entered.endpointId() != null,
                        iceServers,
                        snapshot.space(),
                        snapshot.participants(),
                        snapshot.listeners(),
                        durable)));
        listen();
    }

    /** The join is answered: from now on the client is heard again, and looked after. */
    private void listen() {
        context.runOnContext(_ -> {
            if (!ended) {
                shared.vertx().cancelTimer(timer);
                socket.resume();
                keepAlive();
            }
        });
    }

    private void execute(ClientMessage.Request request) {
        Session s = session;
        if (s == null) {
            return;
        }
        s.execute(request.command(), SignalingLoop.nowNs()).whenComplete((durable, e) -> {
            if (e == null) {
                result(new ServerMessage.Result(request.id(), null, durable));
            } else {
                result(new ServerMessage.Failure(request.id(), error(e)));
            }
        });
    }

    private void restartIce(long id, SessionDescription offer) {
        Session s = session;
        if (s == null) {
            return;
        }
        try {
            s.count(SignalingLoop.nowNs());
            String answer = shared.media().restartIce(s, offer);
            result(
                    answer == null
                            ? new ServerMessage.Failure(
                                    id,
                                    new ErrorInfo(
                                            "no-media",
                                            "There is no media session any more; join again with an offer.",
                                            null))
                            : new ServerMessage.Result(id, answer, true));
        } catch (Refusal e) {
            result(new ServerMessage.Failure(id, error(e)));
        } catch (SdpException e) {
            result(new ServerMessage.Failure(id, sdp(e)));
        } catch (RestartException e) {
            String message = e.getMessage();
            result(new ServerMessage.Failure(
                    id, new ErrorInfo("cannot-restart", message == null ? "" : message, "offer")));
        }
    }

    private void result(ServerMessage message) {
        if (farewell == null) {
            write(shared.codec().encode(message));
        }
        context.runOnContext(_ -> commandDone());
    }

    @Override
    public void send(SpaceEvent event) {
        if (greeted && !lost && farewell == null) {
            write(shared.events().encode(event));
        }
    }

    @Override
    public void close(Farewell last) {
        if (farewell == null) {
            farewell = last;
            context.runOnContext(_ -> end(NORMAL, last.text(), last.sentence()));
        }
    }

    @Override
    public void replaced() {
        close(Farewell.REPLACED);
    }

    @Override
    public void refuse(ErrorInfo error) {
        context.runOnContext(_ -> refuseNow(error));
    }

    private static ErrorInfo error(Throwable e) {
        return switch (e) {
            case Refusal refusal -> new ErrorInfo(refusal.code().text(), refusal.sentence(), refusal.field());
            case CompletionException c when c.getCause() != null -> error(c.getCause());
            default -> {
                LOG.error("A command failed", e);
                yield internal();
            }
        };
    }

    static ErrorInfo sdp(SdpException e) {
        String message = e.getMessage();
        return new ErrorInfo("sdp", message == null ? "" : message, "offer");
    }

    private static ErrorInfo internal() {
        return new ErrorInfo("internal", "The server made a mistake; its log says more.", null);
    }
}
