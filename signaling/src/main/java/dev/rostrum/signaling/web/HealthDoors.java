package dev.rostrum.signaling.web;

import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.http.Replies;
import dev.rostrum.signaling.http.Routes;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * {@code /health/live}: the process answers; {@code /health/ready}: it takes new clients. Neither asks the store or the
 * network: a server whose store is away goes on serving the spaces that it has.
 *
 * <p>Safe for any thread.
 */
public final class HealthDoors {

    private static final String READY = "";

    private final AtomicReference<String> notReady = new AtomicReference<>("starting");

    /** From now on new clients are welcome. */
    public void ready() {
        notReady.set(READY);
    }

    /** From now on they are not. */
    public void stopping() {
        notReady.set("stopping");
    }

    public void install(Routes routes) {
        routes.at("/health/live").on(HttpMethod.GET, this::live).end();
        routes.at("/health/ready").on(HttpMethod.GET, this::ready).end();
    }

    private void live(RoutingContext ctx) {
        Replies.json(ctx, 200, Map.of("status", "live"));
    }

    private void ready(RoutingContext ctx) throws ProblemException {
        String why = notReady.get();
        if (why != null && !why.equals(READY)) {
            throw new ProblemException(503, why, "The server is " + why + ".").with("Retry-After", "1");
        }
        Replies.json(ctx, 200, Map.of("status", "ready"));
    }
}
