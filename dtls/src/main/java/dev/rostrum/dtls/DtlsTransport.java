package dev.rostrum.dtls;

import dev.rostrum.srtp.SrtpKeys;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.tls.DTLSTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The DTLS session of one endpoint: one handshake, and after it what is left for DTLS to do in WebRTC, which is to answer
 * a peer that missed the last flight and to close (RFC 5764, RFC 6347 §4.2.4).
 *
 * <p>Owned by the endpoint's shard, which calls {@link #onDatagram}, {@link #start} and {@link #close}; none of them
 * blocks. The {@link Sink} is called on virtual threads, never by two at once.
 */
public final class DtlsTransport {

    private static final Logger log = LoggerFactory.getLogger(DtlsTransport.class);

    /**
     * What comes out of a transport. Exactly one of {@link #onConnected} and {@link #onFailed} is called, unless the owner
     * closes first; {@link #onClosed} only after {@link #onConnected}. After {@link #close} only {@link #onSend} may come.
     *
     * <p>Called on virtual threads, one at a time; implementations hand over to the shard and return.
     */
    public interface Sink {
        /** A datagram of at most 1,200 bytes for the peer; the array is the receiver's to keep. */
        void onSend(byte[] datagram);

        /** The handshake is complete and the peer is the one that signaling announced. */
        void onConnected(SrtpKeys keys);

        /** The handshake failed; the transport has ended. The reason is a sentence for a log. */
        void onFailed(String reason);

        /** The peer ended the session, by close_notify or by a fatal alert. */
        void onClosed();
    }

    private enum State {
        NEW,
        HANDSHAKING,
        ESTABLISHED,
        ENDED
    }

    private final DtlsHandshakes pool;
    private final DtlsIdentity identity;
    private final DtlsRole role;
    private final Fingerprint remote;
    private final Sink sink;
    private final DtlsWire wire;

    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);
    private final AtomicBoolean reading = new AtomicBoolean();
    private volatile boolean closing;

    // Only the thread that handshakes or has set 'reading' touches these.
    private @Nullable DtlsHandshake handshake;
    private @Nullable DTLSTransport session;

    /**
     * A transport that waits: as a server for a ClientHello, as a client for {@link #start}.
     *
     * @param remote the fingerprint from the peer's SDP
     */
    public DtlsTransport(DtlsHandshakes pool, DtlsIdentity identity, DtlsRole role, Fingerprint remote, Sink sink) {
        this.pool = pool;
        this.identity = identity;
        this.role = role;
        this.remote = remote;
        this.sink = sink;
        this.wire = new DtlsWire(role, pool::countDrop, this::send, () -> closing);
    }

    /** As a client, sends the ClientHello; as a server there is nothing to start. Once; later calls do nothing. */
    public void start() {
        if (role == DtlsRole.CLIENT) {
            begin();
        }
    }

    /** Takes a copy of a datagram from the peer; what is no DTLS, or comes too fast, is dropped and counted. */
    public void onDatagram(ByteBuffer source, int offset, int lengthBytes) {
        State now = state.get();
        if (now == State.ENDED || closing) {
            pool.countDrop(DtlsDropReason.ENDED);
            return;
        }
        if (lengthBytes > DtlsWire.MAX_RECEIVED_LENGTH_BYTES
                || !InboundRecords.looksLikeDtls(source, offset, lengthBytes)) {
            pool.countDrop(DtlsDropReason.NOT_DTLS);
            return;
        }
        if (now == State.NEW
                && (role == DtlsRole.CLIENT || !InboundRecords.beginsHandshake(source, offset, lengthBytes))) {
            pool.countDrop(DtlsDropReason.NO_HANDSHAKE);
            return;
        }
        byte[] datagram = new byte[lengthBytes];
        source.get(offset, datagram);
        if (!wire.offer(datagram)) {
            pool.countDrop(DtlsDropReason.QUEUE_FULL);
            return;
        }
        if (now == State.NEW) {
            begin();
        }
        if (state.get() == State.ESTABLISHED) {
            readSoon();
        } else {
            wire.wake();
        }
    }

    /** Ends the session: close_notify is sent if there is a session, and a handshake in flight is abandoned. */
    public void close() {
        closing = true;
        if (state.compareAndSet(State.NEW, State.ENDED)) {
            wire.clear();
        } else if (state.get() == State.ESTABLISHED) {
            readSoon();
        } else {
            wire.wake();
        }
    }

    private void begin() {
        if (!state.compareAndSet(State.NEW, State.HANDSHAKING)) {
            return;
        }
        String refusal = pool.begin(this);
        if (refusal != null) {
            state.set(State.ENDED);
            wire.clear();
            pool.execute(() -> fail(refusal));
        }
    }

    /** Runs the handshake on the calling virtual thread. */
    void handshake(long waitedMillis) {
        long leftMillis = pool.limits().deadline().toMillis() - waitedMillis;
        String failure;
        if (leftMillis <= 0) {
            failure = "the handshake waited " + waitedMillis + " ms for its turn";
        } else {
            try {
                failure = connect((int) leftMillis);
            } catch (RuntimeException | Error e) {
                log.error("a DTLS handshake broke", e);
                failure = "the handshake broke: " + e;
            }
        }
        if (failure != null) {
            state.set(State.ENDED);
            handshake = null;
            wire.clear();
            pool.countHandshake(false);
            fail(failure);
        }
    }

    /** Returns why it failed, or null. */
    private @Nullable String connect(int leftMillis) {
        DtlsHandshake current = new DtlsHandshake(pool.crypto(), identity, role, remote, leftMillis, (int)
                pool.limits().firstRetransmit().toMillis());
        handshake = current;
        wire.beginHandshake(current);
        DTLSTransport connected;
        try {
            connected = current.run(wire);
        } catch (IOException e) {
            return current.reason(e);
        } finally {
            wire.flush();
        }
        wire.established();
        session = connected;
        reading.set(true);
        state.set(State.ESTABLISHED);
        pool.countHandshake(true);
        if (!closing) {
            call(() -> sink.onConnected(current.keys()));
        }
        read();
        return null;
    }

    private void readSoon() {
        if (reading.compareAndSet(false, true)) {
            pool.execute(this::read);
        }
    }

    /** Reads everything that has come. Runs only on the thread that has set {@link #reading}. */
    private void read() {
        do {
            DTLSTransport current = session;
            if (current != null && !readAll(current)) {
                session = null;
                handshake = null;
                state.set(State.ENDED);
                wire.clear();
                if (!closing) {
                    call(sink::onClosed);
                }
            }
            reading.set(false);
        } while (session != null && (wire.hasReceived() || closing) && reading.compareAndSet(false, true));
    }

    /** Reads records until there are none; false if the session has ended. */
    private boolean readAll(DTLSTransport current) {
        byte[] buffer = new byte[DtlsWire.MAX_RECEIVED_LENGTH_BYTES];
        try {
            while (!closing) {
                if (current.receive(buffer, 0, buffer.length, 0) >= 0) {
                    pool.countDrop(DtlsDropReason.APPLICATION_DATA);
                }
            }
            current.close();
            return false;
        } catch (InterruptedIOException e) {
            if (closing) {
                return closeQuietly(current);
            }
            DtlsHandshake completed = handshake;
            return completed != null && completed.peerEnded() == null;
        } catch (IOException | RuntimeException e) {
            return false; // a fatal alert from the peer, or one that this side has sent
        } finally {
            wire.flush();
        }
    }

    private static boolean closeQuietly(DTLSTransport current) {
        try {
            current.close();
        } catch (IOException e) {
            log.debug("close_notify could not be sent", e);
        }
        return false;
    }

    private void fail(String reason) {
        if (!closing) {
            call(() -> sink.onFailed(reason));
        }
    }

    private void send(byte[] datagram) {
        call(() -> sink.onSend(datagram));
    }

    private void call(Runnable callback) {
        try {
            callback.run();
        } catch (RuntimeException e) {
            log.error("a DTLS sink failed", e);
        }
    }
}
