package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoWish;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.routing.SpaceMessage.PublicationInfo;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpFault;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.stream.ReceptionStatistics;
import dev.rostrum.sfu.stream.ReportedStream;
import dev.rostrum.sfu.stream.RtpRewriter;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.SecureTransport;
import dev.rostrum.sfu.transport.TransportListener;
import dev.rostrum.sfu.transport.TransportOwner;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.video.VideoDelivery;
import dev.rostrum.sfu.video.VideoReception;
import dev.rostrum.srtp.Slab;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What sends and receives packets for one participant: its publications, its slots, its reports. Knows no roles.
 *
 * <p>Owned by the shard that claimed it.
 */
public final class Endpoint implements TransportOwner, TransportListener, VideoReception.Owner, VideoDelivery.Owner {

    /** More SSRCs than a browser ever uses at once for what it may publish here. */
    private static final int MAX_STREAMS = 8;

    /** 20 ms of Opus, until the publisher shows what it sends. */
    private static final int OPUS_STEP_TICKS = 960;

    private final Registration<Admission, Endpoint> registration;
    private final EndpointSpec spec;
    private final Shard shard;
    private final SfuShard owner;
    private final Switchboard switchboard;
    private final Counters<DropReason> drops;
    private final SfuListener listener;
    private final Router router;
    private final SecureTransport transport;
    private final EndpointReports reports;
    private final ReceivedReports received;
    private final List<Publication> publications = new ArrayList<>();
    private final List<StreamSpec.Publish> published = new ArrayList<>();
    private final List<IncomingStream> streams = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();
    private final int reportingSsrc;
    private int slotsToFill = Integer.MAX_VALUE;
    private final @Nullable VideoReception reception;
    private final @Nullable VideoDelivery delivery;
    private boolean ended;

    Endpoint(Registration<Admission, Endpoint> registration, SfuShard owner, RouterEnvironment environment) {
        this.registration = registration;
        this.spec = registration.spec().spec();
        this.owner = owner;
        this.switchboard = owner.switchboard();
        this.shard = owner.shard();
        this.drops = switchboard.drops();
        this.listener = environment.listener();
        this.transport = new SecureTransport(spec, shard, owner.demultiplexer(), environment.transport(), this);
        this.router = switchboard.router(registration.spec().spaceKey());
        router.open();
        RandomGenerator random = environment.random();
        this.reportingSsrc = random.nextInt();
        this.reports = new EndpointReports(this, shard, environment.ntpClock(), random);
        try {
            List<StreamSpec.VideoPublish> videos = new ArrayList<>();
            List<StreamSpec.VideoSlot> videoSlots = new ArrayList<>();
            for (StreamSpec stream : spec.streams()) {
                switch (stream) {
                    case StreamSpec.Publish publish -> {
                        if (publish.kind() == MediaKind.AUDIO) {
                            published.add(publish);
                            publications.add(router.publish(
                                    new PublicationInfo(publish.csrc(), publish.extensions()),
                                    this,
                                    publish.permitted()));
                        }
                    }
                    case StreamSpec.Slot slot -> {
                        if (slot.kind() == MediaKind.AUDIO) {
                            RtpRewriter rewriter = new RtpRewriter(
                                    slot.clockRateHz(), OPUS_STEP_TICKS, random.nextInt(0x8000), random.nextInt());
                            slots.add(new Slot(this, slot, router.shapeOf(slot), transport, rewriter));
                        }
                    }
                    case StreamSpec.VideoPublish publish -> videos.add(publish);
                    case StreamSpec.VideoSlot slot -> videoSlots.add(slot);
                }
            }
            this.reception = videos.isEmpty() ? null : receive(videos);
            this.delivery = videoSlots.isEmpty()
                    ? null
                    : new VideoDelivery(router.video(), spec.id(), transport, videoSlots, this);
        } catch (RuntimeException e) {
            transport.close();
            end(CloseReason.INTERNAL_ERROR, SecureTransport.OWN_FAULT); // what the space has of it already goes
            throw e;
        }
        this.received = new ReceivedReports(this, environment.ntpClock(), reception, delivery);
    }

    private VideoReception receive(List<StreamSpec.VideoPublish> videos) {
        int transportCcId = spec.streams().stream()
                .filter(stream -> !(stream instanceof StreamSpec.Slot || stream instanceof StreamSpec.VideoSlot))
                .mapToInt(stream -> stream.extensions().transportCc())
                .filter(id -> id != 0)
                .findFirst()
                .orElse(0);
        int voice = published.isEmpty() ? 0 : published.getFirst().csrc();
        return new VideoReception(
                router.video(), transport, videos, voice, transportCcId, reportingSsrc, spec.cname(), this);
    }

    EndpointSpec spec() {
        return spec;
    }

    Counters<DropReason> drops() {
        return drops;
    }

    List<Slot> slots() {
        return slots;
    }

    int slotCount() {
        return slots.size();
    }

    List<IncomingStream> streams() {
        return streams;
    }

    /** Whether it may send sound: then it gets that of others before those who may not. */
    boolean mayBeHeard() {
        for (int i = 0; i < publications.size(); i++) {
            if (publications.get(i).permitted()) {
                return true;
            }
        }
        return false;
    }

    boolean publishes() {
        for (int i = 0; i < streams.size(); i++) {
            if (streams.get(i).statistics().started()) {
                return true;
            }
        }
        return reception != null && reception.started();
    }

    /** The video slots that sender reports tell of. */
    List<? extends ReportedStream> videoSlots() {
        return delivery == null ? List.of() : delivery.reported();
    }

    /** Adds what is to be reported of the video that it sends. */
    void addVideoBlocks(List<ReportBlock> blocks, long nowNs) {
        if (reception != null) {
            reception.addBlocks(blocks, nowNs);
        }
    }

    /** The SSRC of receiver reports, where there is no slot to report from. */
    int reportingSsrc() {
        return reportingSsrc;
    }

    @Override
    public SecureTransport transport() {
        return transport;
    }

    @Override
    public void onFault(RuntimeException fault) {
        transport.fail(fault);
    }

    // ---- what signaling wants; called on the shard

    /** Changes the permission of a publication; completes the future when it holds everywhere. */
    public void permit(String mid, boolean permitted, CompletableFuture<Void> done) {
        for (int i = 0; i < published.size(); i++) {
            if (published.get(i).mid().equals(mid)) {
                router.permit(publications.get(i), permitted, done);
                slots.forEach(Slot::onStageChanged);
                return;
            }
        }
        if (reception != null && reception.permit(mid, permitted)) {
            router.settle(done);
        } else {
            done.complete(null); // nothing of that name is forwarded, which is what "not permitted" promises
        }
    }

    /** What the client wants to see. */
    public void wish(List<VideoWish> wishes) {
        if (delivery != null) {
            delivery.wish(wishes, shard.nowNs());
        }
    }

    /** Fills so many of the slots from now on, or all if there are fewer. */
    public void fillAudioSlots(int count) {
        slotsToFill = count;
        router.refill(this);
    }

    /** Takes new ICE credentials beside the old ones. */
    public void restartIce(IceCredentials local) {
        transport.restartIce(local);
    }

    /** Ends the endpoint. */
    public void close(CloseReason reason, String detail) {
        if (!ended) {
            reports.close(shard.nowNs());
            transport.close();
            end(reason, detail);
        }
    }

    // ---- what the transport brings

    @Override
    public void onConnected(long nowNs) {
        router.add(this);
        if (delivery != null) {
            delivery.open(nowNs);
        }
        listener.onConnected(spec.id());
    }

    @Override
    public void onRtp(Slab slab, int offset, int lengthBytes, long nowNs) {
        ForwardedPacket packet = switchboard.packet();
        if (!packet.wrap(slab, offset, lengthBytes)) {
            drops.count(DropReason.RTP_MALFORMED);
            return;
        }
        RtpPacket rtp = packet.rtp();
        VideoReception video = reception;
        if (video != null) {
            video.recordArrival(rtp, nowNs);
        }
        IncomingStream stream = streamOf(rtp);
        if (stream == null) {
            if (video == null || !video.onRtp(rtp, slab, nowNs)) {
                drops.count(DropReason.RTP_UNKNOWN_STREAM);
            }
            return;
        }
        if (rtp.payloadType() != stream.spec().payloadType()) {
            drops.count(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE);
            return;
        }
        if (stream.statistics().onPacket(rtp.sequenceNumber(), rtp.timestamp(), nowNs)
                == ReceptionStatistics.OUT_OF_RANGE) {
            drops.count(DropReason.RTP_OUT_OF_RANGE);
            return;
        }
        reports.onTraffic();
        Publication publication = stream.publication();
        if (!publication.permitted()) {
            drops.count(DropReason.NOT_PERMITTED);
            return;
        }
        if (!publication.announced()) {
            publication.setAnnounced();
            listener.onPublishing(spec.id(), stream.spec().mid());
        }
        router.onPacket(publication, packet, nowNs);
    }

    private @Nullable IncomingStream streamOf(RtpPacket rtp) {
        int ssrc = rtp.ssrc();
        for (int i = 0; i < streams.size(); i++) {
            if (streams.get(i).ssrc() == ssrc) {
                return streams.get(i);
            }
        }
        return learn(rtp);
    }

    /** Finds the m-line of a new SSRC: by mid, by what was declared, by the one payload type (RFC 9143 §9.2). */
    private @Nullable IncomingStream learn(RtpPacket rtp) {
        int found = -1;
        for (int i = 0; i < published.size() && found < 0; i++) {
            if (hasMid(rtp, published.get(i))) {
                found = i;
            }
        }
        for (int i = 0; i < published.size() && found < 0; i++) {
            if (published.get(i).ssrcs().contains(rtp.ssrc())) {
                found = i;
            }
        }
        if (found < 0 && published.size() == 1 && published.getFirst().payloadType() == rtp.payloadType()) {
            found = 0;
        }
        if (found < 0) {
            return null;
        }
        if (streams.size() == MAX_STREAMS) {
            forgetOldest(publications.get(found));
        }
        StreamSpec.Publish publish = published.get(found);
        IncomingStream stream = new IncomingStream(
                rtp.ssrc(), publish, publications.get(found), new ReceptionStatistics(publish.clockRateHz()));
        streams.add(stream);
        return stream;
    }

    /** Makes room for a new SSRC of a source: its own oldest goes, for that of another may still be what it sends with. */
    private void forgetOldest(Publication publication) {
        for (int i = 0; i < streams.size(); i++) {
            if (streams.get(i).publication() == publication) {
                streams.remove(i);
                return;
            }
        }
        streams.removeFirst();
    }

    private static boolean hasMid(RtpPacket rtp, StreamSpec.Publish publish) {
        int at = rtp.extensionOffset(publish.extensions().mid());
        if (at < 0) {
            return false;
        }
        byte[] mid = new byte[rtp.extensionLengthBytes()];
        rtp.bytes().get(at, mid);
        return new String(mid, StandardCharsets.US_ASCII).equals(publish.mid());
    }

    @Override
    public void onRtcp(Slab slab, int offset, int lengthBytes, long nowNs) {
        if (received.read(switchboard.rtcp(), slab, offset, lengthBytes, nowNs) != RtcpFault.NONE) {
            drops.count(DropReason.RTCP_MALFORMED);
        }
    }

    /** A stream of the client has ended, by what it says itself; if it comes back, it need not say again what it is. */
    void onGone(IncomingStream stream) {
        if (stream.statistics().started()) {
            stream.statistics().end();
            router.onGone(stream.publication());
        }
    }

    @Override
    public void onClosed(CloseReason reason, String detail) {
        end(reason, detail);
    }

    private void end(CloseReason reason, String detail) {
        if (ended) {
            return;
        }
        ended = true;
        for (Slot slot : slots) {
            slot.leave();
        }
        publications.forEach(router::unpublish);
        if (delivery != null) {
            delivery.close();
        }
        if (reception != null) {
            reception.close();
        }
        router.remove(this);
        owner.ended(this);
        if (registration.end()) {
            listener.onClosed(spec.id(), reason, detail);
        }
    }

    // ---- what its video says

    @Override
    public void onPublishing(String mid) {
        listener.onPublishing(spec.id(), mid);
    }

    @Override
    public void onTraffic() {
        reports.onTraffic();
    }

    @Override
    public void onVideoBegun() {
        reports.onTraffic();
    }

    @Override
    public long roundTripNs() {
        for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i).statistics().roundTripNs() > 0) {
                return slots.get(i).statistics().roundTripNs();
            }
        }
        return -1;
    }

    // ---- what the router decides

    /** A slot has sent its first packet since its last report. */
    void onSlotBegun() {
        reports.onTraffic();
    }

    /** Fills the slots with the best speakers, except oneself; whoever stays keeps the slot. */
    void assign(RankedSpeakers ranked, Router from) {
        int wanted = 0;
        for (int rank = 0; rank < ranked.count() && wanted < filled(); rank++) {
            Publication candidate = from.publication(ranked.csrc(rank));
            if (candidate == null || candidate.publisher() == this) {
                continue;
            }
            wanted++;
            if (slotOf(candidate) == null) {
                Slot slot = replaceable(ranked, from);
                if (slot != null) {
                    slot.carry(candidate);
                }
            }
        }
        for (int i = 0; i < slots.size(); i++) {
            Publication carried = slots.get(i).publication();
            if (carried != null && !isWanted(carried, ranked, from)) {
                slots.get(i).stop(shard.nowNs());
            }
        }
    }

    private int filled() {
        return Math.min(slotsToFill, slots.size());
    }

    private @Nullable Slot slotOf(Publication publication) {
        for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i).publication() == publication) {
                return slots.get(i);
            }
        }
        return null;
    }

    /** A slot whose speaker is not among the best any more, else an idle one. */
    private @Nullable Slot replaceable(RankedSpeakers ranked, Router from) {
        Slot idle = null;
        for (int i = 0; i < slots.size(); i++) {
            Publication carried = slots.get(i).publication();
            if (carried == null) {
                idle = idle == null ? slots.get(i) : idle;
            } else if (!isWanted(carried, ranked, from)) {
                return slots.get(i);
            }
        }
        return idle;
    }

    private boolean isWanted(Publication publication, RankedSpeakers ranked, Router from) {
        int place = 0;
        for (int rank = 0; rank < ranked.count() && place < filled(); rank++) {
            Publication candidate = from.publication(ranked.csrc(rank));
            if (candidate == null || candidate.publisher() == this) {
                continue;
            }
            if (candidate == publication) {
                return true;
            }
            place++;
        }
        return false;
    }

    @Override
    public String toString() {
        return "Endpoint[" + spec.id() + "]";
    }
}
