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

    private final Action action;
    private final FaultHandler concerned;
    long atNs;
    long order; // of scheduling: equal times run in this order
    int place = -1; // in the heap, or -1

    /** A deadline of the shard's own: what its action throws reaches the shard. */
    public Deadline(Action action) {
        this(action, fault -> {
            throw fault;
        });
    }

    /**
     * A deadline of somebody's.
     *
     * @param concerned who is told of what the action throws; the shard is not
     */
    public Deadline(Action action, FaultHandler concerned) {
        this.action = action;
        this.concerned = concerned;
    }

    void run(long nowNs) {
        try {
            action.onDeadline(nowNs);
        } catch (RuntimeException e) {
            concerned.onFault(e);
        }
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
