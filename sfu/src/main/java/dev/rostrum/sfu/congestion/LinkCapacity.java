package dev.rostrum.sfu.congestion;

/**
 * Where the network was found full, with how much that varies: near it, the bitrate grows slowly
 * (draft-ietf-rmcat-gcc-02 §5.5; libwebrtc's link capacity estimator).
 *
 * <p>Owned by one {@link RateController}.
 */
final class LinkCapacity {

    private static final double SMOOTHING_OVERUSE = 0.05;
    private static final double SMOOTHING_PROBE = 0.5;
    private static final double MIN_DEVIATION = 0.4;
    private static final double MAX_DEVIATION = 2.5;

    private double kbps = -1;
    private double deviation = MIN_DEVIATION;

    boolean known() {
        return kbps >= 0;
    }

    double bps() {
        return kbps * 1_000;
    }

    double upperBps() {
        return known() ? (kbps + 3 * spread()) * 1_000 : Double.POSITIVE_INFINITY;
    }

    double lowerBps() {
        return known() ? Math.max(0, kbps - 3 * spread()) * 1_000 : 0;
    }

    private double spread() {
        return Math.sqrt(deviation * kbps);
    }

    void onOveruse(double acknowledgedBps) {
        update(acknowledgedBps / 1_000, SMOOTHING_OVERUSE);
    }

    void onProbe(double probeBps) {
        update(probeBps / 1_000, SMOOTHING_PROBE);
    }

    void reset() {
        kbps = -1;
    }

    private void update(double sampleKbps, double smoothing) {
        kbps = known() ? (1 - smoothing) * kbps + smoothing * sampleKbps : sampleKbps;
        double norm = Math.max(kbps, 1);
        double error = kbps - sampleKbps;
        deviation = Math.clamp(
                (1 - smoothing) * deviation + smoothing * error * error / norm, MIN_DEVIATION, MAX_DEVIATION);
    }
}
