package dev.rostrum.sfu.video;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.sfu.congestion.Pacer;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.sfu.rtp.VideoHeader;
import dev.rostrum.sfu.simulcast.Decision;
import dev.rostrum.sfu.simulcast.LayerSelector;
import dev.rostrum.sfu.stream.ReportedStream;
import dev.rostrum.sfu.stream.RetransmissionSender;
import dev.rostrum.sfu.stream.RewriteResult;
import dev.rostrum.sfu.stream.SenderStatistics;
import dev.rostrum.sfu.stream.SlotNumbers;
import dev.rostrum.sfu.stream.SourceClock;
import dev.rostrum.sfu.stream.VideoRewriter;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.SecureTransport;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An outgoing video m-line of an endpoint, with its one SSRC: carries one layer of one publication at a time, and changes
 * both without a break in its numbering.
 *
 * <p>Owned by its delivery. A packet is numbered when it comes and written when the pacer lets it go; in between only its
 * number is kept.
 */
final class VideoSlot implements ReportedStream {

    private final VideoDelivery delivery;
    private final VideoShard shared;
    private final int index;
    private final StreamSpec.VideoSlot spec;
    private final int ssrc;
    private final PreparedHeader prepared;
    private final SecureTransport transport;
    private final UdpPort port;
    private final VideoRewriter rewriter;
    private final LayerSelector selector = new LayerSelector();
    private final SenderStatistics statistics = new SenderStatistics();
    private final KeyframePatience patience = new KeyframePatience();
    private @Nullable VideoPublication publication;
    private int place;
    private int interest;

    // Of the codec that was sent last: nothing of the slot's description needs to be looked at for a packet.
    private @Nullable VideoCodec codec;
    private int payloadType;

    /** The source of the encoding that it carries. */
    private long source;

    private int retransmissionNumber;

    /** The number of the packet that began the last key frame, and the frame's timestamp. */
    private int keyFrameNumber;

    private int keyFrameTimestamp;
    private boolean keyFrameSent;

    VideoSlot(VideoDelivery delivery, int index, StreamSpec.VideoSlot spec, PreparedHeader prepared) {
        this.delivery = delivery;
        this.shared = delivery.shared();
        this.index = index;
        this.spec = spec;
        this.ssrc = spec.ssrc();
        this.prepared = prepared;
        this.transport = delivery.transport();
        this.port = transport.port();
        RandomGenerator random = shared.random();
        // In the lower half, so that losing the first packets confuses no rollover counter (RFC 3711 §3.3.1).
        this.rewriter = new VideoRewriter(
                VideoCodec.CLOCK_RATE_HZ, random.nextInt(0x8000), random.nextInt(), random.nextInt(0x8000));
        this.retransmissionNumber = random.nextInt(0x8000);
    }

    StreamSpec.VideoSlot spec() {
        return spec;
    }

    @Nullable
    VideoPublication publication() {
        return publication;
    }

    // ---- for reports

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

    // ---- what it carries

    /** Whether its receiver can decode that. */
    boolean decodes(VideoCodec codec) {
        return formatOf(codec) != null;
    }

    private int payloadTypeOf(@Nullable VideoCodec wanted) {
        if (wanted == null || wanted != codec) {
            VideoFormat format = formatOf(wanted);
            if (format == null) {
                return VideoFormat.NONE;
            }
            codec = wanted;
            payloadType = format.payloadType();
        }
        return payloadType;
    }

    private int retransmissionPayloadTypeOf(@Nullable VideoCodec wanted) {
        VideoFormat format = formatOf(wanted);
        return format == null ? VideoFormat.NONE : format.retransmissionPayloadType();
    }

    private @Nullable VideoFormat formatOf(@Nullable VideoCodec wanted) {
        for (int i = 0; i < spec.formats().size(); i++) {
            if (spec.formats().get(i).codec() == wanted) {
                return spec.formats().get(i);
            }
        }
        return null;
    }

    void carry(VideoPublication next) {
        leave();
        publication = next;
        place = next.add(this);
        selector.reset();
        selector.running(next.runningEncodings());
        showInterest();
    }

    /** Carries nothing any more; what was carried last stays there for repairs. */
    void leave() {
        VideoPublication last = publication;
        if (last != null) {
            publication = null;
            last.remove(place);
            rewriter.release();
        }
    }

    /** The publication's array has moved this slot. */
    void movedTo(int newPlace) {
        place = newPlace;
    }

    /** Which encodings come in has changed. */
    void onRunning(int encodings) {
        selector.running(encodings);
        showInterest();
        delivery.onLayersChanged();
    }

    /** Shows this layer as soon as it can. */
    void show(int encoding, int spatial, int temporal, long nowNs) {
        selector.target(encoding, spatial, temporal);
        showInterest();
        askForKeyFrame(nowNs);
    }

    /** Shows nothing until it is to {@link #show} something again. */
    void pause() {
        selector.pause();
        showInterest();
    }

    /** Tells the publication which packets need to come by here. */
    private void showInterest() {
        VideoPublication carried = publication;
        if (carried != null) {
            interest = selector.interest();
            carried.setInterest(place, interest);
        }
    }

    /** Asks the publisher for a key frame if the slot can't go on without one. */
    private void askForKeyFrame(long nowNs) {
        int wanted = selector.keyFrameWanted();
        VideoPublication carried = publication;
        if (wanted >= 0 && carried != null) {
            carried.wantKeyFrame(wanted, nowNs);
        }
    }

    /** The receiver can't decode and asks for a key frame (RFC 4585 §6.3.1, RFC 5104 §4.3.1). */
    void onPictureLoss(long nowNs) {
        VideoPublication carried = publication;
        if (carried == null || selector.encoding() < 0) {
            return;
        }
        if (patience.permits(nowNs)) {
            carried.wantKeyFrame(selector.encoding(), nowNs);
        } else {
            shared.drops().count(DropReason.KEY_FRAME_REQUEST_LIMITED);
        }
    }

    // ---- packets

    /** Takes a packet of the publication, or leaves it: numbers it and gives it to the pacer. */
    void forward(VideoPacket packet, SourceClock clock, long nowNs) {
        if (!transport.canSend()) {
            shared.drops().count(DropReason.SEND_NOT_CONNECTED);
            return;
        }
        VideoFrameInfo frame = packet.frame();
        int encodingBefore = selector.encoding();
        boolean carrying = encodingBefore != LayerSelector.NONE && packet.source() == source;
        Decision decision = selector.decide(packet.encoding(), packet.source(), packet.extendedSequenceNumber(), frame);
        switch (decision) {
            case IGNORE -> shared.drops().count(DropReason.VIDEO_OTHER_LAYER);
            case LEAVE_OUT -> {
                shared.drops().count(DropReason.VIDEO_OTHER_LAYER);
                if (rewriter.leaveOut(
                        packet.source(),
                        packet.extendedSequenceNumber(),
                        packet.rtp().timestamp(),
                        frame)) {
                    sendFiller(nowNs);
                }
            }
            case FORWARD -> {
                if (selector.began() && packet.encoding() < encodingBefore) {
                    delivery.discardQueued(this);
                }
                take(packet, clock, nowNs);
            }
        }
        VideoPublication from = publication;
        if (decision == Decision.FORWARD && !carrying && from != null) {
            source = packet.source();
            from.catchUp(this, packet.encoding(), packet.extendedSequenceNumber(), nowNs);
        }
        int now = selector.interest();
        if (now != interest) {
            showInterest();
        }
        if (now == LayerSelector.EVERYTHING) {
            askForKeyFrame(nowNs);
        }
    }

    private void take(VideoPacket packet, SourceClock clock, long nowNs) {
        RewriteResult result = rewriter.rewrite(
                packet.source(),
                clock,
                packet.extendedSequenceNumber(),
                packet.rtp().timestamp(),
                selector.marker(),
                packet.frame(),
                nowNs);
        if (result == RewriteResult.FORWARD) {
            noteKeyFrame(packet.frame());
            delivery.enqueue(this, rewriter.sequenceNumber(), packet.rtp().lengthBytes(), Pacer.Priority.VIDEO, nowNs);
        } else {
            shared.drops().count(DropReason.SLOT_TOO_LATE);
        }
    }

    private void noteKeyFrame(VideoFrameInfo frame) {
        if (!frame.keyFrame() || !frame.startOfFrame()) {
            return;
        }
        int number = rewriter.sequenceNumber();
        boolean later = (short) (number - keyFrameNumber) > 0 && rewriter.timestamp() != keyFrameTimestamp;
        if (!keyFrameSent || later) {
            keyFrameSent = true;
            keyFrameNumber = number;
            keyFrameTimestamp = rewriter.timestamp();
        }
    }

    /** A number was left open for a packet that then was not taken: something must fill it, or the receiver waits. */
    private void sendFiller(long nowNs) {
        VideoPublication carried = publication;
        int type = carried == null ? VideoFormat.NONE : payloadTypeOf(carried.codec());
        if (carried == null || type == VideoFormat.NONE) {
            return;
        }
        VideoHeader header = prepared.headerForPadding(carried.csrc());
        int offset = port.reserve();
        int headerLengthBytes = header.write(
                port.outgoing().bytes(), offset, false, type, rewriter.sequenceNumber(), rewriter.timestamp(), ssrc);
        pad(header, offset, headerLengthBytes, 1, false, nowNs);
    }

    /** Sends padding behind a header that lies in the outgoing buffer; returns the bytes sent, 0 if it can't be. */
    private int pad(
            VideoHeader header, int offset, int headerLengthBytes, int paddingLengthBytes, boolean probe, long nowNs) {
        Slab out = port.outgoing();
        RetransmissionSender.writePadding(out.bytes(), offset, headerLengthBytes, paddingLengthBytes);
        int number = delivery.stamp(header, offset, nowNs);
        if (!transport.sendRtp(offset, headerLengthBytes, out, offset + headerLengthBytes, paddingLengthBytes)) {
            return 0;
        }
        return delivery.onSent(number, headerLengthBytes + paddingLengthBytes, probe, nowNs);
    }

    /**
     * Sends the packet of that number now.
     *
     * @return the bytes sent; 0 if it is not there any more
     */
    int send(int sequenceNumber, boolean probe, long nowNs) {
        SlotNumbers numbers = rewriter.numbers();
        int at = numbers.find(sequenceNumber);
        VideoPacket packet = at < 0 ? null : delivery.locate(this, numbers, at);
        int type = packet == null ? VideoFormat.NONE : payloadTypeOf(packet.codec());
        if (packet == null || type == VideoFormat.NONE) {
            shared.drops().count(DropReason.PACER_TOO_LATE);
            return 0;
        }
        VideoHeader header = prepared.headerFor(packet);
        int offset = port.reserve();
        int headerLengthBytes = header.write(
                port.outgoing().bytes(), offset, numbers.marker(at), type, sequenceNumber, numbers.timestamp(at), ssrc);
        patchFrameNumber(packet, header, offset, numbers.pictureId(at));
        int number = delivery.stamp(header, offset, nowNs);
        Slab payload = packet.slab();
        int payloadOffset = packet.rtp().payloadOffset();
        int payloadLengthBytes = packet.rtp().payloadLengthBytes();
        patch(packet, numbers, at);
        boolean sent = transport.sendRtp(offset, headerLengthBytes, payload, payloadOffset, payloadLengthBytes);
        restore(packet);
        if (!sent) {
            return 0;
        }
        if (statistics.onSent(payloadLengthBytes)) {
            delivery.onSlotBegun();
        }
        return delivery.onSent(number, headerLengthBytes + payloadLengthBytes, probe, nowNs);
    }

    private void patchFrameNumber(VideoPacket packet, VideoHeader header, int offset, int frameNumber) {
        if (packet.codec() == VideoCodec.AV1 && header.dependencyDescriptorAt() >= 0 && frameNumber >= 0) {
            VideoFrameInfo.patchFrameNumber(
                    port.outgoing().bytes(), offset + header.dependencyDescriptorAt(), frameNumber);
        }
    }

    /** Writes the slot's picture ids into the shared plaintext, just before it is encrypted for this receiver. */
    private static void patch(VideoPacket packet, SlotNumbers numbers, int at) {
        if (packet.rewritable()) {
            packet.frame()
                    .patch(
                            packet.slab().bytes(),
                            packet.rtp().payloadOffset(),
                            numbers.pictureId(at),
                            numbers.tl0PicIdx(at),
                            numbers.keyIdx(at));
        }
    }

    private static void restore(VideoPacket packet) {
        if (packet.rewritable()) {
            packet.frame().restore(packet.slab().bytes(), packet.rtp().payloadOffset());
        }
    }

    // ---- repair

    /** The receiver misses a packet (RFC 4585 §6.2.1). */
    void onMissing(int sequenceNumber, long nowNs) {
        SlotNumbers numbers = rewriter.numbers();
        int at = numbers.find(sequenceNumber);
        if (at < 0 || !numbers.sent(at)) {
            shared.drops().count(DropReason.REPAIR_UNKNOWN);
            return;
        }
        if (keyFrameSent && (short) (sequenceNumber - keyFrameNumber) < 0) {
            shared.drops().count(DropReason.REPAIR_NEEDLESS);
            return;
        }
        VideoPacket packet = delivery.locate(this, numbers, at);
        if (packet == null) {
            shared.drops().count(DropReason.REPAIR_UNKNOWN);
            return;
        }
        int lengthBytes = packet.rtp().lengthBytes();
        if (!delivery.mayRepair(lengthBytes, nowNs) || !numbers.takeRepair(at, nowNs, delivery.roundTripNs())) {
            shared.drops().count(DropReason.REPAIR_LIMITED);
            return;
        }
        delivery.enqueue(this, sequenceNumber, lengthBytes, Pacer.Priority.RETRANSMISSION, nowNs);
    }

    /**
     * Sends the packet of that number again, as a retransmission (RFC 4588 §4).
     *
     * @return the bytes sent; 0 if it is not there any more, or retransmissions were not negotiated
     */
    int repeat(int sequenceNumber, boolean probe, long nowNs) {
        SlotNumbers numbers = rewriter.numbers();
        int at = numbers.find(sequenceNumber);
        VideoPacket packet = at < 0 || !numbers.sent(at) ? null : delivery.locate(this, numbers, at);
        int type = packet == null ? VideoFormat.NONE : retransmissionPayloadTypeOf(packet.codec());
        if (packet == null || type == VideoFormat.NONE) {
            return 0;
        }
        VideoHeader header = prepared.headerFor(packet);
        int offset = port.reserve();
        int headerLengthBytes = header.write(
                port.outgoing().bytes(),
                offset,
                numbers.marker(at),
                type,
                retransmissionNumber++ & 0xFFFF,
                numbers.timestamp(at),
                spec.retransmissionSsrc());
        patchFrameNumber(packet, header, offset, numbers.pictureId(at));
        int number = delivery.stamp(header, offset, nowNs);
        patch(packet, numbers, at);
        int payloadLengthBytes = RetransmissionSender.writePayload(
                shared.scratch().bytes(),
                0,
                sequenceNumber,
                packet.slab().bytes(),
                packet.rtp().payloadOffset(),
                packet.rtp().payloadLengthBytes());
        restore(packet);
        if (!transport.sendRtp(offset, headerLengthBytes, shared.scratch(), 0, payloadLengthBytes)) {
            return 0;
        }
        return delivery.onSent(number, headerLengthBytes + payloadLengthBytes, probe, nowNs);
    }

    /** Repeats what was sent last, to find out whether the network carries more. */
    int repeatNewest(boolean probe, int back, long nowNs) {
        return rewriter.started() ? repeat((rewriter.sequenceNumber() - back) & 0xFFFF, probe, nowNs) : 0;
    }

    /**
     * Sends a packet of nothing but padding on the SSRC of retransmissions, to find out whether the network carries more
     * than there is to repeat.
     *
     * @return the bytes sent; 0 if retransmissions were not negotiated
     */
    int sendPadding(int lengthBytes, boolean probe, long nowNs) {
        VideoPublication carried = publication;
        int type = carried == null ? VideoFormat.NONE : retransmissionPayloadTypeOf(carried.codec());
        if (carried == null || type == VideoFormat.NONE) {
            return 0;
        }
        VideoHeader header = prepared.headerForPadding(0);
        int offset = port.reserve();
        int headerLengthBytes = header.write(
                port.outgoing().bytes(),
                offset,
                false,
                type,
                retransmissionNumber++ & 0xFFFF,
                rewriter.timestampAt(nowNs),
                spec.retransmissionSsrc());
        int paddingLengthBytes = Math.clamp(lengthBytes, 1, RetransmissionSender.MAX_PADDING_BYTES);
        return pad(header, offset, headerLengthBytes, paddingLengthBytes, probe, nowNs);
    }

    int index() {
        return index;
    }

    /** A fault of our own while we sent: the endpoint ends, and no other. */
    void fail(RuntimeException fault) {
        transport.fail(fault);
    }
}
