package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;

/**
 * A view of the payload descriptor of a VP9 packet (RFC 9628 §4.2).
 *
 * <p>Mutable: {@link #parse} points it at another packet. Allocates nothing; its accessors mean something only after a
 * parse that returned true. Positions are relative to the payload's start; a field that isn't there is −1.
 */
final class Vp9Descriptor {

    /** No frame refers to more (§4.2: "up to 3 times"). */
    static final int MAX_REFERENCES = 3;

    private static final int ABSENT = -1;
    private static final int MAX_SPATIAL_LAYERS = 8;

    private int flags;
    private int pictureIdAt;
    private int pictureIdBits;
    private int pictureId;
    private int temporalLayer;
    private int spatialLayer;
    private boolean switchingUpPoint;
    private boolean interLayerPredicted;
    private int tl0PicIdxAt;
    private int tl0PicIdx;
    private int referenceCount;
    private final int[] references = new int[MAX_REFERENCES];
    private int spatialLayers;
    private final int[] widths = new int[MAX_SPATIAL_LAYERS];
    private final int[] heights = new int[MAX_SPATIAL_LAYERS];

    private int at;
    private int end;

    /** Reads the payload of {@code lengthBytes} at {@code offset}; false if it is malformed. */
    boolean parse(ByteBuffer bytes, int offset, int lengthBytes) {
        pictureIdAt = ABSENT;
        pictureIdBits = 0;
        pictureId = ABSENT;
        temporalLayer = ABSENT;
        spatialLayer = ABSENT;
        switchingUpPoint = false;
        interLayerPredicted = false;
        tl0PicIdxAt = ABSENT;
        tl0PicIdx = ABSENT;
        referenceCount = 0;
        spatialLayers = 0;
        if (lengthBytes < 1) {
            return false;
        }
        at = offset;
        end = offset + lengthBytes;
        flags = bytes.get(at++) & 0xFF;
        return (!has(0x80) || parsePictureId(bytes, offset))
                && (!has(0x20) || parseLayers(bytes, offset))
                && (!(flexible() && interPicturePredicted()) || parseReferences(bytes))
                && (!has(0x02) || parseScalabilityStructure(bytes))
                && at < end;
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }

    private boolean parsePictureId(ByteBuffer bytes, int offset) {
        if (at >= end) {
            return false;
        }
        pictureIdAt = at - offset;
        int value = bytes.get(at++) & 0xFF;
        pictureIdBits = 7;
        if (value >= 0x80) {
            if (at >= end) {
                return false;
            }
            value = (value & 0x7F) << 8 | (bytes.get(at++) & 0xFF);
            pictureIdBits = 15;
        }
        pictureId = value;
        return true;
    }

    private boolean parseLayers(ByteBuffer bytes, int offset) {
        if (at >= end) {
            return false;
        }
        int layers = bytes.get(at++) & 0xFF;
        temporalLayer = layers >>> 5;
        switchingUpPoint = (layers & 0x10) != 0;
        spatialLayer = layers >>> 1 & 0x07;
        interLayerPredicted = (layers & 0x01) != 0;
        if (!flexible()) {
            if (at >= end) {
                return false;
            }
            tl0PicIdxAt = at - offset;
            tl0PicIdx = bytes.get(at++) & 0xFF;
        }
        return true;
    }

    private boolean parseReferences(ByteBuffer bytes) {
        boolean more = true;
        while (more) {
            if (at >= end || referenceCount == MAX_REFERENCES) {
                return false;
            }
            int value = bytes.get(at++) & 0xFF;
            references[referenceCount++] = value >>> 1;
            more = (value & 0x01) != 0;
        }
        return true;
    }

    private boolean parseScalabilityStructure(ByteBuffer bytes) {
        if (at >= end) {
            return false;
        }
        int head = bytes.get(at++) & 0xFF;
        spatialLayers = (head >>> 5) + 1;
        boolean resolutions = (head & 0x10) != 0;
        if (resolutions && at + 4 * spatialLayers > end) {
            return false;
        }
        for (int i = 0; i < spatialLayers; i++) {
            widths[i] = resolutions ? bytes.getShort(at) & 0xFFFF : 0;
            heights[i] = resolutions ? bytes.getShort(at + 2) & 0xFFFF : 0;
            at += resolutions ? 4 : 0;
        }
        if ((head & 0x08) != 0) {
            if (at >= end) {
                return false;
            }
            int pictures = bytes.get(at++) & 0xFF;
            for (int i = 0; i < pictures; i++) {
                if (at >= end) {
                    return false;
                }
                at += 1 + (bytes.get(at) >>> 2 & 0x03);
            }
        }
        return true;
    }

    /** P: the frame refers to earlier pictures. */
    boolean interPicturePredicted() {
        return has(0x40);
    }

    /** F: references are told per frame ({@link #reference}); else they follow from the group of pictures. */
    boolean flexible() {
        return has(0x10);
    }

    /** B: the packet starts a layer frame. */
    boolean startOfFrame() {
        return has(0x08);
    }

    /** E: the packet ends a layer frame. */
    boolean endOfFrame() {
        return has(0x04);
    }

    /** Z: no frame of a higher spatial layer, of this or a later picture, refers to this layer. */
    boolean notForInterLayer() {
        return has(0x01);
    }

    int pictureIdAt() {
        return pictureIdAt;
    }

    /** 7 or 15, 0 without a picture ID. */
    int pictureIdBits() {
        return pictureIdBits;
    }

    int pictureId() {
        return pictureId;
    }

    int temporalLayer() {
        return temporalLayer;
    }

    int spatialLayer() {
        return spatialLayer;
    }

    /** U: later pictures of higher temporal layers refer to none of theirs from before this picture. */
    boolean switchingUpPoint() {
        return switchingUpPoint;
    }

    /** D: the frame refers to the spatial layer below, of the same picture. */
    boolean interLayerPredicted() {
        return interLayerPredicted;
    }

    int tl0PicIdxAt() {
        return tl0PicIdxAt;
    }

    int tl0PicIdx() {
        return tl0PicIdx;
    }

    /** How many P_DIFF there are, in the flexible mode. */
    int referenceCount() {
        return referenceCount;
    }

    /** P_DIFF: how many pictures ago the reference was. */
    int reference(int i) {
        return references[i];
    }

    /** The number of spatial layers that a scalability structure tells, 0 without one. */
    int spatialLayers() {
        return spatialLayers;
    }

    /** A spatial layer's width in pixels by the scalability structure; 0 if unknown. */
    int width(int spatial) {
        return spatial < spatialLayers ? widths[spatial] : 0;
    }

    int height(int spatial) {
        return spatial < spatialLayers ? heights[spatial] : 0;
    }
}
