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

    private static final int LINE_BYTES = 64;

    /** How much {@link #workspace} there is. */
    static final int WORKSPACE_BYTES = 192;

    private final MemorySegment segment;
    private final ByteBuffer bytes;
    private final long address;
    private final long workspace;

    private Slab(Arena arena, int capacityBytes) {
        int workspaceOffset = (capacityBytes + LINE_BYTES - 1) & -LINE_BYTES;
        MemorySegment whole = arena.allocate((long) workspaceOffset + WORKSPACE_BYTES, LINE_BYTES);
        this.segment = whole.asSlice(0, capacityBytes);
        this.bytes = segment.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        this.address = whole.address();
        this.workspace = address + workspaceOffset;
    }

    /** Allocates zeroed memory, aligned to a cache line, that the garbage collector frees with the slab. */
    public static Slab allocate(int capacityBytes) {
        return new Slab(Arena.ofAuto(), capacityBytes);
    }

    /** Allocates zeroed memory, aligned to a cache line, that lives as long as the arena. */
    public static Slab allocate(int capacityBytes, Arena arena) {
        return new Slab(arena, capacityBytes);
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

    /**
     * The native address of memory beside the slab, for what a native call is given or gives back besides the packet.
     * One for all packets, so that it is always in the cache; what it holds lasts until the next call.
     */
    long workspace() {
        return workspace;
    }

    /** The size of the slab in bytes. */
    public int capacityBytes() {
        return (int) segment.byteSize();
    }
}
