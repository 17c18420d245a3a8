package dev.rostrum.sfu.udp;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port on Linux: recvmmsg, sendmmsg and epoll, called without a layer in between.
 *
 * <p>Owned by one thread, as {@link UdpPort} says. Allocates nothing per datagram.
 */
public final class LinuxUdpPort implements UdpPort {

    private static final Logger LOG = LoggerFactory.getLogger(LinuxUdpPort.class);

    private static final int RECEIVE_BATCH = 64;
    private static final int SEND_BATCH = 64;
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;
    private static final long SEND_WAIT_NS_PER_TURN = 2_000_000;
    private static final long WAKEUP = -1;

    private final List<InetSocketAddress> locals;
    private final int[] sockets;
    private final int epoll;
    private final int eventfd;
    private final boolean nanosecondWaits;
    private final String description;
    private final Counters<Counter> counters = new Counters<>(Counter.class);
    private final MemorySegment state = LinuxSockets.state();
    private final LinuxReceiveBatch incoming;
    private final LinuxSendBatch outgoing;
    private final MemorySegment events;
    private final MemorySegment timespec = Slab.allocate(16).segment();
    private final int[] readable;

    private final Object wakeupLock = new Object();
    private final MemorySegment wakeupState = LinuxSockets.state(); // guarded by wakeupLock
    private boolean closed; // guarded by wakeupLock

    private LinuxUdpPort(List<InetSocketAddress> locals, int[] sockets, int epoll, int eventfd) {
        this.locals = List.copyOf(locals);
        this.sockets = sockets;
        this.epoll = epoll;
        this.eventfd = eventfd;
        boolean[] ipv6 = new boolean[sockets.length];
        for (int local = 0; local < sockets.length; local++) {
            ipv6[local] = locals.get(local).getAddress() instanceof Inet6Address;
        }
        incoming = new LinuxReceiveBatch(RECEIVE_BATCH, ipv6, counters, state);
        outgoing = new LinuxSendBatch(SEND_BATCH, sockets, ipv6, counters, state);
        events = Slab.allocate((sockets.length + 1) * LinuxSockets.EPOLL_EVENT_BYTES)
                .segment();
        readable = new int[sockets.length];
        // An older kernel, or a sandbox, may lack the call that the C library has.
        nanosecondWaits = LinuxSockets.HAS_EPOLL_PWAIT2
                && LinuxSockets.epollPwait2(epoll, events.address(), sockets.length + 1, timespec.address()) >= 0;
        description = "recvmmsg/sendmmsg by FFM, receive buffer "
                + LinuxSockets.receiveBufferBytes(state, sockets[0]) / 1024 + " KiB";
    }

    /** Whether this system is a Linux with the calls that are needed, and native access is enabled. */
    public static boolean supported() {
        return Support.SUPPORTED;
    }

    /** As {@link UdpPort#bind}. */
    public static UdpPort bind(List<InetSocketAddress> locals) throws IOException {
        if (!supported()) {
            throw new IOException("this system has no recvmmsg, sendmmsg and epoll");
        }
        MemorySegment state = LinuxSockets.state();
        InetSocketAddress[] bound = new InetSocketAddress[locals.size()];
        int[] descriptors = new int[locals.size() + 2];
        int open = 0;
        try {
            int epoll = opened(state, LinuxSockets.epoll(state), "epoll");
            descriptors[open++] = epoll;
            int eventfd = opened(state, LinuxSockets.eventfd(state), "an eventfd");
            descriptors[open++] = eventfd;
            done(
                    state,
                    LinuxSockets.epollAdd(state, epoll, eventfd, LinuxSockets.EPOLLIN | LinuxSockets.EPOLLET, WAKEUP));
            int[] sockets = new int[locals.size()];
            for (int i = 0; i < sockets.length; i++) {
                InetSocketAddress local = locals.get(i);
                boolean v6 = local.getAddress() instanceof Inet6Address;
                int family = v6 ? LinuxSockets.AF_INET6 : LinuxSockets.AF_INET;
                int socket = opened(state, LinuxSockets.socket(state, family), "a socket");
                descriptors[open++] = socket;
                sockets[i] = socket;
                done(state, LinuxSockets.reusePort(state, socket));
                if (v6) {
                    done(state, LinuxSockets.onlyIpv6(state, socket));
                }
                // The system grants what it may; too little is no reason not to start.
                LinuxSockets.bufferSizes(state, socket, SOCKET_BUFFER_BYTES, SOCKET_BUFFER_BYTES);
                if (LinuxSockets.bind(state, socket, local) < 0) {
                    throw new BindException(
                            "can't bind UDP " + ChannelUdpPort.text(local) + ": " + reason(LinuxSockets.errno(state)));
                }
                bound[i] = LinuxSockets.bound(state, socket, local.getAddress());
                done(state, LinuxSockets.epollAdd(state, epoll, socket, LinuxSockets.EPOLLIN, i));
            }
            UdpPort port = new LinuxUdpPort(List.of(bound), sockets, epoll, eventfd);
            open = 0;
            return port;
        } finally {
            while (open > 0) {
                LinuxSockets.close(state, descriptors[--open]);
            }
        }
    }

    private static int opened(MemorySegment state, int descriptor, String what) throws IOException {
        if (descriptor < 0) {
            throw new IOException("can't open " + what + ": " + reason(LinuxSockets.errno(state)));
        }
        return descriptor;
    }

    private static void done(MemorySegment state, int result) throws IOException {
        if (result < 0) {
            throw new IOException("can't set up a socket: " + reason(LinuxSockets.errno(state)));
        }
    }

    private static String reason(int errno) {
        return switch (errno) {
            case LinuxSockets.EADDRINUSE -> "the address is already in use";
            case LinuxSockets.EADDRNOTAVAIL -> "this machine has no such address";
            case LinuxSockets.EACCES -> "not permitted (ports below 1024 need a privilege)";
            case LinuxSockets.EAFNOSUPPORT -> "this machine has no such kind of address (IPv6 may be switched off)";
            case LinuxSockets.EMFILE, LinuxSockets.ENFILE -> "too many open files";
            default -> "error number " + errno;
        };
    }

    @Override
    public int localCount() {
        return sockets.length;
    }

    @Override
    public InetSocketAddress local(int localIndex) {
        return locals.get(localIndex);
    }

    @Override
    public int receive(long waitNs) {
        incoming.clear();
        outgoing.allowWait(SEND_WAIT_NS_PER_TURN);
        int ready = await(Math.max(0, waitNs));
        int readableCount = 0;
        for (int i = 0; i < ready; i++) {
            long data = events.get(
                    JAVA_LONG_UNALIGNED, (long) i * LinuxSockets.EPOLL_EVENT_BYTES + LinuxSockets.EPOLL_EVENT_DATA);
            if (data != WAKEUP) {
                readable[readableCount++] = (int) data;
            }
        }
        for (int i = 0; i < readableCount; i++) {
            // Each its share of the batch, so that a flood at one address leaves room for the others.
            incoming.receive(sockets[readable[i]], readable[i], incoming.free() / (readableCount - i));
        }
        return incoming.count();
    }

    private int await(long waitNs) {
        int limit = sockets.length + 1;
        if (nanosecondWaits) {
            timespec.set(JAVA_LONG, 0, waitNs / 1_000_000_000);
            timespec.set(JAVA_LONG, 8, waitNs % 1_000_000_000);
            return LinuxSockets.epollPwait2(epoll, events.address(), limit, timespec.address());
        }
        int waitMs = (int) Math.min(Integer.MAX_VALUE, (waitNs + 999_999) / 1_000_000);
        return LinuxSockets.epollWait(epoll, events.address(), limit, waitMs);
    }

    @Override
    public Slab received() {
        return incoming.datagrams();
    }

    @Override
    public int receivedOffset(int i) {
        return incoming.offset(i);
    }

    @Override
    public int receivedLength(int i) {
        return incoming.length(i);
    }

    @Override
    public long receivedHi(int i) {
        return incoming.hi(i);
    }

    @Override
    public long receivedLo(int i) {
        return incoming.lo(i);
    }

    @Override
    public int receivedPort(int i) {
        return incoming.port(i);
    }

    @Override
    public int receivedLocal(int i) {
        return incoming.local(i);
    }

    @Override
    public Slab outgoing() {
        return outgoing.datagrams();
    }

    @Override
    public int reserve() {
        return outgoing.reserve();
    }

    @Override
    public void commit(int lengthBytes, PeerAddress to) {
        outgoing.commit(lengthBytes, to);
    }

    @Override
    public void flush() {
        outgoing.flush();
    }

    @Override
    public void wakeup() {
        // The lock keeps the descriptor from being closed, and perhaps given to another file, in between.
        synchronized (wakeupLock) {
            if (!closed) {
                LinuxSockets.eventfdWrite(wakeupState, eventfd);
            }
        }
    }

    @Override
    public Counters<Counter> counters() {
        return counters;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void close() {
        synchronized (wakeupLock) {
            if (closed) {
                return;
            }
            closed = true;
            for (int socket : sockets) {
                LinuxSockets.close(wakeupState, socket);
            }
            LinuxSockets.close(wakeupState, epoll);
            LinuxSockets.close(wakeupState, eventfd);
        }
    }

    /** Tried once, when first asked for. */
    private static final class Support {

        static final boolean SUPPORTED = tryIt();

        private static boolean tryIt() {
            String arch = System.getProperty("os.arch");
            if (!System.getProperty("os.name").equals("Linux") || !(arch.equals("amd64") || arch.equals("aarch64"))) {
                return false;
            }
            try {
                MemorySegment state = LinuxSockets.state();
                int descriptor = LinuxSockets.epoll(state);
                if (descriptor < 0) {
                    return false;
                }
                LinuxSockets.close(state, descriptor);
                return true;
            } catch (LinkageError | IllegalCallerException e) {
                LOG.warn("no direct system calls on this system: {}", e.toString());
                return false;
            }
        }
    }
}
