package dev.rostrum.dtls;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.bouncycastle.tls.DatagramTransport;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.jspecify.annotations.Nullable;

/**
 * The datagram socket that Bouncy Castle thinks it has: a bounded queue in, whole flights out. Records that are sent one
 * by one leave together, in as few datagrams of 1,200 bytes as they fit in, when the sender next waits for an answer.
 *
 * <p>{@link #offer} and {@link #wake} may be called on any thread and never block; everything else belongs to the one
 * thread that at the time runs the handshake or reads the session.
 */
final class DtlsWire implements DatagramTransport {

    /** The largest datagram that is read; shards receive no longer ones. */
    static final int MAX_RECEIVED_LENGTH_BYTES = 1_500;

    /** The largest datagram that is sent: it passes every path that WebRTC media passes. */
    static final int MAX_SENT_LENGTH_BYTES = 1_200;

    private static final int MAX_QUEUED = 48;

    /** A peer that has really given up stays silent for longer than two or three retransmissions take. */
    private static final long ALERT_GRACE_NS = TimeUnit.SECONDS.toNanos(3);

    private final ConcurrentLinkedQueue<byte[]> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private volatile @Nullable Thread reader;

    private final InboundRecords inbound;
    private final Consumer<byte[]> out;
    private final BooleanSupplier closing;
    private @Nullable DtlsHandshake handshake;
    private boolean waits = true;

    private byte @Nullable [] flight;
    private int flightLengthBytes;

    DtlsWire(DtlsRole role, Consumer<DtlsDropReason> drops, Consumer<byte[]> out, BooleanSupplier closing) {
        this.inbound = new InboundRecords(role, drops);
        this.out = out;
        this.closing = closing;
    }

    /** Queues a received datagram; false if the queue is full. */
    boolean offer(byte[] datagram) {
        if (queued.incrementAndGet() > MAX_QUEUED) {
            queued.decrementAndGet();
            return false;
        }
        queue.add(datagram);
        return true;
    }

    /** Ends the reader's wait. */
    void wake() {
        Thread waiting = reader;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    boolean hasReceived() {
        return !queue.isEmpty();
    }

    void beginHandshake(DtlsHandshake current) {
        handshake = current;
    }

    /** From now on an empty queue is an {@link InterruptedIOException} instead of a wait. */
    void neverWait() {
        waits = false;
    }

    void established() {
        handshake = null;
        waits = false;
        inbound.established();
        flight = null;
    }

    /** Forgets what nobody will read. */
    void clear() {
        queue.clear();
        queued.set(0);
    }

    @Override
    public int getReceiveLimit() {
        return MAX_RECEIVED_LENGTH_BYTES;
    }

    @Override
    public int getSendLimit() {
        return MAX_SENT_LENGTH_BYTES;
    }

    @Override
    public int receive(byte[] buffer, int offset, int lengthBytes, int waitMillis) throws IOException {
        flush();
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(waitMillis);
        while (true) {
            DtlsHandshake current = handshake;
            if (closing.getAsBoolean()) {
                if (current != null) {
                    current.cancel();
                }
                throw new InterruptedIOException("closed by this side");
            }
            byte[] record = inbound.next(current == null || current.awaitsFinished());
            if (record != null) {
                if (record.length > lengthBytes) {
                    continue;
                }
                System.arraycopy(record, 0, buffer, offset, record.length);
                return record.length;
            }
            long nowNs = System.nanoTime();
            byte[] datagram = queue.poll();
            if (datagram != null) {
                queued.decrementAndGet();
                inbound.accept(datagram, nowNs);
                continue;
            }
            if (!waits) {
                throw new InterruptedIOException("nothing received");
            }
            long untilNs = endNs;
            if (inbound.alert() != InboundRecords.NO_ALERT) {
                long believedNs = inbound.alertAtNs() + ALERT_GRACE_NS;
                if (nowNs - believedNs >= 0) {
                    throw new TlsFatalAlertReceived((short) inbound.alert());
                }
                untilNs = Math.min(endNs - nowNs, believedNs - nowNs) + nowNs;
            }
            if (endNs - nowNs <= 0) {
                return -1;
            }
            sleep(untilNs - nowNs);
        }
    }

    private void sleep(long ns) throws InterruptedIOException {
        reader = Thread.currentThread();
        try {
            if (queue.isEmpty() && !closing.getAsBoolean()) {
                LockSupport.parkNanos(this, ns);
            }
        } finally {
            reader = null;
        }
        if (Thread.interrupted()) {
            throw new InterruptedIOException("interrupted");
        }
    }

    @Override
    public void send(byte[] buffer, int offset, int lengthBytes) {
        byte[] pending = flight;
        if (pending == null) {
            pending = new byte[MAX_SENT_LENGTH_BYTES];
            flight = pending;
        }
        if (lengthBytes > MAX_SENT_LENGTH_BYTES - flightLengthBytes) {
            flush();
        }
        System.arraycopy(buffer, offset, pending, flightLengthBytes, lengthBytes);
        flightLengthBytes += lengthBytes;
    }

    /** Sends what has been written since the last time. */
    void flush() {
        byte[] pending = flight;
        if (pending != null && flightLengthBytes > 0) {
            byte[] datagram = Arrays.copyOf(pending, flightLengthBytes);
            flightLengthBytes = 0;
            out.accept(datagram);
        }
    }

    @Override
    public void close() {
        flush(); // there is no socket to close; the alert before it must leave
    }
}
