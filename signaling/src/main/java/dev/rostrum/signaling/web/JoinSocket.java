package dev.rostrum.signaling.web;

import dev.rostrum.signaling.admission.Doorkeeper;
import dev.rostrum.signaling.http.ConnectionGuard;
import dev.rostrum.signaling.http.CrossOrigin;
import dev.rostrum.signaling.http.HttpLimits;
import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.http.PublicAddress;
import dev.rostrum.signaling.http.Replies;
import dev.rostrum.signaling.http.Routes;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.protocol.ProtocolCodec;
import dev.rostrum.signaling.protocol.ServerMessage;
import dev.rostrum.signaling.space.Spaces;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The page's door: {@code GET /v1/spaces/{id}/join}, which becomes a WebSocket.
 *
 * <p>Shared by all event loops; each connection is a {@link JoinConnection} of its own.
 */
final class JoinSocket {

    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

    /** What connections share. */
    record Shared(
            Vertx vertx,
            Spaces spaces,
            SignalingLoop loop,
            MediaSessions media,
            Doorkeeper doorkeeper,
            Access access,
            IceServers iceServers,
            HttpLimits limits,
            InstantSource wallClock,
            ProtocolCodec codec,
            EventEncoder events,
            Drain drain,
            Set<JoinConnection> open) {}

    /** Encodes an event once for all who get it. Used on the signaling loop only. */
    static final class EventEncoder {
        private final ProtocolCodec codec;
        private @Nullable SpaceEvent last;
        private String text = "";

        EventEncoder(ProtocolCodec codec) {
            this.codec = codec;
        }

        @SuppressWarnings("ReferenceEquality") // the same object goes to all who get it
        String encode(SpaceEvent event) {
            if (last != event) {
                text = codec.encode(new ServerMessage.Event(event));
                last = event;
            }
            return text;
        }
    }

    private final Shared shared;
    private final PublicAddress publicAddress;
    private final CrossOrigin crossOrigin;

    JoinSocket(
            Vertx vertx,
            Spaces spaces,
            SignalingLoop loop,
            MediaSessions media,
            Doorkeeper doorkeeper,
            Access access,
            IceServers iceServers,
            HttpLimits limits,
            InstantSource wallClock,
            PublicAddress publicAddress,
            CrossOrigin crossOrigin,
            Drain drain) {
        ProtocolCodec codec = new ProtocolCodec();
        this.shared = new Shared(
                vertx,
                spaces,
                loop,
                media,
                doorkeeper,
                access,
                iceServers,
                limits,
                wallClock,
                codec,
                new EventEncoder(codec),
                drain,
                ConcurrentHashMap.newKeySet());
        this.publicAddress = publicAddress;
        this.crossOrigin = crossOrigin;
    }

    /**
     * @param guard that of the event loop whose routes these are
     * @param portions as the guard; joins may wait for a moment
     */
    void install(Routes routes, ConnectionGuard guard, Portions portions) {
        routes.at("/v1/spaces/:space/join")
                .on(HttpMethod.GET, ctx -> open(ctx, guard, portions))
                .end();
    }

    /** Whether a request is one that may wait for a moment: it wants to become a WebSocket. */
    static boolean mayWait(HttpServerRequest request) {
        return request.headers().contains("Upgrade");
    }

    /** How many WebSockets are open. */
    int size() {
        return shared.open().size();
    }

    /** Says goodbye to everybody, and tells each another time to come back; the drain has begun. Any thread. */
    void drain() {
        shared.loop().execute(() -> shared.open().forEach(JoinConnection::drain));
    }

    private void open(RoutingContext ctx, ConnectionGuard guard, Portions portions) throws ProblemException {
        HttpServerRequest request = ctx.request();
        String spaceId = SpaceDoors.spaceId(ctx);
        if (!"websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            throw new ProblemException(
                            426, "upgrade", "This is the door for WebSockets; docs/protocol.md describes it.")
                    .with("Upgrade", "websocket")
                    .with("Connection", "Upgrade");
        }
        if (!"13".equals(request.getHeader("Sec-WebSocket-Version"))) {
            throw new ProblemException(426, "upgrade", "The header Sec-WebSocket-Version must be 13 (RFC 6455 §4.4).")
                    .with("Sec-WebSocket-Version", "13")
                    .with("Upgrade", "websocket")
                    .with("Connection", "Upgrade");
        }
        String key = request.getHeader("Sec-WebSocket-Key");
        if (key == null || !KEY.matcher(key.strip()).matches()) {
            throw new ProblemException(
                    400, "handshake", "The header Sec-WebSocket-Key is missing or is not 16 bytes in base64.");
        }
        if (!crossOrigin.allowed(request.getHeader("Origin"), publicAddress.base(request))) {
            throw new ProblemException(
                    403,
                    "origin",
                    "Pages of this origin may not join here; the server's --cors-origin lists those that may.");
        }
        String client = publicAddress.client(request);
        request.toWebSocket()
                .onSuccess(socket -> {
                    Runnable closed = guard.onWebSocket(request.connection());
                    new JoinConnection(shared, socket, request.connection(), spaceId, client, portions, closed).start();
                })
                .onFailure(e -> Replies.failure(
                        ctx,
                        new ProblemException(
                                400, "handshake", "The WebSocket handshake is not right (RFC 6455 §4.2.1).")));
    }
}
