package dev.rostrum.signaling.space;

import java.util.PriorityQueue;

/**
 * What is to be done later.
 *
 * <p>Owned by the event loop of {@link Spaces}. Nothing is taken off the agenda: a task that is not wanted any more sees
 * so itself.
 */
final class Agenda {

    /** Something to be done at a time. */
    interface Task {
        void run(long nowNs);
    }

    private record Entry(long atNs, long order, Task task) implements Comparable<Entry> {
        @Override
        public int compareTo(Entry other) {
            int byTime = Long.compare(atNs - other.atNs, 0);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Entry> entries = new PriorityQueue<>();
    private long order;

    void at(long atNs, Task task) {
        entries.add(new Entry(atNs, order++, task));
    }

    /** When the next task is due; {@link Long#MAX_VALUE} if there is none. */
    long deadlineNs() {
        Entry next = entries.peek();
        return next == null ? Long.MAX_VALUE : next.atNs;
    }

    void runDue(long nowNs) {
        for (Entry next = entries.peek(); next != null && next.atNs - nowNs <= 0; next = entries.peek()) {
            entries.remove();
            next.task.run(nowNs);
        }
    }
}
