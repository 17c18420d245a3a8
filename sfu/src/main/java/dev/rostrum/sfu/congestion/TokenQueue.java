package dev.rostrum.sfu.congestion;

/**
 * Packets that wait, first in first out: by what the sink finds them, their lengths, since when.
 *
 * <p>Owned by one {@link Pacer}. Allocates its ring when the first packet has to wait, and nothing later.
 */
final class TokenQueue {

    private static final long[] NOTHING = {};
    private static final int[] NO_LENGTHS = {};

    private final int capacity;
    private long[] tokens = NOTHING;
    private long[] sinceNs = NOTHING;
    private int[] lengths = NO_LENGTHS;
    private int first;
    private int size;

    /** @param capacity a power of two */
    TokenQueue(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("not a power of two: " + capacity);
        }
        this.capacity = capacity;
    }

    int size() {
        return size;
    }

    /** Appends one; false if there is no room. */
    boolean add(long token, int lengthBytes, long nowNs) {
        if (size == capacity) {
            return false;
        }
        if (tokens.length == 0) {
            tokens = new long[capacity];
            sinceNs = new long[capacity];
            lengths = new int[capacity];
        }
        int place = (first + size) & (capacity - 1);
        tokens[place] = token;
        sinceNs[place] = nowNs;
        lengths[place] = lengthBytes;
        size++;
        return true;
    }

    int firstLengthBytes() {
        return lengths[first];
    }

    long firstNs() {
        return sinceNs[first];
    }

    long remove() {
        long token = tokens[first];
        first = (first + 1) & (capacity - 1);
        size--;
        return token;
    }

    /** Takes out all whose token has this value under the mask; returns their bytes. The others keep their order. */
    int discard(long mask, long value) {
        int bytes = 0;
        int kept = 0;
        for (int i = 0; i < size; i++) {
            int from = (first + i) & (capacity - 1);
            if ((tokens[from] & mask) == value) {
                bytes += lengths[from];
            } else {
                int to = (first + kept++) & (capacity - 1);
                tokens[to] = tokens[from];
                sinceNs[to] = sinceNs[from];
                lengths[to] = lengths[from];
            }
        }
        size = kept;
        return bytes;
    }

    void clear() {
        first = 0;
        size = 0;
    }
}
