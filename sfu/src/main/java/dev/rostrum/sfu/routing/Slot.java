package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.rtp.RtpHeader;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.stream.ReportedStream;
import dev.rostrum.sfu.stream.RewriteResult;
import dev.rostrum.sfu.stream.RtpRewriter;
import dev.rostrum.sfu.stream.SenderStatistics;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.SecureTransport;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import org.jspecify.annotations.Nullable;

/**
 * An outgoing m-line of an endpoint, with its one SSRC: carries now this publication, now that one, without a break in
 * its numbering.
 *
 * <p>Owned by its endpoint.
 */
final class Slot implements ReportedStream, Audience.Member {

    /** What Opus sends for silence at 20 ms, mono or stereo (RFC 6716: a frame of CELT, fullband, without content). */
    private static final byte[] OPUS_SILENCE = {(byte) 0xF8, (byte) 0xFF, (byte) 0xFE};

    /** Enough for a decoder to fade to silence instead of concealing a loss. */
    private static final int SILENCE_PACKETS = 3;

    private static final Slab SILENCE = silence();

    // What a packet needs of a listener is cold when it comes: each object that it does not look at is one wait less.
    private final int payloadType;
    private final int ssrc;
    private final HeaderShape shape;
    private final SecureTransport transport;
    private final UdpPort port;
    private final RtpRewriter rewriter;
    private final SenderStatistics statistics = new SenderStatistics();

    private final Endpoint endpoint;
    private final StreamSpec.Slot spec;
    private @Nullable Publication publication;
    private int place;

    Slot(Endpoint endpoint, StreamSpec.Slot spec, HeaderShape shape, SecureTransport transport, RtpRewriter rewriter) {
        this.endpoint = endpoint;
        this.spec = spec;
        this.payloadType = spec.payloadType();
        this.ssrc = spec.ssrc();
        this.shape = shape;
        this.transport = transport;
        this.port = transport.port();
        this.rewriter = rewriter;
    }

    private static Slab silence() {
        Slab slab = Slab.allocate(OPUS_SILENCE.length);
        slab.bytes().put(0, OPUS_SILENCE);
        return slab;
    }

    StreamSpec.Slot spec() {
        return spec;
    }

    @Override
    public int ssrc() {
        return ssrc;
    }

    @Override
    public SenderStatistics statistics() {
        return statistics;
    }

    @Override
    public int timestampAt(long nowNs) {
        return rewriter.timestampAt(nowNs);
    }

    @Nullable
    Publication publication() {
        return publication;
    }

    @Override
    public boolean goesFirst() {
        return endpoint.mayBeHeard();
    }

    @Override
    public void movedTo(int newPlace) {
        place = newPlace;
    }

    /** Its endpoint went to the stage, or left it. */
    void onStageChanged() {
        Publication carried = publication;
        if (carried != null) {
            carried.audience().remove(place);
            place = carried.audience().add(this);
        }
    }

    /** Carries another publication from its next packet on. */
    void carry(Publication next) {
        leave();
        publication = next;
        place = next.audience().add(this);
    }

    /** Carries nothing any more: ends what was heard with silence, so that the listener's decoder need not guess. */
    void stop(long nowNs) {
        Publication last = publication;
        leave();
        if (last != null && rewriter.started()) {
            for (int i = 0; i < SILENCE_PACKETS; i++) {
                sendSilence(last.csrc(), nowNs);
            }
        }
    }

    /** Carries nothing any more, and says nothing about it. */
    void leave() {
        if (publication != null) {
            publication.audience().remove(place);
            publication = null;
            rewriter.release();
        }
    }

    /** Sends the packet to the endpoint: rewritten header, payload encrypted straight from where it lies. */
    void forward(ForwardedPacket packet, long nowNs) {
        if (!transport.canSend()) {
            endpoint.drops().count(DropReason.SEND_NOT_CONNECTED);
            return;
        }
        RtpPacket rtp = packet.rtp();
        rewriter.select(packet.source()); // the publisher's SSRC may have changed
        RewriteResult result = rewriter.rewrite(
                packet.source(), packet.extendedSequenceNumber(), rtp.timestamp(), rtp.marker(), nowNs);
        if (result != RewriteResult.FORWARD) {
            endpoint.drops().count(DropReason.SLOT_TOO_LATE);
            return;
        }
        send(shape.headerFor(packet), packet.slab(), rtp.payloadOffset(), rtp.payloadLengthBytes());
    }

    /** A fault of our own while we sent: the endpoint ends, and no other. */
    void fail(RuntimeException fault) {
        transport.fail(fault);
    }

    private void sendSilence(int csrc, long nowNs) {
        if (!transport.canSend()) {
            endpoint.drops().count(DropReason.SEND_NOT_CONNECTED);
            return;
        }
        rewriter.nextSilence(nowNs);
        send(shape.headerForSilence(csrc), SILENCE, 0, OPUS_SILENCE.length);
    }

    private void send(RtpHeader header, Slab payload, int payloadOffset, int payloadLengthBytes) {
        int offset = port.reserve();
        int headerLengthBytes = header.write(
                port.outgoing().bytes(),
                offset,
                rewriter.marker(),
                payloadType,
                rewriter.sequenceNumber(),
                rewriter.timestamp(),
                ssrc);
        if (transport.sendRtp(offset, headerLengthBytes, payload, payloadOffset, payloadLengthBytes)) {
            if (statistics.onSent(payloadLengthBytes)) {
                endpoint.onSlotBegun();
            }
        }
    }
}
