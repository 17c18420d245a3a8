package dev.rostrum.sfu.video;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.sfu.simulcast.Ladder;
import dev.rostrum.sfu.simulcast.Layer;
import dev.rostrum.sfu.simulcast.LayerMeter;
import dev.rostrum.sfu.stream.PacketCache;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.srtp.Slab;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A video source of a space as one shard sees it: its publisher's own on the publisher's shard, a mirror on every other;
 * and the slots of this shard that carry it.
 *
 * <p>Owned by the room of its shard. Each packet is understood once, however many slots carry it.
 */
public final class VideoPublication {

    private static final VideoSlot[] NO_SLOTS = {};
    private static final int[] NO_INTERESTS = {};

    /** How old a list of layers may be; they are measured over longer times. */
    private static final long LAYERS_AGE_NS = 100_000_000L;

    /** So many heights are remembered of each measurement; the tiles of most pages have but a few. */
    private static final int MAX_LADDERS = 16;

    private final VideoInfo info;
    private final VideoShard shared;
    private final VideoUpstream upstream;
    private final @Nullable Object publisher;
    private final VideoEncoding[] encodings;
    private final LayerMeter meter = new LayerMeter();
    private List<Layer> layers = List.of();
    private final List<Ladder> ladders = new ArrayList<>();
    private long layersAtNs = Long.MIN_VALUE / 2;
    private @Nullable VideoCodec codec;
    private VideoSlot[] slots = NO_SLOTS;

    /** By slot: the encodings that it looks at, a bit for each. In one array, so that most slots are not even touched. */
    private int[] interests = NO_INTERESTS;

    private int count;
    private int running;
    private boolean permitted;
    private boolean announced;

    /** What of the other shards wants packets, by bit; and which of them miss the rest of a frame, per encoding. */
    private long wantedBy;

    private final long[] skippedBy;

    /**
     * @param publisher the endpoint that sends it, or null for a mirror of another shard's
     */
    VideoPublication(
            VideoInfo info, VideoShard shared, VideoUpstream upstream, @Nullable Object publisher, boolean permitted) {
        this.info = info;
        this.shared = shared;
        this.upstream = upstream;
        this.publisher = publisher;
        this.permitted = permitted;
        this.encodings = new VideoEncoding[info.encodings()];
        Arrays.setAll(encodings, i -> new VideoEncoding(i, info.csrc()));
        this.skippedBy = new long[info.encodings()];
    }

    public VideoInfo info() {
        return info;
    }

    int csrc() {
        return info.csrc();
    }

    /** Whether its publisher is on another shard. */
    boolean mirror() {
        return publisher == null;
    }

    /** Whether that endpoint sends it. */
    @SuppressWarnings("ReferenceEquality") // an endpoint is itself and nobody else
    boolean isOf(Object endpoint) {
        return publisher == endpoint;
    }

    public boolean permitted() {
        return permitted;
    }

    void permit(boolean value) {
        permitted = value;
        announced = false;
    }

    /** Whether signaling has been told of the first packet since the last change of permission. */
    boolean announced() {
        return announced;
    }

    void setAnnounced() {
        announced = true;
    }

    /** Its codec: what came last, before that what its publisher prefers. */
    VideoCodec codec() {
        return codec == null ? info.formats().getFirst().codec() : codec;
    }

    // ---- packets

    /**
     * A plaintext packet of the publication: understood, measured, kept for repair, and given to the slots of this shard.
     *
     * @return false if it is of no use to anybody; its reason is counted
     */
    boolean onPacket(Slab slab, int offset, int lengthBytes, int encodingIndex, long nowNs) {
        Counters<DropReason> drops = shared.drops();
        VideoPacket packet = shared.packet();
        if (!packet.wrap(slab, offset, lengthBytes, shared.nextSerial())) {
            drops.count(DropReason.RTP_MALFORMED);
            return false;
        }
        RtpPacket rtp = packet.rtp();
        VideoCodec its = info.codecOf(rtp.payloadType());
        if (its == null) {
            drops.count(DropReason.RTP_UNKNOWN_PAYLOAD_TYPE);
            return false;
        }
        codec = its;
        VideoEncoding encoding = encodings[encodingIndex];
        encoding.onSsrc(rtp.ssrc());
        packet.number(encoding.source(), encoding.unwrap(rtp.sequenceNumber()));
        if (rtp.payloadLengthBytes() == 0) {
            drops.count(DropReason.VIDEO_PADDING);
            return false;
        }
        if (!packet.parse(info, encoding, its)) {
            drops.count(DropReason.VIDEO_MALFORMED);
            upstream.wantKeyFrame(encodingIndex, nowNs);
            return false;
        }
        VideoFrameInfo frame = packet.frame();
        meter.onPacket(encodingIndex, frame, lengthBytes, nowNs);
        if (frame.keyFrame() && frame.startOfFrame()) {
            upstream.onKeyFrame(encodingIndex, nowNs);
        }
        if (count > 0) {
            encoding.store(packet, nowNs);
            fanOut(packet, encoding, nowNs);
        }
        packet.end();
        return true;
    }

    private void fanOut(VideoPacket packet, VideoEncoding encoding, long nowNs) {
        int runs = meter.runningEncodings();
        boolean changed = runs != running;
        running = runs;
        int bit = 1 << packet.encoding();
        int unconcerned = 0;
        // Backwards, because a slot whose endpoint fails leaves the array, and the last one takes its place.
        for (int i = count - 1; i >= 0; i--) {
            if (!changed && (interests[i] & bit) == 0) {
                unconcerned++;
                continue;
            }
            VideoSlot slot = slots[i];
            try {
                if (changed) {
                    slot.onRunning(runs);
                }
                slot.forward(packet, encoding.clock(), nowNs);
            } catch (RuntimeException e) {
                slot.fail(e);
            }
        }
        shared.drops().add(DropReason.VIDEO_OTHER_LAYER, unconcerned);
    }

    /** The publisher has told what its timestamps mean in its own time. */
    void onSenderReport(int ssrc, long ntp, int rtpTimestamp) {
        for (VideoEncoding encoding : encodings) {
            if ((int) encoding.source() == ssrc) {
                encoding.clock().onSenderReport(ntp, rtpTimestamp);
            }
        }
    }

    /** A packet that came not long ago; null if it is not kept any more. */
    @Nullable
    VideoPacket kept(long source, long extendedSequenceNumber) {
        for (VideoEncoding encoding : encodings) {
            PacketCache cache = encoding.cache();
            if (encoding.source() == source && cache != null) {
                int place = cache.find(extendedSequenceNumber);
                return place < 0 ? null : shared.kept(this, encoding, cache, place, extendedSequenceNumber);
            }
        }
        return null;
    }

    /**
     * Gives a slot that has just begun with a packet those that overtook it: without them the key frame, whose first
     * packet had to be repeated, would lack its end.
     */
    void catchUp(VideoSlot slot, int encodingIndex, long begun, long nowNs) {
        VideoEncoding encoding = encodings[encodingIndex];
        for (long number = begun + 1; number <= encoding.newest(); number++) {
            PacketCache cache = encoding.cache();
            int at = cache == null ? -1 : cache.find(number);
            if (cache != null && at >= 0) {
                VideoPacket overtaken = shared.kept(this, encoding, cache, at, number);
                VideoCodec its = overtaken.codec();
                if (its != null && overtaken.parse(info, encoding, its)) {
                    slot.forward(overtaken, encoding.clock(), nowNs);
                } else {
                    overtaken.end(); // half understood
                }
            }
        }
    }

    void wantKeyFrame(int encoding, long nowNs) {
        if (encoding < encodings.length) {
            upstream.wantKeyFrame(encoding, nowNs);
        }
    }

    // ---- layers

    /** What of the layers that come in, as measured, may be shown at that height in pixels; 0 for any. */
    Ladder ladder(int maxHeight, long nowNs) {
        List<Layer> measured = layers(nowNs);
        for (int i = 0; i < ladders.size(); i++) {
            if (ladders.get(i).maxHeight() == maxHeight) {
                return ladders.get(i);
            }
        }
        Ladder ladder = Ladder.of(measured, maxHeight);
        if (ladders.size() < MAX_LADDERS) {
            ladders.add(ladder);
        }
        return ladder;
    }

    /** Whether any layer comes in. */
    boolean comesIn(long nowNs) {
        return !layers(nowNs).isEmpty();
    }

    private List<Layer> layers(long nowNs) {
        if (nowNs - layersAtNs >= LAYERS_AGE_NS || meter.takeChanged()) {
            layersAtNs = nowNs;
            layers = meter.layers(nowNs);
            ladders.clear();
        }
        return layers;
    }

    int runningEncodings() {
        return meter.runningEncodings();
    }

    // ---- other shards

    /** Another shard's slots want the packets, or do not any more. */
    void wanted(int shard, boolean wanted) {
        long bit = 1L << shard;
        wantedBy = wanted ? wantedBy | bit : wantedBy & ~bit;
    }

    long wantedBy() {
        return wantedBy;
    }

    /** The way to that shard was full: it misses the rest of the frame too, of which it could make nothing. */
    void skip(int shard, int encoding) {
        skippedBy[encoding] |= 1L << shard;
    }

    /** Whether the packet just handled belongs to a frame whose beginning that shard has missed. */
    boolean isSkipped(int shard, int encoding) {
        long bit = 1L << shard;
        if ((skippedBy[encoding] & bit) == 0) {
            return false;
        }
        if (shared.packet().frame().startOfFrame()) {
            skippedBy[encoding] &= ~bit;
            return false;
        }
        return true;
    }

    // ---- its slots, in a dense array, because the fan-out walks over it per packet

    int slotCount() {
        return count;
    }

    VideoSlot slot(int index) {
        return slots[index];
    }

    /** Adds a slot and returns its place in the array. */
    int add(VideoSlot slot) {
        if (count == slots.length) {
            slots = Arrays.copyOf(slots, Math.max(8, 2 * count));
            interests = Arrays.copyOf(interests, slots.length);
        }
        slots[count] = slot;
        if (count == 0) {
            upstream.onWanted(true);
        }
        return count++;
    }

    /** The slot at the place looks at these encodings from now on, a bit for each. */
    void setInterest(int place, int encodings) {
        interests[place] = encodings;
    }

    /** Takes the slot at the place out; the last one moves there. */
    @SuppressWarnings("NullAway") // what lies behind the count is nobody's
    void remove(int place) {
        VideoSlot last = slots[--count];
        slots[place] = last;
        interests[place] = interests[count];
        last.movedTo(place);
        slots[count] = null;
        if (count == 0) {
            slots = NO_SLOTS;
            interests = NO_INTERESTS;
            for (VideoEncoding encoding : encodings) {
                encoding.forget();
            }
            upstream.onWanted(false);
        }
    }
}
