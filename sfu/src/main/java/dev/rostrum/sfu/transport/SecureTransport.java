package dev.rostrum.sfu.transport;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.ice.IceLiteAgent;
import dev.rostrum.sfu.ice.StunRefusal;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import dev.rostrum.srtp.SrtpFailure;
import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpReceiver;
import dev.rostrum.srtp.SrtpSender;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secure way to one endpoint's peer: ICE finds and keeps the path, DTLS agrees on keys, SRTP protects what goes and
 * checks what comes.
 *
 * <p>Owned by the shard that claimed the endpoint. Nothing from the network throws: what can't be used is dropped with
 * its {@link DropReason}.
 */
public final class SecureTransport {

    private static final Logger LOG = LoggerFactory.getLogger(SecureTransport.class);

    /** What signaling is told of an endpoint that ends by a fault of our own. */
    public static final String OWN_FAULT = "an error in the server; its log has it";

    /** Whoever keeps a path alive without ever agreeing on keys loses the place. */
    private static final long HANDSHAKE_WITHIN_NS = 30_000_000_000L;

    private final Shard shard;
    private final Demultiplexer<?, ?> demultiplexer;
    private final Counters<DropReason> drops;
    private final SrtpCipherProvider ciphers;
    private final TransportListener listener;
    private final IceLiteAgent ice;
    private final DtlsSession dtls;
    private final Deadline iceDeadline = new Deadline(this::onIceDeadline, this::fail);
    private final Deadline handshakeDeadline = new Deadline(this::onHandshakeDeadline, this::fail);
    // Side by side, because whatever is sent needs these three.
    private final UdpPort port;
    private @Nullable PeerAddress path;
    private @Nullable SrtpSender sender;
    private @Nullable SrtpReceiver receiver;
    private boolean dtlsStarted;
    private boolean closed;

    /** A transport whose peer has just authenticated itself; its first datagram follows. */
    public SecureTransport(
            EndpointSpec spec,
            Shard shard,
            Demultiplexer<?, ?> demultiplexer,
            TransportEnvironment environment,
            TransportListener listener) {
        this.shard = shard;
        this.port = shard.port();
        this.demultiplexer = demultiplexer;
        this.drops = demultiplexer.drops();
        this.ciphers = environment.ciphers();
        this.listener = listener;
        this.ice = new IceLiteAgent(spec.local(), new IceEvents(), shard.nowNs());
        this.dtls = environment.dtls().open(spec, shard, new DtlsEvents());
        shard.deadlines().schedule(handshakeDeadline, shard.nowNs() + HANDSHAKE_WITHIN_NS);
    }

    /** The port that this transport sends from. */
    public UdpPort port() {
        return port;
    }

    /** Whether packets can be sent. */
    public boolean canSend() {
        return sender != null && path != null;
    }

    // ---- what comes in

    /** A connectivity check with one of this endpoint's ufrags. */
    void onStun(Slab slab, int offset, int lengthBytes, PeerAddress from, long nowNs) {
        if (!closed) {
            ice.onDatagram(slab.bytes(), offset, lengthBytes, from, nowNs);
            scheduleIce();
        }
    }

    /** DTLS from a validated address. */
    void onDtls(Slab slab, int offset, int lengthBytes) {
        if (!closed) {
            dtls.onDatagram(slab.bytes(), offset, lengthBytes);
        }
    }

    /** SRTP from a validated address. */
    void onSrtp(Slab slab, int offset, int lengthBytes, long nowNs) {
        SrtpReceiver keys = receiver;
        if (keys == null) {
            drops.count(DropReason.SRTP_NO_KEYS);
            return;
        }
        int plain = keys.unprotectRtp(slab, offset, lengthBytes);
        if (plain < 0) {
            drops.count(reasonOf(SrtpFailure.of(plain)));
            return;
        }
        ice.onMedia(nowNs);
        listener.onRtp(slab, offset, plain, nowNs);
    }

    /** SRTCP from a validated address. */
    void onSrtcp(Slab slab, int offset, int lengthBytes, long nowNs) {
        SrtpReceiver keys = receiver;
        if (keys == null) {
            drops.count(DropReason.SRTP_NO_KEYS);
            return;
        }
        int plain = keys.unprotectRtcp(slab, offset, lengthBytes);
        if (plain < 0) {
            drops.count(reasonOf(SrtpFailure.of(plain)));
            return;
        }
        ice.onMedia(nowNs);
        listener.onRtcp(slab, offset, plain, nowNs);
    }

    private static DropReason reasonOf(SrtpFailure failure) {
        return switch (failure) {
            case MALFORMED -> DropReason.SRTP_MALFORMED;
            case AUTHENTICATION -> DropReason.SRTP_NOT_AUTHENTIC;
            case REPLAYED -> DropReason.SRTP_REPLAYED;
            case TOO_OLD -> DropReason.SRTP_TOO_OLD;
            default -> DropReason.SRTP_REFUSED;
        };
    }

    private static DropReason reasonOf(StunRefusal refusal) {
        return switch (refusal) {
            case NOT_A_BINDING_REQUEST, MALFORMED -> DropReason.STUN_MALFORMED;
            case NO_FINGERPRINT, NO_USERNAME, NO_MESSAGE_INTEGRITY, WRONG_FINGERPRINT -> DropReason.STUN_INCOMPLETE;
            case UNKNOWN_UFRAG -> DropReason.STUN_UNKNOWN_UFRAG;
            case WRONG_MESSAGE_INTEGRITY -> DropReason.STUN_NOT_AUTHENTIC;
            case RATE_LIMITED -> DropReason.STUN_RATE_LIMITED;
            case UNKNOWN_ATTRIBUTES, ROLE_CONFLICT -> DropReason.STUN_ANSWERED_WITH_ERROR;
        };
    }

    // ---- what goes out

    /**
     * Protects and sends an RTP packet whose header the caller has written to the reserved place of the port.
     *
     * @param offset the reserved place
     * @return whether it was handed to the port
     */
    public boolean sendRtp(int offset, int headerLengthBytes, Slab payload, int payloadOffset, int payloadLengthBytes) {
        SrtpSender keys = sender;
        PeerAddress to = path;
        if (keys == null || to == null) {
            drops.count(DropReason.SEND_NOT_CONNECTED);
            return false;
        }
        int length =
                keys.protectRtp(port.outgoing(), offset, headerLengthBytes, payload, payloadOffset, payloadLengthBytes);
        if (length < 0) {
            drops.count(DropReason.SEND_REFUSED);
            return false;
        }
        port.commit(length, to);
        return true;
    }

    /** Protects and sends an RTCP packet that the caller has written to the reserved place of the port. */
    public void sendRtcp(int offset, int lengthBytes) {
        SrtpSender keys = sender;
        PeerAddress to = path;
        if (keys == null || to == null) {
            drops.count(DropReason.SEND_NOT_CONNECTED);
            return;
        }
        int length = keys.protectRtcp(port.outgoing(), offset, lengthBytes);
        if (length < 0) {
            drops.count(DropReason.SEND_REFUSED);
            return;
        }
        port.commit(length, to);
    }

    private void sendPlain(byte[] datagram, PeerAddress to) {
        int offset = port.reserve();
        port.outgoing().bytes().put(offset, datagram);
        port.commit(datagram.length, to);
    }

    // ---- its life

    /** New credentials beside the old ones, which hold until the new ones are used (RFC 8445 §2.4). */
    public void restartIce(IceCredentials local) {
        if (closed) {
            demultiplexer.retire(local.ufrag());
        } else {
            ice.restart(local);
            scheduleIce();
        }
    }

    /** Says goodbye to the peer and ends. The listener hears nothing any more. */
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        shard.deadlines().cancel(iceDeadline);
        shard.deadlines().cancel(handshakeDeadline);
        dtls.close();
        ice.ufrags().forEach(demultiplexer::retire);
        for (PeerAddress tuple : ice.validated()) {
            demultiplexer.forget(tuple, this);
        }
        if (sender != null) {
            sender.close();
            sender = null;
        }
        if (receiver != null) {
            receiver.close();
            receiver = null;
        }
        // The path stays: close_notify, which the DTLS stack is about to send, needs it.
    }

    /** A fault of our own while we worked for this endpoint: it ends, and nobody else. */
    public void fail(RuntimeException fault) {
        LOG.error("{} ends because of an error of the server's own", this, fault);
        end(CloseReason.INTERNAL_ERROR, OWN_FAULT);
    }

    private void end(CloseReason reason, String detail) {
        if (!closed) {
            close();
            listener.onClosed(reason, detail);
        }
    }

    private void scheduleIce() {
        if (!closed) {
            shard.deadlines().schedule(iceDeadline, ice.deadlineNs());
        }
    }

    private void onIceDeadline(long nowNs) {
        ice.onDeadline(nowNs);
        scheduleIce();
    }

    private void onHandshakeDeadline(long nowNs) {
        end(CloseReason.HANDSHAKE_FAILED, "no DTLS handshake within 30 s");
    }

    private final class IceEvents implements IceLiteAgent.Sink {

        @Override
        public void onSend(byte[] response, PeerAddress to) {
            sendPlain(response, to);
        }

        @Override
        public void onValidated(PeerAddress tuple) {
            demultiplexer.learn(tuple, SecureTransport.this);
        }

        @Override
        public void onInvalidated(PeerAddress tuple) {
            demultiplexer.forget(tuple, SecureTransport.this);
        }

        @Override
        public void onSelected(PeerAddress tuple) {
            path = tuple;
            if (!dtlsStarted) {
                dtlsStarted = true;
                dtls.start();
            }
        }

        @Override
        public void onUfragRetired(String ufrag) {
            demultiplexer.retire(ufrag);
        }

        @Override
        public void onNeverConnected() {
            end(CloseReason.NEVER_CONNECTED, "no authenticated connectivity check");
        }

        @Override
        public void onRefused(StunRefusal reason) {
            drops.count(reasonOf(reason));
        }

        @Override
        public void onConsentExpired() {
            end(CloseReason.CONSENT_EXPIRED, "no authenticated connectivity check and no media for 30 s");
        }
    }

    private final class DtlsEvents implements DtlsSession.Sink {

        @Override
        public void onDtlsSend(byte[] datagram) {
            PeerAddress to = path;
            if (to == null) {
                drops.count(DropReason.DTLS_NO_PATH);
                return;
            }
            sendPlain(datagram, to);
        }

        @Override
        public void onDtlsConnected(SrtpKeys keys) {
            if (closed) {
                return;
            }
            shard.deadlines().cancel(handshakeDeadline);
            sender = new SrtpSender(keys, ciphers);
            receiver = new SrtpReceiver(keys, ciphers);
            listener.onConnected(shard.nowNs());
        }

        @Override
        public void onDtlsFailed(String reason) {
            end(CloseReason.HANDSHAKE_FAILED, reason);
        }

        @Override
        public void onFault(RuntimeException fault) {
            fail(fault);
        }

        @Override
        public void onDtlsClosed() {
            end(CloseReason.CLOSED_BY_PEER, "the peer closed its DTLS session");
        }
    }

    /** For the log: which peer this is. */
    @Override
    public String toString() {
        return "SecureTransport[" + path + "]";
    }
}
