package dev.rostrum.sfu.rtp;

import dev.rostrum.sfu.VideoCodec;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What an SFU must know of the frame that a video packet belongs to, whatever the codec; read once per packet, and then
 * shared by all slots that the packet goes to.
 *
 * <p>Mutable: {@link #parse} points it at another packet, so that one instance serves all packets of a shard. Allocates
 * nothing (but tables with an AV1 stream's first structure); its accessors mean something only after a parse that
 * returned true.
 */
public final class VideoFrameInfo {

    /** What a field says that the packet doesn't have. */
    public static final int ABSENT = -1;

    private final Vp8Descriptor vp8 = new Vp8Descriptor();
    private final Vp9Descriptor vp9 = new Vp9Descriptor();
    private final H264Payload h264 = new H264Payload();
    private final DependencyDescriptor av1 = new DependencyDescriptor();

    private VideoCodec codec = VideoCodec.VP8;
    private boolean startOfFrame;
    private boolean endOfFrame;
    private boolean endOfPicture;
    private boolean keyFrame;
    private boolean switchPoint;
    private boolean layerSync;
    private boolean discardable;
    private int spatialLayer;
    private int temporalLayer;
    private int pictureIdAt;
    private int pictureIdBits;
    private int pictureId;
    private int tl0PicIdxAt;
    private int tl0PicIdx;
    private int keyIdxAt;
    private int keyIdx;
    private boolean described;
    private int frameNumber;
    private int width;
    private int height;
    private long frameKey;
    private int timestamp;

    /**
     * Reads a packet.
     *
     * @param dependencyDescriptorId the id of the dependency descriptor as its sender negotiated it; 0 for none
     * @param templates of the packet's stream; needed for AV1 only
     * @return false if the payload is malformed or its frame can't be told: an AV1 packet that lacks the dependency
     *     descriptor which others of its stream have, or is from before the first key frame of such a stream
     */
    public boolean parse(
            VideoCodec codec, RtpPacket packet, int dependencyDescriptorId, @Nullable DependencyTemplates templates) {
        this.codec = codec;
        endOfPicture = packet.marker();
        timestamp = packet.timestamp();
        spatialLayer = 0;
        temporalLayer = 0;
        pictureIdAt = ABSENT;
        pictureIdBits = 0;
        pictureId = ABSENT;
        tl0PicIdxAt = ABSENT;
        tl0PicIdx = ABSENT;
        keyIdxAt = ABSENT;
        keyIdx = ABSENT;
        frameNumber = ABSENT;
        int payloadBytes = packet.payloadLengthBytes();
        if (payloadBytes == 0) {
            return false;
        }
        return switch (codec) {
            case VP8 -> parseVp8(packet);
            case VP9 -> parseVp9(packet);
            case H264 -> parseH264(packet);
            case AV1 -> templates != null && parseAv1(packet, dependencyDescriptorId, templates);
        };
    }

    private boolean parseVp8(RtpPacket packet) {
        if (!vp8.parse(packet.bytes(), packet.payloadOffset(), packet.payloadLengthBytes())) {
            return false;
        }
        startOfFrame = vp8.startOfFrame();
        endOfFrame = endOfPicture;
        keyFrame = vp8.keyFrame();
        switchPoint = keyFrame;
        temporalLayer = Math.max(0, vp8.temporalLayer());
        layerSync = vp8.layerSync();
        discardable = vp8.nonReference();
        pictureIdAt = vp8.pictureIdAt();
        pictureIdBits = vp8.pictureIdBits();
        pictureId = vp8.pictureId();
        tl0PicIdxAt = vp8.tl0PicIdxAt();
        tl0PicIdx = vp8.tl0PicIdx();
        keyIdxAt = vp8.keyIdxAt();
        keyIdx = vp8.keyIdx();
        width = vp8.width();
        height = vp8.height();
        frameKey = packet.timestamp() & 0xFFFF_FFFFL;
        return true;
    }

    private boolean parseVp9(RtpPacket packet) {
        if (!vp9.parse(packet.bytes(), packet.payloadOffset(), packet.payloadLengthBytes())) {
            return false;
        }
        spatialLayer = Math.max(0, vp9.spatialLayer());
        temporalLayer = Math.max(0, vp9.temporalLayer());
        startOfFrame = vp9.startOfFrame();
        endOfFrame = vp9.endOfFrame();
        boolean independent = !vp9.interPicturePredicted();
        keyFrame = independent && spatialLayer == 0;
        switchPoint = independent && startOfFrame;
        layerSync = vp9.switchingUpPoint();
        discardable = false;
        pictureIdAt = vp9.pictureIdAt();
        pictureIdBits = vp9.pictureIdBits();
        pictureId = vp9.pictureId();
        tl0PicIdxAt = vp9.tl0PicIdxAt();
        tl0PicIdx = vp9.tl0PicIdx();
        int shown = Math.max(spatialLayer, vp9.spatialLayers() - 1);
        width = vp9.width(shown);
        height = vp9.height(shown);
        frameKey = (packet.timestamp() & 0xFFFF_FFFFL) << 3 | spatialLayer;
        return true;
    }

    private boolean parseH264(RtpPacket packet) {
        if (!h264.parse(packet.bytes(), packet.payloadOffset(), packet.payloadLengthBytes())) {
            return false;
        }
        startOfFrame = h264.startOfFrame();
        endOfFrame = endOfPicture;
        keyFrame = h264.keyFrame();
        switchPoint = h264.parameterSet();
        layerSync = false;
        discardable = h264.nonReference();
        width = h264.width();
        height = h264.height();
        frameKey = packet.timestamp() & 0xFFFF_FFFFL;
        return true;
    }

    private boolean parseAv1(RtpPacket packet, int dependencyDescriptorId, DependencyTemplates templates) {
        int at = packet.extensionOffset(dependencyDescriptorId);
        described = at >= 0;
        if (!described && !templates.known()) {
            return parseUndescribedAv1(packet);
        }
        if (!described || !av1.parse(packet.bytes(), at, packet.extensionLengthBytes(), templates)) {
            return false;
        }
        startOfFrame = av1.startOfFrame();
        endOfFrame = av1.endOfFrame();
        spatialLayer = av1.spatialLayer();
        temporalLayer = av1.temporalLayer();
        keyFrame = av1.structureAttached();
        switchPoint = keyFrame && startOfFrame;
        discardable = true;
        layerSync = false;
        for (int target = 0; target < av1.structure().decodeTargets(); target++) {
            int indication = av1.indication(target);
            layerSync |= indication == DependencyDescriptor.SWITCH;
            discardable &= indication <= DependencyDescriptor.DISCARDABLE;
        }
        frameNumber = av1.frameNumber();
        int shown = av1.structure().highestSpatialLayer();
        width = keyFrame ? av1.structure().width(shown) : 0;
        height = keyFrame ? av1.structure().height(shown) : 0;
        frameKey = frameNumber;
        return true;
    }

    /**
     * AV1 of one layer: Chromium adds no dependency descriptor to it. The aggregation header tells where a coded video
     * sequence begins, which is at a key frame (AV1 RTP specification §4.4).
     */
    private boolean parseUndescribedAv1(RtpPacket packet) {
        int aggregation = packet.bytes().get(packet.payloadOffset());
        boolean continued = (aggregation & 0x80) != 0;
        boolean sequence = (aggregation & 0x08) != 0;
        if (continued && sequence) {
            return false; // §4.4: a new sequence begins with a whole OBU
        }
        startOfFrame = !continued;
        endOfFrame = endOfPicture;
        keyFrame = sequence;
        switchPoint = sequence;
        layerSync = false;
        discardable = false;
        width = 0;
        height = 0;
        frameKey = packet.timestamp() & 0xFFFF_FFFFL;
        return true;
    }

    /**
     * Whether the packet's place among the layers of its stream is known: by its payload, or by a dependency descriptor.
     * AV1 without one has a single layer.
     */
    public boolean described() {
        return codec != VideoCodec.AV1 || described;
    }

    /** The codec that the packet was read as. */
    public VideoCodec codec() {
        return codec;
    }

    /** Whether a frame starts here: for VP9 and AV1 one of a spatial layer; for H264 a parameter set or first slice. */
    public boolean startOfFrame() {
        return startOfFrame;
    }

    /** Whether a frame ends here: for VP9 and AV1 one of a spatial layer. */
    public boolean endOfFrame() {
        return endOfFrame;
    }

    /** Whether all that has one timestamp ends here: the marker bit. */
    public boolean endOfPicture() {
        return endOfPicture;
    }

    /**
     * Whether the packet shows that its frame is a key frame. VP8 says so at a frame's first packet only; an AV1 packet
     * does if it brings the structure.
     */
    public boolean keyFrame() {
        return keyFrame;
    }

    /**
     * Whether a decoder may begin with this packet: the first of a frame that refers to no earlier picture, and for H264
     * one with a sequence parameter set. A VP9 frame of a higher spatial layer may still need those below it.
     */
    public boolean switchPoint() {
        return switchPoint;
    }

    /** The spatial layer inside the stream, from 0. */
    public int spatialLayer() {
        return spatialLayer;
    }

    /** The temporal layer, from 0. */
    public int temporalLayer() {
        return temporalLayer;
    }

    /** VP8: the frame depends on the base layer only (Y). VP9: a switching-up point (U). AV1: some target may switch. */
    public boolean layerSync() {
        return layerSync;
    }

    /** Whether no other frame depends on this one, as far as the packet tells. */
    public boolean discardable() {
        return discardable;
    }

    /** The picture ID (VP8, VP9), or {@link #ABSENT}. */
    public int pictureId() {
        return pictureId;
    }

    /** 7 or 15; 0 without a picture ID. */
    public int pictureIdBits() {
        return pictureIdBits;
    }

    /** TL0PICIDX (VP8, VP9), or {@link #ABSENT}. */
    public int tl0PicIdx() {
        return tl0PicIdx;
    }

    /** KEYIDX (VP8), or {@link #ABSENT}. */
    public int keyIdx() {
        return keyIdx;
    }

    /** The frame number of the dependency descriptor (AV1), or {@link #ABSENT}. */
    public int frameNumber() {
        return frameNumber;
    }

    /** The width in pixels, where a key frame's packet tells it: of the highest spatial layer; else 0. */
    public int width() {
        return width;
    }

    /** The height in pixels, as {@link #width}. */
    public int height() {
        return height;
    }

    /** The RTP timestamp: all frames of a picture share it. */
    public int timestamp() {
        return timestamp;
    }

    /** Names the frame within its stream (for VP9 and AV1 the spatial layer's frame), not negative; wraps around. */
    public long frameKey() {
        return frameKey;
    }

    /** VP9: how many spatial layers the stream has, if this packet tells it (scalability structure); else 0. */
    public int spatialLayers() {
        return codec == VideoCodec.VP9 ? vp9.spatialLayers() : 0;
    }

    /** VP9: no frame of a higher spatial layer refers to frames of this one. */
    public boolean notForInterLayer() {
        return codec == VideoCodec.VP9 && vp9.notForInterLayer();
    }

    /** VP9: the frame refers to the spatial layer below. */
    public boolean interLayerPredicted() {
        return codec == VideoCodec.VP9 && vp9.interLayerPredicted();
    }

    /** VP9: how many pictures this frame says to refer to, in the flexible mode; −1 if it doesn't tell. */
    public int referenceCount() {
        boolean told = codec == VideoCodec.VP9 && (vp9.flexible() || !vp9.interPicturePredicted());
        return told ? vp9.referenceCount() : ABSENT;
    }

    /** VP9: how many picture IDs before this one a reference lies. */
    public int reference(int i) {
        return vp9.reference(i);
    }

    /** AV1: the dependency descriptor. */
    public DependencyDescriptor dependencies() {
        return av1;
    }

    /** The width in pixels of a spatial layer, if this packet tells it; else 0. */
    public int width(int spatial) {
        return switch (codec) {
            case VP9 -> vp9.width(spatial);
            case AV1 -> keyFrame ? av1.structure().width(spatial) : 0;
            case VP8, H264 -> spatial == 0 ? width : 0;
        };
    }

    /** The height in pixels of a spatial layer, as {@link #width(int)}. */
    public int height(int spatial) {
        return switch (codec) {
            case VP9 -> vp9.height(spatial);
            case AV1 -> keyFrame ? av1.structure().height(spatial) : 0;
            case VP8, H264 -> spatial == 0 ? height : 0;
        };
    }

    /**
     * Overwrites the ids in this packet's payload, or in a copy of it (VP8 and VP9; others have none). Fields that the
     * packet doesn't have are left out; of the values the lower bits count. The values are absolute, so that the same
     * bytes may be patched for one slot after the other.
     */
    public void patch(ByteBuffer bytes, int payloadOffset, int pictureId, int tl0PicIdx, int keyIdx) {
        if (pictureIdBits == 15) {
            bytes.putShort(payloadOffset + pictureIdAt, (short) (pictureId | 0x8000));
        } else if (pictureIdBits == 7) {
            bytes.put(payloadOffset + pictureIdAt, (byte) (pictureId & 0x7F));
        }
        if (tl0PicIdxAt >= 0) {
            bytes.put(payloadOffset + tl0PicIdxAt, (byte) tl0PicIdx);
        }
        if (keyIdxAt >= 0) {
            int at = payloadOffset + keyIdxAt;
            bytes.put(at, (byte) ((bytes.get(at) & 0xE0) | (keyIdx & 0x1F)));
        }
    }

    /** Undoes {@link #patch}. */
    public void restore(ByteBuffer bytes, int payloadOffset) {
        patch(bytes, payloadOffset, pictureId, tl0PicIdx, keyIdx);
    }

    /** Overwrites the frame number of a dependency descriptor whose data starts at {@code offset}. */
    public static void patchFrameNumber(ByteBuffer bytes, int offset, int frameNumber) {
        bytes.putShort(offset + 1, (short) frameNumber);
    }
}
