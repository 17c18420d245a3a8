package dev.rostrum.signaling.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Set;
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

    /** A connection, and what will be done to it in time; nothing may keep it once it is closed. */
    private final class Watched {
        private final HttpConnection connection;
        private final Set<Long> timers = new HashSet<>(4);
        private int requests;
        private boolean webSocket;
        private long silence = NONE;

        Watched(HttpConnection connection) {
            this.connection = connection;
        }

        void awaitRequest(Duration limit) {
            cancel(silence);
            if (!webSocket) {
                silence = after(limit, connection::close);
            }
        }

        void onRequest() {
            cancel(silence);
            requests++;
        }

        long after(Duration time, Runnable task) {
            long timer = vertx.setTimer(time.toMillis(), id -> {
                timers.remove(id);
                task.run();
            });
            timers.add(timer);
            return timer;
        }

        void cancel(long timer) {
            if (timers.remove(timer)) {
                vertx.cancelTimer(timer);
            }
        }

        void cancelAll() {
            timers.forEach(vertx::cancelTimer);
            timers.clear();
        }
    }

    private static final long NONE = -1;

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
        watched.cancelAll();
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
        watched.onRequest();
        long bodyTimer = watched.after(limits.body(), () -> {
            if (!request.isEnded()) {
                counters.tooSlow.incrementAndGet();
                if (!ctx.response().headWritten()) {
                    ctx.fail(new ProblemException(
                                    408,
                                    "too-slow",
                                    "The request's body did not arrive within "
                                            + limits.body().toSeconds() + " seconds.")
                            .with("Connection", "close"));
                }
                watched.after(limits.slowClose(), watched.connection::close);
            }
        });
        long answerTimer = watched.after(limits.answer(), () -> {
            if (!ctx.response().closed()) {
                counters.tooSlow.incrementAndGet();
                watched.connection.close();
            }
        });
        ctx.addEndHandler(_ -> {
            watched.cancel(answerTimer);
            if (request.isEnded()) {
                watched.cancel(bodyTimer);
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
        watched.cancelAll();
        return () -> onClosed(watched);
    }
}
