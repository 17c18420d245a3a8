package dev.rostrum.signaling.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Closes TCP connections that are too many, too slow or idle: whoever sends a byte now and then to keep a connection
 * (slow loris) is cut as well as whoever sends none.
 *
 * <p>One for each event loop, used only on it; the counters are shared.
 */
public final class ConnectionGuard {

    /** How many connections there are, and how many were closed for which reason; shared by all event loops. */
    public static final class Counters {
        private final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger tooMany = new AtomicInteger();
        private final AtomicInteger tooSlow = new AtomicInteger();

        public int open() {
            return open.get();
        }

        public int tooMany() {
            return tooMany.get();
        }

        public int tooSlow() {
            return tooSlow.get();
        }
    }

    private final class Watched {
        private final HttpConnection connection;
        private int requests;
        private boolean webSocket;
        private long timer = -1;

        Watched(HttpConnection connection) {
            this.connection = connection;
        }

        void awaitRequest(Duration limit) {
            cancel();
            if (!webSocket) {
                timer = vertx.setTimer(limit.toMillis(), _ -> connection.close());
            }
        }

        void cancel() {
            if (timer >= 0) {
                vertx.cancelTimer(timer);
                timer = -1;
            }
        }
    }

    private final Vertx vertx;
    private final HttpLimits limits;
    private final int maxConnections;
    private final Counters counters;
    private final IdentityHashMap<HttpConnection, Watched> connections = new IdentityHashMap<>();

    public ConnectionGuard(Vertx vertx, HttpLimits limits, int maxConnections, Counters counters) {
        this.vertx = vertx;
        this.limits = limits;
        this.maxConnections = maxConnections;
        this.counters = counters;
    }

    public void onConnection(HttpConnection connection) {
        Watched watched = new Watched(connection);
        connections.put(connection, watched);
        connection.closeHandler(_ -> onClosed(watched));
        if (counters.open.incrementAndGet() > maxConnections) {
            counters.tooMany.incrementAndGet();
            connection.close();
        } else {
            watched.awaitRequest(limits.firstRequest());
        }
    }

    private void onClosed(Watched watched) {
        watched.cancel();
        if (connections.remove(watched.connection) != null) {
            counters.open.decrementAndGet();
        }
    }

    /** Watches a request from its head to the end of its answer; first of all handlers. */
    public void onRequest(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        @Nullable Watched watched = connections.get(request.connection());
        if (watched == null) {
            ctx.next();
            return;
        }
        watched.cancel();
        watched.requests++;
        long bodyTimer = vertx.setTimer(limits.body().toMillis(), _ -> {
            if (!watched.webSocket && !request.isEnded()) {
                counters.tooSlow.incrementAndGet();
                if (!ctx.response().headWritten()) {
                    ctx.fail(new ProblemException(
                                    408,
                                    "too-slow",
                                    "The request's body did not arrive within "
                                            + limits.body().toSeconds() + " seconds.")
                            .with("Connection", "close"));
                }
                vertx.setTimer(limits.slowClose().toMillis(), _ -> watched.connection.close());
            }
        });
        long answerTimer = vertx.setTimer(limits.answer().toMillis(), _ -> {
            if (!watched.webSocket && !ctx.response().closed()) {
                counters.tooSlow.incrementAndGet();
                watched.connection.close();
            }
        });
        ctx.addEndHandler(_ -> {
            vertx.cancelTimer(answerTimer);
            if (request.isEnded()) {
                vertx.cancelTimer(bodyTimer);
            }
            if (--watched.requests == 0 && connections.containsKey(watched.connection)) {
                watched.awaitRequest(limits.nextRequest());
            }
        });
        ctx.next();
    }

    /**
     * From now on the connection is a WebSocket, which has limits of its own.
     *
     * @return what to call when the WebSocket is closed, of which the connection does not tell any more; on its event loop
     */
    public Runnable onWebSocket(HttpConnection connection) {
        Watched watched = connections.get(connection);
        if (watched == null) {
            return () -> {};
        }
        watched.webSocket = true;
        watched.cancel();
        return () -> onClosed(watched);
    }
}
