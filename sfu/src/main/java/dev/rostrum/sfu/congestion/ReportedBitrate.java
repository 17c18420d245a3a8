package dev.rostrum.sfu.congestion;

/**
 * The bitrate for a subscriber that does not tell when packets arrive: its own estimate (REMB,
 * draft-alvestrand-rmcat-remb-03), and what it loses (draft-ietf-rmcat-gcc-02 §6).
 *
 * <p>Owned by one {@link BandwidthEstimator}.
 */
final class ReportedBitrate {

    private static final double LOW_LOSS = 0.02;
    private static final double HIGH_LOSS = 0.1;
    private static final double INCREASE_PER_S = 1.08;
    private static final long MIN_DECREASE_NS = 300_000_000;

    private final BandwidthEstimator.Limits limits;
    private long rembBps = -1;
    private double lossBps;
    private double lossShare;
    private long changedNs;
    private long reducedNs;

    ReportedBitrate(BandwidthEstimator.Limits limits, long nowNs) {
        this.limits = limits;
        lossBps = (double) limits.startBps();
        changedNs = nowNs;
        reducedNs = nowNs;
    }

    void onRemb(long bitrateBps) {
        rembBps = Math.clamp(bitrateBps, limits.minBps(), limits.maxBps());
        if (lossShare <= LOW_LOSS) {
            lossBps = Math.max(lossBps, (double) rembBps); // without losses, its estimate is all there is to know
        }
    }

    void onReceiverReport(int fractionLost, long nowNs) {
        lossShare = Math.clamp(fractionLost, 0, 255) / 256.0;
        double passedS = Math.clamp((nowNs - changedNs) / 1e9, 0, 1);
        changedNs = nowNs;
        if (lossShare > HIGH_LOSS) {
            if (nowNs - reducedNs >= MIN_DECREASE_NS) {
                reducedNs = nowNs;
                lossBps *= 1 - lossShare / 2;
            }
        } else if (lossShare <= LOW_LOSS) {
            lossBps = lossBps * Math.pow(INCREASE_PER_S, passedS) + 1_000 * passedS;
        }
        lossBps = Math.clamp(lossBps, (double) limits.minBps(), (double) limits.maxBps());
    }

    double lossShare() {
        return lossShare;
    }

    long bps() {
        return (long) (rembBps < 0 ? lossBps : Math.min(lossBps, (double) rembBps));
    }
}
