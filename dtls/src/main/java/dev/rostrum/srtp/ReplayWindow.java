package dev.rostrum.srtp;

import java.util.Arrays;

/**
 * The packet indexes that one SSRC has used, as far back as the window reaches (RFC 3711 §3.3.2).
 *
 * <p>Owned by one sender or receiver. Checking changes nothing; only {@link #accept} does, after authentication.
 */
final class ReplayWindow {

    private final int ssrc;
    private final long[] used; // bit (index mod size) belongs to the newest index with that remainder
    private long highest = -1;

    /** A window over the newest packets of an SSRC; their number is a power of two of at least 64. */
    ReplayWindow(int ssrc, int sizePackets) {
        assert sizePackets >= 64 && Integer.bitCount(sizePackets) == 1;
        this.ssrc = ssrc;
        used = new long[sizePackets / 64];
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
        return (used[word(index)] & bit(index)) == 0 ? 0 : SrtpFailure.REPLAYED.code();
    }

    /** Marks an index that {@link #check} found new. */
    void accept(long index) {
        if (index > highest) {
            if (index - highest >= sizePackets()) {
                Arrays.fill(used, 0);
            } else {
                for (long skipped = highest + 1; skipped < index; skipped++) {
                    used[word(skipped)] &= ~bit(skipped);
                }
            }
            highest = index;
        }
        used[word(index)] |= bit(index);
    }

    private int sizePackets() {
        return used.length * 64;
    }

    private int word(long index) {
        return (int) (index >>> 6) & (used.length - 1);
    }

    private static long bit(long index) {
        return 1L << index; // the shift takes the low six bits of the index
    }
}
