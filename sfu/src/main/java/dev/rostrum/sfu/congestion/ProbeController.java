package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.loop.Deadlines;
import org.jspecify.annotations.Nullable;

/**
 * Decides when to find out by a burst whether the network carries more: at the beginning, when more could be used, and
 * again when such a burst came through (libwebrtc's probe controller). One cluster at a time.
 *
 * <p>Owned by one {@link BandwidthEstimator}.
 */
final class ProbeController {

    private static final double FIRST_SCALE = 3;
    private static final double SCALE = 2;

    /** For probes that take long. */
    private static final double CAUTIOUS_SCALE = 1.5;

    /** From there on, the jitter may hide what a probe would show. */
    private static final double RESTLESS_MS = 8;

    /** Probes that showed nothing are soon repeated, but not always. */
    private static final double MAX_TRIES = 4;

    private static final double MORE_TRIES = 0.25;

    /** A probe that reaches so much of its bitrate is followed by a greater one. */
    private static final double SUCCESS = 0.7;

    /** How much above what can be used makes the estimate safe for it. */
    private static final double HEADROOM = 1.3;

    private static final int MIN_PACKETS = 5;
    private static final double MIN_DURATION_S = 0.030;
    private static final double MAX_DURATION_S = 0.150;

    /** How much longer than the jitter a probe must be, so as to measure anything. */
    private static final double JITTERS = 5;

    private static final double LONG_DURATION_S = 0.5;
    private static final long INTERVAL_NS = 5_000_000_000L;
    private static final long CALM_NS = 1_000_000_000L;

    /** A cluster that can't be sent, or of which no feedback tells, is given up after this. */
    private static final long TIMEOUT_NS = 1_000_000_000L;

    private final ProbeMeasurement measurement = new ProbeMeasurement();
    private final long maxBps;
    private @Nullable ProbeCluster cluster;
    private boolean sending;
    private int lastId;
    private int packetsSent;
    private long bytesSent;
    private long timeoutNs;
    private long nextNs = Deadlines.NEVER;
    private boolean begun;
    private long usefulBps;
    private double jitterMs;
    private double tries = MAX_TRIES;

    ProbeController(long maxBps) {
        this.maxBps = maxBps;
    }

    /** How much the delay changes from packet to packet. */
    void onJitter(double newJitterMs) {
        jitterMs = newJitterMs;
    }

    /** The cluster that is to be sent now, or null. */
    @Nullable
    ProbeCluster cluster() {
        return sending ? cluster : null;
    }

    /** What could be used at most, if the network carried it. */
    void onWish(long bps, long targetBps, long nowNs) {
        boolean more = bps > usefulBps;
        usefulBps = bps;
        if (!begun && bps > 0) {
            begun = true;
            start(FIRST_SCALE * targetBps, targetBps, nowNs, false);
        } else if (more && nextNs != Deadlines.NEVER) {
            nextNs = Math.min(nextNs, Math.max(nowNs, nextNs - INTERVAL_NS + CALM_NS));
        }
    }

    private double ceilingBps() {
        return Math.min((double) maxBps, HEADROOM * usefulBps);
    }

    private void start(double bps, long targetBps, long nowNs, boolean unmeasured) {
        nextNs = nowNs + INTERVAL_NS;
        double bitrate = Math.min(bps, ceilingBps());
        if (cluster != null || bitrate <= 1.05 * targetBps) {
            return;
        }
        lastId = lastId == Integer.MAX_VALUE ? 1 : lastId + 1;
        double durationS = Math.clamp(JITTERS * jitterMs / 1e3, MIN_DURATION_S, MAX_DURATION_S);
        int lengthBytes = (int) (bitrate / 8 * (unmeasured ? LONG_DURATION_S : durationS));
        cluster = new ProbeCluster(lastId, (long) bitrate, MIN_PACKETS, lengthBytes);
        sending = true;
        packetsSent = 0;
        bytesSent = 0;
        timeoutNs = nowNs + TIMEOUT_NS;
        measurement.begin();
    }

    /** A packet of the current cluster was sent. Returns the cluster's id, or {@link SentPackets#NO_PROBE}. */
    int onSent(int lengthBytes, long nowNs) {
        if (!sending || cluster == null) {
            return SentPackets.NO_PROBE;
        }
        packetsSent++;
        bytesSent += lengthBytes;
        if (packetsSent >= cluster.packets() && bytesSent >= cluster.lengthBytes()) {
            sending = false;
            timeoutNs = nowNs + TIMEOUT_NS;
        }
        return cluster.id();
    }

    /** A packet of a cluster has arrived. */
    void onArrival(int id, long sentNs, long arrivalNs, int lengthBytes) {
        if (cluster != null && cluster.id() == id) {
            measurement.onArrival(sentNs, arrivalNs, lengthBytes);
        }
    }

    /** What the current probe has shown, once; {@link ProbeMeasurement#NONE} as long as nothing. */
    long takeResult(long nowNs) {
        if (cluster == null || sending || !measurement.complete(cluster)) {
            return ProbeMeasurement.NONE;
        }
        long bps = measurement.bps();
        if (bps == ProbeMeasurement.NONE) {
            cluster = null;
            tryAgain(nowNs);
        }
        return bps;
    }

    /** The result was looked at: if it was more than the target was, perhaps there is even more. */
    void onResultUsed(long resultBps, boolean more, long targetBps, long nowNs) {
        ProbeCluster done = cluster;
        cluster = null;
        if (!more && jitterMs > RESTLESS_MS) {
            tryAgain(nowNs); // the jitter may have stretched it
        }
        if (more && done != null && resultBps >= SUCCESS * done.bitrateBps()) {
            start((jitterMs > RESTLESS_MS ? CAUTIOUS_SCALE : SCALE) * resultBps, targetBps, nowNs, false);
        }
    }

    private void tryAgain(long nowNs) {
        if (tries >= 1) {
            tries--;
            nextNs = nowNs + CALM_NS;
        }
    }

    /** The network is full: nothing to be found out for a while. */
    void onReduced(long nowNs) {
        if (sending) {
            cluster = null;
            sending = false;
        }
        if (nextNs != Deadlines.NEVER) {
            nextNs = Math.max(nextNs, nowNs + CALM_NS);
        }
    }

    long deadlineNs() {
        return cluster != null ? Math.min(timeoutNs, nextNs) : nextNs;
    }

    /**
     * Gives up, or begins a probe if it is time.
     *
     * @param calm whether neither delay nor loss says that the network is full
     * @param unmeasured whether nobody tells when packets arrive, so that a burst must last as long as others' estimates
     */
    void onDeadline(long targetBps, boolean calm, boolean unmeasured, long nowNs) {
        if (cluster != null && nowNs >= timeoutNs) {
            cluster = null;
            sending = false;
            tryAgain(nowNs);
        }
        if (nowNs >= nextNs) {
            tries = Math.min(MAX_TRIES, tries + MORE_TRIES);
            nextNs = nowNs + (calm ? INTERVAL_NS : CALM_NS);
            if (calm && usefulBps > 0) {
                double scale = unmeasured || jitterMs > RESTLESS_MS ? CAUTIOUS_SCALE : SCALE;
                start(scale * targetBps, targetBps, nowNs, unmeasured);
            }
        }
    }
}
