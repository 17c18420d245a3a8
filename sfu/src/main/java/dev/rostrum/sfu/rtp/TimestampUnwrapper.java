package dev.rostrum.sfu.rtp;

/**
 * Makes 64 bit timestamps of 32 bit ones: each is taken for the one nearest to the highest so far.
 *
 * <p>Belongs to one stream and its thread. The first timestamp keeps its lower bits and gets a cycle count above 0, so
 * that packets from before it don't become negative.
 */
public final class TimestampUnwrapper {

    private static final long NONE = -1;

    private long highest = NONE;

    /** The 64 bit timestamp of an RTP timestamp; its lower 32 bits are that timestamp. */
    public long unwrap(int timestamp) {
        if (highest == NONE) {
            highest = 0x1_0000_0000L + (timestamp & 0xFFFF_FFFFL);
            return highest;
        }
        long unwrapped = highest + (timestamp - (int) highest);
        if (unwrapped > highest) {
            highest = unwrapped;
        }
        return unwrapped;
    }

    /** The highest timestamp so far; −1 before the first. */
    public long highest() {
        return highest;
    }
}
