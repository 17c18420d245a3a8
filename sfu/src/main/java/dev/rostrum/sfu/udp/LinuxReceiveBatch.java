package dev.rostrum.sfu.udp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rostrum.sfu.udp.UdpPort.Counter;
import dev.rostrum.srtp.Slab;
import java.lang.foreign.MemorySegment;

/**
 * The memory of received datagrams and the headers by which recvmmsg fills it.
 *
 * <p>Owned by its port.
 */
final class LinuxReceiveBatch {

    // Not a power of two: the beginnings of datagrams must not all fall into the same lines of the cache.
    private static final int STRIDE = 1600;
    private static final int NAME_STRIDE = 32;

    private final int capacity;
    private final boolean[] ipv6;
    private final Counters<Counter> counters;
    private final MemorySegment state;
    private final Slab datagrams;
    private final MemorySegment names;
    private final MemorySegment headers;
    // Keeps the memory alive that the headers point to.
    private final MemorySegment iovecs;

    private final int[] slots; // the place of datagram i, as dropped ones leave holes
    private final int[] lengths;
    private final int[] locals;
    private int filled;
    private int count;

    LinuxReceiveBatch(int capacity, boolean[] ipv6, Counters<Counter> counters, MemorySegment state) {
        this.capacity = capacity;
        this.ipv6 = ipv6;
        this.counters = counters;
        this.state = state;
        datagrams = Slab.allocate(capacity * STRIDE);
        names = Slab.allocate(capacity * NAME_STRIDE).segment();
        headers = Slab.allocate(capacity * LinuxSockets.MMSGHDR_BYTES).segment();
        iovecs = Slab.allocate(capacity * LinuxSockets.IOVEC_BYTES).segment();
        slots = new int[capacity];
        lengths = new int[capacity];
        locals = new int[capacity];
        for (int slot = 0; slot < capacity; slot++) {
            long iovec = (long) slot * LinuxSockets.IOVEC_BYTES;
            iovecs.set(JAVA_LONG, iovec, datagrams.address() + (long) slot * STRIDE);
            iovecs.set(JAVA_LONG, iovec + LinuxSockets.IOVEC_LENGTH, UdpPort.MAX_DATAGRAM_BYTES);
            long header = (long) slot * LinuxSockets.MMSGHDR_BYTES;
            headers.set(JAVA_LONG, header + LinuxSockets.MMSGHDR_NAME, names.address() + (long) slot * NAME_STRIDE);
            headers.set(JAVA_INT, header + LinuxSockets.MMSGHDR_NAME_LENGTH, LinuxSockets.SOCKADDR_BYTES);
            headers.set(JAVA_LONG, header + LinuxSockets.MMSGHDR_IOVEC, iovecs.address() + iovec);
            headers.set(JAVA_LONG, header + LinuxSockets.MMSGHDR_IOVEC_COUNT, 1);
        }
    }

    void clear() {
        filled = 0;
        count = 0;
    }

    int free() {
        return capacity - filled;
    }

    int count() {
        return count;
    }

    /** Takes at most {@code limit} datagrams from a socket. */
    void receive(int socket, int local, int limit) {
        long first = headers.address() + (long) filled * LinuxSockets.MMSGHDR_BYTES;
        int received = LinuxSockets.recvmmsg(socket, first, limit);
        if (received < 0) {
            received = receiveAgain(socket, first, limit);
        }
        long bytes = 0;
        int before = count;
        for (int slot = filled; slot < filled + received; slot++) {
            long header = (long) slot * LinuxSockets.MMSGHDR_BYTES;
            // The system has written the length of this address; the next may be longer.
            headers.set(JAVA_INT, header + LinuxSockets.MMSGHDR_NAME_LENGTH, LinuxSockets.SOCKADDR_BYTES);
            if ((headers.get(JAVA_INT, header + LinuxSockets.MMSGHDR_FLAGS) & LinuxSockets.MSG_TRUNC) != 0) {
                counters.count(Counter.RECEIVED_TOO_LONG);
                continue;
            }
            int length = headers.get(JAVA_INT, header + LinuxSockets.MMSGHDR_LENGTH);
            slots[count] = slot;
            lengths[count] = length;
            locals[count] = local;
            bytes += length;
            count++;
        }
        filled += received;
        counters.add(Counter.RECEIVED, count - before);
        counters.add(Counter.RECEIVED_BYTES, bytes);
    }

    private int receiveAgain(int socket, long first, int limit) {
        int received = LinuxSockets.recvmmsgAgain(state, socket, first, limit);
        if (received >= 0) {
            // What failed, such as by an ICMP error of an earlier datagram, was cleared by the failure.
            counters.count(Counter.RECEIVE_ERRORS);
            return received;
        }
        int errno = LinuxSockets.errno(state);
        if (errno != LinuxSockets.EAGAIN && errno != LinuxSockets.EINTR) {
            counters.count(Counter.RECEIVE_ERRORS);
        }
        return 0;
    }

    Slab datagrams() {
        return datagrams;
    }

    int offset(int i) {
        return slots[i] * STRIDE;
    }

    int length(int i) {
        return lengths[i];
    }

    int local(int i) {
        return locals[i];
    }

    private long name(int i) {
        return (long) slots[i] * NAME_STRIDE;
    }

    int port(int i) {
        return Short.toUnsignedInt(Short.reverseBytes(names.get(JAVA_SHORT, name(i) + 2)));
    }

    long hi(int i) {
        return ipv6[locals[i]] ? Long.reverseBytes(names.get(JAVA_LONG, name(i) + 8)) : 0;
    }

    long lo(int i) {
        if (ipv6[locals[i]]) {
            return Long.reverseBytes(names.get(JAVA_LONG, name(i) + 16));
        }
        return 0xffff_0000_0000L | Integer.toUnsignedLong(Integer.reverseBytes(names.get(JAVA_INT, name(i) + 4)));
    }
}
