package dev.rostrum.sfu.loop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one shard, by the time that they are told: real or virtual. Deadlines of equal time run in the order in
 * which they were scheduled.
 *
 * <p>Owned by one thread. Allocates only when more deadlines wait than ever before. Times are those of one
 * {@link ShardClock}; they count from 0 and never wrap.
 */
public final class Deadlines {

    /** What {@link #nextNs} says if nothing waits. */
    public static final long NEVER = Long.MAX_VALUE;

    // A heap of four children: moving a deadline to a later time, the usual change, touches few places.
    private static final int CHILDREN = 4;

    private @Nullable Deadline[] heap = new Deadline[64];
    private long[] times = new long[64]; // of those in the heap, beside each other: they are compared far more often
    private int size;
    private long scheduled;

    /** How many wait. */
    public int size() {
        return size;
    }

    /** Lets the deadline run at that time; if it is waiting already, moves it there. */
    public void schedule(Deadline deadline, long atNs) {
        int place = deadline.place;
        if (place < 0) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size * 2);
                times = Arrays.copyOf(times, size * 2);
            }
            place = size++;
            deadline.atNs = atNs;
            deadline.order = scheduled++;
            up(deadline, place);
            return;
        }
        if (at(place) != deadline) {
            throw new IllegalArgumentException("the deadline waits in the deadlines of another shard");
        }
        boolean earlier = atNs < deadline.atNs;
        deadline.atNs = atNs;
        deadline.order = scheduled++;
        if (earlier) {
            up(deadline, place);
        } else {
            down(deadline, place);
        }
    }

    /** Lets the deadline not run. Does nothing if it isn't waiting. */
    public void cancel(Deadline deadline) {
        int place = deadline.place;
        if (place < 0) {
            return;
        }
        if (at(place) != deadline) {
            throw new IllegalArgumentException("the deadline waits in the deadlines of another shard");
        }
        remove(place);
    }

    /** When the next one is due, or {@link #NEVER}. */
    public long nextNs() {
        return size == 0 ? NEVER : times[0];
    }

    /**
     * Runs the next deadline if it is due. It isn't waiting any more when its action runs, so that the action may
     * schedule it anew.
     *
     * @return whether one was due
     */
    public boolean runNext(long nowNs) {
        if (size == 0 || times[0] > nowNs) {
            return false;
        }
        Deadline next = at(0);
        remove(0);
        next.run(nowNs);
        return true;
    }

    /**
     * Runs those that are due, but not more than now wait, so that an action that schedules itself at once can't hold
     * up the caller.
     *
     * @return how many ran
     */
    public int runDue(long nowNs) {
        int limit = size;
        int ran = 0;
        while (ran < limit && runNext(nowNs)) {
            ran++;
        }
        return ran;
    }

    private void remove(int place) {
        Deadline removed = at(place);
        Deadline last = at(--size);
        heap[size] = null;
        removed.place = -1;
        if (last != removed) {
            if (before(last, place)) {
                up(last, place);
            } else {
                down(last, place);
            }
        }
    }

    private void up(Deadline deadline, int from) {
        int place = from;
        while (place > 0) {
            int parentPlace = (place - 1) / CHILDREN;
            if (!before(deadline, parentPlace)) {
                break;
            }
            set(place, at(parentPlace));
            place = parentPlace;
        }
        set(place, deadline);
    }

    private void down(Deadline deadline, int from) {
        int place = from;
        while (true) {
            int firstChild = place * CHILDREN + 1;
            if (firstChild >= size) {
                break;
            }
            int leastPlace = firstChild;
            int end = Math.min(firstChild + CHILDREN, size);
            for (int childPlace = firstChild + 1; childPlace < end; childPlace++) {
                if (times[childPlace] < times[leastPlace]
                        || (times[childPlace] == times[leastPlace] && at(childPlace).order < at(leastPlace).order)) {
                    leastPlace = childPlace;
                }
            }
            if (before(deadline, leastPlace)) {
                break;
            }
            set(place, at(leastPlace));
            place = leastPlace;
        }
        set(place, deadline);
    }

    /** Whether a deadline runs before the one in that place. */
    private boolean before(Deadline deadline, int place) {
        long atNs = times[place];
        return deadline.atNs < atNs || (deadline.atNs == atNs && deadline.order < at(place).order);
    }

    private void set(int place, Deadline deadline) {
        heap[place] = deadline;
        times[place] = deadline.atNs;
        deadline.place = place;
    }

    @SuppressWarnings("NullAway") // places below the size are filled
    private Deadline at(int place) {
        return heap[place];
    }
}
