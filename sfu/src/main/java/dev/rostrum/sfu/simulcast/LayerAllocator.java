package dev.rostrum.sfu.simulcast;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shares what one subscriber's network carries among its video slots: first each slot its smallest layer, in the order of
 * priority; then, priority by priority, the slots rise in turns. A slot rises only when there has been room to spare for
 * some time, and falls at once when there is none, so that a steady network gives a steady picture.
 *
 * <p>Owned by one subscriber; a pure decision in its arguments, the time among them, and its own history.
 */
public final class LayerAllocator {

    /** A layer is taken only if the network carries this much more than it takes, so that it will be kept. */
    private static final double HEADROOM = 1.15;

    /** For so long the room must have been there before a slot rises, in the steady state. */
    private static final long RISE_AFTER_NS = 2_000_000_000L;

    /** The same for a paused slot whose smallest picture would fit twice: the estimate's noise is smaller than that. */
    private static final long AMPLE_RISE_AFTER_NS = 500_000_000L;

    /** A slot that fell back soon after it rose waits longer before it tries again: each time twice as long. */
    private static final long RELAPSE_WITHIN_NS = 10_000_000_000L;

    private static final long MAX_RISE_AFTER_NS = 30_000_000_000L;

    /** A measured bitrate varies: what is shown is given up only when the estimate is short by more than this part. */
    private static final double TOLERANCE = 0.95;

    /** The same for the smallest picture: without it there is none, and an estimate dips now and then. */
    private static final double SMALLEST_TOLERANCE = 0.85;

    /** For so long the smallest picture stays though nothing is left for it: a hiccup of the network is often over by then. */
    private static final long PAUSE_AFTER_NS = 1_000_000_000L;

    /** More than any codec has, spatial or temporal. */
    private static final int MAX_LAYERS = 8;

    private State[] states = new State[0];
    private long usefulBps;
    private double spareBps;

    private static final class State {
        private long source;
        private boolean known;
        private @Nullable Layer shown;
        private long roomSinceNs = Long.MAX_VALUE;
        private long shortSinceNs = Long.MAX_VALUE;
        private long roseAtNs = Long.MIN_VALUE / 2;
        private long beganAtNs;
        private long riseAfterNs;
        private int maxHeight;
        private boolean wished;
    }

    /** How much would be used if the network carried it: the sum of the best layers that fit the slots. */
    public long usefulBps() {
        return usefulBps;
    }

    /**
     * Decides what each slot shows.
     *
     * @param estimateBps what the network carries for video; {@link Long#MAX_VALUE} if it is not known to be limited
     * @param demands one for each slot that carries something; their layers in the order of {@link LayerMeter#layers}
     * @return for each demand what it shall show; null to pause it, or if nothing comes in
     */
    public @Nullable Layer[] allocate(long estimateBps, List<LayerDemand> demands, long nowNs) {
        Layer[][] ladders = new Layer[demands.size()][];
        Integer[] order = new Integer[demands.size()];
        usefulBps = 0;
        for (int i = 0; i < ladders.length; i++) {
            ladders[i] = ladder(demands.get(i));
            order[i] = i;
            if (ladders[i].length > 0) {
                usefulBps += ladders[i][ladders[i].length - 1].bitrateBps();
            }
        }
        Arrays.sort(
                order,
                Comparator.comparingInt((Integer i) -> -demands.get(i).priority())
                        .thenComparingInt(i -> demands.get(i).slot()));
        int[] rungs = fit(estimateBps, ladders, order, demands);
        @Nullable Layer[] result = new Layer[ladders.length];
        for (int i = 0; i < ladders.length; i++) {
            boolean ample = rungs[i] > 0 || (rungs[i] == 0 && ladders[i][0].bitrateBps() <= spareBps);
            result[i] = steady(stateOf(demands.get(i), nowNs), ladders[i], rungs[i], ample, nowNs);
        }
        return result;
    }

    /** What a slot may be shown, each rung better and dearer than the one before. */
    static Layer[] ladder(LayerDemand demand) {
        List<Layer> fitting = demand.layers().stream()
                .filter(layer -> fits(layer, demand) && isWhole(layer, demand))
                .sorted(Comparator.comparingInt(Layer::bitrateBps))
                .toList();
        Layer[] rungs = new Layer[fitting.size()];
        int count = 0;
        for (Layer layer : fitting) {
            if (count == 0 || better(layer, rungs[count - 1])) {
                rungs[count++] = layer;
            }
        }
        return Arrays.copyOf(rungs, count);
    }

    /** Pictures are left out of the smallest layer only: the next smaller one that moves is better than a big one that jerks. */
    private static boolean isWhole(Layer layer, LayerDemand demand) {
        Layer smallest = demand.layers().getFirst();
        if (layer.encoding() == smallest.encoding() && layer.spatial() == smallest.spatial()) {
            return true;
        }
        return demand.layers().stream()
                .noneMatch(other -> other.encoding() == layer.encoding()
                        && other.spatial() == layer.spatial()
                        && other.temporal() > layer.temporal());
    }

    /** More pixels, or more pictures of them. */
    private static boolean better(Layer layer, Layer than) {
        if (layer.encoding() != than.encoding()) {
            return layer.encoding() > than.encoding();
        }
        return layer.spatial() >= than.spatial() && layer.temporal() >= than.temporal();
    }

    /** Whether it is no bigger than it is shown; the smallest that is at least as big as wanted still fits. */
    private static boolean fits(Layer layer, LayerDemand demand) {
        if (demand.maxHeight() <= 0 || layer.height() <= 0) {
            return true;
        }
        int best = Integer.MAX_VALUE;
        for (Layer other : demand.layers()) {
            if (shortSide(other) >= demand.maxHeight()) {
                best = Math.min(best, shortSide(other));
            }
        }
        return shortSide(layer) <= best;
    }

    /** A phone held upright sends a high picture: its width counts. */
    private static int shortSide(Layer layer) {
        return Math.min(layer.width(), layer.height());
    }

    /** The highest rung of each slot that the estimate carries; -1 for none. */
    private int[] fit(long estimateBps, Layer[][] ladders, Integer[] order, List<LayerDemand> demands) {
        int[] rungs = new int[ladders.length];
        Arrays.fill(rungs, -1);
        double left = estimateBps;
        for (int i : order) {
            if (ladders[i].length > 0 && cost(demands.get(i), ladders[i][0], SMALLEST_TOLERANCE) <= left) {
                rungs[i] = 0;
                left -= ladders[i][0].bitrateBps();
            }
        }
        for (int from = 0; from < order.length; ) {
            int to = from;
            while (to < order.length
                    && demands.get(order[to]).priority()
                            == demands.get(order[from]).priority()) {
                to++;
            }
            left = raise(order, from, to, rungs, ladders, demands, left);
            from = to;
        }
        spareBps = left;
        return rungs;
    }

    /** Lets slots of one priority rise in turns, rung by rung, as far as there is room; returns what is left. */
    private double raise(
            Integer[] order, int from, int to, int[] rungs, Layer[][] ladders, List<LayerDemand> demands, double room) {
        double left = room;
        boolean rose = true;
        while (rose) {
            rose = false;
            for (int k = from; k < to; k++) {
                int i = order[k];
                if (rungs[i] < 0 || rungs[i] + 1 >= ladders[i].length) {
                    continue;
                }
                Layer now = ladders[i][rungs[i]];
                Layer next = ladders[i][rungs[i] + 1];
                if (cost(demands.get(i), next, TOLERANCE) - now.bitrateBps() <= left) {
                    left -= next.bitrateBps() - now.bitrateBps();
                    rungs[i]++;
                    rose = true;
                }
            }
        }
        return left;
    }

    /** What must be there for a layer: less for what is shown already than for what it would rise to. */
    private double cost(LayerDemand demand, Layer layer, double tolerance) {
        State state = find(demand);
        Layer shown = state == null ? null : state.shown;
        boolean kept = shown != null && rank(layer) <= rank(shown);
        return layer.bitrateBps() * (kept ? tolerance : HEADROOM);
    }

    private static int rank(Layer layer) {
        return (layer.encoding() * MAX_LAYERS + layer.spatial()) * MAX_LAYERS + layer.temporal();
    }

    /** Between what fits now and what was shown before: falls at once, rises after a while. */
    private static @Nullable Layer steady(State state, Layer[] ladder, int rung, boolean ample, long nowNs) {
        if (ladder.length == 0) {
            // Nothing comes in, whatever the network carries: what comes next is not what it has to win back.
            state.known = false;
            state.shown = null;
            state.roomSinceNs = Long.MAX_VALUE;
            state.shortSinceNs = Long.MAX_VALUE;
            return null;
        }
        Layer fitting = rung >= 0 ? ladder[rung] : lasts(state, nowNs) ? ladder[0] : null;
        if (rung >= 0) {
            state.shortSinceNs = Long.MAX_VALUE;
        }
        Layer shown = state.shown == null ? null : sameLayer(ladder, state.shown);
        boolean paused = state.known && state.shown == null;
        boolean rises = fitting != null && (paused || (shown != null && rank(fitting) > rank(shown)));
        if (rises) {
            if (!waited(state, paused, ample, nowNs)) {
                return shown;
            }
            if (paused) {
                fitting = ladder[0]; // from where it rises again as ever
            }
            state.roseAtNs = nowNs;
        } else if (shown != null && (fitting == null || rank(fitting) < rank(shown))) {
            relapse(state, nowNs);
        }
        state.roomSinceNs = Long.MAX_VALUE;
        state.wished = false;
        state.shown = fitting;
        state.known = true;
        return fitting;
    }

    /** Whether something is shown for which there has not been enough for a short while only. */
    private static boolean lasts(State state, long nowNs) {
        if (!state.known || state.shown == null) {
            return false;
        }
        state.shortSinceNs = Math.min(state.shortSinceNs, nowNs);
        return nowNs - state.shortSinceNs < PAUSE_AFTER_NS;
    }

    private static boolean waited(State state, boolean paused, boolean ample, long nowNs) {
        if (state.roomSinceNs == Long.MAX_VALUE) {
            state.roomSinceNs = nowNs;
        }
        // In the beginning nothing is known to be unsteady: the picture becomes good as fast as the estimate does.
        boolean beginning = nowNs - state.beganAtNs < RELAPSE_WITHIN_NS;
        long riseAfterNs = beginning ? state.riseAfterNs : Math.max(RISE_AFTER_NS, state.riseAfterNs);
        // The smallest picture takes little and is worth more than none: however often it had to go, it comes back
        // soon.
        long pausedForNs = Math.min(ample ? AMPLE_RISE_AFTER_NS : RISE_AFTER_NS, riseAfterNs);
        return nowNs - state.roomSinceNs >= (paused ? pausedForNs : riseAfterNs);
    }

    private static void relapse(State state, long nowNs) {
        if (state.wished) {
            return; // it is the client that wants less, not the network
        }
        boolean soon = nowNs - state.roseAtNs < RELAPSE_WITHIN_NS;
        state.riseAfterNs = soon ? Math.clamp(2 * state.riseAfterNs, RISE_AFTER_NS, MAX_RISE_AFTER_NS) : RISE_AFTER_NS;
    }

    /** The layer as it is measured now; null if it isn't there any more. */
    private static @Nullable Layer sameLayer(Layer[] ladder, Layer layer) {
        for (Layer rung : ladder) {
            if (rank(rung) == rank(layer)) {
                return rung;
            }
        }
        return null;
    }

    private @Nullable State find(LayerDemand demand) {
        if (demand.slot() >= states.length) {
            return null;
        }
        State state = states[demand.slot()];
        return state.source == demand.source() ? state : null;
    }

    private State stateOf(LayerDemand demand, long nowNs) {
        if (demand.slot() >= states.length) {
            int known = states.length;
            states = Arrays.copyOf(states, demand.slot() + 1);
            for (int i = known; i < states.length; i++) {
                states[i] = new State();
            }
        }
        State state = states[demand.slot()];
        if (state.source != demand.source()) {
            state = new State();
            state.source = demand.source();
            state.beganAtNs = nowNs;
            state.maxHeight = demand.maxHeight();
            states[demand.slot()] = state;
        }
        if (state.maxHeight != demand.maxHeight()) {
            // What was not shown was not wanted, which says nothing of the network: another beginning.
            state.maxHeight = demand.maxHeight();
            state.beganAtNs = nowNs;
            state.riseAfterNs = 0;
            state.wished = true;
        }
        return state;
    }
}
