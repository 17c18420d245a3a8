package dev.rostrum.sfu.stream;

/**
 * What to ask a sender for again (RFC 4585 §6.2.1): finds the holes in one incoming stream, waits until a hole is no mere
 * reordering, asks once per round trip, and gives up in the end.
 *
 * <p>Belongs to one stream and its shard; allocates nothing.
 */
public final class NackGenerator {

    /** What {@link #deadlineNs} says if there is nothing to do. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final int MAX_MISSING = 256;
    private static final int MAX_TRIES = 10;
    private static final int REORDERING_PACKETS = 3;
    private static final long REORDERING_NS = 10_000_000L;
    private static final long FIRST_ROUND_TRIP_NS = 100_000_000L;
    private static final long MIN_RETRY_NS = 20_000_000L;
    private static final long MAX_RETRY_NS = 500_000_000L;

    /** Nobody waits longer for a frame: a key frame is there sooner. */
    private static final long MAX_AGE_NS = 1_000_000_000L;

    private static final long NONE = -1;

    /** The missing packets by their numbers, ascending. */
    private final long[] missing = new long[MAX_MISSING];

    private final long[] foundNs = new long[MAX_MISSING];
    private final long[] dueNs = new long[MAX_MISSING];
    private final byte[] tries = new byte[MAX_MISSING];
    private int count;

    private long highest = NONE;
    private long roundTripNs = FIRST_ROUND_TRIP_NS;
    private long nextNs = NEVER;
    private boolean keyFrameWanted;

    /** Takes notice of a packet, the first of its number or a retransmission. */
    public void onPacket(long extendedSequenceNumber, long nowNs) {
        if (highest == NONE) {
            highest = extendedSequenceNumber;
            return;
        }
        if (extendedSequenceNumber <= highest) {
            if (count > 0) {
                remove(extendedSequenceNumber);
            }
            return;
        }
        long hole = extendedSequenceNumber - highest - 1;
        if (hole + count > MAX_MISSING) {
            clear(); // more is gone than can be had again
            keyFrameWanted = true;
        } else {
            for (long number = highest + 1; number < extendedSequenceNumber; number++) {
                add(number, nowNs);
            }
        }
        highest = extendedSequenceNumber;
        if (count > 0) {
            endReordering(nowNs);
        }
    }

    private void add(long number, long nowNs) {
        missing[count] = number;
        foundNs[count] = nowNs;
        dueNs[count] = nowNs + REORDERING_NS;
        tries[count] = 0;
        nextNs = Math.min(nextNs, dueNs[count]);
        count++;
    }

    private void endReordering(long nowNs) {
        for (int i = count - 1; i >= 0 && tries[i] == 0; i--) {
            if (missing[i] + REORDERING_PACKETS <= highest && dueNs[i] > nowNs) {
                dueNs[i] = nowNs;
                nextNs = Math.min(nextNs, nowNs);
            }
        }
    }

    private void remove(long number) {
        int i = 0;
        while (i < count && missing[i] < number) {
            i++;
        }
        if (i < count && missing[i] == number) {
            removeRange(i, i + 1);
        }
    }

    /** Whether a packet with this sequence number, 0 to 65535, is missing. */
    public boolean misses(int sequenceNumber) {
        for (int i = 0; i < count; i++) {
            if (((int) missing[i] & 0xFFFF) == sequenceNumber) {
                return true;
            }
        }
        return false;
    }

    private void removeRange(int from, int to) {
        int behind = count - to;
        System.arraycopy(missing, to, missing, from, behind);
        System.arraycopy(foundNs, to, foundNs, from, behind);
        System.arraycopy(dueNs, to, dueNs, from, behind);
        System.arraycopy(tries, to, tries, from, behind);
        count = from + behind;
        if (count == 0) {
            nextNs = NEVER;
        }
    }

    /** A key frame starts with this packet: nothing before it is needed any more. */
    public void onKeyFrame(long extendedSequenceNumber) {
        int older = 0;
        while (older < count && missing[older] < extendedSequenceNumber) {
            older++;
        }
        if (older > 0) {
            removeRange(0, older);
        }
        keyFrameWanted = false;
    }

    /** Tells how long a request and its answer take; 100 ms until then. */
    public void onRoundTrip(long measuredNs) {
        roundTripNs = Math.clamp(measuredNs, MIN_RETRY_NS, MAX_RETRY_NS);
    }

    /** When {@link #collect} has something to do; {@link #NEVER} if nothing is missing. */
    public long deadlineNs() {
        return nextNs;
    }

    /**
     * Takes what is due to be asked for now.
     *
     * @param into receives extended sequence numbers, ascending; what doesn't fit comes with the next call
     * @return how many
     */
    public int collect(long nowNs, long[] into) {
        if (nowNs < nextNs) {
            return 0;
        }
        int collected = 0;
        nextNs = NEVER;
        for (int i = 0; i < count; i++) {
            if (dueNs[i] <= nowNs) {
                if (tries[i] == MAX_TRIES || nowNs - foundNs[i] > MAX_AGE_NS) {
                    keyFrameWanted = true;
                    removeRange(i, i + 1);
                    i--;
                    continue;
                }
                if (collected < into.length) {
                    into[collected++] = missing[i];
                    tries[i]++;
                    dueNs[i] = nowNs + roundTripNs + roundTripNs / 4;
                }
            }
            nextNs = Math.min(nextNs, dueNs[i]);
        }
        return collected;
    }

    /** Whether something was given up since the last call: only a key frame helps. */
    public boolean takeKeyFrameWanted() {
        boolean wanted = keyFrameWanted;
        keyFrameWanted = false;
        return wanted;
    }

    /** How many packets are missing at present. */
    public int missing() {
        return count;
    }

    /** Forgets what is missing, as for a stream that nobody watches. */
    public void clear() {
        count = 0;
        nextNs = NEVER;
    }
}
