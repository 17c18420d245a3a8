package dev.rostrum.sfu.congestion;

/**
 * The delay-based bitrate: grows while queues don't, and falls below what arrives when they do
 * (draft-ietf-rmcat-gcc-02 §5.5; libwebrtc's AIMD rate control).
 *
 * <p>Owned by one {@link BandwidthEstimator}.
 */
final class RateController {

    private static final double DECREASE = 0.85;
    private static final double LEAST_DECREASE = 0.95;
    private static final double INCREASE_PER_S = 1.08;
    private static final double UNUSED = 1.2;
    private static final double MUCH_UNUSED = 0.6;
    private static final double PACKET_BITS = 1200 * 8;
    private static final double MIN_ADDITIVE_BPS = 4_000;
    private static final long MIN_REDUCTION_NS = 10_000_000;
    private static final long MAX_REDUCTION_NS = 200_000_000;
    private static final long RESPONSE_NS = 100_000_000;

    private enum State {
        HOLD,
        INCREASE
    }

    private final long minBps;
    private final long maxBps;
    private final LinkCapacity capacity = new LinkCapacity();
    private State state = State.INCREASE;
    private double bps;
    private long changedNs;
    private long reducedNs = Long.MIN_VALUE;

    RateController(long minBps, long startBps, long maxBps, long nowNs) {
        this.minBps = minBps;
        this.maxBps = maxBps;
        this.bps = (double) startBps;
        this.changedNs = nowNs;
    }

    long bps() {
        return (long) bps;
    }

    /** A probe has found out what the network carries. */
    void onProbe(long probeBps, long nowNs) {
        bps = clamp((double) probeBps);
        capacity.onProbe((double) probeBps);
        changedNs = nowNs;
    }

    /** No feedback has come for long: a share of the bitrate remains. */
    void onSilence(double share) {
        bps = clamp(share * bps);
    }

    /**
     * Feedback has come.
     *
     * @param acknowledgedBps what arrived lately; 0 if that is not known
     * @param burstBps how fast packets followed each other at most; 0 if that is not known
     * @param keepsPace whether what is sent arrives about as fast, so that it alone is not too much
     * @return whether the bitrate was reduced
     */
    boolean update(NetworkUsage usage, long acknowledgedBps, long burstBps, boolean keepsPace, long rttNs, long nowNs) {
        switch (usage) {
            case OVERUSE -> {
                if (mayReduce(acknowledgedBps, rttNs, nowNs)) {
                    reduce(acknowledgedBps, burstBps, keepsPace, nowNs);
                    return true;
                }
            }
            case UNDERUSE -> state = State.HOLD;
            case NORMAL -> {
                if (state == State.HOLD) {
                    state = State.INCREASE;
                    changedNs = nowNs;
                }
                increase(acknowledgedBps, rttNs, nowNs);
            }
        }
        return false;
    }

    private boolean mayReduce(long acknowledgedBps, long rttNs, long nowNs) {
        long waitNs = Math.clamp(rttNs, MIN_REDUCTION_NS, MAX_REDUCTION_NS);
        return reducedNs == Long.MIN_VALUE
                || nowNs - reducedNs >= waitNs
                || (acknowledgedBps > 0 && acknowledgedBps < bps / 2);
    }

    private void reduce(long acknowledged, long burstBps, boolean keepsPace, long nowNs) {
        double acknowledgedBps = acknowledged > 0 ? (double) Math.max(acknowledged, burstBps) : 0;
        double reduced = acknowledgedBps > 0 ? DECREASE * acknowledgedBps : bps / 2;
        if (reduced > bps && capacity.known()) {
            reduced = DECREASE * capacity.bps();
        }
        if (keepsPace && acknowledgedBps < MUCH_UNUSED * bps) {
            reduced = Math.max(reduced, DECREASE * bps); // the queue is others'; what we send of it says little
        } else if (acknowledgedBps > 0) {
            if (acknowledgedBps < capacity.lowerBps()) {
                capacity.reset();
            }
            capacity.onOveruse(acknowledgedBps);
        }
        bps = clamp(Math.min(reduced, LEAST_DECREASE * bps));
        state = State.HOLD;
        reducedNs = nowNs;
        changedNs = nowNs;
    }

    private void increase(long acknowledgedBps, long rttNs, long nowNs) {
        double passedS = Math.clamp((nowNs - changedNs) / 1e9, 0, 1);
        changedNs = nowNs;
        if (acknowledgedBps > capacity.upperBps()) {
            capacity.reset();
        }
        double increased = capacity.known()
                ? bps + passedS * Math.max(MIN_ADDITIVE_BPS, PACKET_BITS * 1e9 / (rttNs + RESPONSE_NS) / 2)
                : bps * Math.pow(INCREASE_PER_S, passedS) + passedS * 1_000;
        double limit = UNUSED * acknowledgedBps + 10_000; // what is not used says nothing about more
        bps = clamp(Math.max(bps, Math.min(increased, limit)));
    }

    private double clamp(double value) {
        return Math.clamp(value, (double) minBps, (double) maxBps);
    }
}
