package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.simulcast.Ladder;
import dev.rostrum.sfu.simulcast.Layer;
import dev.rostrum.sfu.simulcast.LayerAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The product's choice of layers, with what the model encoder sends. */
final class LayerChoice {

    static final int NONE = -1;

    private static final int FRAMES_PER_SECOND = 30;

    private final LayerAllocator allocator = new LayerAllocator();
    private final int[] layers;
    private final double[] layerBps =
            Arrays.stream(ModelEncoder.LAYER_BPS).asDoubleStream().toArray();

    LayerChoice(int slots) {
        layers = new int[slots];
        Arrays.fill(layers, NONE);
    }

    /** A frame of a layer, as the SFU measures it. */
    void onFrame(int layer, int lengthBytes) {
        double bps = lengthBytes * 8e9 / ModelEncoder.FRAME_NS;
        layerBps[layer] += (bps - layerBps[layer]) / 60;
    }

    int layer(int slot) {
        return layers[slot];
    }

    void choose(long targetBps, long nowNs) {
        List<Layer> sent = new ArrayList<>();
        for (int i = 0; i < layerBps.length; i++) {
            sent.add(new Layer(i, 0, 0, (int) layerBps[i], 320 << i, 180 << i, FRAMES_PER_SECOND));
        }
        Ladder ladder = Ladder.of(sent, 0);
        allocator.clear();
        for (int slot = 0; slot < layers.length; slot++) {
            allocator.demand(slot, slot + 1, ladder, 0, nowNs);
        }
        allocator.allocate(targetBps, nowNs);
        for (int slot = 0; slot < layers.length; slot++) {
            Layer layer = allocator.shown(slot);
            layers[slot] = layer == null ? NONE : layer.encoding();
        }
    }
}
