package dev.rostrum.sfu.sim;

import dev.rostrum.sfu.loop.ShardClock;

/**
 * A time that stands still until it is moved on. Begins at 1 s, so that small times before it are valid, too.
 *
 * <p>Owned by the thread of the simulation.
 */
public final class SimClock implements ShardClock {

    private static final long UNIX_NS_AT_ZERO = 1_800_000_000_123_456_789L;

    private long nowNs = 1_000_000_000;

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public long unixNsAtZero() {
        return UNIX_NS_AT_ZERO;
    }

    /** Moves on by so much. */
    public void advance(long byNs) {
        advanceTo(nowNs + byNs);
    }

    /** Moves on to a time, which must not lie in the past. */
    public void advanceTo(long toNs) {
        if (toNs < nowNs) {
            throw new IllegalArgumentException("the clock can't go back from " + nowNs + " to " + toNs);
        }
        nowNs = toNs;
    }
}
