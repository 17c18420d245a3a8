package dev.rostrum.sfu.video;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoNotice;
import dev.rostrum.sfu.VideoWish;
import dev.rostrum.sfu.congestion.BandwidthEstimator;
import dev.rostrum.sfu.congestion.Pacer;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.TransportArrivals;
import dev.rostrum.sfu.rtp.VideoHeader;
import dev.rostrum.sfu.stream.ReportedStream;
import dev.rostrum.sfu.stream.SlotNumbers;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.SecureTransport;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The video that one endpoint receives: its slots, what its network carries, and the order in which packets leave.
 *
 * <p>Owned by its endpoint.
 */
public final class VideoDelivery implements Pacer.Sink {

    /** The endpoint that receives the video. */
    public interface Owner {

        /** A slot has sent its first packet since its last report: there is something to report. */
        void onVideoBegun();
    }

    /** In the pacer's tokens, above the slot and its sequence number: to be sent again, as a retransmission. */
    private static final long REPEAT = 1L << 32;

    private static final long SLOT_MASK = 0xFFFF_0000L;

    /** What SRTP adds to a packet: the tag of the AEAD profiles. */
    private static final int SRTP_BYTES = 16;

    private static final long ALLOCATION_INTERVAL_NS = 200_000_000L;

    /** Without feedback nothing is known of the network; a key frame is still spread out. */
    private static final long UNCONTROLLED_PACING_BPS = 20_000_000;

    /** A second of the highest bitrate, in packets: whoever is further behind has lost the thread. */
    private static final int PACER_PACKETS = 2048;

    /** How many packets are looked at for padding before there is none. */
    private static final int PADDING_REACH = 32;

    private final VideoRoom room;
    private final VideoShard shared;
    private final String endpointId;
    private final SecureTransport transport;
    private final Owner owner;
    private final VideoSlot[] slots;
    private final List<VideoSlot> reported;
    private final SlotPlan plan;
    private final BandwidthEstimator estimator;
    private final Pacer pacer = new Pacer(this, PACER_PACKETS);
    private final RepairBudget repairs = new RepairBudget();
    private final boolean controlled;
    private final Deadline deadline;
    private long allocateAtNs = Long.MAX_VALUE;
    private int transportNumber;
    private int paddingBack;
    private boolean closed;

    public VideoDelivery(
            VideoRoom room,
            String endpointId,
            SecureTransport transport,
            List<StreamSpec.VideoSlot> specs,
            Owner owner) {
        this.room = room;
        this.shared = room.shared();
        this.endpointId = endpointId;
        this.transport = transport;
        this.owner = owner;
        this.deadline = new Deadline(this::onDeadline, transport::fail);
        this.slots = new VideoSlot[specs.size()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new VideoSlot(this, i, specs.get(i), room.headerOf(specs.get(i)));
        }
        this.reported = List.of(slots);
        this.controlled = specs.stream().anyMatch(VideoDelivery::hasTransportCc)
                || specs.stream().anyMatch(s -> s.feedback().remb());
        this.estimator = new BandwidthEstimator(
                BandwidthEstimator.Limits.DEFAULT, shared.shard().nowNs());
        this.plan = new SlotPlan(this, slots);
    }

    private static boolean hasTransportCc(StreamSpec.VideoSlot spec) {
        return spec.feedback().transportCc() && spec.extensions().transportCc() != 0;
    }

    Owner owner() {
        return owner;
    }

    VideoShard shared() {
        return shared;
    }

    SecureTransport transport() {
        return transport;
    }

    /** The streams that sender reports tell of. */
    public List<? extends ReportedStream> reported() {
        return reported;
    }

    // ---- its life

    /** Packets can be sent from now on. */
    public void open(long nowNs) {
        room.add(this);
        allocateAtNs = nowNs;
        schedule();
    }

    /** Ends: carries nothing any more. */
    public void close() {
        closed = true;
        shared.shard().deadlines().cancel(deadline);
        pacer.clear();
        for (VideoSlot slot : slots) {
            slot.leave();
        }
        room.remove(this);
    }

    /** A fault of our own while we worked for its endpoint. */
    void fail(RuntimeException fault) {
        transport.fail(fault);
    }

    // ---- what it shall carry

    /** What the client asks for; replaces what it asked for before. */
    public void wish(List<VideoWish> wishes, long nowNs) {
        plan.wish(wishes);
        assign(nowNs);
    }

    /** What there is, or what was asked for, has changed: gives each slot its publication. */
    void assign(long nowNs) {
        plan.assign(room, nowNs);
        onLayersChanged();
        if (!closed) {
            schedule();
        }
    }

    /** The layers that come in have changed: shares the network anew, at the end of the turn. */
    void onLayersChanged() {
        allocateAtNs = Math.min(allocateAtNs, shared.shard().nowNs());
    }

    private void allocate(long nowNs) {
        boolean carries = plan.allocate(controlled ? estimator.targetBps() : Long.MAX_VALUE, room, nowNs);
        allocateAtNs = carries ? nowNs + ALLOCATION_INTERVAL_NS : Long.MAX_VALUE;
        if (controlled) {
            estimator.onWish(plan.usefulBps(), nowNs);
            pacer.setRate(estimator.pacingBps(), nowNs);
            pacer.setProbe(estimator.probe(), nowNs);
        } else {
            pacer.setRate(UNCONTROLLED_PACING_BPS, nowNs);
        }
    }

    void notice(VideoSlot slot, int csrc, VideoNotice notice) {
        shared.listener().onVideo(endpointId, slot.spec().mid(), csrc, notice);
    }

    // ---- feedback

    /** Feedback about this endpoint's slots; other messages are left alone. */
    public void onFeedback(RtcpMessage message, long nowNs) {
        switch (message) {
            case RtcpMessage.ReceiverEstimatedMaximumBitrate remb -> {
                estimator.onRemb(remb.bitrateBps(), nowNs);
                onEstimate(nowNs);
            }
            case RtcpMessage.Nack nack -> {
                VideoSlot slot = slotOf(nack.mediaSsrc());
                if (slot != null) {
                    for (int missing : nack.sequenceNumbers()) {
                        slot.onMissing(missing, nowNs);
                    }
                    schedule();
                }
            }
            case RtcpMessage.PictureLossIndication loss -> onPictureLoss(loss.mediaSsrc(), nowNs);
            case RtcpMessage.FullIntraRequest wanted ->
                wanted.requests().forEach(request -> onPictureLoss(request.ssrc(), nowNs));
            default -> {
                // Not about what is sent from here.
            }
        }
    }

    /** What has arrived of all that was sent. */
    public void onTransportFeedback(TransportArrivals arrivals, long nowNs) {
        estimator.onFeedback(arrivals, nowNs);
        onEstimate(nowNs);
    }

    private void onEstimate(long nowNs) {
        pacer.setRate(estimator.pacingBps(), nowNs);
        pacer.setProbe(estimator.probe(), nowNs);
        schedule();
    }

    private void onPictureLoss(int ssrc, long nowNs) {
        VideoSlot slot = slotOf(ssrc);
        if (slot != null) {
            slot.onPictureLoss(nowNs);
        }
    }

    /** What the receiver reports of a slot; false if the SSRC is none's. */
    public boolean onReportBlock(ReportBlock block, long nowNs) {
        VideoSlot slot = slotOf(block.ssrc());
        if (slot == null) {
            return false;
        }
        slot.statistics().onReportBlock(block, shared.ntpClock(), nowNs);
        if (slot.statistics().packets() != 0) {
            estimator.onReceiverReport(block.fractionLost(), slot.statistics().roundTripNs(), nowNs);
        }
        return true;
    }

    private @Nullable VideoSlot slotOf(int ssrc) {
        for (VideoSlot slot : slots) {
            if (slot.spec().ssrc() == ssrc) {
                return slot;
            }
        }
        return null;
    }

    /** The round-trip time to the receiver, as far as it is known. */
    long roundTripNs() {
        return estimator.rttNs();
    }

    /** Whether a repair of that length is within what this receiver may ask for. */
    boolean mayRepair(int lengthBytes, long nowNs) {
        return repairs.take(lengthBytes, estimator.targetBps(), nowNs);
    }

    // ---- packets

    /** Lets a numbered packet leave when its time has come: at once, if the network is not busy. */
    void enqueue(VideoSlot slot, int sequenceNumber, int lengthBytes, Pacer.Priority priority, long nowNs) {
        long repeat = priority == Pacer.Priority.RETRANSMISSION ? REPEAT : 0;
        long token = repeat | (long) slot.index() << 16 | sequenceNumber;
        if (!pacer.enqueue(token, lengthBytes + SRTP_BYTES, priority, nowNs)) {
            shared.drops().count(DropReason.PACER_FULL);
        }
        long next = pacer.deadlineNs();
        if (next != Long.MAX_VALUE && (!deadline.scheduled() || next < deadline.atNs())) {
            shared.shard().deadlines().schedule(deadline, next);
        }
    }

    /** A slot has gone down to a lower layer: what waits of the one before would only keep the network busy. */
    void discardQueued(VideoSlot slot) {
        for (int left = pacer.discard(SLOT_MASK, (long) slot.index() << 16); left > 0; left--) {
            shared.drops().count(DropReason.PACER_SUPERSEDED);
        }
    }

    @Override
    public int send(long token, boolean probe, long nowNs) {
        VideoSlot slot = slots[(int) (token >>> 16) & 0xFFFF];
        int sequenceNumber = (int) token & 0xFFFF;
        return (token & REPEAT) != 0
                ? slot.repeat(sequenceNumber, probe, nowNs)
                : slot.send(sequenceNumber, probe, nowNs);
    }

    @Override
    public int sendPadding(int lengthBytes, boolean probe, long nowNs) {
        for (int tries = 0; tries < PADDING_REACH; tries++) {
            int back = paddingBack++ & (PADDING_REACH - 1);
            for (VideoSlot slot : slots) {
                int sent = slot.publication() == null ? 0 : slot.repeatNewest(probe, back, nowNs);
                if (sent > 0) {
                    return sent;
                }
            }
        }
        for (VideoSlot slot : slots) {
            int sent = slot.sendPadding(lengthBytes, probe, nowNs);
            if (sent > 0) {
                return sent;
            }
        }
        return 0;
    }

    /** The packet that a slot's number stands for; null if it is not kept any more. */
    @Nullable
    VideoPacket locate(VideoSlot slot, SlotNumbers numbers, int at) {
        long source = numbers.source(at);
        long number = numbers.extendedSequenceNumber(at);
        if (shared.packet().is(source, number)) {
            return shared.packet();
        }
        int csrc = (int) (source >>> 32);
        VideoPublication carried = slot.publication();
        VideoPublication from = carried != null && carried.csrc() == csrc ? carried : room.publication(csrc);
        return from == null ? null : from.kept(source, number);
    }

    /**
     * Writes what only the moment of sending knows into a header that lies in the outgoing buffer.
     *
     * @return the packet's transport-wide sequence number; -1 if it has none
     */
    int stamp(VideoHeader header, int offset, long nowNs) {
        ByteBuffer out = transport.port().outgoing().bytes();
        if (header.absSendTimeAt() >= 0) {
            int at = offset + header.absSendTimeAt();
            int time = (int) (shared.ntpClock().ntp(nowNs) >>> 14); // 6 bits of seconds, 18 of their fraction
            out.putShort(at, (short) (time >>> 8));
            out.put(at + 2, (byte) time);
        }
        if (header.transportCcAt() < 0) {
            return -1;
        }
        int number = transportNumber & 0xFFFF;
        out.putShort(offset + header.transportCcAt(), (short) number);
        return number;
    }

    /** A packet has been handed to the port; returns the bytes that it takes on the way. */
    int onSent(int number, int lengthBytes, boolean probe, long nowNs) {
        int onWire = lengthBytes + SRTP_BYTES;
        if (number >= 0) {
            transportNumber++;
            estimator.onPacketSent(number, onWire, nowNs, probe);
        }
        return onWire;
    }

    /** A slot has sent its first packet since its last report. */
    void onSlotBegun() {
        owner.onVideoBegun();
    }

    // ---- time

    private void onDeadline(long nowNs) {
        if (estimator.deadlineNs() <= nowNs) {
            estimator.onDeadline(nowNs);
            onEstimate(nowNs);
        }
        if (allocateAtNs <= nowNs) {
            allocate(nowNs);
        }
        pacer.onDeadline(nowNs);
        schedule();
    }

    private void schedule() {
        if (closed) {
            return;
        }
        long next = Math.min(pacer.deadlineNs(), allocateAtNs);
        if (controlled) {
            next = Math.min(next, estimator.deadlineNs());
        }
        if (next == Long.MAX_VALUE) {
            shared.shard().deadlines().cancel(deadline);
        } else if (!deadline.scheduled() || deadline.atNs() != next) {
            shared.shard().deadlines().schedule(deadline, next);
        }
    }
}
