package dev.rostrum.sfu.congestion;

/**
 * Packets that wait, first in first out: by what the sink finds them, their lengths, since when.
 *
 * <p>Owned by one {@link Pacer}. Allocates its ring when the first packet has to wait, and nothing later.
 */
final class TokenQueue {

    private static final long[] NOTHING = {};
    private static final int WORDS = 3;
    private static final int SINCE = 1;
    private static final int LENGTH = 2;

    private final int capacity;
    private long[] words = NOTHING; // of each: the token, since when it waits, its length
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
        if (words.length == 0) {
            words = new long[capacity * WORDS];
        }
        int at = at(size);
        words[at] = token;
        words[at + SINCE] = nowNs;
        words[at + LENGTH] = lengthBytes;
        size++;
        return true;
    }

    /** Where the words of the one lie before which so many wait. */
    private int at(int before) {
        return ((first + before) & (capacity - 1)) * WORDS;
    }

    int firstLengthBytes() {
        return (int) words[at(0) + LENGTH];
    }

    long firstNs() {
        return words[at(0) + SINCE];
    }

    long remove() {
        long token = words[at(0)];
        first = (first + 1) & (capacity - 1);
        size--;
        return token;
    }

    /** Takes out all whose token has this value under the mask; returns their bytes. The others keep their order. */
    int discard(long mask, long value) {
        int bytes = 0;
        int kept = 0;
        for (int i = 0; i < size; i++) {
            int from = at(i);
            if ((words[from] & mask) == value) {
                bytes += (int) words[from + LENGTH];
            } else {
                System.arraycopy(words, from, words, at(kept++), WORDS);
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
