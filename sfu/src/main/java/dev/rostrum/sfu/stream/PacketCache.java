package dev.rostrum.sfu.stream;

import dev.rostrum.srtp.Slab;
import java.util.Arrays;

/**
 * The last packets of one incoming stream, kept for retransmissions to all its subscribers on a shard.
 *
 * <p>Belongs to one stream and its shard. The bytes lie off-heap in a ring that begins small and doubles as long as it
 * holds less than the wanted time and its limit permits; apart from that nothing is allocated.
 */
public final class PacketCache {

    private static final int FIRST_BYTES = 64 * 1024;
    private static final int FIRST_PLACES = 128;
    private static final int MAX_PLACES = 8192;
    private static final long NONE = -1;

    private final int maxBytes;
    private final long maxAgeNs;

    private Slab slab = Slab.allocate(1);
    private int capacityBytes;
    /** Bytes written since the beginning, those skipped at the ring's end included. */
    private long written;

    /** What was written before was overwritten in a smaller ring. */
    private long oldest;

    private long lapStartNs;

    private long[] extended = {};
    private long[] positions = {};
    private long[] storedNs = {};
    private int[] lengths = {};

    /**
     * An empty cache; it takes no memory before its first packet.
     *
     * @param maxBytes it never holds more, rounded up to a power of two of at least 64 KiB
     * @param maxAgeNs for how long packets are to be kept if the limit permits
     */
    public PacketCache(int maxBytes, long maxAgeNs) {
        this.maxBytes = Integer.highestOneBit(Math.max(FIRST_BYTES, 2 * maxBytes - 1));
        this.maxAgeNs = maxAgeNs;
    }

    /** Keeps a copy of a packet. One that is longer than the smallest cache, or far older than the others, is not kept. */
    public void store(long extendedSequenceNumber, Slab from, int offset, int lengthBytes, long nowNs) {
        if (lengthBytes > FIRST_BYTES) {
            return;
        }
        if (capacityBytes == 0) {
            begin(nowNs);
        }
        int place = place(extendedSequenceNumber);
        while (extended[place] != NONE
                && extended[place] < extendedSequenceNumber
                && nowNs - storedNs[place] < maxAgeNs
                && extended.length < MAX_PLACES) {
            growPlaces();
            place = place(extendedSequenceNumber);
        }
        if (extended[place] > extendedSequenceNumber) {
            return;
        }
        int at = reserve(lengthBytes, nowNs);
        slab.bytes().put(at, from.bytes(), offset, lengthBytes);
        extended[place] = extendedSequenceNumber;
        positions[place] = written;
        lengths[place] = lengthBytes;
        storedNs[place] = nowNs;
        written += lengthBytes;
    }

    /** Forgets all packets, and keeps the memory for others. */
    public void clear() {
        Arrays.fill(extended, NONE);
    }

    private int reserve(int lengthBytes, long nowNs) {
        int at = (int) (written & (capacityBytes - 1));
        if (at + lengthBytes <= capacityBytes) {
            return at;
        }
        written += capacityBytes - at; // a packet lies in one piece
        if (nowNs - lapStartNs < maxAgeNs && capacityBytes < maxBytes) {
            growBytes();
        }
        at = (int) (written & (capacityBytes - 1));
        lapStartNs = at == 0 ? nowNs : lapStartNs; // having grown, it may stand halfway
        return at;
    }

    private void begin(long nowNs) {
        capacityBytes = FIRST_BYTES;
        slab = Slab.allocate(capacityBytes);
        lapStartNs = nowNs;
        allocatePlaces(FIRST_PLACES);
    }

    private void allocatePlaces(int count) {
        extended = new long[count];
        Arrays.fill(extended, NONE);
        positions = new long[count];
        storedNs = new long[count];
        lengths = new int[count];
    }

    /** At the end of a lap, so that the old ring is one piece of the new one. */
    private void growBytes() {
        Slab larger = Slab.allocate(2 * capacityBytes);
        int target = (int) ((written - capacityBytes) & (2L * capacityBytes - 1));
        larger.bytes().put(target, slab.bytes(), 0, capacityBytes);
        slab = larger;
        oldest = written - capacityBytes;
        capacityBytes *= 2;
    }

    private void growPlaces() {
        long[] oldExtended = extended;
        long[] oldPositions = positions;
        long[] oldStoredNs = storedNs;
        int[] oldLengths = lengths;
        allocatePlaces(2 * oldExtended.length);
        for (int i = 0; i < oldExtended.length; i++) {
            if (oldExtended[i] != NONE) {
                int place = place(oldExtended[i]);
                extended[place] = oldExtended[i];
                positions[place] = oldPositions[i];
                storedNs[place] = oldStoredNs[i];
                lengths[place] = oldLengths[i];
            }
        }
    }

    private int place(long extendedSequenceNumber) {
        return (int) extendedSequenceNumber & (extended.length - 1);
    }

    /** Where the packet is, for the other accessors until the next {@link #store}; −1 if it isn't there (any more). */
    public int find(long extendedSequenceNumber) {
        if (capacityBytes == 0 || extendedSequenceNumber < 0) {
            return -1;
        }
        int place = place(extendedSequenceNumber);
        boolean there = extended[place] == extendedSequenceNumber
                && positions[place] >= oldest
                && written - positions[place] <= capacityBytes;
        return there ? place : -1;
    }

    /** What holds the packets. It changes when the cache grows. */
    public Slab slab() {
        return slab;
    }

    /** Where a found packet starts in the slab. */
    public int offset(int place) {
        return (int) (positions[place] & (capacityBytes - 1));
    }

    /** The length of a found packet. */
    public int lengthBytes(int place) {
        return lengths[place];
    }

    /** When a found packet was stored. */
    public long storedNs(int place) {
        return storedNs[place];
    }

    /** The off-heap memory that it takes. */
    public int capacityBytes() {
        return capacityBytes;
    }
}
