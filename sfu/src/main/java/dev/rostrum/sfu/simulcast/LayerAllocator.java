package dev.rostrum.sfu.simulcast;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shares what the network of one subscriber carries among its video slots: first something for each in the order of
 * their priorities, then the best for the highest priority, and so on, those of equal priority step by step in turn.
 *
 * <p>Belongs to one endpoint and its shard; to be asked a few times a second, not per packet. A steady network gives
 * steady layers: a slot goes up only if the network carries 15 % more than it then takes and has done so for a while, and
 * not twice within 10 s unless the network has become much better. Going up and coming down again soon doubles that time.
 * It goes down as soon as it must. A slot for which not even its least layer fits is paused, and comes back by itself.
 */
public final class LayerAllocator {

    private static final long MS = 1_000_000L;
    private static final long UP_HELD_NS = 1_500 * MS;
    private static final long DOWN_HELD_NS = 400 * MS;
    private static final long PAUSE_HELD_NS = 1_000 * MS;
    private static final long STEADY_NS = 10_000 * MS;
    private static final long RESUME_NS = 3_000 * MS;
    private static final int MAX_BACKOFF = 6;
    private static final long FORGIVEN_NS = 30_000 * MS;

    /** Never: an instant that is long ago for all comparisons. */
    private static final long LONG_AGO = Long.MIN_VALUE / 2;

    private final Map<Integer, State> states = new HashMap<>();
    private long overusedSinceNs = LONG_AGO;
    private boolean overused;
    private long usefulBps;
    private long allocatedBps;

    /** What a slot has, and since when. */
    private static final class State {
        final long publication;
        int maxHeight;
        int priority;

        @Nullable
        Layer layer;

        boolean fresh = true;
        boolean wishChanged;
        long changedNs = LONG_AGO;
        long raisedNs = LONG_AGO;
        long changedBudgetBps;
        /** The best that there was at the last change. */
        @Nullable
        Layer top;

        boolean wantsUp;
        long wantsUpSinceNs;
        int backoff = 1;

        State(VideoWish wish) {
            publication = wish.publication();
            maxHeight = wish.maxHeight();
            priority = wish.priority();
        }
    }

    /**
     * Shares anew.
     *
     * @param estimateBps what the network carries
     * @param reservedBps what goes first: audio, and the repair of it
     * @param wishes of all video slots, in any order; of equal priority the first counts more where one must lose
     * @return what each slot gets, in the wishes' order
     */
    public List<Allotment> allocate(long estimateBps, long reservedBps, List<VideoWish> wishes, long nowNs) {
        long budgetBps = Math.max(0, estimateBps - reservedBps);
        int count = wishes.size();
        State[] slots = new State[count];
        Ladder[] ladders = new Ladder[count];
        int[] levels = new int[count];
        usefulBps = Math.max(0, reservedBps);
        for (int i = 0; i < count; i++) {
            slots[i] = state(wishes.get(i));
            ladders[i] = Ladder.of(wishes.get(i));
            Layer layer = slots[i].layer;
            levels[i] = layer == null ? -1 : ladders[i].notAbove(layer);
            if (layer != null && levels[i] < 0 && ladders[i].size() > 0) {
                levels[i] = 0; // what it had is gone, and all that is left is above
            }
            usefulBps += ladders[i].costBps(ladders[i].size() - 1) * 115 / 100;
        }
        states.values().removeIf(state -> Arrays.stream(slots).noneMatch(slot -> slot == state));
        lower(budgetBps, slots, ladders, levels, nowNs);
        raise(budgetBps, slots, ladders, levels, nowNs);
        return commit(budgetBps, wishes, slots, ladders, levels, nowNs);
    }

    private State state(VideoWish wish) {
        State state = states.get(wish.slot());
        if (state == null || state.publication != wish.publication()) {
            state = new State(wish);
            states.put(wish.slot(), state);
        }
        state.wishChanged = state.maxHeight != wish.maxHeight() || state.priority != wish.priority();
        state.maxHeight = wish.maxHeight();
        state.priority = wish.priority();
        return state;
    }

    private void lower(long budgetBps, State[] slots, Ladder[] ladders, int[] levels, long nowNs) {
        long cost = cost(ladders, levels);
        if (cost <= budgetBps) {
            overused = false;
            return;
        }
        if (!overused) {
            overused = true;
            overusedSinceNs = nowNs;
        }
        long heldNs = nowNs - overusedSinceNs;
        if (cost <= budgetBps * 115 / 100 && heldNs < DOWN_HELD_NS) {
            return;
        }
        int[] affordable = share(budgetBps, slots, ladders, levels);
        for (int i = 0; i < levels.length; i++) {
            boolean pausesTooSoon = affordable[i] < 0 && levels[i] >= 0 && heldNs < PAUSE_HELD_NS;
            levels[i] = pausesTooSoon ? 0 : affordable[i];
        }
    }

    private void raise(long budgetBps, State[] slots, Ladder[] ladders, int[] levels, long nowNs) {
        long carefulBps = budgetBps * 100 / 115;
        int[] tops = new int[levels.length];
        for (int i = 0; i < tops.length; i++) {
            tops[i] = ladders[i].size() - 1;
        }
        int[] ideal = share(carefulBps, slots, ladders, tops);
        for (int i = 0; i < levels.length; i++) {
            State slot = slots[i];
            boolean up = ideal[i] > levels[i];
            if (up && !slot.wantsUp) {
                slot.wantsUpSinceNs = nowNs;
            }
            slot.wantsUp = up;
            if (up && mayRaise(slot, levels[i], ladders[i], budgetBps, nowNs)) {
                raise(i, ideal, slots, ladders, levels, carefulBps);
            }
        }
    }

    private static boolean mayRaise(State slot, int level, Ladder ladder, long budgetBps, long nowNs) {
        if (slot.fresh || slot.wishChanged) {
            return true;
        }
        if (nowNs - slot.wantsUpSinceNs < UP_HELD_NS) {
            return false;
        }
        Layer top = ladder.step(ladder.size() - 1);
        if (slot.top != null && top.above(slot.top)) {
            return true; // the publisher sends more than before
        }
        long waitNs = (level < 0 ? RESUME_NS : STEADY_NS) * slot.backoff;
        boolean muchBetter = slot.backoff == 1 && budgetBps >= slot.changedBudgetBps * 3 / 2;
        return muchBetter || nowNs - slot.changedNs >= waitNs;
    }

    /** Raises a slot if that fits, at the expense of less important ones if need be. */
    private static void raise(int slot, int[] ideal, State[] slots, Ladder[] ladders, int[] levels, long carefulBps) {
        int[] raised = levels.clone();
        raised[slot] = ideal[slot];
        if (cost(ladders, raised) > carefulBps) {
            for (int i = 0; i < raised.length; i++) {
                if (slots[i].priority < slots[slot].priority) {
                    raised[i] = Math.min(raised[i], ideal[i]);
                }
            }
        }
        if (cost(ladders, raised) <= carefulBps) {
            System.arraycopy(raised, 0, levels, 0, levels.length);
        }
    }

    private List<Allotment> commit(
            long budgetBps, List<VideoWish> wishes, State[] slots, Ladder[] ladders, int[] levels, long nowNs) {
        List<Allotment> allotments = new ArrayList<>(levels.length);
        allocatedBps = cost(ladders, levels);
        for (int i = 0; i < levels.length; i++) {
            State slot = slots[i];
            Layer layer = levels[i] < 0 ? null : ladders[i].step(levels[i]);
            Layer before = slot.layer;
            boolean same = before == null ? layer == null : layer != null && layer.sameAs(before);
            if (!same && !slot.fresh && !slot.wishChanged) {
                boolean up = layer != null && (before == null || layer.above(before));
                noteChange(slot, up, nowNs);
            }
            if (!same) {
                slot.changedNs = nowNs;
                slot.changedBudgetBps = budgetBps;
                slot.wantsUp = false;
                slot.top = ladders[i].size() == 0 ? null : ladders[i].step(ladders[i].size() - 1);
            }
            slot.layer = layer;
            boolean wanted = ladders[i].size() > 0;
            slot.fresh &= !wanted;
            allotments.add(new Allotment(wishes.get(i).slot(), layer, wanted && layer == null));
        }
        return allotments;
    }

    private void noteChange(State slot, boolean up, long nowNs) {
        if (up) {
            if (nowNs - slot.changedNs > FORGIVEN_NS) {
                slot.backoff = 1;
            }
            slot.raisedNs = nowNs;
        } else if (overused && nowNs - slot.raisedNs < STEADY_NS) {
            slot.backoff = Math.min(2 * slot.backoff, MAX_BACKOFF);
        }
    }

    /** The levels that fit, none above its limit; −1 for nothing. */
    private static int[] share(long budgetBps, State[] slots, Ladder[] ladders, int[] limits) {
        int[] levels = new int[slots.length];
        Arrays.fill(levels, -1);
        Integer[] order = new Integer[slots.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        Arrays.sort(order, (a, b) -> Integer.compare(slots[b].priority, slots[a].priority));
        long leftBps = budgetBps;
        for (int i : order) {
            leftBps -= step(i, leftBps, ladders, levels, limits);
        }
        int from = 0;
        while (from < order.length) {
            int to = from;
            while (to < order.length && slots[order[to]].priority == slots[order[from]].priority) {
                to++;
            }
            long taken = 1;
            while (taken > 0) {
                taken = 0;
                for (int i = from; i < to; i++) {
                    taken += levels[order[i]] < 0 ? 0 : step(order[i], leftBps - taken, ladders, levels, limits);
                }
                leftBps -= taken;
            }
            from = to;
        }
        return levels;
    }

    /** Raises a slot by one step if it fits; returns what that takes. */
    private static long step(int slot, long leftBps, Ladder[] ladders, int[] levels, int[] limits) {
        int next = levels[slot] + 1;
        if (next > limits[slot] || next >= ladders[slot].size()) {
            return 0;
        }
        long moreBps = ladders[slot].costBps(next) - ladders[slot].costBps(levels[slot]);
        if (moreBps > leftBps) {
            return 0;
        }
        levels[slot] = next;
        return Math.max(1, moreBps);
    }

    private static long cost(Ladder[] ladders, int[] levels) {
        long cost = 0;
        for (int i = 0; i < levels.length; i++) {
            cost += ladders[i].costBps(levels[i]);
        }
        return cost;
    }

    /** What the slots take now, without what is reserved. */
    public long allocatedBps() {
        return allocatedBps;
    }

    /** What the subscriber could use if its network carried it: all wishes fulfilled with headroom, and the reserved. */
    public long usefulBps() {
        return usefulBps;
    }
}
