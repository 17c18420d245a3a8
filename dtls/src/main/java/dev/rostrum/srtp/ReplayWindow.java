package dev.rostrum.srtp;

/**
 * The packet indexes that one SSRC has used, as far back as the window reaches (RFC 3711 §3.3.2).
 *
 * <p>Owned by one sender or receiver. Checking changes nothing; only {@link #accept} does, after authentication.
 */
final class ReplayWindow {

    private static final int BLOCK_BITS = 6;

    private final int ssrc;

    // Of the newest 64 indexes that begin at a multiple of 64, and of as many blocks before it as the window has. A
    // sender
    // has one window for each of very many receivers, and only every 64th packet needs more of it than this object.
    private long newest;
    private final long[] before;

    private long highest = -1;

    /** A window over the newest packets of an SSRC; their number is a power of two of at least 64. */
    ReplayWindow(int ssrc, int sizePackets) {
        assert sizePackets >= 64 && Integer.bitCount(sizePackets) == 1;
        this.ssrc = ssrc;
        before = new long[sizePackets >> BLOCK_BITS];
    }

    /** Whose packets these are. */
    int ssrc() {
        return ssrc;
    }

    /** The highest accepted index, or -1 if there is none yet. */
    long highest() {
        return highest;
    }

    /** Zero if the index is new, else the code of {@link SrtpFailure#REPLAYED} or {@link SrtpFailure#TOO_OLD}. */
    int check(long index) {
        if (index > highest) {
            return 0;
        }
        if (index <= highest - sizePackets() || index < 0) {
            return SrtpFailure.TOO_OLD.code();
        }
        long used = block(index) == block(highest) ? newest : before[place(block(index))];
        return (used & bit(index)) == 0 ? 0 : SrtpFailure.REPLAYED.code();
    }

    /** Marks an index that {@link #check} found new. */
    void accept(long index) {
        long block = block(index);
        long last = block(highest);
        if (block > last) {
            before[place(last)] = newest;
            newest = 0;
            for (long skipped = Math.max(last + 1, block - before.length); skipped < block; skipped++) {
                before[place(skipped)] = 0;
            }
        }
        if (block >= last) {
            newest |= bit(index);
        } else {
            before[place(block)] |= bit(index);
        }
        highest = Math.max(highest, index);
    }

    private int sizePackets() {
        return before.length << BLOCK_BITS;
    }

    /** The first block is 0; before the first index it is -1. */
    private static long block(long index) {
        return index >> BLOCK_BITS;
    }

    private int place(long block) {
        return (int) block & (before.length - 1);
    }

    private static long bit(long index) {
        return 1L << index; // the shift takes the low six bits of the index
    }
}
