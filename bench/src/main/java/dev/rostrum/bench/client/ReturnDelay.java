package dev.rostrum.bench.client;

import java.util.SplittableRandom;

/**
 * When one who has lost the server tries again, as rostrum.js does: the stage soon, the crowd spread over seconds, and
 * each try later than the one before.
 *
 * <p>Owned by one client; its signaling thread only.
 */
final class ReturnDelay {

    private static final long STAGE_WITHIN_MS = 300;
    private static final long CROWD_WITHIN_MS = 5_000;
    private static final long FIRST_RETRY_MS = 1_000;
    private static final long STAGE_LAST_RETRY_MS = 1_000;
    private static final long CROWD_LAST_RETRY_MS = 6_000;
    private static final long NOT_TOLD = -1;

    private final SplittableRandom random;
    private long retryMs = FIRST_RETRY_MS;
    private long toldMs = NOT_TOLD;

    ReturnDelay(SplittableRandom random) {
        this.random = random;
    }

    /** The server has said after how many milliseconds to come back; it counts once. */
    void told(long afterMs) {
        toldMs = afterMs < 0 ? FIRST_RETRY_MS : afterMs;
    }

    /** It is in: the next loss is a first one again. */
    void onJoined() {
        retryMs = FIRST_RETRY_MS;
    }

    /** Milliseconds until the first try after a loss. */
    long firstMs(boolean onStage) {
        long afterMs = toldMs == NOT_TOLD
                ? (long) (random.nextDouble() * (onStage ? STAGE_WITHIN_MS : CROWD_WITHIN_MS))
                : toldMs;
        toldMs = NOT_TOLD;
        return afterMs;
    }

    /** Milliseconds until the next try, after one that failed. */
    long nextMs(boolean onStage) {
        long afterMs = retryMs / 2 + (long) (random.nextDouble() * retryMs / 2);
        retryMs = Math.min(2 * retryMs, onStage ? STAGE_LAST_RETRY_MS : CROWD_LAST_RETRY_MS);
        return afterMs;
    }
}
