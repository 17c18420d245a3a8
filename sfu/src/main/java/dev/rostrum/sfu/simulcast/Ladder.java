package dev.rostrum.sfu.simulcast;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The layers of one publication that are worth showing in a picture of some height, the least first; each shows more and
 * takes more than the one before.
 *
 * <p>Immutable.
 */
final class Ladder {

    /** A layer that is a little smaller than the picture still does. */
    private static final double ENOUGH = 0.8;

    /** Slower than this only the smallest picture may be: sharp but jerky is no step up. */
    private static final float MIN_FRAMES_PER_SECOND = 12;

    private final List<Layer> steps;

    private Ladder(List<Layer> steps) {
        this.steps = steps;
    }

    static Ladder of(VideoWish wish) {
        if (wish.maxHeight() <= 0 || wish.layers().isEmpty()) {
            return new Ladder(List.of());
        }
        int highest = highestUseful(wish);
        Layer least = wish.layers().getFirst();
        List<Layer> steps = new ArrayList<>();
        int cheapestBps = Integer.MAX_VALUE;
        for (int i = wish.layers().size() - 1; i >= 0; i--) {
            Layer layer = wish.layers().get(i);
            boolean smallest = layer.encoding() == least.encoding() && layer.spatial() == least.spatial();
            boolean useful = layer.height() <= highest && (smallest || fluent(layer, wish.layers()));
            if ((useful || (smallest && steps.isEmpty())) && layer.bitrateBps() < cheapestBps) {
                cheapestBps = layer.bitrateBps();
                steps.add(layer);
            }
        }
        Collections.reverse(steps);
        return new Ladder(steps);
    }

    private static int highestUseful(VideoWish wish) {
        int highest = Integer.MAX_VALUE;
        for (Layer layer : wish.layers()) {
            if (layer.height() >= ENOUGH * wish.maxHeight()) {
                highest = Math.min(highest, layer.height());
            }
        }
        return highest;
    }

    private static boolean fluent(Layer layer, List<Layer> all) {
        if (layer.framesPerSecond() >= MIN_FRAMES_PER_SECOND) {
            return true;
        }
        return all.stream()
                .noneMatch(other -> other.encoding() == layer.encoding()
                        && other.spatial() == layer.spatial()
                        && other.temporal() > layer.temporal());
    }

    int size() {
        return steps.size();
    }

    Layer step(int i) {
        return steps.get(i);
    }

    /** What a step takes; −1 is nothing. */
    long costBps(int i) {
        return i < 0 ? 0 : steps.get(i).bitrateBps();
    }

    /** The highest step that shows no more than this layer; −1 if none. */
    int notAbove(Layer layer) {
        int found = -1;
        for (int i = 0; i < steps.size(); i++) {
            if (!steps.get(i).above(layer)) {
                found = i;
            }
        }
        return found;
    }
}
