package dev.rostrum.sfu.loop;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.rostrum.srtp.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The way from one shard to another: a ring of bytes that carries packets (copied), numbers and immutable objects, in
 * the order in which they were offered. It allocates nothing but its own memory, when first used.
 *
 * <p>One thread offers, one drains. A full ring refuses: what is refused is the offering side's to drop or to keep. The
 * last eighth of the ring is kept for numbers and objects, so that media can't lock out what must not be lost.
 */
public final class ShardLink {

    /** Takes what comes out of a link, on the draining shard. */
    public interface Handler {

        /**
         * A packet of a publication.
         *
         * @param fromShard the shard that offered it
         * @param ring memory that holds the packet until this method returns; it may be changed in place
         */
        void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs);

        /** A small message. */
        void onNumbers(int fromShard, int type, long a, long b, long c);

        /**
         * A datagram that came to the wrong shard, with its source and local address.
         *
         * @param ring memory that holds the datagram until this method returns; it may be changed in place
         */
        void onDatagram(
                int fromShard,
                Slab ring,
                int offset,
                int lengthBytes,
                long hi,
                long lo,
                int port,
                int local,
                long timeNs);

        /** An immutable object. */
        void onObject(int fromShard, Object message);
    }

    private static final int PADDING = 0;
    private static final int MEDIA = 1;
    private static final int NUMBERS = 2;
    private static final int DATAGRAM = 3;
    private static final int OBJECT = 4;

    private static final int ALIGNMENT = 8;
    private static final int OBJECTS = 1024;

    // Places in the positions: what each side writes lies in cache lines of its own.
    private static final int TAIL = 16;
    private static final int HEAD_AS_SEEN = 17; // by the offering side, to look less often
    private static final int HEAD = 32;

    private static final VarHandle POSITION = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle OBJECT_AT = MethodHandles.arrayElementVarHandle(Object[].class);

    private final int fromShard;
    private final int capacity;
    private final int mask;
    private final int keptFree;
    private final WakeSignal signal;
    private final long[] positions = new long[48];

    // Made by the offering side and published with the first message.
    private @Nullable Slab ring;
    private @Nullable Object @Nullable [] objects;

    private int nextObjectIn;
    private int nextObjectOut;
    private long nextTail;

    /**
     * @param fromShard told to the handler
     * @param capacityBytes a power of two, at least 16 KiB
     */
    ShardLink(int fromShard, int capacityBytes, WakeSignal signal) {
        if (Integer.bitCount(capacityBytes) != 1 || capacityBytes < 16384) {
            throw new IllegalArgumentException(capacityBytes + " bytes are not a power of two of at least 16 KiB");
        }
        this.fromShard = fromShard;
        this.capacity = capacityBytes;
        this.mask = capacityBytes - 1;
        this.keptFree = capacityBytes / 8;
        this.signal = signal;
    }

    /**
     * A link outside of any shard.
     *
     * @param capacityBytes a power of two, at least 16 KiB
     * @param wakeup called after each offer that the other side sleeps through
     */
    public ShardLink(int fromShard, int capacityBytes, Runnable wakeup) {
        this(fromShard, capacityBytes, new WakeSignal(wakeup));
    }

    /**
     * Offers a packet; its bytes are copied.
     *
     * @param key tells the other shard what the packet belongs to
     * @param timeNs when the packet arrived
     * @return whether there was room
     */
    public boolean offerMedia(long key, Slab from, int offset, int lengthBytes, long timeNs) {
        int at = claim(32 + lengthBytes, keptFree, MEDIA);
        if (at < 0) {
            return false;
        }
        MemorySegment memory = memory();
        memory.set(JAVA_INT, at + 8L, lengthBytes);
        memory.set(JAVA_LONG, at + 16L, key);
        memory.set(JAVA_LONG, at + 24L, timeNs);
        MemorySegment.copy(from.segment(), offset, memory, at + 32L, lengthBytes);
        publish();
        return true;
    }

    /** Offers a small message; whether there was room. */
    public boolean offerNumbers(int type, long a, long b, long c) {
        int at = claim(40, 0, NUMBERS);
        if (at < 0) {
            return false;
        }
        MemorySegment memory = memory();
        memory.set(JAVA_INT, at + 8L, type);
        memory.set(JAVA_LONG, at + 16L, a);
        memory.set(JAVA_LONG, at + 24L, b);
        memory.set(JAVA_LONG, at + 32L, c);
        publish();
        return true;
    }

    /** Offers a datagram as it was received, for the shard that owns its endpoint; whether there was room. */
    public boolean offerDatagram(
            Slab from, int offset, int lengthBytes, long hi, long lo, int port, int local, long timeNs) {
        int at = claim(40 + lengthBytes, keptFree, DATAGRAM);
        if (at < 0) {
            return false;
        }
        MemorySegment memory = memory();
        memory.set(JAVA_INT, at + 8L, lengthBytes);
        memory.set(JAVA_INT, at + 12L, local << 16 | port);
        memory.set(JAVA_LONG, at + 16L, hi);
        memory.set(JAVA_LONG, at + 24L, lo);
        memory.set(JAVA_LONG, at + 32L, timeNs);
        MemorySegment.copy(from.segment(), offset, memory, at + 40L, lengthBytes);
        publish();
        return true;
    }

    /** Offers an immutable object, at most {@value #OBJECTS} at a time; whether there was room. */
    public boolean offerObject(Object message) {
        @Nullable Object[] waiting = objects;
        if (waiting == null) {
            waiting = new Object[OBJECTS];
            objects = waiting;
        }
        int place = nextObjectIn & (OBJECTS - 1);
        if (OBJECT_AT.getAcquire(waiting, place) != null) {
            return false;
        }
        if (claim(8, 0, OBJECT) < 0) {
            return false;
        }
        waiting[place] = message;
        nextObjectIn++;
        publish();
        return true;
    }

    /** Finds room for a message and writes its header; the place of it in the ring, or -1. */
    private int claim(int lengthBytes, int keptFree, int kind) {
        int length = (lengthBytes + ALIGNMENT - 1) & -ALIGNMENT;
        long tail = positions[TAIL];
        int at = (int) tail & mask;
        int toEnd = capacity - at;
        int skipped = length <= toEnd ? 0 : toEnd;
        long end = tail + skipped + length;
        long limit = (long) capacity - keptFree;
        if (end - positions[HEAD_AS_SEEN] > limit) {
            positions[HEAD_AS_SEEN] = (long) POSITION.getAcquire(positions, HEAD);
            if (end - positions[HEAD_AS_SEEN] > limit) {
                return -1;
            }
        }
        if (ring == null) {
            ring = Slab.allocate(capacity);
        }
        MemorySegment memory = memory();
        if (skipped > 0) {
            memory.set(JAVA_INT, at, skipped);
            memory.set(JAVA_INT, at + 4L, PADDING);
            at = 0;
        }
        memory.set(JAVA_INT, at, length);
        memory.set(JAVA_INT, at + 4L, kind);
        nextTail = end;
        return at;
    }

    private void publish() {
        // Volatile, not only released: the signal must not look at the other side before the message is there.
        POSITION.setVolatile(positions, TAIL, nextTail);
        signal.signal();
    }

    /** Whether nothing waits in the link; exact only for the draining side. */
    public boolean isEmpty() {
        return (long) POSITION.getVolatile(positions, TAIL) == (long) POSITION.getOpaque(positions, HEAD);
    }

    /**
     * Gives what waits to the handler. If the handler throws, its message counts as drained.
     *
     * @param limit how many messages at most
     * @return how many
     */
    public int drain(Handler handler, int limit) {
        long head = positions[HEAD];
        long tail = (long) POSITION.getAcquire(positions, TAIL);
        if (head == tail) {
            return 0;
        }
        MemorySegment memory = memory();
        int drained = 0;
        try {
            while (head < tail && drained < limit) {
                int at = (int) head & mask;
                int kind = memory.get(JAVA_INT, at + 4L);
                head += memory.get(JAVA_INT, at);
                if (kind != PADDING) {
                    drained++;
                    dispatch(handler, kind, memory, at);
                }
            }
        } finally {
            POSITION.setRelease(positions, HEAD, head);
        }
        return drained;
    }

    private void dispatch(Handler handler, int kind, MemorySegment memory, int at) {
        switch (kind) {
            case MEDIA ->
                handler.onMedia(
                        fromShard,
                        memory.get(JAVA_LONG, at + 16L),
                        slab(),
                        at + 32,
                        memory.get(JAVA_INT, at + 8L),
                        memory.get(JAVA_LONG, at + 24L));
            case NUMBERS ->
                handler.onNumbers(
                        fromShard,
                        memory.get(JAVA_INT, at + 8L),
                        memory.get(JAVA_LONG, at + 16L),
                        memory.get(JAVA_LONG, at + 24L),
                        memory.get(JAVA_LONG, at + 32L));
            case DATAGRAM -> {
                int localAndPort = memory.get(JAVA_INT, at + 12L);
                handler.onDatagram(
                        fromShard,
                        slab(),
                        at + 40,
                        memory.get(JAVA_INT, at + 8L),
                        memory.get(JAVA_LONG, at + 16L),
                        memory.get(JAVA_LONG, at + 24L),
                        localAndPort & 0xffff,
                        localAndPort >>> 16,
                        memory.get(JAVA_LONG, at + 32L));
            }
            case OBJECT -> handler.onObject(fromShard, nextObject());
            default -> throw new IllegalStateException("no message is of kind " + kind);
        }
    }

    @SuppressWarnings("NullAway") // offered before its message
    private Object nextObject() {
        int place = nextObjectOut++ & (OBJECTS - 1);
        Object message = objects[place];
        OBJECT_AT.setRelease(objects, place, null);
        return message;
    }

    private MemorySegment memory() {
        return slab().segment();
    }

    @SuppressWarnings("NullAway") // made before the first message
    private Slab slab() {
        return ring;
    }
}
