package dev.rostrum.sfu.congestion;

/**
 * How much arrived lately: the bytes of a sliding window over the time that they took, sent or received, whichever was
 * longer. So neither a burst out of a queue nor a burst into one looks like a faster network.
 *
 * <p>Owned by one {@link BandwidthEstimator}.
 */
final class AcknowledgedBitrate {

    private static final int CAPACITY = 1024;
    private static final int MASK = CAPACITY - 1;
    private static final int MIN_PACKETS = 5;
    private static final long MIN_SPAN_NS = 100_000_000;

    private static final int BURST_MS = 50;
    private static final long BURST_WINDOW_NS = 300_000_000;

    private static final double MAX_STRETCH = 1.1;

    private static final int LENGTH_BITS = 16;
    private static final int LENGTH_MASK = (1 << LENGTH_BITS) - 1;

    private final long windowNs;

    // Side by side: when a packet arrived; then when it was sent, in µs, and its length. The packets of many other
    // subscribers are looked at before the next of this one.
    private final long[] words = new long[2 * CAPACITY];
    private int first;
    private int size;
    private long bytes;

    AcknowledgedBitrate(long windowNs) {
        this.windowNs = windowNs;
    }

    /** A packet has arrived, by the receiver's clock; in about the order of arrival. */
    void onArrival(long sentNs, long arrivalNs, int lengthBytes) {
        if (size == CAPACITY) {
            removeFirst();
        }
        int place = (first + size) & MASK;
        words[2 * place] = arrivalNs;
        words[2 * place + 1] = (sentNs / 1_000) << LENGTH_BITS | lengthBytes;
        size++;
        bytes += lengthBytes;
        while (arrivalNs(first) < arrivalNs - windowNs && size > MIN_PACKETS) {
            removeFirst();
        }
    }

    private void removeFirst() {
        bytes -= lengthBytes(first);
        first = (first + 1) & MASK;
        size--;
    }

    private long arrivalNs(int place) {
        return words[2 * place];
    }

    private int lengthBytes(int place) {
        return (int) words[2 * place + 1] & LENGTH_MASK;
    }

    /** The time between two packets, sent or received, whichever is longer. */
    private long spanNs(int from, int to) {
        return Math.max(arrivalNs(to) - arrivalNs(from), sendingSpanNs(from, to));
    }

    private long sendingSpanNs(int from, int to) {
        return ((words[2 * to + 1] >> LENGTH_BITS) - (words[2 * from + 1] >> LENGTH_BITS)) * 1_000;
    }

    /** Bits per second; 0 if too little is known. */
    long bps() {
        if (size < MIN_PACKETS) {
            return 0;
        }
        int last = (first + size - 1) & MASK;
        long spanNs = spanNs(first, last);
        if (spanNs < MIN_SPAN_NS) {
            return 0;
        }
        // n packets have n − 1 gaps between them.
        return (long) (bytes * 8e9 * (size - 1) / size / spanNs);
    }

    /** Whether what is sent arrives about as fast. */
    boolean keepsPace() {
        if (size < MIN_PACKETS) {
            return false;
        }
        int last = (first + size - 1) & MASK;
        return arrivalNs(last) - arrivalNs(first) <= MAX_STRETCH * sendingSpanNs(first, last);
    }

    /**
     * How fast packets followed each other at most, of late, over {@value #BURST_MS} ms or more: while a queue stands, this is
     * what the network carries, even if less than that was sent on the whole. 0 if too little is known.
     */
    long burstBps() {
        if (size < MIN_PACKETS) {
            return 0;
        }
        int end = (first + size - 1) & MASK;
        long highestBytes = 0;
        long highestSpanNs = 1;
        int from = end;
        long sum = 0; // of the packets behind `from`, up to `to`
        int to = end;
        int count = 1;
        while (count < size) {
            int before = (from - 1) & MASK;
            if (arrivalNs(before) < arrivalNs(end) - BURST_WINDOW_NS) {
                break;
            }
            sum += lengthBytes(from);
            from = before;
            count++;
            while (to != from && arrivalNs((to - 1) & MASK) - arrivalNs(from) >= BURST_MS * 1_000_000L) {
                sum -= lengthBytes(to);
                to = (to - 1) & MASK;
            }
            long spanNs = spanNs(from, to);
            // Fractions are compared crosswise: a division per packet would be the slowest of all this.
            if (arrivalNs(to) - arrivalNs(from) >= BURST_MS * 1_000_000L
                    && sum * highestSpanNs > highestBytes * spanNs) {
                highestBytes = sum;
                highestSpanNs = spanNs;
            }
        }
        return (long) (highestBytes * 8e9 / highestSpanNs);
    }

    /** The receiver's clock has jumped. */
    void reset() {
        first = 0;
        size = 0;
        bytes = 0;
    }
}
