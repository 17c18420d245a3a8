package dev.rostrum.bench.fanout;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The yardstick of the fan-out: the least that sending one packet to many listeners can cost with this cipher and this
 * system. Each listener has a key of its own; a round encrypts one payload for each and sends it by sendmmsg, in a bare
 * loop that shares no code with the product. {@code bench/src/main/c/bare_loop.c} is the same in C.
 *
 * <p>Frozen: a change here makes all figures before and after it incomparable. Owned by one thread.
 */
public final class BareLoop implements AutoCloseable {

    private static final int BATCH = 64;
    private static final int STRIDE = 1600;
    private static final int TAG_BYTES = 16;
    private static final ValueLayout.OfInt NETWORK_INT = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);

    private final Arena arena = Arena.ofConfined();
    private final int listeners;
    private final int headerLength;
    private final int payloadLength;
    private final int socket;
    private final long[] ciphers;
    private final MemorySegment headers;
    private final MemorySegment datagrams;
    private final MemorySegment payload;
    private final MemorySegment iv;
    private final MemorySegment outl;
    private int sequence;

    /**
     * @param headerLengthBytes of the RTP header, at least 12; authenticated, not encrypted
     * @param payloadLengthBytes of the payload; the datagram is 16 bytes longer than both
     */
    public BareLoop(List<InetSocketAddress> destinations, int headerLengthBytes, int payloadLengthBytes) {
        listeners = destinations.size();
        headerLength = headerLengthBytes;
        payloadLength = payloadLengthBytes;
        socket = BareCalls.openSocket();
        ciphers = new long[listeners];
        for (int i = 0; i < listeners; i++) {
            ciphers[i] = BareCalls.openCipher(key(i));
        }
        datagrams = arena.allocate((long) BATCH * STRIDE, 64);
        for (int slot = 0; slot < BATCH; slot++) {
            datagrams.set(JAVA_BYTE, (long) slot * STRIDE, (byte) 0x80);
            datagrams.set(JAVA_BYTE, (long) slot * STRIDE + 1, (byte) 111);
        }
        payload = arena.allocate(payloadLength, 64);
        byte[] noise = new byte[payloadLength];
        new SplittableRandom(0).nextBytes(noise);
        MemorySegment.copy(noise, 0, payload, JAVA_BYTE, 0, payloadLength);
        iv = arena.allocate(16, 64);
        outl = arena.allocate(8, 64);
        MemorySegment names = arena.allocate((long) listeners * BareCalls.SOCKADDR_IN_BYTES, 64);
        MemorySegment iovecs = arena.allocate((long) BATCH * BareCalls.IOVEC_BYTES, 64);
        headers = arena.allocate((long) listeners * BareCalls.MMSGHDR_BYTES, 64);
        for (int slot = 0; slot < BATCH; slot++) {
            iovecs.set(JAVA_LONG, (long) slot * BareCalls.IOVEC_BYTES, datagrams.address() + (long) slot * STRIDE);
            iovecs.set(JAVA_LONG, (long) slot * BareCalls.IOVEC_BYTES + 8, headerLength + payloadLength + TAG_BYTES);
        }
        for (int i = 0; i < listeners; i++) {
            long name = (long) i * BareCalls.SOCKADDR_IN_BYTES;
            BareCalls.writeAddress(names, name, destinations.get(i));
            long header = (long) i * BareCalls.MMSGHDR_BYTES;
            headers.set(JAVA_LONG, header, names.address() + name);
            headers.set(JAVA_INT, header + 8, BareCalls.SOCKADDR_IN_BYTES);
            headers.set(JAVA_LONG, header + 16, iovecs.address() + (long) (i % BATCH) * BareCalls.IOVEC_BYTES);
            headers.set(JAVA_LONG, header + 24, 1);
        }
    }

    /** Whether this system has what the loop calls. */
    public static boolean supported() {
        try {
            BareCalls.closeSocket(BareCalls.openSocket());
            return true;
        } catch (LinkageError | RuntimeException e) {
            return false;
        }
    }

    /** The key of a listener. */
    static byte[] key(int listener) {
        byte[] key = new byte[16];
        new SplittableRandom(listener + 1).nextBytes(key);
        return key;
    }

    /**
     * Sends one packet to each listener.
     *
     * @return how many the system took
     */
    public int round() {
        sequence++;
        int sent = 0;
        for (int first = 0; first < listeners; first += BATCH) {
            int count = Math.min(BATCH, listeners - first);
            protectBatch(first, count);
            sent += Math.max(
                    0, BareCalls.sendmmsg(socket, headers.address() + (long) first * BareCalls.MMSGHDR_BYTES, count));
        }
        return sent;
    }

    private void protectBatch(int first, int count) {
        for (int slot = 0; slot < count; slot++) {
            long at = (long) slot * STRIDE;
            int ssrc = first + slot;
            datagrams.set(NETWORK_INT, at, 0x806f0000 | (sequence & 0xffff));
            datagrams.set(NETWORK_INT, at + 4, sequence * 960);
            datagrams.set(NETWORK_INT, at + 8, ssrc);
            iv.set(NETWORK_INT, 4, ssrc);
            iv.set(NETWORK_INT, 8, sequence);
            BareCalls.protect(
                    ciphers[first + slot],
                    iv.address(),
                    datagrams.address() + at,
                    headerLength,
                    payload.address(),
                    payloadLength,
                    outl.address());
        }
    }

    @Override
    public void close() {
        for (long cipher : ciphers) {
            BareCalls.closeCipher(cipher);
        }
        BareCalls.closeSocket(socket);
        arena.close();
    }
}
