package dev.rostrum.sfu.simulcast;

import java.util.Arrays;
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
    private int[] order = new int[0];
    private int demanded;
    private long usefulBps;
    private double spareBps;

    private static final class State {
        private long source;
        private Ladder ladder = Ladder.of(List.of(), 0);
        private int priority;
        private int rung;
        private boolean known;
        private @Nullable Layer shown;
        private long roomSinceNs = Long.MAX_VALUE;
        private long shortSinceNs = Long.MAX_VALUE;
        private long roseAtNs = Long.MIN_VALUE / 2;
        private long beganAtNs;
        private long riseAfterNs;
        private boolean wished;
    }

    /** How much would be used if the network carried it: the sum of the best layers that fit the slots. */
    public long usefulBps() {
        return usefulBps;
    }

    /** Begins anew to collect what is demanded. */
    public void clear() {
        demanded = 0;
    }

    /**
     * A slot carries something and wants a share of the network.
     *
     * @param slot its number, the same from one allocation to the next; once in each
     * @param source what it carries: a change of it begins a new history
     * @param ladder what there is to choose from
     * @param priority the greater goes first: the dominant speaker, a pinned participant
     */
    public void demand(int slot, long source, Ladder ladder, int priority, long nowNs) {
        State state = stateOf(slot, source, ladder.maxHeight(), nowNs);
        state.ladder = ladder;
        state.priority = priority;
        int at = demanded++;
        while (at > 0 && goesBefore(slot, order[at - 1])) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = slot;
    }

    private boolean goesBefore(int slot, int other) {
        int more = states[slot].priority - states[other].priority;
        return more > 0 || (more == 0 && slot < other);
    }

    /**
     * Decides what each slot shows of which something was demanded.
     *
     * @param estimateBps what the network carries for video; {@link Long#MAX_VALUE} if it is not known to be limited
     */
    public void allocate(long estimateBps, long nowNs) {
        usefulBps = 0;
        for (int k = 0; k < demanded; k++) {
            Ladder ladder = states[order[k]].ladder;
            if (ladder.size() > 0) {
                usefulBps += ladder.rung(ladder.size() - 1).bitrateBps();
            }
        }
        fit(estimateBps);
        for (int k = 0; k < demanded; k++) {
            State state = states[order[k]];
            boolean ample =
                    state.rung > 0 || (state.rung == 0 && state.ladder.rung(0).bitrateBps() <= spareBps);
            steady(state, ample, nowNs);
        }
    }

    /** What a slot shall show that demanded something; null to pause it, or if nothing comes in. */
    public @Nullable Layer shown(int slot) {
        return states[slot].shown;
    }

    /** Finds the highest rung of each slot that the estimate carries; -1 for none. */
    private void fit(long estimateBps) {
        double left = estimateBps;
        for (int k = 0; k < demanded; k++) {
            State state = states[order[k]];
            state.rung = -1;
            if (state.ladder.size() > 0 && cost(state, state.ladder.rung(0), SMALLEST_TOLERANCE) <= left) {
                state.rung = 0;
                left -= state.ladder.rung(0).bitrateBps();
            }
        }
        for (int from = 0; from < demanded; ) {
            int to = from;
            while (to < demanded && states[order[to]].priority == states[order[from]].priority) {
                to++;
            }
            left = raise(from, to, left);
            from = to;
        }
        spareBps = left;
    }

    /** Lets slots of one priority rise in turns, rung by rung, as far as there is room; returns what is left. */
    private double raise(int from, int to, double room) {
        double left = room;
        boolean rose = true;
        while (rose) {
            rose = false;
            for (int k = from; k < to; k++) {
                State state = states[order[k]];
                if (state.rung < 0 || state.rung + 1 >= state.ladder.size()) {
                    continue;
                }
                Layer now = state.ladder.rung(state.rung);
                Layer next = state.ladder.rung(state.rung + 1);
                if (cost(state, next, TOLERANCE) - now.bitrateBps() <= left) {
                    left -= next.bitrateBps() - now.bitrateBps();
                    state.rung++;
                    rose = true;
                }
            }
        }
        return left;
    }

    /** What must be there for a layer: less for what is shown already than for what it would rise to. */
    private static double cost(State state, Layer layer, double tolerance) {
        Layer shown = state.shown;
        boolean kept = shown != null && rank(layer) <= rank(shown);
        return layer.bitrateBps() * (kept ? tolerance : HEADROOM);
    }

    private static int rank(Layer layer) {
        return (layer.encoding() * MAX_LAYERS + layer.spatial()) * MAX_LAYERS + layer.temporal();
    }

    /** Between what fits now and what was shown before: falls at once, rises after a while. */
    private static void steady(State state, boolean ample, long nowNs) {
        Ladder ladder = state.ladder;
        int rung = state.rung;
        if (ladder.size() == 0) {
            // Nothing comes in, whatever the network carries: what comes next is not what it has to win back.
            state.known = false;
            state.shown = null;
            state.roomSinceNs = Long.MAX_VALUE;
            state.shortSinceNs = Long.MAX_VALUE;
            return;
        }
        Layer fitting = rung >= 0 ? ladder.rung(rung) : lasts(state, nowNs) ? ladder.rung(0) : null;
        if (rung >= 0) {
            state.shortSinceNs = Long.MAX_VALUE;
        }
        Layer shown = state.shown == null ? null : sameLayer(ladder, state.shown);
        boolean paused = state.known && state.shown == null;
        boolean rises = fitting != null && (paused || (shown != null && rank(fitting) > rank(shown)));
        if (rises) {
            if (!waited(state, paused, ample, nowNs)) {
                state.shown = shown;
                return;
            }
            if (paused) {
                fitting = ladder.rung(0); // from where it rises again as ever
            }
            state.roseAtNs = nowNs;
        } else if (shown != null && (fitting == null || rank(fitting) < rank(shown))) {
            relapse(state, nowNs);
        }
        state.roomSinceNs = Long.MAX_VALUE;
        state.wished = false;
        state.shown = fitting;
        state.known = true;
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
    private static @Nullable Layer sameLayer(Ladder ladder, Layer layer) {
        for (int i = 0; i < ladder.size(); i++) {
            if (rank(ladder.rung(i)) == rank(layer)) {
                return ladder.rung(i);
            }
        }
        return null;
    }

    private State stateOf(int slot, long source, int maxHeight, long nowNs) {
        if (slot >= states.length) {
            int known = states.length;
            states = Arrays.copyOf(states, slot + 1);
            order = Arrays.copyOf(order, slot + 1);
            for (int i = known; i < states.length; i++) {
                states[i] = new State();
            }
        }
        State state = states[slot];
        if (state.source != source) {
            state = new State();
            state.source = source;
            state.beganAtNs = nowNs;
            states[slot] = state;
        } else if (state.ladder.maxHeight() != maxHeight) {
            // What was not shown was not wanted, which says nothing of the network: another beginning.
            state.beganAtNs = nowNs;
            state.riseAfterNs = 0;
            state.wished = true;
        }
        return state;
    }
}
