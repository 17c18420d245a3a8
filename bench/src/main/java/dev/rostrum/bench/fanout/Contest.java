package dev.rostrum.bench.fanout;

import java.io.IOException;

/**
 * Two that do the same work: the product, and the yardstick that it is held against.
 *
 * <p>Owned by one thread, which does the work of both.
 */
public interface Contest extends AutoCloseable {

    /**
     * What one window of work took of the thread that did it.
     *
     * <p>Immutable.
     *
     * @param packets how many packets were sent
     * @param cpuNs processor time, the kernel's work included
     * @param allocatedBytes on the heap, by this thread
     */
    record Window(long packets, long cpuNs, long allocatedBytes) {}

    /** What is compared, for people: how many listeners, how long packets, with which cipher and which system calls. */
    String description();

    /** The product works for the length of a window. */
    Window product() throws IOException, InterruptedException;

    /** The yardstick does the same. */
    Window yardstick() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
