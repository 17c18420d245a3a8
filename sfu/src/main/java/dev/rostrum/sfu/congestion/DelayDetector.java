package dev.rostrum.sfu.congestion;

/**
 * Tells from the times at which packets were sent and arrived whether queues grow or shrink: packets sent together make
 * a group, the differences of the groups' delays add up, and a line is fitted through their smoothed sum. Its slope is
 * held against a threshold that adapts to how restless the network is (draft-ietf-rmcat-gcc-02 §5; the slope in place of
 * the Kalman filter: libwebrtc's trendline estimator).
 *
 * <p>Owned by one {@link BandwidthEstimator}.
 */
final class DelayDetector {

    /** Packets sent within it make one group, for senders send bursts. */
    private static final long GROUP_NS = 5_000_000;

    /** Packets that arrive at once, after a pause of the network, make one group up to this length. */
    private static final long BURST_NS = 100_000_000;

    /** After so many groups that arrived in the wrong order, all begins anew. */
    private static final int MAX_REORDERED = 3;

    /** A clock that differs from the other by more than that since the last group has jumped. */
    private static final long JUMP_NS = 3_000_000_000L;

    private static final int WINDOW = 20;
    private static final double SMOOTHING = 0.9;
    private static final double GAIN = 4;
    private static final int MAX_DELTAS = 60;
    private static final double OVERUSE_MS = 10;
    private static final double MAX_ADAPTION = 15;
    private static final double MIN_THRESHOLD = 6;
    private static final double MAX_THRESHOLD = 600;
    private static final double THRESHOLD_UP = 0.0087;
    private static final double THRESHOLD_DOWN = 0.039;

    /** Only a queue that has stood for {@value} ms at least is too much traffic: key frames come and go. */
    private static final double MIN_QUEUE_MS = 12;

    /** And longer than packets usually wait, by so much; which takes account of jitter, and of others' traffic. */
    private static final double USUAL = 2;

    private static final double MAX_USUAL_MS = 80;
    private static final double USUAL_S = 5;
    private static final double RESTLESSNESS_SMOOTHING = 0.02;

    /** A group of packets that were sent together. */
    private static final class Group {
        private long firstSentNs;
        private long lastSentNs;
        private long firstArrivalNs;
        private long lastArrivalNs;
        private long feedbackNs;
        private boolean any;

        void begin(long sentNs, long arrivalNs, long nowNs) {
            firstSentNs = sentNs;
            lastSentNs = sentNs;
            firstArrivalNs = arrivalNs;
            lastArrivalNs = arrivalNs;
            feedbackNs = nowNs;
            any = true;
        }

        void add(long sentNs, long arrivalNs, long nowNs) {
            lastSentNs = Math.max(lastSentNs, sentNs);
            lastArrivalNs = Math.max(lastArrivalNs, arrivalNs);
            feedbackNs = nowNs;
        }
    }

    private final SlidingMinimum recent = new SlidingMinimum(5, 50_000_000);
    private final SlidingMinimum lowest = new SlidingMinimum(10, 1_000_000_000);
    private double restlessMs;
    private double usualMs;
    private double knownS;

    private Group current = new Group();
    private Group previous = new Group();
    private int reordered;

    private final double[] times = new double[WINDOW];
    private final double[] delays = new double[WINDOW];
    private int next;
    private int filled;
    private int deltas;
    private long originNs;
    private double accumulatedMs;
    private double smoothedMs;
    private double trend;
    private double previousTrend;

    private double threshold = 12.5;
    private long adaptedNs = Long.MIN_VALUE;
    private double overusingMs = -1;
    private int overusing;
    private NetworkUsage usage = NetworkUsage.NORMAL;

    NetworkUsage usage() {
        return usage;
    }

    /** For how long packets have waited in queues lately, at least; by the lowest delay of the last half minute. */
    double queueMs() {
        long base = lowest.value();
        return base == SlidingMinimum.NONE ? 0 : (recent.value() - base) / 1e6;
    }

    /** Whether a queue stands that is longer than usual. */
    boolean stands() {
        return queueMs() > MIN_QUEUE_MS + USUAL * usualMs + restlessMs;
    }

    /** By how much the delay of one group usually differs from that of the one before. */
    double restlessMs() {
        return restlessMs;
    }

    /** The slope, times how much it is trusted; compared with the threshold. For tests and figures. */
    double trend() {
        return trend;
    }

    /**
     * A packet has arrived.
     *
     * @param sentNs by our clock
     * @param arrivalNs by the receiver's
     * @param nowNs when we learnt of it
     */
    void onArrival(long sentNs, long arrivalNs, long nowNs) {
        recent.add(arrivalNs - sentNs, arrivalNs);
        lowest.add(arrivalNs - sentNs, arrivalNs);
        if (!current.any) {
            current.begin(sentNs, arrivalNs, nowNs);
            return;
        }
        if (sentNs < current.firstSentNs) {
            return; // of an earlier group, overtaken by this one
        }
        if (!startsGroup(sentNs, arrivalNs)) {
            current.add(sentNs, arrivalNs, nowNs);
            return;
        }
        if (previous.any && !onGroup()) {
            current.begin(sentNs, arrivalNs, nowNs);
            return;
        }
        Group done = current;
        current = previous;
        previous = done;
        current.begin(sentNs, arrivalNs, nowNs);
    }

    private boolean startsGroup(long sentNs, long arrivalNs) {
        long arrivalDeltaNs = arrivalNs - current.lastArrivalNs;
        long sentDeltaNs = sentNs - current.lastSentNs;
        boolean burst = sentDeltaNs == 0
                || (arrivalDeltaNs < sentDeltaNs
                        && arrivalDeltaNs <= GROUP_NS
                        && arrivalNs - current.firstArrivalNs < BURST_NS);
        return !burst && sentNs - current.firstSentNs > GROUP_NS;
    }

    /** The current group is complete; false if it and all before it are worth nothing. */
    private boolean onGroup() {
        long sentDeltaNs = current.lastSentNs - previous.lastSentNs;
        long arrivalDeltaNs = current.lastArrivalNs - previous.lastArrivalNs;
        if (Math.abs(arrivalDeltaNs - (current.feedbackNs - previous.feedbackNs)) > JUMP_NS) {
            reset();
            return false;
        }
        if (arrivalDeltaNs < 0) {
            if (++reordered >= MAX_REORDERED) {
                reset();
            }
            return false;
        }
        reordered = 0;
        onDelta(arrivalDeltaNs / 1e6, sentDeltaNs / 1e6, current.lastArrivalNs);
        return true;
    }

    private void onDelta(double arrivalDeltaMs, double sentDeltaMs, long arrivalNs) {
        if (deltas == 0) {
            originNs = arrivalNs;
        }
        deltas = Math.min(deltas + 1, MAX_DELTAS);
        double deltaMs = arrivalDeltaMs - sentDeltaMs;
        restlessMs +=
                Math.max(RESTLESSNESS_SMOOTHING, 1.0 / (deltas + 1)) * (Math.min(Math.abs(deltaMs), 200) - restlessMs);
        accumulatedMs += deltaMs;
        double passedS = Math.clamp(arrivalDeltaMs / 1e3, 0, 1);
        knownS = Math.min(USUAL_S, knownS + passedS);
        double share = knownS == 0 ? 0 : passedS / knownS;
        usualMs += share * (Math.min(queueMs(), MAX_USUAL_MS) - usualMs);
        smoothedMs = SMOOTHING * smoothedMs + (1 - SMOOTHING) * accumulatedMs;
        times[next] = (arrivalNs - originNs) / 1e6;
        delays[next] = smoothedMs;
        next = (next + 1) % WINDOW;
        filled = Math.min(filled + 1, WINDOW);
        double slope = filled == WINDOW ? slope() : 0;
        detect(slope, sentDeltaMs, arrivalNs);
    }

    /** Of the line with the least squares. */
    private double slope() {
        double meanTime = 0;
        double meanDelay = 0;
        for (int i = 0; i < WINDOW; i++) {
            meanTime += times[i];
            meanDelay += delays[i];
        }
        meanTime /= WINDOW;
        meanDelay /= WINDOW;
        double numerator = 0;
        double denominator = 0;
        for (int i = 0; i < WINDOW; i++) {
            double time = times[i] - meanTime;
            numerator += time * (delays[i] - meanDelay);
            denominator += time * time;
        }
        return denominator == 0 ? previousTrend : numerator / denominator;
    }

    private void detect(double slope, double sentDeltaMs, long arrivalNs) {
        trend = deltas * slope * GAIN;
        if (trend > threshold) {
            overusingMs = overusingMs < 0 ? sentDeltaMs / 2 : overusingMs + sentDeltaMs;
            overusing++;
            boolean stands = stands();
            if (overusingMs > OVERUSE_MS && overusing > 1 && slope >= previousTrend && stands) {
                overusingMs = 0;
                overusing = 0;
                usage = NetworkUsage.OVERUSE;
            } else if (!stands) {
                usage = NetworkUsage.NORMAL;
            }
        } else {
            overusingMs = -1;
            overusing = 0;
            usage = trend < -threshold ? NetworkUsage.UNDERUSE : NetworkUsage.NORMAL;
        }
        previousTrend = slope;
        adapt(arrivalNs);
    }

    private void adapt(long arrivalNs) {
        double size = Math.abs(trend);
        double passedMs = adaptedNs == Long.MIN_VALUE ? 0 : Math.clamp((arrivalNs - adaptedNs) / 1e6, 0, 100);
        adaptedNs = arrivalNs;
        if (size > threshold + MAX_ADAPTION) {
            return; // a sudden drop of the capacity is no restlessness
        }
        double gain = size < threshold ? THRESHOLD_DOWN : THRESHOLD_UP;
        threshold = Math.clamp(threshold + gain * (size - threshold) * passedMs, MIN_THRESHOLD, MAX_THRESHOLD);
    }

    /** Forgets all packets, but not how restless the network is. */
    void reset() {
        recent.reset();
        lowest.reset();
        current.any = false;
        previous.any = false;
        reordered = 0;
        next = 0;
        filled = 0;
        deltas = 0;
        accumulatedMs = 0;
        smoothedMs = 0;
        trend = 0;
        previousTrend = 0;
        adaptedNs = Long.MIN_VALUE;
        overusingMs = -1;
        overusing = 0;
        usage = NetworkUsage.NORMAL;
    }
}
