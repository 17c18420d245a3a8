package dev.rostrum.sfu.simulcast;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a slot may be shown of a publication that is sent in several layers, each rung better and dearer than the one
 * before.
 *
 * <p>Immutable; one serves all subscribers that show the publication at the same height.
 */
public final class Ladder {

    private final int maxHeight;
    private final Layer[] rungs;

    private Ladder(int maxHeight, List<Layer> rungs) {
        this.maxHeight = maxHeight;
        this.rungs = rungs.toArray(new Layer[0]);
    }

    /**
     * The ladder of these layers.
     *
     * @param layers what there is, as {@link LayerMeter#layers} lists it
     * @param maxHeight the height in pixels at which it is shown; 0 for no limit
     */
    public static Ladder of(List<Layer> layers, int maxHeight) {
        List<Layer> fitting = new ArrayList<>();
        int highest = highestThatFits(layers, maxHeight);
        for (Layer layer : layers) {
            if ((layer.height() <= 0 || shortSide(layer) <= highest) && isWhole(layer, layers)) {
                fitting.add(layer);
            }
        }
        fitting.sort(Comparator.comparingInt(Layer::bitrateBps));
        List<Layer> rungs = new ArrayList<>();
        for (Layer layer : fitting) {
            if (rungs.isEmpty() || better(layer, rungs.getLast())) {
                rungs.add(layer);
            }
        }
        return new Ladder(maxHeight, rungs);
    }

    /** The smallest that is at least as big as wanted still fits. */
    private static int highestThatFits(List<Layer> layers, int maxHeight) {
        int best = Integer.MAX_VALUE;
        for (Layer layer : layers) {
            if (maxHeight > 0 && shortSide(layer) >= maxHeight) {
                best = Math.min(best, shortSide(layer));
            }
        }
        return best;
    }

    /** A phone held upright sends a high picture: its width counts. */
    private static int shortSide(Layer layer) {
        return Math.min(layer.width(), layer.height());
    }

    /** Pictures are left out of the smallest layer only: the next smaller one that moves is better than a big one that jerks. */
    private static boolean isWhole(Layer layer, List<Layer> layers) {
        Layer smallest = layers.getFirst();
        if (layer.encoding() == smallest.encoding() && layer.spatial() == smallest.spatial()) {
            return true;
        }
        for (Layer other : layers) {
            if (other.encoding() == layer.encoding()
                    && other.spatial() == layer.spatial()
                    && other.temporal() > layer.temporal()) {
                return false;
            }
        }
        return true;
    }

    /** More pixels, or more pictures of them. */
    private static boolean better(Layer layer, Layer than) {
        if (layer.encoding() != than.encoding()) {
            return layer.encoding() > than.encoding();
        }
        return layer.spatial() >= than.spatial() && layer.temporal() >= than.temporal();
    }

    /** The height in pixels at which it is shown; 0 for no limit. */
    public int maxHeight() {
        return maxHeight;
    }

    /** How many rungs there are; none if nothing comes in. */
    public int size() {
        return rungs.length;
    }

    /** A rung, from 0. */
    public Layer rung(int index) {
        return rungs[index];
    }
}
