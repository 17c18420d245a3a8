package dev.rostrum.sfu.video;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.sfu.congestion.ArrivalRecorder;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.stream.ReceptionStatistics;
import dev.rostrum.sfu.stream.RetransmissionReceiver;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.SecureTransport;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The video that one endpoint sends: its packets are put in order, what is missing is asked for, and its network is told
 * how packets arrive.
 *
 * <p>Owned by its endpoint.
 */
public final class VideoReception {

    /** The endpoint that sends the video. */
    public interface Owner {

        /** The first packet of a permitted publication has come, since the last change. */
        void onPublishing(String mid);

        /** Something has come that is to be reported. */
        void onTraffic();

        /** The round-trip time to the sender in nanoseconds; -1 if it is not known. */
        long roundTripNs();
    }

    /** Camera and screen, three encodings each, and their retransmissions; a restart of all of them fits too. */
    private static final int MAX_STREAMS = 24;

    /** How many sequence numbers are asked for at a time: they fit in one datagram. */
    private static final int MAX_MISSING = 250;

    private final VideoRoom room;
    private final VideoShard shared;
    private final SecureTransport transport;
    private final Owner owner;
    private final int reportingSsrc;
    private final byte[] cname;
    private final List<VideoIngest> ingests = new ArrayList<>();
    private final List<IncomingVideo> streams = new ArrayList<>();
    private final RtpPacket rtp = new RtpPacket();
    private final RtcpWriter writer = new RtcpWriter();
    private final ArrivalRecorder arrivals;
    private final int transportCcId;
    private final Deadline deadline;
    private final long[] missing = new long[MAX_MISSING];
    private int fullIntraNumber;

    /**
     * @param voice the CSRC of the audio that the same endpoint publishes, 0 if none
     * @param transportCcId the id of transport-wide sequence numbers in what the endpoint sends, video or not; 0 if
     *     they were not negotiated
     * @param reportingSsrc what its feedback says that it is from
     */
    public VideoReception(
            VideoRoom room,
            SecureTransport transport,
            List<StreamSpec.VideoPublish> specs,
            int voice,
            int transportCcId,
            int reportingSsrc,
            String cname,
            Owner owner) {
        this.room = room;
        this.shared = room.shared();
        this.transport = transport;
        this.owner = owner;
        this.deadline = new Deadline(this::onDeadline, transport::fail);
        this.reportingSsrc = reportingSsrc;
        this.cname = cname.getBytes(StandardCharsets.UTF_8);
        this.transportCcId = transportCcId;
        this.arrivals = new ArrivalRecorder(reportingSsrc);
        for (StreamSpec.VideoPublish spec : specs) {
            ingests.add(new VideoIngest(this, spec, voice));
        }
    }

    VideoRoom room() {
        return room;
    }

    Owner owner() {
        return owner;
    }

    /** Ends all publications. */
    public void close() {
        shared.shard().deadlines().cancel(deadline);
        ingests.forEach(ingest -> room.unpublish(ingest.publication()));
    }

    /**
     * Changes the permission of a publication of this endpoint's.
     *
     * @return false if there is none of that m-line
     */
    public boolean permit(String mid, boolean permitted) {
        for (VideoIngest ingest : ingests) {
            if (ingest.spec().mid().equals(mid)) {
                room.permit(ingest.publication(), permitted);
                return true;
            }
        }
        return false;
    }

    // ---- packets

    /** Notes when a packet of the endpoint's arrived, audio or video, for its congestion control. */
    public void recordArrival(RtpPacket packet, long nowNs) {
        int at = packet.extensionOffset(transportCcId);
        if (at >= 0 && packet.extensionLengthBytes() == 2) {
            int number = packet.bytes().getShort(at) & 0xFFFF;
            arrivals.onPacket(number, packet.lengthBytes(), packet.ssrc(), nowNs);
            schedule();
        }
    }

    /**
     * Takes a packet of the endpoint's.
     *
     * @return false if it is no video of this endpoint's
     */
    public boolean onRtp(RtpPacket packet, Slab slab, long nowNs) {
        IncomingVideo stream = streamOf(packet);
        if (stream == null) {
            return false;
        }
        owner.onTraffic();
        if (stream.retransmissions()) {
            onRetransmission(stream, packet, slab, nowNs);
        } else if (stream.statistics().onPacket(packet.sequenceNumber(), packet.timestamp(), nowNs)
                == ReceptionStatistics.OUT_OF_RANGE) {
            shared.drops().count(DropReason.RTP_OUT_OF_RANGE);
        } else {
            onMedia(stream, packet, slab, nowNs);
        }
        return true;
    }

    private void onRetransmission(IncomingVideo stream, RtpPacket packet, Slab slab, long nowNs) {
        Counters<DropReason> drops = shared.drops();
        VideoFormat format = stream.ingest().retransmits(packet.payloadType());
        IncomingVideo original = stream.ingest().media(stream.encoding());
        if (format == null || original == null) {
            drops.count(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE);
            return;
        }
        if (stream.statistics().onPacket(packet.sequenceNumber(), packet.timestamp(), nowNs)
                == ReceptionStatistics.OUT_OF_RANGE) {
            drops.count(DropReason.RTP_OUT_OF_RANGE);
            return;
        }
        int lengthBytes = packet.lengthBytes() - packet.paddingLengthBytes();
        boolean padded = packet.paddingLengthBytes() > 0;
        int offset = RetransmissionReceiver.restore(packet, format.payloadType(), original.ssrc());
        if (offset == RetransmissionReceiver.NO_ORIGINAL) {
            drops.count(DropReason.VIDEO_PADDING);
            return;
        }
        if (padded) {
            slab.bytes().put(offset, (byte) (slab.bytes().get(offset) & ~0x20));
        }
        if (!rtp.wrap(slab.bytes(), offset, lengthBytes - 2)) {
            drops.count(DropReason.RTP_MALFORMED);
            return;
        }
        // Nobody waits for others: they are probes, or repeat an SSRC from before the sender began anew, whose numbers
        // would lead those of this one astray.
        if (!original.nacks().misses(rtp.sequenceNumber())) {
            drops.count(DropReason.VIDEO_PADDING);
            return;
        }
        onMedia(original, rtp, slab, nowNs);
    }

    /** A packet of an encoding, as it came or as it was repeated. */
    private void onMedia(IncomingVideo stream, RtpPacket packet, Slab slab, long nowNs) {
        Counters<DropReason> drops = shared.drops();
        VideoPublication publication = stream.ingest().publication();
        if (publication.info().codecOf(packet.payloadType()) == null) {
            drops.count(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE);
            return;
        }
        if (!stream.ingest().takes(stream, nowNs)) {
            drops.count(DropReason.RTP_REPLACED_STREAM);
            return;
        }
        stream.nacks().onPacket(stream.unwrap(packet.sequenceNumber()), nowNs);
        if (!publication.permitted()) {
            drops.count(DropReason.NOT_PERMITTED);
            return;
        }
        if (!publication.announced()) {
            publication.setAnnounced();
            owner.onPublishing(stream.ingest().spec().mid());
        }
        room.onPacket(publication, slab, packet.offset(), packet.lengthBytes(), stream.encoding(), nowNs);
        schedule();
    }

    private @Nullable IncomingVideo streamOf(RtpPacket packet) {
        int ssrc = packet.ssrc();
        for (int i = 0; i < streams.size(); i++) {
            if (streams.get(i).ssrc() == ssrc) {
                return streams.get(i);
            }
        }
        return learn(packet);
    }

    private @Nullable IncomingVideo learn(RtpPacket packet) {
        VideoIngest ingest = ingestOf(packet);
        IncomingVideo stream = ingest == null ? null : ingest.learn(packet);
        if (stream == null) {
            return null;
        }
        if (streams.size() == MAX_STREAMS) {
            streams.removeFirst();
        }
        streams.add(stream);
        return stream;
    }

    /** Finds the m-line of a new SSRC: by mid, by what was declared, by payload type (RFC 9143 §9.2). */
    private @Nullable VideoIngest ingestOf(RtpPacket packet) {
        for (VideoIngest ingest : ingests) {
            if (ingest.names(packet)) {
                return ingest;
            }
        }
        for (VideoIngest ingest : ingests) {
            if (ingest.declares(packet.ssrc())) {
                return ingest;
            }
        }
        return ingests.size() == 1 && ingests.getFirst().knows(packet.payloadType()) ? ingests.getFirst() : null;
    }

    // ---- reports

    /** A sender report of one of the endpoint's streams. */
    public void onSenderReport(int ssrc, long ntp, int rtpTimestamp, long nowNs) {
        for (IncomingVideo stream : streams) {
            if (stream.ssrc() == ssrc) {
                stream.statistics().onSenderReport(ntp, nowNs);
                if (!stream.retransmissions()) {
                    room.onSenderReport(stream.ingest().publication(), ssrc, ntp, rtpTimestamp);
                }
            }
        }
    }

    /**
     * The endpoint has said goodbye to some of its streams. What they are stays known: libwebrtc says goodbye to an
     * encoding that becomes inactive, and when that comes back, its packets don't repeat mid and rid.
     */
    public void onGoodbye(List<Integer> ssrcs) {
        for (IncomingVideo stream : streams) {
            if (ssrcs.contains(stream.ssrc())) {
                stream.end();
            }
        }
    }

    /** Adds what is to be reported of the endpoint's streams. */
    public void addBlocks(List<ReportBlock> blocks, long nowNs) {
        for (int i = 0; i < streams.size(); i++) {
            IncomingVideo stream = streams.get(i);
            if (stream.statistics().started()) {
                blocks.add(stream.statistics().report(stream.ssrc(), nowNs));
            }
        }
    }

    /** Whether anything came to which the endpoint has not said goodbye since. */
    public boolean started() {
        for (int i = 0; i < streams.size(); i++) {
            if (streams.get(i).statistics().started()) {
                return true;
            }
        }
        return false;
    }

    // ---- feedback

    void onKeyFrameWanted(long nowNs) {
        sendKeyFrameRequests(nowNs);
        schedule();
    }

    private void onDeadline(long nowNs) {
        if (arrivals.deadlineNs() <= nowNs) {
            arrivals.onDeadline(nowNs, this::sendFeedback);
        }
        for (int i = 0; i < streams.size(); i++) {
            IncomingVideo stream = streams.get(i);
            if (stream.nacks().deadlineNs() <= nowNs) {
                askAgain(stream, nowNs);
            }
        }
        sendKeyFrameRequests(nowNs);
        schedule();
    }

    private void askAgain(IncomingVideo stream, long nowNs) {
        long roundTripNs = owner.roundTripNs();
        if (roundTripNs > 0) {
            stream.nacks().onRoundTrip(roundTripNs);
        }
        int count = stream.nacks().collect(nowNs, missing);
        if (count > 0 && stream.ingest().spec().feedback().nack()) {
            List<Integer> numbers = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                numbers.add((int) missing[i] & 0xFFFF);
            }
            sendFeedback(new RtcpMessage.Nack(reportingSsrc, stream.ssrc(), numbers));
        }
        if (stream.nacks().takeKeyFrameWanted()) {
            stream.ingest().keyframes().want(stream.encoding());
        }
    }

    private void sendKeyFrameRequests(long nowNs) {
        for (int i = 0; i < ingests.size(); i++) {
            VideoIngest ingest = ingests.get(i);
            if (ingest.keyframes().deadlineNs() > nowNs) {
                continue;
            }
            for (int left = ingest.keyframes().collect(nowNs); left != 0; left &= left - 1) {
                IncomingVideo stream = ingest.media(Integer.numberOfTrailingZeros(left));
                if (stream != null) {
                    sendFeedback(keyFrameRequest(ingest, stream));
                }
            }
        }
    }

    private RtcpMessage keyFrameRequest(VideoIngest ingest, IncomingVideo stream) {
        if (ingest.spec().feedback().pictureLoss() || !ingest.spec().feedback().fullIntra()) {
            return new RtcpMessage.PictureLossIndication(reportingSsrc, stream.ssrc());
        }
        fullIntraNumber = fullIntraNumber + 1 & 0xFF;
        return new RtcpMessage.FullIntraRequest(
                reportingSsrc, List.of(new RtcpMessage.FullIntraRequest.Request(stream.ssrc(), fullIntraNumber)));
    }

    /** Sends feedback in a compound datagram of its own: everybody understands these (RFC 4585 §3.1). */
    private void sendFeedback(RtcpMessage message) {
        if (!transport.canSend()) {
            return;
        }
        UdpPort port = transport.port();
        int offset = port.reserve();
        writer.begin(port.outgoing().bytes(), offset, UdpPort.MAX_DATAGRAM_BYTES - 64);
        writer.add(new RtcpMessage.ReceiverReport(reportingSsrc, List.of()));
        writer.addName(reportingSsrc, cname);
        if (writer.add(message)) {
            transport.sendRtcp(offset, writer.end());
        }
    }

    private void schedule() {
        long next = transportCcId == 0 ? Long.MAX_VALUE : arrivals.deadlineNs();
        for (int i = 0; i < streams.size(); i++) {
            next = Math.min(next, streams.get(i).nacks().deadlineNs());
        }
        for (int i = 0; i < ingests.size(); i++) {
            next = Math.min(next, ingests.get(i).keyframes().deadlineNs());
        }
        if (next != Long.MAX_VALUE && (!deadline.scheduled() || deadline.atNs() != next)) {
            shared.shard().deadlines().schedule(deadline, next);
        }
    }
}
