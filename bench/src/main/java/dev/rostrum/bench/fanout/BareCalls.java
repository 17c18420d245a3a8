package dev.rostrum.bench.fanout;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The calls of the yardstick's own: C library and OpenSSL's libcrypto on 64-bit Linux. On purpose nothing of the
 * product is used, so that a change of the product can't move the yardstick.
 *
 * <p>Stateless; pointers are plain longs.
 */
final class BareCalls {

    static final int MMSGHDR_BYTES = 64;
    static final int IOVEC_BYTES = 16;
    static final int SOCKADDR_IN_BYTES = 16;
    static final int MSG_DONTWAIT = 0x40;

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SO_RCVBUF = 8;
    private static final int BUFFER_BYTES = 4 << 20;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final SymbolLookup LIBCRYPTO = library("libcrypto.so.3");

    private static final MethodHandle SOCKET =
            call(LIBC, "socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SETSOCKOPT = call(
            LIBC, "setsockopt", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle BIND =
            call(LIBC, "bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle GETSOCKNAME =
            call(LIBC, "getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CLOSE = call(LIBC, "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle POLL =
            call(LIBC, "poll", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RECVMMSG =
            call(LIBC, "recvmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle SENDMMSG =
            call(LIBC, "sendmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));

    private static final MethodHandle CTX_NEW = call(LIBCRYPTO, "EVP_CIPHER_CTX_new", FunctionDescriptor.of(JAVA_LONG));
    private static final MethodHandle CTX_FREE =
            call(LIBCRYPTO, "EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(JAVA_LONG));
    private static final MethodHandle AES_128_GCM =
            call(LIBCRYPTO, "EVP_aes_128_gcm", FunctionDescriptor.of(JAVA_LONG));
    private static final MethodHandle INIT = call(
            LIBCRYPTO,
            "EVP_EncryptInit_ex",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.critical(false));
    private static final MethodHandle UPDATE = call(
            LIBCRYPTO,
            "EVP_EncryptUpdate",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT),
            Linker.Option.critical(false));
    private static final MethodHandle FINAL = call(
            LIBCRYPTO,
            "EVP_EncryptFinal_ex",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.critical(false));
    private static final MethodHandle CTRL = call(
            LIBCRYPTO,
            "EVP_CIPHER_CTX_ctrl",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG),
            Linker.Option.critical(false));

    private BareCalls() {}

    @SuppressWarnings("restricted") // a library of the system
    static SymbolLookup library(String name) {
        return SymbolLookup.libraryLookup(name, Arena.global());
    }

    @SuppressWarnings("restricted") // the types are those of the libraries
    static MethodHandle call(SymbolLookup library, String name, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.downcallHandle(library.find(name).orElseThrow(), type, options);
    }

    /** A non-blocking IPv4 UDP socket with large buffers, at a free port of the loopback. */
    static int openSocket() {
        try (Arena arena = Arena.ofConfined()) {
            int socket = (int) SOCKET.invokeExact(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
            checked(socket, "socket");
            MemorySegment size = arena.allocateFrom(JAVA_INT, BUFFER_BYTES);
            checked((int) SETSOCKOPT.invokeExact(socket, SOL_SOCKET, SO_SNDBUF, size.address(), 4), "setsockopt");
            checked((int) SETSOCKOPT.invokeExact(socket, SOL_SOCKET, SO_RCVBUF, size.address(), 4), "setsockopt");
            MemorySegment name = arena.allocate(SOCKADDR_IN_BYTES, 8);
            writeAddress(name, 0, new InetSocketAddress(java.net.InetAddress.ofLiteral("127.0.0.1"), 0));
            checked((int) BIND.invokeExact(socket, name.address(), SOCKADDR_IN_BYTES), "bind");
            return socket;
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** The port that a socket is bound to. */
    static int port(int socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(SOCKADDR_IN_BYTES, 8);
            MemorySegment length = arena.allocateFrom(JAVA_INT, SOCKADDR_IN_BYTES);
            checked((int) GETSOCKNAME.invokeExact(socket, name.address(), length.address()), "getsockname");
            return Short.toUnsignedInt(Short.reverseBytes(name.get(ValueLayout.JAVA_SHORT, 2)));
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** Writes a {@code sockaddr_in}. */
    static void writeAddress(MemorySegment memory, long offset, InetSocketAddress address) {
        MemorySegment name = memory.asSlice(offset, SOCKADDR_IN_BYTES);
        ByteBuffer bytes = name.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
        bytes.putShort(2, (short) address.getPort());
        bytes.put(4, address.getAddress().getAddress());
    }

    static void closeSocket(int socket) {
        try {
            checked((int) CLOSE.invokeExact(socket), "close");
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static int poll(long pollfds, int count, int waitMs) {
        try {
            return (int) POLL.invokeExact(pollfds, (long) count, waitMs);
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

    static int sendmmsg(int socket, long headers, int count) {
        try {
            return (int) SENDMMSG.invokeExact(socket, headers, count, MSG_DONTWAIT);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** A context of AES-128-GCM with its key set. */
    static long openCipher(byte[] key) {
        try (Arena arena = Arena.ofConfined()) {
            long context = (long) CTX_NEW.invokeExact();
            long cipher = (long) AES_128_GCM.invokeExact();
            long keyAddress = arena.allocateFrom(ValueLayout.JAVA_BYTE, key).address();
            require((int) INIT.invokeExact(context, cipher, 0L, keyAddress, 0L));
            return context;
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    static void closeCipher(long context) {
        try {
            CTX_FREE.invokeExact(context);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    /** Encrypts a payload behind its header, which is authenticated, and appends the tag of 16 bytes. */
    static void protect(long context, long iv, long out, int headerLength, long payload, int payloadLength, long outl) {
        try {
            long encrypted = out + headerLength;
            int result = (int) INIT.invokeExact(context, 0L, 0L, 0L, iv);
            result &= (int) UPDATE.invokeExact(context, 0L, outl, out, headerLength);
            result &= (int) UPDATE.invokeExact(context, encrypted, outl, payload, payloadLength);
            result &= (int) FINAL.invokeExact(context, encrypted + payloadLength, outl);
            result &= (int) CTRL.invokeExact(context, 0x10, 16, encrypted + payloadLength);
            require(result);
        } catch (Throwable t) {
            throw escaped(t);
        }
    }

    private static void require(int result) {
        if (result != 1) {
            throw new IllegalStateException("libcrypto failed");
        }
    }

    private static void checked(int result, String call) {
        if (result < 0) {
            throw new IllegalStateException(call + " failed");
        }
    }

    static RuntimeException escaped(Throwable t) {
        return switch (t) {
            case Error e -> throw e;
            case RuntimeException e -> e;
            default -> new IllegalStateException(t);
        };
    }
}
