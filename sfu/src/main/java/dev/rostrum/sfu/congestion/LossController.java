package dev.rostrum.sfu.congestion;

import java.util.Arrays;

/**
 * The bitrate at which losses begin to come from too much traffic: the most likely one, together with the most likely
 * share of losses that the network has of itself, for what was sent, lost and received in the last seconds (libwebrtc's
 * loss-based estimation, version 2). Losses that don't depend on the bitrate so lower nothing.
 *
 * <p>Owned by one {@link BandwidthEstimator}.
 */
final class LossController {

    private static final long OBSERVATION_NS = 250_000_000;
    private static final int WINDOW = 15;
    private static final int MIN_OBSERVATIONS = 3;
    private static final double AGE_WEIGHT = 0.9;

    private static final double[] CANDIDATES = {1.02, 1.0, 0.95};
    private static final double LOWEST_INHERENT = 0.001;
    private static final double INHERENT_OFFSET = 0.05;
    private static final double BALANCE_KBPS = 150;
    private static final double NEWTON_STEP = 0.75;
    private static final double BIAS = 0.0002;
    private static final double LOG_BIAS = 0.02;
    private static final double BIAS_LOSS = 0.2;
    private static final double BIAS_SMOOTHING = 0.002;
    private static final double RAMP_UP = 1.5;
    private static final long HOLD_NS = 300_000_000;

    // A ring of observations.
    private final double[] rates = new double[WINDOW]; // kbit/s
    private final double[] received = new double[WINDOW]; // kB
    private final double[] lost = new double[WINDOW];
    private int next;
    private int filled;

    // The observation that is still growing.
    private long firstSentNs = Long.MAX_VALUE;
    private long lastSentNs = Long.MIN_VALUE;
    private long partReceivedBytes;
    private long partLostBytes;

    private final long minBps;
    private double inherent = 0.01;
    private double kbps = Double.POSITIVE_INFINITY;
    private boolean limited;
    private long reducedNs = Long.MIN_VALUE;

    LossController(long minBps) {
        this.minBps = minBps;
    }

    /** Feedback says of a packet whether it was received. */
    void onPacket(long sentNs, int lengthBytes, boolean arrived) {
        firstSentNs = Math.min(firstSentNs, sentNs);
        lastSentNs = Math.max(lastSentNs, sentNs);
        if (arrived) {
            partReceivedBytes += lengthBytes;
        } else {
            partLostBytes += lengthBytes;
        }
    }

    /** A packet that was counted as lost arrived after all. */
    void onRecovered(int lengthBytes) {
        partLostBytes = Math.max(0, partLostBytes - lengthBytes);
    }

    /** The share of bytes lost in the last seconds, 0 to 1. */
    double lossShare() {
        double sumLost = 0;
        double sum = 0;
        double weight = 1;
        for (int age = 0; age < filled; age++) {
            int i = Math.floorMod(next - 1 - age, WINDOW);
            sumLost += weight * lost[i];
            sum += weight * (lost[i] + received[i]);
            weight *= AGE_WEIGHT;
        }
        return sum == 0 ? 0 : sumLost / sum;
    }

    /** Whether loss, and not delay, limits the bitrate. */
    boolean limited() {
        return limited;
    }

    /** A probe has come through at a higher bitrate. */
    void onProbe() {
        limited = false;
        Arrays.fill(lost, 0); // what was lost before it says nothing of what comes
    }

    /**
     * The bound, after the packets of a feedback.
     *
     * @param delayBps the delay-based bitrate
     * @param acknowledgedBps what arrived lately; 0 if that is not known
     * @return at most the delay-based bitrate
     */
    long update(long delayBps, long acknowledgedBps, long nowNs) {
        boolean observed = false;
        if (lastSentNs - firstSentNs >= OBSERVATION_NS) {
            observe();
            observed = true;
        }
        double delayKbps = delayBps / 1_000.0;
        if (filled < MIN_OBSERVATIONS) {
            return delayBps;
        }
        if (!limited) {
            kbps = delayKbps;
        }
        if (observed) {
            choose(delayKbps, acknowledgedBps / 1_000.0, nowNs);
        }
        limited = kbps < delayKbps;
        return limited ? Math.max(minBps, (long) (kbps * 1_000)) : delayBps;
    }

    private void observe() {
        rates[next] = (partReceivedBytes + partLostBytes) * 8e6 / (lastSentNs - firstSentNs);
        received[next] = partReceivedBytes / 1_000.0;
        lost[next] = partLostBytes / 1_000.0;
        next = (next + 1) % WINDOW;
        filled = Math.min(filled + 1, WINDOW);
        partReceivedBytes = 0;
        partLostBytes = 0;
        firstSentNs = Long.MAX_VALUE;
        lastSentNs = Long.MIN_VALUE;
    }

    private void choose(double delayKbps, double acknowledgedKbps, long nowNs) {
        double loss = lossShare();
        double current = kbps;
        double best = current;
        double bestInherent = inherent;
        double bestObjective = Double.NEGATIVE_INFINITY;
        // What is not used says nothing about more, once losses were seen.
        double ceiling = limited && acknowledgedKbps > 0 ? Math.max(current, RAMP_UP * acknowledgedKbps) : delayKbps;
        double previous = Double.NaN;
        for (int i = 0; i < CANDIDATES.length + 2; i++) {
            double candidate =
                    switch (i - CANDIDATES.length) {
                        case 0 -> acknowledgedKbps > 0 ? acknowledgedKbps : current;
                        case 1 -> delayKbps;
                        default -> current * CANDIDATES[i];
                    };
            candidate = Math.min(candidate, Math.min(ceiling, delayKbps));
            if (candidate == previous) {
                continue; // what is bounded is often the same
            }
            previous = candidate;
            double likely = inherentOf(candidate);
            double objective = objective(candidate, likely, loss);
            if (objective > bestObjective) {
                bestObjective = objective;
                best = candidate;
                bestInherent = likely;
            }
        }
        boolean waits = reducedNs != Long.MIN_VALUE && nowNs - reducedNs < HOLD_NS;
        if (best > current && limited && (waits || bestInherent < loss)) {
            best = current; // not all losses are explained: it is not the time for more
        }
        inherent = bestInherent;
        kbps = Math.max(minBps / 1_000.0, Math.min(best, instantBound(loss)));
        if (kbps < current) {
            reducedNs = nowNs;
        }
    }

    /** High losses bound the bitrate at once. */
    private static double instantBound(double loss) {
        return loss > INHERENT_OFFSET ? BALANCE_KBPS / (loss - INHERENT_OFFSET) : Double.POSITIVE_INFINITY;
    }

    /** The most likely share of losses that don't come from too much traffic, one step of Newton's method nearer. */
    private double inherentOf(double candidateKbps) {
        double first = 0;
        double second = 0;
        double weight = 1;
        double start = Math.clamp(inherent, LOWEST_INHERENT, 1 - LOWEST_INHERENT);
        for (int age = 0; age < filled; age++) {
            int i = Math.floorMod(next - 1 - age, WINDOW);
            double p = lossProbability(start, candidateKbps, rates[i]);
            first += weight * (lost[i] / p - received[i] / (1 - p));
            second -= weight * (lost[i] / (p * p) + received[i] / ((1 - p) * (1 - p)));
            weight *= AGE_WEIGHT;
        }
        double stepped = second == 0 ? start : start - NEWTON_STEP * first / second;
        double highest = Math.min(1 - LOWEST_INHERENT, INHERENT_OFFSET + BALANCE_KBPS / Math.max(1, candidateKbps));
        return Math.clamp(stepped, LOWEST_INHERENT, highest);
    }

    private double objective(double candidateKbps, double likely, double loss) {
        double trust = (BIAS_LOSS - loss) / (BIAS_SMOOTHING + Math.abs(BIAS_LOSS - loss));
        double bias = trust * (BIAS * candidateKbps + LOG_BIAS * Math.log1p(candidateKbps));
        double sum = 0;
        double weight = 1;
        double p = Double.NaN;
        double logLost = 0;
        double logReceived = 0;
        for (int age = 0; age < filled; age++) {
            int i = Math.floorMod(next - 1 - age, WINDOW);
            double its = lossProbability(likely, candidateKbps, rates[i]);
            if (its != p) { // it is the same for all that was sent below the limit
                p = its;
                logLost = Math.log(p);
                logReceived = Math.log(1 - p);
            }
            sum += weight * (lost[i] * logLost + received[i] * logReceived);
            sum += weight * bias * (lost[i] + received[i]);
            weight *= AGE_WEIGHT;
        }
        return sum;
    }

    private static double lossProbability(double inherentShare, double limitKbps, double rateKbps) {
        double p = rateKbps > limitKbps
                ? inherentShare + (1 - inherentShare) * (rateKbps - limitKbps) / rateKbps
                : inherentShare;
        return Math.clamp(p, LOWEST_INHERENT / 10, 1 - LOWEST_INHERENT / 10);
    }
}
