package dev.rostrum.signaling.web;

import dev.rostrum.signaling.http.ProblemException;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The server's leave-taking: from its begin on nobody is let in any more, and everybody is told when to come back, each
 * at another time, so that the crowd does not trample the server that starts then; the stage first.
 *
 * <p>Safe for any thread.
 */
final class Drain {

    /** A server is hardly back before. */
    private static final long STAGE_FIRST_MS = 1_000;

    private static final long STAGE_LAST_MS = 2_000;
    private static final long CROWD_FIRST_MS = 2_000;
    private static final long CROWD_SPREAD_AT_LEAST_MS = 4_000;
    private static final long CROWD_SPREAD_AT_MOST_MS = 120_000;
    private static final long RETURNS_PER_SECOND = 500;

    private volatile boolean begun;
    private volatile long crowdSpreadMs = CROWD_SPREAD_AT_LEAST_MS;

    /** @param crowd how many will want to come back */
    void begin(int crowd) {
        crowdSpreadMs =
                Math.clamp(crowd * 1000L / RETURNS_PER_SECOND, CROWD_SPREAD_AT_LEAST_MS, CROWD_SPREAD_AT_MOST_MS);
        begun = true;
    }

    boolean begun() {
        return begun;
    }

    /** When one of them is to come back; another time for each. */
    long comeBackAfterMs(boolean onStage) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return onStage
                ? random.nextLong(STAGE_FIRST_MS, STAGE_LAST_MS)
                : CROWD_FIRST_MS + random.nextLong(crowdSpreadMs);
    }

    /** The answer to a listener who came too late. */
    ProblemException refusal() {
        return new ProblemException(503, "draining", "The server is stopping; try again in a moment.")
                .with("Retry-After", Long.toString(Math.ceilDiv(comeBackAfterMs(false), 1000L)));
    }

    /** In front of all doors: what would make something new is refused, all else goes on. */
    void onRequest(RoutingContext ctx) {
        if (begun && HttpMethod.POST.equals(ctx.request().method())) {
            ctx.fail(refusal());
        } else {
            ctx.next();
        }
    }
}
