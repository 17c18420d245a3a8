package dev.rostrum.srtp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A fixed piece of off-heap memory that holds packets, seen at once as a buffer (for parsing), a segment (for copies)
 * and an address (for native calls).
 *
 * <p>Owned by whoever allocated it; not safe for several threads. The buffer is big-endian, as the network is, and is
 * only ever read and written at absolute positions: its position and limit never change.
 */
public final class Slab {

    private final MemorySegment segment;
    private final ByteBuffer bytes;
    private final long address;

    private Slab(MemorySegment segment) {
        this.segment = segment;
        this.bytes = segment.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        this.address = segment.address();
    }

    /** Allocates zeroed memory, aligned to a cache line, that the garbage collector frees with the slab. */
    public static Slab allocate(int capacityBytes) {
        return new Slab(Arena.ofAuto().allocate(capacityBytes, 64));
    }

    /** Allocates zeroed memory, aligned to a cache line, that lives as long as the arena. */
    public static Slab allocate(int capacityBytes, Arena arena) {
        return new Slab(arena.allocate(capacityBytes, 64));
    }

    /** The whole slab as a direct, big-endian buffer for absolute access. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** The whole slab as a segment. */
    public MemorySegment segment() {
        return segment;
    }

    /** The native address of the first byte. */
    public long address() {
        return address;
    }

    /** The size of the slab in bytes. */
    public int capacityBytes() {
        return (int) segment.byteSize();
    }
}
