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

    private final long windowNs;
    private final long[] arrivals = new long[CAPACITY];
    private final long[] sendings = new long[CAPACITY];
    private final int[] lengths = new int[CAPACITY];
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
        arrivals[place] = arrivalNs;
        sendings[place] = sentNs;
        lengths[place] = lengthBytes;
        size++;
        bytes += lengthBytes;
        while (arrivals[first] < arrivalNs - windowNs && size > MIN_PACKETS) {
            removeFirst();
        }
    }

    private void removeFirst() {
        bytes -= lengths[first];
        first = (first + 1) & MASK;
        size--;
    }

    /** Bits per second; 0 if too little is known. */
    long bps() {
        if (size < MIN_PACKETS) {
            return 0;
        }
        int last = (first + size - 1) & MASK;
        long spanNs = Math.max(arrivals[last] - arrivals[first], sendings[last] - sendings[first]);
        if (spanNs < MIN_SPAN_NS) {
            return 0;
        }
        // n packets have n − 1 gaps between them.
        return (long) (bytes * 8e9 * (size - 1) / size / spanNs);
    }

    /** The receiver's clock has jumped. */
    void reset() {
        first = 0;
        size = 0;
        bytes = 0;
    }
}
