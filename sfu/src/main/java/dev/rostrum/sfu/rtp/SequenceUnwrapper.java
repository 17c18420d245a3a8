package dev.rostrum.sfu.rtp;

/**
 * Makes 64 bit sequence numbers of 16 bit ones: each is taken for the one nearest to the highest so far.
 *
 * <p>Belongs to one stream and its thread. The first number keeps its lower bits and gets a cycle count above 0, so that
 * packets from before it don't become negative.
 */
public final class SequenceUnwrapper {

    private static final long NONE = -1;

    private long highest = NONE;

    /** The 64 bit number of {@code sequenceNumber} (0 to 65535); its lower 16 bits are that number. */
    public long unwrap(int sequenceNumber) {
        if (highest == NONE) {
            highest = 0x10000L + sequenceNumber;
            return highest;
        }
        long unwrapped = highest + (short) (sequenceNumber - (int) highest);
        if (unwrapped > highest) {
            highest = unwrapped;
        }
        return unwrapped;
    }

    /** The highest number so far; −1 before the first. */
    public long highest() {
        return highest;
    }
}
