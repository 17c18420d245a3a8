package dev.rostrum.sfu.congestion;

/**
 * A simple choice of layers: shares the target among the slots, level by level; goes down at once and up only after the
 * target has been enough for a while.
 */
final class ModelLayerChoice {

    static final int NONE = -1;

    private static final double UP = 1.12;
    private static final long UP_NS = 1_000_000_000;
    private static final long MIN_WAIT_NS = 4_000_000_000L;
    private static final long MAX_WAIT_NS = 32_000_000_000L;

    private final int[] layers;
    private final double[] layerBps = ModelEncoderRates.copy();
    private long enoughSinceNs = Long.MAX_VALUE;
    private long downAtNs = Long.MIN_VALUE / 2;
    private long upAtNs = Long.MIN_VALUE / 2;
    private long waitNs = MIN_WAIT_NS;

    ModelLayerChoice(int slots) {
        layers = new int[slots];
        java.util.Arrays.fill(layers, NONE);
    }

    /** A frame of a layer, as the SFU measures it. */
    void onFrame(int layer, int lengthBytes) {
        double bps = lengthBytes * 8e9 / ModelEncoder.FRAME_NS;
        layerBps[layer] += (bps - layerBps[layer]) / 60;
    }

    int layer(int slot) {
        return layers[slot];
    }

    private double bps(int layer) {
        return layer == NONE ? 0 : layerBps[layer];
    }

    private double sum() {
        double sum = 0;
        for (int layer : layers) {
            sum += bps(layer);
        }
        return sum;
    }

    void choose(long targetBps, long nowNs) {
        boolean down = false;
        while (sum() > targetBps) {
            int highest = 0;
            for (int slot = 1; slot < layers.length; slot++) {
                highest = layers[slot] >= layers[highest] ? slot : highest;
            }
            if (layers[highest] == NONE || (layers.length == 1 && layers[0] == 0 && sum() < 1.1 * targetBps)) {
                break;
            }
            layers[highest]--;
            down = true;
        }
        if (down) {
            if (nowNs - upAtNs < 10_000_000_000L) {
                waitNs = Math.min(MAX_WAIT_NS, 2 * waitNs); // the last way up was a mistake
            }
            downAtNs = nowNs;
            enoughSinceNs = Long.MAX_VALUE;
            return;
        }
        int lowest = 0;
        for (int slot = 1; slot < layers.length; slot++) {
            lowest = layers[slot] < layers[lowest] ? slot : lowest;
        }
        int current = layers[lowest];
        if (current == layerBps.length - 1) {
            return;
        }
        boolean enough = (sum() - bps(current) + bps(current + 1)) * UP <= targetBps;
        if (!enough) {
            enoughSinceNs = Long.MAX_VALUE;
            return;
        }
        enoughSinceNs = Math.min(enoughSinceNs, nowNs);
        if (current == NONE || (nowNs - enoughSinceNs >= UP_NS && nowNs - downAtNs >= waitNs)) {
            // As high as it goes at once: each step would cost a key frame.
            while (layers[lowest] < layerBps.length - 1
                    && (sum() - bps(layers[lowest]) + bps(layers[lowest] + 1)) * UP <= targetBps) {
                layers[lowest]++;
                if (current == NONE) {
                    break;
                }
            }
            upAtNs = nowNs;
            if (nowNs - downAtNs > 3 * waitNs) {
                waitNs = MIN_WAIT_NS;
            }
        }
    }

    /** The nominal rates, to begin with. */
    private static final class ModelEncoderRates {
        static double[] copy() {
            double[] rates = new double[ModelEncoder.LAYER_BPS.length];
            for (int i = 0; i < rates.length; i++) {
                rates[i] = ModelEncoder.LAYER_BPS[i];
            }
            return rates;
        }
    }
}
