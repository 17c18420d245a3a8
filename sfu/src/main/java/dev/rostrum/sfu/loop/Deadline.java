package dev.rostrum.sfu.loop;

/**
 * Something to be done at a time: made once, scheduled as often as needed in the {@link Deadlines} of a shard.
 *
 * <p>Owned by the thread of those deadlines.
 */
public final class Deadline {

    /** What is done when the time has come. */
    @FunctionalInterface
    public interface Action {
        void onDeadline(long nowNs);
    }

    final Action action;
    long atNs;
    long order; // of scheduling: equal times run in this order
    int place = -1; // in the heap, or -1

    public Deadline(Action action) {
        this.action = action;
    }

    /** Whether it is waiting for its time. */
    public boolean scheduled() {
        return place >= 0;
    }

    /** When it is due, if it is {@link #scheduled}. */
    public long atNs() {
        return atNs;
    }
}
