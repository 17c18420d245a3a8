package dev.rostrum.sfu.congestion;

/**
 * What was sent lately, by transport-wide sequence number: length, time, and whether it belonged to a probe.
 *
 * <p>Owned by one {@link BandwidthEstimator}. Remembers the last {@value #CAPACITY} numbers, without an allocation per
 * packet; feedback for others is for packets that were never sent, or too long ago, and finds nothing.
 */
final class SentPackets {

    static final int CAPACITY = 2048;

    /** What {@link #find} and {@link #unwrap} say if there is no such packet. */
    static final int NONE = -1;

    /** The cluster of packets that belong to no probe. */
    static final int NO_PROBE = 0;

    private static final int MASK = CAPACITY - 1;

    private static final long UNUSED = 0;
    private static final long SENT = 1;
    private static final long MISSING = 2;
    private static final long ARRIVED = 3;
    private static final long STATE_MASK = 3;
    private static final int LENGTH_SHIFT = 2;
    private static final int LENGTH_MASK = 0xF_FFFF;
    private static final int CLUSTER_SHIFT = 32;

    // Side by side: when it was sent; then its cluster, length and state. Much else is looked at before the next
    // packet.
    private final long[] words = new long[2 * CAPACITY];
    private long highest = NONE;

    /** Remembers a packet; numbers that were left out count as never sent. */
    void add(int sequenceNumber, int lengthBytes, long nowNs, int cluster) {
        long sequence = highest == NONE
                ? 0x10000L + (sequenceNumber & 0xFFFF)
                : highest + (short) (sequenceNumber - (int) highest);
        if (sequence > highest) {
            long from = Math.max(highest + 1, sequence - MASK);
            for (long skipped = from; skipped < sequence; skipped++) {
                setState((int) skipped & MASK, UNUSED);
            }
            highest = sequence;
        } else if (sequence <= highest - CAPACITY) {
            return; // numbers that run backwards: nothing can be said of it any more
        }
        int place = (int) sequence & MASK;
        words[2 * place] = nowNs;
        words[2 * place + 1] = (long) cluster << CLUSTER_SHIFT | (long) lengthBytes << LENGTH_SHIFT | SENT;
    }

    private long state(int place) {
        return words[2 * place + 1] & STATE_MASK;
    }

    private void setState(int place, long state) {
        words[2 * place + 1] = (words[2 * place + 1] & ~STATE_MASK) | state;
    }

    /** The 64 bit number nearest to the highest sent; {@link #NONE} before the first packet. */
    long unwrap(int sequenceNumber) {
        return highest == NONE ? NONE : highest + (short) (sequenceNumber - (int) highest);
    }

    /** The highest 64 bit number sent; {@link #NONE} before the first packet. */
    long highest() {
        return highest;
    }

    /** The place of a remembered packet, for the methods below; {@link #NONE} if there is none. */
    int find(long sequence) {
        if (sequence > highest || sequence <= highest - CAPACITY || sequence < 0) {
            return NONE;
        }
        int place = (int) sequence & MASK;
        return state(place) == UNUSED ? NONE : place;
    }

    long sentNs(int place) {
        return words[2 * place];
    }

    int lengthBytes(int place) {
        return (int) (words[2 * place + 1] >> LENGTH_SHIFT) & LENGTH_MASK;
    }

    int cluster(int place) {
        return (int) (words[2 * place + 1] >> CLUSTER_SHIFT);
    }

    boolean arrived(int place) {
        return state(place) == ARRIVED;
    }

    boolean missing(int place) {
        return state(place) == MISSING;
    }

    void markArrived(int place) {
        setState(place, ARRIVED);
    }

    void markMissing(int place) {
        setState(place, MISSING);
    }
}
