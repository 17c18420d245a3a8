package dev.rostrum.sfu.routing;

import java.util.Arrays;

/**
 * The CSRCs of the speakers that fill slots, the best first.
 *
 * <p>Immutable.
 */
final class RankedSpeakers {

    static final RankedSpeakers NOBODY = new RankedSpeakers(new int[0]);

    private final int[] csrcs;

    RankedSpeakers(int[] csrcs) {
        this.csrcs = csrcs.clone();
    }

    int count() {
        return csrcs.length;
    }

    int csrc(int rank) {
        return csrcs[rank];
    }

    /** All of them, the best first. */
    int[] csrcs() {
        return csrcs.clone();
    }

    boolean contains(int csrc) {
        for (int ranked : csrcs) {
            if (ranked == csrc) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return "RankedSpeakers" + Arrays.toString(csrcs);
    }
}
