package dev.rostrum.sfu.video;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.rtp.VideoExtensions;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.srtp.Slab;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The video of one space on one shard: all its publications (those of other shards as mirrors) and who receives them
 * here.
 *
 * <p>Owned by the space's router on that shard.
 */
public final class VideoRoom {

    /** The ways to the same space's video on the other shards; messages and media keep their order. */
    public interface Ways {

        /** A publication of this shard's begins. */
        void publish(VideoInfo info);

        /** A publication of this shard's has ended. */
        void unpublish(int csrc);

        /** Slots of this shard want a mirror's packets, or do not any more. */
        void want(VideoInfo info, boolean wanted);

        /** A slot of this shard needs a key frame of a mirror. */
        void askForKeyFrame(VideoInfo info, int encoding);

        /** What the timestamps of an SSRC of this shard's mean. */
        void clock(int shard, int csrc, int ssrc, long ntp, int rtpTimestamp);

        /** Offers a packet to another shard; false if the way is full. */
        boolean offer(int shard, int csrc, int encoding, Slab slab, int offset, int lengthBytes, long nowNs);
    }

    /** More shapes of headers than this are not shared: a client may invent as many mids as it likes. */
    private static final int MAX_SHARED_HEADERS = 64;

    private static final long ASK_AGAIN_NS = 100_000_000L;

    private final VideoShard shared;
    private final Ways ways;
    private final List<VideoPublication> publications = new ArrayList<>();
    private final List<VideoDelivery> deliveries = new ArrayList<>();
    private final List<PreparedHeader> headers = new ArrayList<>();
    private int[] speakers = {};

    public VideoRoom(VideoShard shared, Ways ways) {
        this.shared = shared;
        this.ways = ways;
    }

    VideoShard shared() {
        return shared;
    }

    /** The header of a slot's packets: one serves all slots that look alike. */
    PreparedHeader headerOf(StreamSpec.VideoSlot slot) {
        VideoExtensions extensions = PreparedHeader.extensionsOf(slot);
        for (PreparedHeader header : headers) {
            if (header.extensions().equals(extensions)) {
                return header;
            }
        }
        PreparedHeader header = new PreparedHeader(extensions);
        if (headers.size() < MAX_SHARED_HEADERS) {
            headers.add(header);
        }
        return header;
    }

    // ---- publications

    /** A publication of an endpoint of this shard's. */
    VideoPublication publish(StreamSpec.VideoPublish spec, int voice, VideoUpstream upstream, Object publisher) {
        VideoInfo info = VideoInfo.of(spec, voice, shared.shard().index());
        VideoPublication publication = new VideoPublication(info, shared, upstream, publisher, spec.permitted());
        publications.add(publication);
        if (spec.permitted()) {
            ways.publish(info);
        }
        assignAll();
        return publication;
    }

    void unpublish(VideoPublication publication) {
        publications.remove(publication);
        if (publication.permitted()) {
            ways.unpublish(publication.csrc());
        }
        assignAll();
    }

    /** Changes whether a publication of this shard's is forwarded. */
    void permit(VideoPublication publication, boolean permitted) {
        if (publication.permitted() != permitted) {
            publication.permit(permitted);
            if (permitted) {
                ways.publish(publication.info());
            } else {
                ways.unpublish(publication.csrc());
            }
            assignAll();
        }
    }

    @Nullable
    VideoPublication publication(int csrc) {
        for (int i = 0; i < publications.size(); i++) {
            if (publications.get(i).csrc() == csrc) {
                return publications.get(i);
            }
        }
        return null;
    }

    /** What the endpoints of this shard publish and may publish: other shards know of nothing else. */
    public List<VideoInfo> own() {
        return publications.stream()
                .filter(publication -> !publication.mirror() && publication.permitted())
                .map(VideoPublication::info)
                .toList();
    }

    // ---- receivers

    void add(VideoDelivery delivery) {
        deliveries.add(delivery);
        delivery.assign(shared.shard().nowNs());
    }

    void remove(VideoDelivery delivery) {
        deliveries.remove(delivery);
    }

    private void assignAll() {
        long nowNs = shared.shard().nowNs();
        // Backwards, because one whose endpoint fails leaves the list.
        for (int i = deliveries.size() - 1; i >= 0; i--) {
            VideoDelivery delivery = deliveries.get(i);
            try {
                delivery.assign(nowNs);
            } catch (RuntimeException e) {
                delivery.fail(e);
            }
        }
    }

    /** Who speaks, the loudest first; by the CSRCs of their voices. */
    public void onSpeakers(int[] csrcs) {
        speakers = csrcs;
        if (!publications.isEmpty()) {
            assignAll();
        }
    }

    boolean isLoudest(int voice) {
        return speakers.length > 0 && speakers[0] == voice;
    }

    /** What fills slots that nobody asked anything for, the best first: all but the receiver's own. */
    List<VideoPublication> forAnyone(VideoDelivery receiver) {
        List<VideoPublication> visible = new ArrayList<>();
        for (VideoPublication publication : publications) {
            if (publication.permitted() && !publication.isOf(receiver.owner())) {
                visible.add(publication);
            }
        }
        visible.sort(Comparator.comparingInt(this::order)); // stable: who came first stays first
        return visible;
    }

    private int order(VideoPublication publication) {
        if (publication.info().screen()) {
            return -1;
        }
        for (int rank = 0; rank < speakers.length; rank++) {
            if (speakers[rank] == publication.info().voice()) {
                return rank;
            }
        }
        return speakers.length;
    }

    // ---- packets

    /** A permitted packet of a publication of this shard's. */
    void onPacket(VideoPublication publication, Slab slab, int offset, int lengthBytes, int encoding, long nowNs) {
        if (!publication.onPacket(slab, offset, lengthBytes, encoding, nowNs)) {
            return;
        }
        for (long left = publication.wantedBy(); left != 0; left &= left - 1) {
            int shard = Long.numberOfTrailingZeros(left);
            if (publication.isSkipped(shard, encoding)) {
                shared.drops().count(DropReason.LINK_FULL);
            } else if (!ways.offer(shard, publication.csrc(), encoding, slab, offset, lengthBytes, nowNs)) {
                shared.drops().count(DropReason.LINK_FULL);
                publication.skip(shard, encoding);
            }
        }
    }

    /** A packet of another shard's publication. */
    public void onMirroredPacket(int csrc, int encoding, Slab slab, int offset, int lengthBytes, long nowNs) {
        VideoPublication publication = publication(csrc);
        if (publication == null || encoding >= publication.info().encodings()) {
            shared.drops().count(DropReason.NOT_PERMITTED);
            return;
        }
        publication.onPacket(slab, offset, lengthBytes, encoding, nowNs);
    }

    /** A sender report of an encoding of a publication of this shard's. */
    void onSenderReport(VideoPublication publication, int ssrc, long ntp, int rtpTimestamp) {
        publication.onSenderReport(ssrc, ntp, rtpTimestamp);
        for (long left = publication.wantedBy(); left != 0; left &= left - 1) {
            ways.clock(Long.numberOfTrailingZeros(left), publication.csrc(), ssrc, ntp, rtpTimestamp);
        }
    }

    // ---- what other shards say

    /** Another shard has a publication. */
    public void mirror(VideoInfo info) {
        if (publication(info.csrc()) == null) {
            publications.add(new VideoPublication(info, shared, new Mirrored(info), null, true));
            assignAll();
        }
    }

    /** A publication of another shard's has ended; false if it is none of them. */
    public boolean forget(int csrc) {
        VideoPublication publication = publication(csrc);
        if (publication == null || !publication.mirror()) {
            return false;
        }
        publications.remove(publication);
        assignAll();
        return true;
    }

    /** Another shard's slots want a publication of this shard's, or do not any more. */
    public void onWanted(int csrc, int shard, boolean wanted) {
        VideoPublication publication = publication(csrc);
        if (publication != null) {
            publication.wanted(shard, wanted);
        }
    }

    /** A shard has no slots of the space any more. */
    public void onAbsent(int shard) {
        publications.forEach(publication -> publication.wanted(shard, false));
    }

    /** Another shard's slot needs a key frame. */
    public void onKeyFrameWanted(int csrc, int encoding, long nowNs) {
        VideoPublication publication = publication(csrc);
        if (publication != null) {
            publication.wantKeyFrame(encoding, nowNs);
        }
    }

    /** What the timestamps of a mirror's SSRC mean. */
    public void onClock(int csrc, int ssrc, long ntp, int rtpTimestamp) {
        VideoPublication publication = publication(csrc);
        if (publication != null) {
            publication.onSenderReport(ssrc, ntp, rtpTimestamp);
        }
    }

    /** The way back from a mirror. */
    private final class Mirrored implements VideoUpstream {

        private final VideoInfo info;
        private final long[] askedAtNs = new long[VideoInfo.MAX_ENCODINGS];

        Mirrored(VideoInfo info) {
            this.info = info;
            Arrays.fill(askedAtNs, Long.MIN_VALUE / 2);
        }

        @Override
        public void wantKeyFrame(int encoding, long nowNs) {
            if (nowNs - askedAtNs[encoding] >= ASK_AGAIN_NS) {
                askedAtNs[encoding] = nowNs;
                ways.askForKeyFrame(info, encoding);
            }
        }

        @Override
        public void onKeyFrame(int encoding, long nowNs) {
            // The publisher's shard sees it first.
        }

        @Override
        public void onWanted(boolean wanted) {
            ways.want(info, wanted);
        }
    }
}
