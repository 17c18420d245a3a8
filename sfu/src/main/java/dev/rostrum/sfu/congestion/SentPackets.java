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

    private static final byte UNUSED = 0;
    private static final byte SENT = 1;
    private static final byte MISSING = 2;
    private static final byte ARRIVED = 3;

    private final long[] sentNs = new long[CAPACITY];
    private final int[] lengths = new int[CAPACITY];
    private final int[] clusters = new int[CAPACITY];
    private final byte[] states = new byte[CAPACITY];
    private long highest = NONE;

    /** Remembers a packet; numbers that were left out count as never sent. */
    void add(int sequenceNumber, int lengthBytes, long nowNs, int cluster) {
        long sequence = highest == NONE
                ? 0x10000L + (sequenceNumber & 0xFFFF)
                : highest + (short) (sequenceNumber - (int) highest);
        if (sequence > highest) {
            long from = Math.max(highest + 1, sequence - MASK);
            for (long skipped = from; skipped < sequence; skipped++) {
                states[(int) skipped & MASK] = UNUSED;
            }
            highest = sequence;
        } else if (sequence <= highest - CAPACITY) {
            return; // numbers that run backwards: nothing can be said of it any more
        }
        int place = (int) sequence & MASK;
        sentNs[place] = nowNs;
        lengths[place] = lengthBytes;
        clusters[place] = cluster;
        states[place] = SENT;
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
        return states[place] == UNUSED ? NONE : place;
    }

    long sentNs(int place) {
        return sentNs[place];
    }

    int lengthBytes(int place) {
        return lengths[place];
    }

    int cluster(int place) {
        return clusters[place];
    }

    boolean arrived(int place) {
        return states[place] == ARRIVED;
    }

    boolean missing(int place) {
        return states[place] == MISSING;
    }

    void markArrived(int place) {
        states[place] = ARRIVED;
    }

    void markMissing(int place) {
        states[place] = MISSING;
    }
}
