package dev.rostrum.sfu.simulcast;

import java.util.Arrays;

/**
 * The last frames of a stream that were decided about, and what held then: a frame that comes late is judged by its own
 * time.
 *
 * <p>Belongs to one {@link LayerFilter}; allocates nothing.
 */
final class DecidedFrames {

    /** What the methods that look for a frame say if there is none. */
    static final int NONE = -1;

    private static final int FRAMES = 64;

    /** The key of no frame. */
    static final long NO_FRAME = -1;

    // A frame's two words lie side by side, because frames of many slots come by before the next one of this slot does.
    // The first is its key.
    private static final int TIMESTAMP_SHIFT = 32;
    private static final int SHOWN_SHIFT = 24;
    private static final int DECODE_TARGET_SHIFT = 16;
    private static final int SPATIAL_SHIFT = 12;
    private static final int TEMPORAL_SHIFT = 8;
    private static final int LAYER_MASK = 0xF;
    private static final int BYTE_MASK = 0xFF;
    private static final int INDEPENDENT = 2;
    private static final int PASSED = 1;

    private final long[] words = new long[2 * FRAMES];
    private int newest;

    /** Forgets them all. */
    void clear() {
        Arrays.fill(words, NO_FRAME);
    }

    /** The place of the frame with that key, or {@link #NONE}. */
    int find(long key) {
        for (int i = 0; i < FRAMES; i++) {
            int at = (newest - i) & (FRAMES - 1);
            if (key(at) == key) {
                return at;
            }
        }
        return NONE;
    }

    /** Remembers a frame in place of the oldest; layers from 0 to 15. */
    void add(
            long key,
            int timestamp,
            boolean passed,
            boolean independent,
            int spatial,
            int temporal,
            int shownLayers,
            int decodeTarget) {
        newest = (newest + 1) & (FRAMES - 1);
        words[2 * newest] = key;
        words[2 * newest + 1] = (long) timestamp << TIMESTAMP_SHIFT
                | (long) (shownLayers & BYTE_MASK) << SHOWN_SHIFT
                | (decodeTarget & BYTE_MASK) << DECODE_TARGET_SHIFT
                | (spatial & LAYER_MASK) << SPATIAL_SHIFT
                | (temporal & LAYER_MASK) << TEMPORAL_SHIFT
                | (independent ? INDEPENDENT : 0)
                | (passed ? PASSED : 0);
    }

    /** The place of the newest frame of the same picture, or else of the one before; {@link #NONE} if there is none. */
    int before(int timestamp) {
        int found = NONE;
        int foundBehind = Integer.MAX_VALUE;
        for (int i = 0; i < FRAMES; i++) {
            int at = (newest - i) & (FRAMES - 1);
            int behind = timestamp - timestamp(at);
            if (key(at) != NO_FRAME && behind >= 0 && behind < foundBehind) {
                found = at;
                foundBehind = behind;
            }
        }
        return found;
    }

    /** The place of the first frame of that spatial layer after that time, by the layer in its key; or {@link #NONE}. */
    int after(int timestamp, int spatialLayer) {
        int found = NONE;
        int foundAhead = Integer.MAX_VALUE;
        for (int at = 0; at < FRAMES; at++) {
            int ahead = timestamp(at) - timestamp;
            boolean sameLayer = key(at) != NO_FRAME && (key(at) & 7) == spatialLayer;
            if (sameLayer && ahead > 0 && ahead < foundAhead) {
                found = at;
                foundAhead = ahead;
            }
        }
        return found;
    }

    private long key(int at) {
        return words[2 * at];
    }

    private int timestamp(int at) {
        return (int) (words[2 * at + 1] >>> TIMESTAMP_SHIFT);
    }

    /** Whether it went out. */
    boolean passed(int at) {
        return (words[2 * at + 1] & PASSED) != 0;
    }

    /** Whether it refers to no earlier picture. */
    boolean independent(int at) {
        return (words[2 * at + 1] & INDEPENDENT) != 0;
    }

    int spatial(int at) {
        return (int) (words[2 * at + 1] >>> SPATIAL_SHIFT) & LAYER_MASK;
    }

    int temporal(int at) {
        return (int) (words[2 * at + 1] >>> TEMPORAL_SHIFT) & LAYER_MASK;
    }

    /** The spatial layers that were shown then, a bit for each. */
    int shownLayers(int at) {
        return (int) (words[2 * at + 1] >>> SHOWN_SHIFT) & BYTE_MASK;
    }

    /** The decode target of then; negative if there was none. */
    int decodeTarget(int at) {
        return (byte) (words[2 * at + 1] >>> DECODE_TARGET_SHIFT);
    }
}
