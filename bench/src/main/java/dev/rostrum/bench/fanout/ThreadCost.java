package dev.rostrum.bench.fanout;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Sums up what pieces of work cost the thread that does them: processor time, and bytes on the heap.
 *
 * <p>Owned by that thread.
 */
final class ThreadCost {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private long cpuNs;
    private long allocatedBytes;
    private long cpuSinceNs;
    private long allocatedSinceBytes;

    /** A piece of work begins. */
    void begin() {
        allocatedSinceBytes = THREADS.getCurrentThreadAllocatedBytes();
        cpuSinceNs = THREADS.getCurrentThreadCpuTime();
    }

    /** It ends. */
    void end() {
        cpuNs += THREADS.getCurrentThreadCpuTime() - cpuSinceNs;
        allocatedBytes += THREADS.getCurrentThreadAllocatedBytes() - allocatedSinceBytes;
    }

    /** All pieces together, as the cost of so many packets. */
    Contest.Window of(long packets) {
        return new Contest.Window(packets, cpuNs, allocatedBytes);
    }
}
