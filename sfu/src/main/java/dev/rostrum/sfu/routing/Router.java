package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.loop.Passage;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.routing.SpaceMessage.PublicationInfo;
import dev.rostrum.sfu.rtp.AudioLevel;
import dev.rostrum.sfu.rtp.HeaderExtensions;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.video.VideoRoom;
import dev.rostrum.srtp.Slab;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One space on one shard: its endpoints here, all its publications (those of other shards as mirrors), and which of
 * them the slots carry.
 *
 * <p>Owned by its shard. A space is not bound to a shard; one shard is its home, where the speakers of all shards are
 * ranked. Media crosses once per shard that has slots, never once per listener.
 */
final class Router {

    /** More shapes of headers than this are not shared: clients may invent as many mids as they like. */
    private static final int MAX_SHARED_SHAPES = 64;

    private final int spaceKey;
    private final Switchboard switchboard;
    private final Shard shard;
    private final @Nullable Stage stage;
    private final VideoRoom video;
    private final int home;
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final List<Publication> publications = new ArrayList<>();
    private final List<HeaderShape> shapes = new ArrayList<>();
    private RankedSpeakers ranked = RankedSpeakers.NOBODY;
    private int opened;
    private int slotEndpoints;
    private long presentShards;
    private long interestedShards;

    Router(int spaceKey, Switchboard switchboard) {
        this.spaceKey = spaceKey;
        this.switchboard = switchboard;
        this.shard = switchboard.shard();
        this.home = switchboard.homeOf(spaceKey);
        this.stage = home == shard.index() ? new Stage(this, shard, switchboard.speakers()) : null;
        this.video = new VideoRoom(switchboard.video(), new VideoWays(spaceKey, switchboard));
        switchboard.broadcast(new SpaceMessage.Present(spaceKey, shard.index(), false, List.of(), List.of(), true));
    }

    int spaceKey() {
        return spaceKey;
    }

    /** The space's video on this shard. */
    VideoRoom video() {
        return video;
    }

    // ---- endpoints

    /** An endpoint of the space has been opened here; it is added when it can receive. */
    void open() {
        opened++;
    }

    void add(Endpoint endpoint) {
        endpoints.add(endpoint);
        if (endpoint.slotCount() > 0 && slotEndpoints++ == 0) {
            announcePresence();
        }
        endpoint.assign(ranked, this);
    }

    /** Forgets an endpoint that has ended; its publications and slots are gone already. */
    void remove(Endpoint endpoint) {
        opened--;
        if (endpoints.remove(endpoint) && endpoint.slotCount() > 0 && --slotEndpoints == 0) {
            announcePresence();
        }
        closeIfEmpty();
    }

    private void announcePresence() {
        switchboard.broadcast(present(false));
    }

    private SpaceMessage.Present present(boolean answer) {
        List<PublicationInfo> own = new ArrayList<>();
        for (Publication publication : publications) {
            if (publication.publisher() != null) {
                own.add(publication.info());
            }
        }
        return new SpaceMessage.Present(spaceKey, shard.index(), slotEndpoints > 0, own, video.own(), answer);
    }

    private void closeIfEmpty() {
        if (opened > 0 || (stage != null && presentShards != 0)) {
            return;
        }
        if (stage != null) {
            stage.close();
        }
        switchboard.broadcast(new SpaceMessage.Absent(spaceKey, shard.index()));
        switchboard.closed(this);
    }

    /** The shape of a slot's headers: one serves all slots that look alike. */
    HeaderShape shapeOf(StreamSpec.Slot slot) {
        HeaderExtensions extensions = HeaderShape.extensionsOf(slot);
        for (HeaderShape shape : shapes) {
            if (shape.extensions().equals(extensions)) {
                return shape;
            }
        }
        HeaderShape shape = new HeaderShape(extensions);
        if (shapes.size() < MAX_SHARED_SHAPES) {
            shapes.add(shape);
        }
        return shape;
    }

    // ---- publications

    Publication publish(PublicationInfo info, Endpoint publisher, boolean permitted) {
        Publication publication = new Publication(info, publisher, permitted);
        publications.add(publication);
        switchboard.broadcast(new SpaceMessage.Published(spaceKey, info));
        return publication;
    }

    void unpublish(Publication publication) {
        silence(publication);
        forget(publication);
        switchboard.broadcast(new SpaceMessage.Unpublished(spaceKey, publication.csrc()));
    }

    private void forget(Publication publication) {
        stopSlots(publication);
        publications.remove(publication);
    }

    private void stopSlots(Publication publication) {
        Audience<Slot> audience = publication.audience();
        while (audience.count() > 0) {
            Slot slot = audience.get(audience.count() - 1);
            try {
                slot.stop(shard.nowNs());
            } catch (RuntimeException e) {
                slot.fail(e);
            }
        }
    }

    @Nullable
    Publication publication(int csrc) {
        for (int i = 0; i < publications.size(); i++) {
            if (publications.get(i).csrc() == csrc) {
                return publications.get(i);
            }
        }
        return null;
    }

    /**
     * Changes whether a publication of this shard's is forwarded; done completes when nothing that came before the change
     * is on its way any more.
     */
    void permit(Publication publication, boolean permitted, CompletableFuture<Void> done) {
        publication.permit(permitted);
        if (!permitted) {
            silence(publication);
        }
        settle(done);
    }

    /** Completes when nothing that came before is on its way any more, on no shard. */
    void settle(CompletableFuture<Void> done) {
        Passage passage = new Passage(1 + Long.bitCount(presentShards), done);
        SpaceMessage.Marker marker = new SpaceMessage.Marker(spaceKey, passage);
        for (long left = presentShards; left != 0; left &= left - 1) {
            switchboard.send(Long.numberOfTrailingZeros(left), marker);
        }
        shard.port().flush();
        passage.passed();
    }

    /** The publisher has said goodbye to what it sent. */
    void onGone(Publication publication) {
        silence(publication);
    }

    /** Takes a publication out of the ranking; its slots end or go to somebody else. */
    private void silence(Publication publication) {
        if (stage != null) {
            stage.onSilent(publication.csrc());
        } else {
            switchboard.sendSilent(home, spaceKey, publication.csrc());
        }
        // The slots must not wait for the ranking: the speaker is gone from them now.
        stopSlots(publication);
    }

    // ---- packets

    /** A permitted packet of a publication of this shard's. */
    void onPacket(Publication publication, ForwardedPacket packet, long nowNs) {
        packet.belongsTo(publication);
        int level = AudioLevel.of(packet.rtp(), packet.extensions().audioLevel());
        int payloadLengthBytes = packet.rtp().payloadLengthBytes();
        if (stage != null) {
            stage.onLevel(publication.csrc(), level, payloadLengthBytes, nowNs);
        } else {
            switchboard.sendLevel(home, spaceKey, publication.csrc(), level, payloadLengthBytes);
        }
        if (!ranked.contains(publication.csrc())) {
            switchboard.drops().count(DropReason.NOT_RANKED);
            return;
        }
        fanOut(publication, packet, nowNs);
        for (long left = interestedShards; left != 0; left &= left - 1) {
            switchboard.sendMedia(Long.numberOfTrailingZeros(left), spaceKey, packet, nowNs);
        }
    }

    /** A packet of another shard's publication. */
    void onMirroredPacket(int csrc, Slab slab, int offset, int lengthBytes, long nowNs) {
        Publication publication = publication(csrc);
        if (publication == null) {
            switchboard.drops().count(DropReason.NOT_PERMITTED);
            return;
        }
        ForwardedPacket packet = switchboard.packet();
        if (!packet.wrap(slab, offset, lengthBytes)) {
            switchboard.drops().count(DropReason.RTP_MALFORMED);
            return;
        }
        packet.belongsTo(publication);
        fanOut(publication, packet, nowNs);
    }

    private static void fanOut(Publication publication, ForwardedPacket packet, long nowNs) {
        Audience<Slot> audience = publication.audience();
        // Backwards, because a slot whose endpoint fails leaves, and others that were served already take its place.
        for (int i = audience.count() - 1; i >= 0; i--) {
            Slot slot = audience.get(i);
            try {
                slot.forward(packet, nowNs);
            } catch (RuntimeException e) {
                slot.fail(e);
            }
        }
    }

    // ---- the home's decisions

    /** At home: the ranking has changed. */
    void onRanked(RankedSpeakers speakers) {
        apply(speakers);
        SpaceMessage.Ranked message = new SpaceMessage.Ranked(spaceKey, speakers);
        for (long left = presentShards; left != 0; left &= left - 1) {
            switchboard.send(Long.numberOfTrailingZeros(left), message);
        }
    }

    /** Fills the slots of one endpoint anew, if it has connected. */
    void refill(Endpoint endpoint) {
        if (endpoints.contains(endpoint)) {
            endpoint.assign(ranked, this);
        }
    }

    private void apply(RankedSpeakers speakers) {
        ranked = speakers;
        // Backwards, because an endpoint that fails leaves the list.
        for (int i = endpoints.size() - 1; i >= 0; i--) {
            Endpoint endpoint = endpoints.get(i);
            try {
                endpoint.assign(speakers, this);
            } catch (RuntimeException e) {
                endpoint.onFault(e);
            }
        }
        video.onSpeakers(speakers.csrcs());
    }

    void onLevel(int csrc, int level, int payloadLengthBytes, long nowNs) {
        if (stage != null) {
            stage.onLevel(csrc, level, payloadLengthBytes, nowNs);
        }
    }

    void onSilent(int csrc) {
        if (stage != null) {
            stage.onSilent(csrc);
        }
    }

    // ---- what other shards say

    void onMessage(SpaceMessage said) {
        switch (said) {
            case SpaceMessage.Present present -> onPresent(present);
            case SpaceMessage.Absent absent -> {
                presentShards &= ~(1L << absent.shard());
                interestedShards &= ~(1L << absent.shard());
                video.onAbsent(absent.shard());
                closeIfEmpty();
            }
            case SpaceMessage.Published published -> mirror(published.publication());
            case SpaceMessage.Unpublished unpublished -> {
                Publication mirror = publication(unpublished.csrc());
                if (mirror != null && mirror.publisher() == null) {
                    forget(mirror);
                }
            }
            case SpaceMessage.Ranked news -> apply(news.speakers());
            case SpaceMessage.VideoPublished published -> video.mirror(published.video());
            case SpaceMessage.VideoUnpublished unpublished -> video.forget(unpublished.csrc());
            case SpaceMessage.VideoWanted wanted -> video.onWanted(wanted.csrc(), wanted.shard(), wanted.wanted());
            case SpaceMessage.KeyFrameWanted wanted ->
                video.onKeyFrameWanted(wanted.csrc(), wanted.encoding(), shard.nowNs());
            case SpaceMessage.VideoClock clock ->
                video.onClock(clock.csrc(), clock.ssrc(), clock.ntp(), clock.rtpTimestamp());
            case SpaceMessage.Marker marker -> {
                shard.port().flush();
                marker.passage().passed();
            }
        }
    }

    private void onPresent(SpaceMessage.Present present) {
        long bit = 1L << present.shard();
        presentShards |= bit;
        interestedShards = present.hasSlots() ? interestedShards | bit : interestedShards & ~bit;
        present.publications().forEach(this::mirror);
        present.videos().forEach(video::mirror);
        if (present.answer()) {
            switchboard.send(present.shard(), present(false));
            if (stage != null) {
                switchboard.send(present.shard(), new SpaceMessage.Ranked(spaceKey, ranked));
            }
        }
    }

    private void mirror(PublicationInfo info) {
        if (publication(info.csrc()) == null) {
            publications.add(new Publication(info, null, true));
            if (ranked.contains(info.csrc())) {
                apply(ranked); // the ranking has overtaken the publication's description
            }
        }
    }
}
