package dev.rostrum.sfu.congestion;

import java.util.SplittableRandom;

/**
 * A browser's encoder of three simulcast layers at 30 frames per second: sizes vary from frame to frame and slowly, key
 * frames come on request and are several times as large, and what they cost is saved afterwards.
 */
final class ModelEncoder {

    static final long[] LAYER_BPS = {150_000, 500_000, 1_500_000};
    static final long FRAME_NS = 33_333_333;

    /** How long a request takes to the browser, and a frame to the SFU. */
    private static final long REQUEST_NS = 60_000_000;

    private static final double KEY_FRAME_SCALE = 5;
    private static final int MIN_FRAME_BYTES = 200;

    private final SplittableRandom random;
    private final long[] wantedNs = {0, 0, 0}; // since when a key frame is wanted
    private final double[] debtBytes = new double[LAYER_BPS.length];
    private final long[] keyAtNs = {-1_000_000_000, -1_000_000_000, -1_000_000_000};
    private final double phase;
    private int keyFrames;

    ModelEncoder(SplittableRandom random) {
        this.random = random;
        this.phase = random.nextDouble() * 2 * Math.PI;
    }

    /** A request sets out for the browser. */
    void requestKeyFrame(int layer, long nowNs) {
        wantedNs[layer] = Math.min(wantedNs[layer], nowNs);
    }

    int keyFrames() {
        return keyFrames;
    }

    /** Whether the next frame of a layer is a key frame: at most one per second. */
    boolean nextIsKey(int layer, long nowNs) {
        return nowNs >= wantedNs[layer] + REQUEST_NS && nowNs - keyAtNs[layer] >= 1_000_000_000;
    }

    /** The length of the next frame on the wire. */
    int nextFrameBytes(int layer, long nowNs) {
        double mean = LAYER_BPS[layer] / 8.0 * FRAME_NS / 1e9;
        double scene = 1 + 0.1 * Math.sin(nowNs / 4e9 + phase);
        double bytes = mean * scene * Math.exp(0.25 * random.nextGaussian() - 0.03);
        if (nextIsKey(layer, nowNs)) {
            wantedNs[layer] = Long.MAX_VALUE - REQUEST_NS;
            keyAtNs[layer] = nowNs;
            keyFrames++;
            bytes = KEY_FRAME_SCALE * mean * (0.8 + 0.4 * random.nextDouble());
            debtBytes[layer] += bytes - mean;
        } else if (debtBytes[layer] > 0) {
            double saved = Math.min(debtBytes[layer], 0.3 * bytes);
            bytes -= saved;
            debtBytes[layer] -= saved;
        }
        return Math.max(MIN_FRAME_BYTES, (int) bytes);
    }
}
