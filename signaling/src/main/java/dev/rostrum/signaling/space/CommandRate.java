package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Refusal;

/**
 * Keeps one session from sending commands faster than everybody else can take their events.
 *
 * <p>Owned by the event loop of {@link Spaces}. A bucket: it is full at first, and fills at the steady rate.
 */
final class CommandRate {

    private final double perNs;
    private final int burst;
    private double left;
    private long filledNs;

    CommandRate(int perSecond, int burst, long nowNs) {
        this.perNs = perSecond / 1e9;
        this.burst = burst;
        this.left = burst;
        this.filledNs = nowNs;
    }

    void take(long nowNs) throws Refusal {
        left = Math.min(burst, left + (nowNs - filledNs) * perNs);
        filledNs = nowNs;
        if (left < 1) {
            throw new Refusal(Refusal.Code.TOO_FAST, "Too many commands in a short time; wait a little.");
        }
        left--;
    }
}
