package dev.rostrum.sfu.stream;

import java.util.Arrays;

/**
 * The key frame requests for one publication, merged and throttled for each of its encodings: however many subscribers
 * want one, and however often, its sender is asked at once for the first and then no more than once per interval, until
 * a key frame comes.
 *
 * <p>Belongs to one publication and its publisher's shard; allocates nothing. There is no other way to a PLI or FIR.
 */
public final class KeyframeRequests {

    /** What {@link #deadlineNs} says if nothing is wanted. */
    public static final long NEVER = Long.MAX_VALUE;

    private final long minIntervalNs;
    private final boolean[] wanted;
    private final boolean[] asked;
    private final long[] askedNs;

    /**
     * Nothing is wanted yet.
     *
     * @param encodings the number of simulcast encodings, 1 to 31
     * @param minIntervalNs between two requests for the same encoding
     */
    public KeyframeRequests(int encodings, long minIntervalNs) {
        this.minIntervalNs = minIntervalNs;
        wanted = new boolean[encodings];
        asked = new boolean[encodings];
        askedNs = new long[encodings];
    }

    /** Somebody needs a key frame of the encoding. May be called for every packet; others than the known are ignored. */
    public void want(int encoding) {
        if (encoding >= 0 && encoding < wanted.length) {
            wanted[encoding] = true;
        }
    }

    /** A key frame of the encoding starts. Who needs another says so again. */
    public void onKeyFrame(int encoding) {
        if (encoding >= 0 && encoding < wanted.length) {
            wanted[encoding] = false;
        }
    }

    /**
     * Takes what to ask for now; each is asked for again after the interval unless a key frame comes.
     *
     * @return a bit for each encoding
     */
    public int collect(long nowNs) {
        int due = 0;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i] && (!asked[i] || nowNs - askedNs[i] >= minIntervalNs)) {
                asked[i] = true;
                askedNs[i] = nowNs;
                due |= 1 << i;
            }
        }
        return due;
    }

    /** When {@link #collect} has something to do; {@link #NEVER} if nothing is wanted. */
    public long deadlineNs() {
        long deadlineNs = NEVER;
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i]) {
                deadlineNs = Math.min(deadlineNs, asked[i] ? askedNs[i] + minIntervalNs : Long.MIN_VALUE);
            }
        }
        return deadlineNs;
    }

    /** The publisher began anew, or nobody watches any more: nothing is wanted. The throttle holds on. */
    public void clear() {
        Arrays.fill(wanted, false);
    }
}
