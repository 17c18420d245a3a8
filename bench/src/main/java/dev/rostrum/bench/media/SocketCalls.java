package dev.rostrum.bench.media;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The system calls of 64-bit Linux by which one thread serves thousands of UDP sockets. The product's own port is made
 * for few sockets and many peers, so it does not fit here.
 *
 * <p>Stateless; pointers are plain longs, and the callers own the memory.
 */
final class SocketCalls {

    static final int MMSGHDR_BYTES = 64;
    static final int MMSGHDR_IOVEC = 16;
    static final int MMSGHDR_IOVEC_COUNT = 24;
    static final int MMSGHDR_LENGTH = 56;
    static final int IOVEC_BYTES = 16;
    static final int SOCKADDR_BYTES = 28;

    private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");
    static final int EPOLL_EVENT_BYTES = X86_64 ? 12 : 16;
    static final int EPOLL_EVENT_DATA = X86_64 ? 4 : 8;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int CLOEXEC = 0x80000;
    private static final int EPOLLIN = 1;
    private static final int EPOLLET = 1 << 31;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();

    private static final MethodHandle SOCKET =
            call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle BIND = call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKNAME =
            call("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CREATE = call("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CTL =
            call("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle EVENTFD = call("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD_WRITE =
            call("eventfd_write", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle RECVMMSG =
            call("recvmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle SENDTO = call(
            "sendto", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final boolean FINE = LIBC.find("epoll_pwait2").isPresent();
    private static final MethodHandle EPOLL_WAIT = FINE
            ? call("epoll_pwait2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG))
            : call("epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));

    private SocketCalls() {}

    @SuppressWarnings("restricted") // the types are those of the C library
    private static MethodHandle call(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(
                LIBC.find(name)
                        .orElseThrow(() -> new UnsatisfiedLinkError(
                                "the C library has no " + name + ": the load generator needs Linux")),
                type);
    }

    /** A non-blocking UDP socket at a free port of a local address. */
    static int open(InetAddress local) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            int socket = (int) SOCKET.invokeExact(
                    local instanceof Inet6Address ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | CLOEXEC, 0);
            if (socket < 0) {
                throw new IOException("no UDP socket could be opened: is the limit of open files (ulimit -n) reached?");
            }
            MemorySegment name = arena.allocate(SOCKADDR_BYTES, 8);
            int length = writeAddress(name, new InetSocketAddress(local, 0));
            int bound = (int) BIND.invokeExact(socket, name, length);
            if (bound < 0) {
                close(socket);
                throw new IOException(local.getHostAddress() + " has no free UDP port");
            }
            return socket;
        } catch (Throwable t) {
            if (t instanceof IOException e) {
                throw e;
            }
            throw escaped(t);
        }
    }

    /** The port that a socket is bound to. */
    static int port(int socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(SOCKADDR_BYTES, 8);
            int result = (int) GETSOCKNAME.invokeExact(socket, name, arena.allocateFrom(JAVA_INT, SOCKADDR_BYTES));
            return result < 0 ? 0 : Short.toUnsignedInt(Short.reverseBytes(name.get(JAVA_SHORT, 2)));
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** Writes a {@code sockaddr}; returns its length. */
    static int writeAddress(MemorySegment name, InetSocketAddress address) {
        ByteBuffer bytes = name.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        InetAddress host = address.getAddress();
        boolean v6 = host instanceof Inet6Address;
        name.set(JAVA_SHORT, 0, (short) (v6 ? AF_INET6 : AF_INET));
        bytes.putShort(2, (short) address.getPort());
        bytes.put(v6 ? 8 : 4, host.getAddress());
        if (host instanceof Inet6Address scoped) {
            name.set(JAVA_INT, 24, scoped.getScopeId());
        }
        return v6 ? SOCKADDR_BYTES : 16;
    }

    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int epoll() {
        try {
            return (int) EPOLL_CREATE.invokeExact(CLOEXEC);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** Adds a descriptor, edge-triggered: its reader must empty it each time. */
    static void epollAdd(int epoll, int descriptor, long data) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EPOLL_EVENT_BYTES, 8);
            event.set(JAVA_INT, 0, EPOLLIN | EPOLLET);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, EPOLL_EVENT_DATA, data);
            int result = (int) EPOLL_CTL.invokeExact(epoll, EPOLL_CTL_ADD, descriptor, event);
            if (result < 0) {
                throw new IllegalStateException("epoll_ctl failed");
            }
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** Waits; {@code timespec} is the address of 16 bytes that this call may write. */
    static int epollWait(int epoll, long events, int maxEvents, MemorySegment timespec, long waitNs) {
        try {
            if (FINE) {
                timespec.set(JAVA_LONG, 0, waitNs / 1_000_000_000L);
                timespec.set(JAVA_LONG, 8, waitNs % 1_000_000_000L);
                return (int) EPOLL_WAIT.invokeExact(epoll, events, maxEvents, timespec.address(), 0L);
            }
            return (int) EPOLL_WAIT.invokeExact(epoll, events, maxEvents, (int) ((waitNs + 999_999) / 1_000_000));
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int eventfd() {
        try {
            return (int) EVENTFD.invokeExact(0, SOCK_NONBLOCK | CLOEXEC);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static void eventfdWrite(int descriptor) {
        try {
            int ignored = (int) EVENTFD_WRITE.invokeExact(descriptor, 1L);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int recvmmsg(int socket, long headers, int count) {
        try {
            return (int) RECVMMSG.invokeExact(socket, headers, count, MSG_DONTWAIT, 0L);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** Whether the system took the datagram. */
    static boolean send(int socket, long bytes, int lengthBytes, long name, int nameLengthBytes) {
        try {
            return (long) SENDTO.invokeExact(
                            socket, bytes, (long) lengthBytes, MSG_DONTWAIT | MSG_NOSIGNAL, name, nameLengthBytes)
                    >= 0;
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    // A downcall itself throws nothing; only the JVM can fail here.
    private static RuntimeException escaped(Throwable t) {
        return switch (t) {
            case Error e -> throw e;
            case RuntimeException e -> e;
            default -> new IllegalStateException(t);
        };
    }
}
