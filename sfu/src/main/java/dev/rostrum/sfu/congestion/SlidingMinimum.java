package dev.rostrum.sfu.congestion;

import java.util.Arrays;

/**
 * The smallest value of the last while, in steps of a bucket.
 *
 * <p>Owned by whoever made it.
 */
final class SlidingMinimum {

    /** What {@link #value} says if there is none. */
    static final long NONE = Long.MAX_VALUE;

    private final long[] minima;
    private final long bucketNs;
    private long bucket = Long.MIN_VALUE;

    /** When the newest bucket begins, and its place: most values belong into it, and divisions are slow. */
    private long bucketAtNs;

    private int bucketPlace;

    SlidingMinimum(int buckets, long bucketNs) {
        this.minima = new long[buckets];
        this.bucketNs = bucketNs;
        reset();
    }

    void add(long value, long atNs) {
        if (bucket != Long.MIN_VALUE && atNs >= bucketAtNs && atNs - bucketAtNs < bucketNs) {
            minima[bucketPlace] = Math.min(minima[bucketPlace], value);
            return;
        }
        long number = Math.floorDiv(atNs, bucketNs);
        if (number > bucket) {
            long from = bucket == Long.MIN_VALUE ? number : Math.max(bucket + 1, number - minima.length + 1);
            for (long empty = from; empty <= number; empty++) {
                minima[Math.floorMod(empty, minima.length)] = NONE;
            }
            bucket = number;
            bucketAtNs = number * bucketNs;
            bucketPlace = Math.floorMod(number, minima.length);
        } else if (number <= bucket - minima.length) {
            return;
        }
        int place = Math.floorMod(number, minima.length);
        minima[place] = Math.min(minima[place], value);
    }

    long value() {
        long least = NONE;
        for (long minimum : minima) {
            least = Math.min(least, minimum);
        }
        return least;
    }

    void reset() {
        Arrays.fill(minima, NONE);
        bucket = Long.MIN_VALUE;
    }
}
