package dev.rostrum.sfu.udp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.rostrum.sfu.udp.UdpPort.Counter;
import dev.rostrum.srtp.Slab;
import java.lang.foreign.MemorySegment;

/**
 * The memory of outgoing datagrams and the headers by which sendmmsg takes them.
 *
 * <p>Owned by its port. All headers are written once; a datagram costs the stores of its address and its length. A
 * batch whose datagrams leave from several local addresses is sorted by them when it is flushed.
 */
final class LinuxSendBatch {

    // Not a power of two: the beginnings of datagrams must not all fall into the same lines of the cache.
    private static final int STRIDE = 1600;
    private static final int NAME_STRIDE = 32;

    private final int capacity;
    private final int[] sockets;
    private final boolean[] ipv6;
    private final Counters<Counter> counters;
    private final MemorySegment state;
    private final Slab datagrams;
    private final MemorySegment names;
    private final MemorySegment iovecs;
    private final MemorySegment headers;
    private final MemorySegment sorted;
    private final MemorySegment poll; // a pollfd, and a timespec behind it

    private final int[] locals;
    private int count;
    private int otherLocals; // not 0 if the batch leaves from several local addresses
    private long bytes;
    private long patienceNs;

    LinuxSendBatch(int capacity, int[] sockets, boolean[] ipv6, Counters<Counter> counters, MemorySegment state) {
        this.capacity = capacity;
        this.sockets = sockets;
        this.ipv6 = ipv6;
        this.counters = counters;
        this.state = state;
        datagrams = Slab.allocate(capacity * STRIDE);
        names = Slab.allocate(capacity * NAME_STRIDE).segment();
        iovecs = Slab.allocate(capacity * LinuxSockets.IOVEC_BYTES).segment();
        headers = Slab.allocate(capacity * LinuxSockets.MMSGHDR_BYTES).segment();
        sorted = Slab.allocate(capacity * LinuxSockets.MMSGHDR_BYTES).segment();
        poll = Slab.allocate(24).segment();
        locals = new int[capacity];
        for (int slot = 0; slot < capacity; slot++) {
            long iovec = (long) slot * LinuxSockets.IOVEC_BYTES;
            iovecs.set(JAVA_LONG, iovec, datagrams.address() + (long) slot * STRIDE);
            long header = (long) slot * LinuxSockets.MMSGHDR_BYTES;
            headers.set(JAVA_LONG, header + LinuxSockets.MMSGHDR_NAME, names.address() + (long) slot * NAME_STRIDE);
            // Long enough for IPv6; IPv4 ignores what is beyond its own.
            headers.set(JAVA_INT, header + LinuxSockets.MMSGHDR_NAME_LENGTH, LinuxSockets.SOCKADDR_BYTES);
            headers.set(JAVA_LONG, header + LinuxSockets.MMSGHDR_IOVEC, iovecs.address() + iovec);
            headers.set(JAVA_LONG, header + LinuxSockets.MMSGHDR_IOVEC_COUNT, 1);
        }
    }

    /** How long the flushes from now on may wait, all together, for full sockets. */
    void allowWait(long waitNs) {
        patienceNs = waitNs;
    }

    Slab datagrams() {
        return datagrams;
    }

    int reserve() {
        if (count == capacity) {
            flush();
        }
        return count * STRIDE;
    }

    void commit(int lengthBytes, PeerAddress to) {
        int slot = count;
        int local = to.localIndex();
        long name = (long) slot * NAME_STRIDE;
        long port = Integer.toUnsignedLong(Integer.reverseBytes(to.port())); // in bits 16 to 31, network order
        if (ipv6[local]) {
            names.set(JAVA_LONG, name, port | LinuxSockets.AF_INET6);
            names.set(JAVA_LONG, name + 8, Long.reverseBytes(to.hi()));
            names.set(JAVA_LONG, name + 16, Long.reverseBytes(to.lo()));
        } else {
            long host = Integer.toUnsignedLong(Integer.reverseBytes((int) to.lo()));
            names.set(JAVA_LONG, name, host << 32 | port | LinuxSockets.AF_INET);
        }
        iovecs.set(JAVA_LONG, (long) slot * LinuxSockets.IOVEC_BYTES + LinuxSockets.IOVEC_LENGTH, lengthBytes);
        locals[slot] = local;
        otherLocals |= local ^ locals[0];
        bytes += lengthBytes;
        count = slot + 1;
    }

    void flush() {
        int batch = count;
        if (batch == 0) {
            return;
        }
        count = 0;
        if (otherLocals == 0) {
            send(sockets[locals[0]], headers, batch);
        } else {
            otherLocals = 0;
            for (int local = 0; local < sockets.length; local++) {
                sendThoseOf(local, batch);
            }
        }
        counters.add(Counter.SENT_BYTES, bytes);
        bytes = 0;
    }

    private void sendThoseOf(int local, int batch) {
        int mine = 0;
        for (int slot = 0; slot < batch; slot++) {
            if (locals[slot] == local) {
                MemorySegment.copy(
                        headers,
                        (long) slot * LinuxSockets.MMSGHDR_BYTES,
                        sorted,
                        (long) mine * LinuxSockets.MMSGHDR_BYTES,
                        LinuxSockets.MMSGHDR_BYTES);
                mine++;
            }
        }
        if (mine > 0) {
            send(sockets[local], sorted, mine);
        }
    }

    private void send(int socket, MemorySegment messages, int batch) {
        int done = 0;
        int sent = 0;
        while (done < batch) {
            long next = messages.address() + (long) done * LinuxSockets.MMSGHDR_BYTES;
            int result = LinuxSockets.sendmmsg(socket, next, batch - done);
            if (result < 0) {
                // Nothing was sent, perhaps only by an ICMP error of an earlier datagram, which is cleared now.
                result = LinuxSockets.sendmmsgAgain(state, socket, next, 1);
            }
            if (result > 0) {
                done += result;
                sent += result;
                continue;
            }
            switch (LinuxSockets.errno(state)) {
                case LinuxSockets.EINTR -> {}
                case LinuxSockets.EAGAIN -> {
                    if (!waitWritable(socket)) {
                        counters.add(Counter.SEND_FULL, batch - done);
                        for (; done < batch; done++) {
                            forgetBytes(messages, done);
                        }
                    }
                }
                default -> {
                    counters.count(Counter.SEND_REFUSED);
                    forgetBytes(messages, done);
                    done++;
                }
            }
        }
        counters.add(Counter.SENT, sent);
    }

    private void forgetBytes(MemorySegment messages, int message) {
        long iovec = messages.get(JAVA_LONG, (long) message * LinuxSockets.MMSGHDR_BYTES + LinuxSockets.MMSGHDR_IOVEC);
        bytes -= iovecs.get(JAVA_LONG, iovec - iovecs.address() + LinuxSockets.IOVEC_LENGTH);
    }

    private boolean waitWritable(int socket) {
        if (patienceNs <= 0) {
            return false;
        }
        poll.set(JAVA_INT, 0, socket);
        poll.set(JAVA_SHORT, 4, LinuxSockets.POLLOUT);
        poll.set(JAVA_LONG, 8, 0);
        poll.set(JAVA_LONG, 16, patienceNs);
        long startedNs = System.nanoTime();
        LinuxSockets.ppoll(state, poll.address(), 1, poll.address() + 8);
        // At least something, so that a socket that is said to be writable but isn't ends the patience, too.
        patienceNs -= Math.max(10_000, System.nanoTime() - startedNs);
        return true;
    }
}
