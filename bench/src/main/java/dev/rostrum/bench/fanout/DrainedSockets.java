package dev.rostrum.bench.fanout;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Open UDP sockets of this machine's loopback, emptied by a thread of their own: the listeners of a fan-out, as far as
 * the sending side can tell.
 *
 * <p>Any thread may ask; one closes.
 */
public final class DrainedSockets implements AutoCloseable {

    private static final int BATCH = 32;
    private static final int BUFFER_BYTES = 2048;
    private static final int POLLFD_BYTES = 8;
    private static final short POLLIN = 1;

    private final int[] sockets;
    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final Thread thread;
    private volatile long drained;
    private long expected;
    private volatile boolean closing;

    /** Opens so many sockets, each at a port of its own. */
    public DrainedSockets(int count) {
        sockets = new int[count];
        for (int i = 0; i < count; i++) {
            sockets[i] = BareCalls.openSocket();
            addresses.add(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), BareCalls.port(sockets[i])));
        }
        thread = new Thread(this::drain, "drain");
        thread.setDaemon(true);
        thread.start();
    }

    /** Where the sockets are bound. */
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    /** How many datagrams have come out of all sockets so far. */
    public long drained() {
        return drained;
    }

    /** Waits until so many have come out, or until none has come for two seconds; whether they have. */
    public boolean awaitDrained(long count) throws InterruptedException {
        long before = -1;
        int idle = 0;
        while (drained < count && idle < 200) {
            idle = drained == before ? idle + 1 : 0;
            before = drained;
            Thread.sleep(10);
        }
        return drained >= count;
    }

    /**
     * Waits for so many more than were waited for before: who was sent to empties their sockets before the next window,
     * which must not pay for this one. Some that were dropped are not waited for again.
     */
    void awaitMore(long datagrams) throws InterruptedException {
        expected += datagrams;
        if (!awaitDrained(expected)) {
            expected = drained;
        }
    }

    private void drain() {
        try (Arena arena = Arena.ofConfined()) {
            // All datagrams of a batch go to the same bytes: nobody reads them.
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, 64);
            MemorySegment iovec = arena.allocate(BareCalls.IOVEC_BYTES, 8);
            iovec.set(JAVA_LONG, 0, buffer.address());
            iovec.set(JAVA_LONG, 8, BUFFER_BYTES);
            MemorySegment headers = arena.allocate((long) BATCH * BareCalls.MMSGHDR_BYTES, 64);
            for (int i = 0; i < BATCH; i++) {
                headers.set(JAVA_LONG, (long) i * BareCalls.MMSGHDR_BYTES + 16, iovec.address());
                headers.set(JAVA_LONG, (long) i * BareCalls.MMSGHDR_BYTES + 24, 1);
            }
            MemorySegment pollfds = arena.allocate((long) sockets.length * POLLFD_BYTES, 8);
            for (int i = 0; i < sockets.length; i++) {
                pollfds.set(JAVA_INT, (long) i * POLLFD_BYTES, sockets[i]);
                pollfds.set(JAVA_SHORT, (long) i * POLLFD_BYTES + 4, POLLIN);
            }
            long total = 0;
            while (!closing) {
                if (BareCalls.poll(pollfds.address(), sockets.length, 100) > 0) {
                    total += emptyReadable(pollfds, headers);
                    drained = total;
                }
            }
        }
        for (int socket : sockets) {
            BareCalls.closeSocket(socket);
        }
    }

    private long emptyReadable(MemorySegment pollfds, MemorySegment headers) {
        long taken = 0;
        for (int i = 0; i < sockets.length; i++) {
            if (pollfds.get(JAVA_SHORT, (long) i * POLLFD_BYTES + 6) != 0) {
                taken += Math.max(0, BareCalls.recvmmsg(sockets[i], headers.address(), BATCH));
            }
        }
        return taken;
    }

    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the thread ends by itself
        }
    }
}
