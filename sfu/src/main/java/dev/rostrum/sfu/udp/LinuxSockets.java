package dev.rostrum.sfu.udp;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The system calls of Linux that the port needs, and the layouts of their structures: the same on x86-64 and AArch64,
 * but for {@code epoll_event}, which x86-64 packs.
 *
 * <p>Stateless, but for {@link #state}, which each caller allocates for itself. All calls return -1 on failure; those
 * with a state leave the error number in it. Pointers are plain longs: the callers own the memory.
 */
final class LinuxSockets {

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_TRUNC = 0x20;
    static final int EPOLLIN = 1;
    static final int EPOLLET = 1 << 31;
    static final short POLLOUT = 4;

    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int ENFILE = 23;
    static final int EMFILE = 24;
    static final int EAFNOSUPPORT = 97;
    static final int EADDRINUSE = 98;
    static final int EADDRNOTAVAIL = 99;

    /** Bytes of a {@code sockaddr_in6}; a {@code sockaddr_in} is 16 and may be said to be longer. */
    static final int SOCKADDR_BYTES = 28;

    static final int IOVEC_BYTES = 16;
    static final int IOVEC_LENGTH = 8;

    /** {@code struct mmsghdr}: a {@code msghdr} and the length that the system writes. */
    static final int MMSGHDR_BYTES = 64;

    static final int MMSGHDR_NAME = 0;
    static final int MMSGHDR_NAME_LENGTH = 8;
    static final int MMSGHDR_IOVEC = 16;
    static final int MMSGHDR_IOVEC_COUNT = 24;
    static final int MMSGHDR_FLAGS = 48;
    static final int MMSGHDR_LENGTH = 56;

    private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");

    static final int EPOLL_EVENT_BYTES = X86_64 ? 12 : 16;
    static final int EPOLL_EVENT_DATA = X86_64 ? 4 : 8;

    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int SO_REUSEPORT = 15;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int EPOLL_CTL_ADD = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET =
            call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SETSOCKOPT =
            call("setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKOPT =
            call("getsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle BIND = call("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETSOCKNAME =
            call("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CREATE = call("epoll_create1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle EPOLL_CTL =
            call("epoll_ctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle EPOLL_WAIT =
            fastCall("epoll_wait", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
    private static final MethodHandle PPOLL =
            call("ppoll", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle EVENTFD = call("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD_WRITE =
            call("eventfd_write", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final FunctionDescriptor RECVMMSG_TYPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final FunctionDescriptor SENDMMSG_TYPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle RECVMMSG = fastCall("recvmmsg", RECVMMSG_TYPE);
    private static final MethodHandle RECVMMSG_ERRNO = call("recvmmsg", RECVMMSG_TYPE);
    private static final MethodHandle SENDMMSG = fastCall("sendmmsg", SENDMMSG_TYPE);
    private static final MethodHandle SENDMMSG_ERRNO = call("sendmmsg", SENDMMSG_TYPE);

    // Younger than the others (glibc 2.35): without it, waits are rounded up to milliseconds.
    private static final FunctionDescriptor EPOLL_PWAIT2_TYPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final boolean HAS_EPOLL_PWAIT2 = LIBC.find("epoll_pwait2").isPresent();
    private static final MethodHandle EPOLL_PWAIT2 =
            HAS_EPOLL_PWAIT2 ? fastCall("epoll_pwait2", EPOLL_PWAIT2_TYPE) : EPOLL_WAIT;

    private LinuxSockets() {}

    private static MethodHandle call(String name, FunctionDescriptor type) {
        return handle(name, type, Linker.Option.captureCallState("errno"));
    }

    /** Without the error number, whose capture may allocate, depending on what the compiler inlines. */
    private static MethodHandle fastCall(String name, FunctionDescriptor type) {
        return handle(name, type);
    }

    @SuppressWarnings("restricted") // the types are those of the C library
    private static MethodHandle handle(String name, FunctionDescriptor type, Linker.Option... options) {
        Optional<MemorySegment> symbol = LIBC.find(name);
        if (symbol.isEmpty()) {
            throw new UnsatisfiedLinkError("the C library has no " + name);
        }
        return LINKER.downcallHandle(symbol.get(), type, options);
    }

    /** Memory for the error number of one caller. */
    static MemorySegment state() {
        return Arena.ofAuto().allocate(STATE);
    }

    /** The error number of the last call that failed with this state. */
    static int errno(MemorySegment state) {
        return state.get(JAVA_INT, ERRNO);
    }

    /** A non-blocking UDP socket. */
    static int socket(MemorySegment state, int family) {
        try {
            return (int) SOCKET.invokeExact(state, family, SOCK_DGRAM | SOCK_NONBLOCK | CLOEXEC, 0);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int reusePort(MemorySegment state, int socket) {
        return option(state, socket, SOL_SOCKET, SO_REUSEPORT, 1);
    }

    static int onlyIpv6(MemorySegment state, int socket) {
        return option(state, socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    }

    static int bufferSizes(MemorySegment state, int socket, int receiveBytes, int sendBytes) {
        return option(state, socket, SOL_SOCKET, SO_RCVBUF, receiveBytes)
                | option(state, socket, SOL_SOCKET, SO_SNDBUF, sendBytes);
    }

    private static int option(MemorySegment state, int socket, int level, int name, int value) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) SETSOCKOPT.invokeExact(state, socket, level, name, arena.allocateFrom(JAVA_INT, value), 4);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** The size of the receive buffer that the system granted, in bytes; 0 if it won't say. */
    static int receiveBufferBytes(MemorySegment state, int socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(JAVA_INT);
            int result = (int) GETSOCKOPT.invokeExact(
                    state, socket, SOL_SOCKET, SO_RCVBUF, value, arena.allocateFrom(JAVA_INT, 4));
            // Linux doubles what it grants, for its own bookkeeping, and tells the double.
            return result == 0 ? value.get(JAVA_INT, 0) / 2 : 0;
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int bind(MemorySegment state, int socket, InetSocketAddress local) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(SOCKADDR_BYTES, 8);
            int length = writeAddress(name, local);
            return (int) BIND.invokeExact(state, socket, name, length);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    private static int writeAddress(MemorySegment name, InetSocketAddress address) {
        ByteBuffer bytes = name.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        InetAddress host = address.getAddress();
        boolean v6 = host instanceof Inet6Address;
        name.set(ValueLayout.JAVA_SHORT, 0, (short) (v6 ? AF_INET6 : AF_INET));
        bytes.putShort(2, (short) address.getPort());
        bytes.put(v6 ? 8 : 4, host.getAddress());
        if (host instanceof Inet6Address scoped) {
            name.set(JAVA_INT, 24, scoped.getScopeId());
        }
        return v6 ? SOCKADDR_BYTES : 16;
    }

    /** The address that the socket is bound to, whose host is known: its port. */
    static InetSocketAddress bound(MemorySegment state, int socket, InetAddress host) throws UnknownHostException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(SOCKADDR_BYTES, 8);
            int result =
                    (int) GETSOCKNAME.invokeExact(state, socket, name, arena.allocateFrom(JAVA_INT, SOCKADDR_BYTES));
            if (result != 0) {
                throw new UnknownHostException("getsockname failed with error number " + errno(state));
            }
            int port = Short.toUnsignedInt(Short.reverseBytes(name.get(ValueLayout.JAVA_SHORT, 2)));
            return new InetSocketAddress(host, port);
        } catch (UnknownHostException e) {
            throw e;
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int close(MemorySegment state, int descriptor) {
        try {
            return (int) CLOSE.invokeExact(state, descriptor);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int epoll(MemorySegment state) {
        try {
            return (int) EPOLL_CREATE.invokeExact(state, CLOEXEC);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int epollAdd(MemorySegment state, int epoll, int descriptor, int events, long data) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EPOLL_EVENT_BYTES, 8);
            event.set(JAVA_INT, 0, events);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, EPOLL_EVENT_DATA, data);
            return (int) EPOLL_CTL.invokeExact(state, epoll, EPOLL_CTL_ADD, descriptor, event);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int epollWait(int epoll, long events, int maxEvents, int timeoutMs) {
        try {
            return (int) EPOLL_WAIT.invokeExact(epoll, events, maxEvents, timeoutMs);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** As {@link #epollWait}, with a {@code timespec}; only if {@link #HAS_EPOLL_PWAIT2}. */
    static int epollPwait2(int epoll, long events, int maxEvents, long timespec) {
        try {
            return (int) EPOLL_PWAIT2.invokeExact(epoll, events, maxEvents, timespec, 0L);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int ppoll(MemorySegment state, long pollfd, long count, long timespec) {
        try {
            return (int) PPOLL.invokeExact(state, pollfd, count, timespec, 0L);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int eventfd(MemorySegment state) {
        try {
            return (int) EVENTFD.invokeExact(state, 0, SOCK_NONBLOCK | CLOEXEC);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int eventfdWrite(MemorySegment state, int descriptor) {
        try {
            return (int) EVENTFD_WRITE.invokeExact(state, descriptor, 1L);
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

    /** As {@link #recvmmsg}, to be called again after it failed, to learn why; if the cause has gone, it receives. */
    static int recvmmsgAgain(MemorySegment state, int socket, long headers, int count) {
        try {
            return (int) RECVMMSG_ERRNO.invokeExact(state, socket, headers, count, MSG_DONTWAIT, 0L);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int sendmmsg(int socket, long headers, int count) {
        try {
            return (int) SENDMMSG.invokeExact(socket, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** As {@link #sendmmsg}, to be called again after it failed, to learn why; if the cause has gone, it sends. */
    static int sendmmsgAgain(MemorySegment state, int socket, long headers, int count) {
        try {
            return (int) SENDMMSG_ERRNO.invokeExact(state, socket, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL);
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
