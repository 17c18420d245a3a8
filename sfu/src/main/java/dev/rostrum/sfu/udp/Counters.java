package dev.rostrum.sfu.udp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One running number per constant of an enum, such as a reason for dropping packets.
 *
 * <p>Written by one thread only, its owner; read by any thread without slowing the owner down. A reader sees each number
 * whole and never going backwards, but not all of them at one instant.
 *
 * @param <E> what is counted
 */
@SuppressWarnings("EnumOrdinal") // an array by ordinal is what this class is
public final class Counters<E extends Enum<E>> {

    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int CACHE_LINE_LONGS = 8;

    private final long[] counts;

    public Counters(Class<E> type) {
        // Free lines on both sides: counters of two shards must not share a cache line.
        counts = new long[type.getEnumConstants().length + 2 * CACHE_LINE_LONGS];
    }

    /** Adds one; the owner only. */
    public void count(E what) {
        add(what, 1);
    }

    /** Adds to a number; the owner only. */
    public void add(E what, long amount) {
        int index = what.ordinal() + CACHE_LINE_LONGS;
        COUNT.setOpaque(counts, index, counts[index] + amount);
    }

    /** The number as it is now; any thread. */
    public long get(E what) {
        return (long) COUNT.getOpaque(counts, what.ordinal() + CACHE_LINE_LONGS);
    }
}
