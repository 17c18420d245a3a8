package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;

/**
 * A view of the payload descriptor of a VP8 packet (RFC 7741 §4.2), and of the key frame header behind it (§4.3).
 *
 * <p>Mutable: {@link #parse} points it at another packet. Allocates nothing; its accessors mean something only after a
 * parse that returned true. Positions are relative to the payload's start; a field that isn't there is −1.
 */
final class Vp8Descriptor {

    private static final int ABSENT = -1;
    private static final int KEY_FRAME_HEADER_BYTES = 10;

    private boolean startOfFrame;
    private boolean nonReference;
    private boolean keyFrame;
    private boolean layerSync;
    private int pictureIdAt;
    private int pictureIdBits;
    private int pictureId;
    private int tl0PicIdxAt;
    private int tl0PicIdx;
    private int temporalLayer;
    private int keyIdxAt;
    private int keyIdx;
    private int width;
    private int height;

    /** Reads the payload of {@code lengthBytes} at {@code offset}; false if it is malformed. */
    boolean parse(ByteBuffer bytes, int offset, int lengthBytes) {
        pictureIdAt = ABSENT;
        pictureIdBits = 0;
        pictureId = ABSENT;
        tl0PicIdxAt = ABSENT;
        tl0PicIdx = ABSENT;
        temporalLayer = ABSENT;
        keyIdxAt = ABSENT;
        keyIdx = ABSENT;
        layerSync = false;
        keyFrame = false;
        width = 0;
        height = 0;
        if (lengthBytes < 1) {
            return false;
        }
        int first = bytes.get(offset);
        nonReference = (first & 0x20) != 0;
        startOfFrame = (first & 0x10) != 0 && (first & 0x07) == 0;
        int at = 1;
        if ((first & 0x80) != 0) {
            at = parseExtension(bytes, offset, lengthBytes);
        }
        if (at < 0 || at >= lengthBytes) {
            return false; // there is no descriptor without a frame behind it
        }
        if (startOfFrame && (bytes.get(offset + at) & 0x01) == 0) {
            keyFrame = true;
            parseKeyFrame(bytes, offset + at, lengthBytes - at);
        }
        return true;
    }

    /** Returns where the descriptor ends, or a negative value. */
    private int parseExtension(ByteBuffer bytes, int offset, int lengthBytes) {
        if (lengthBytes < 2) {
            return ABSENT;
        }
        int flags = bytes.get(offset + 1);
        int at = 2;
        if ((flags & 0x80) != 0) {
            if (at + 2 > lengthBytes) {
                return ABSENT; // even a short picture ID has a payload behind it
            }
            pictureIdAt = at;
            if (bytes.get(offset + at) < 0) {
                pictureIdBits = 15;
                pictureId = bytes.getShort(offset + at) & 0x7FFF;
                at += 2;
            } else {
                pictureIdBits = 7;
                pictureId = bytes.get(offset + at);
                at++;
            }
        }
        if ((flags & 0x40) != 0) {
            if (at >= lengthBytes) {
                return ABSENT;
            }
            tl0PicIdxAt = at;
            tl0PicIdx = bytes.get(offset + at++) & 0xFF;
        }
        if ((flags & 0x30) != 0) {
            if (at >= lengthBytes) {
                return ABSENT;
            }
            int layers = bytes.get(offset + at) & 0xFF;
            if ((flags & 0x20) != 0) {
                temporalLayer = layers >>> 6;
                layerSync = (layers & 0x20) != 0;
            }
            if ((flags & 0x10) != 0) {
                keyIdxAt = at;
                keyIdx = layers & 0x1F;
            }
            at++;
        }
        return at;
    }

    private void parseKeyFrame(ByteBuffer bytes, int at, int lengthBytes) {
        if (lengthBytes < KEY_FRAME_HEADER_BYTES
                || bytes.get(at + 3) != (byte) 0x9D
                || bytes.get(at + 4) != 0x01
                || bytes.get(at + 5) != 0x2A) {
            return; // RFC 6386 §9.1: no start code, no size
        }
        width = (bytes.get(at + 6) & 0xFF) | (bytes.get(at + 7) & 0x3F) << 8;
        height = (bytes.get(at + 8) & 0xFF) | (bytes.get(at + 9) & 0x3F) << 8;
    }

    /** Whether the packet starts the first partition of a frame (S and PID 0). */
    boolean startOfFrame() {
        return startOfFrame;
    }

    /** N: no other frame depends on this one. */
    boolean nonReference() {
        return nonReference;
    }

    /** Whether a key frame starts here; its further packets don't say so. */
    boolean keyFrame() {
        return keyFrame;
    }

    /** Y: the frame depends on the base layer only. */
    boolean layerSync() {
        return layerSync;
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

    int tl0PicIdxAt() {
        return tl0PicIdxAt;
    }

    int tl0PicIdx() {
        return tl0PicIdx;
    }

    int temporalLayer() {
        return temporalLayer;
    }

    int keyIdxAt() {
        return keyIdxAt;
    }

    int keyIdx() {
        return keyIdx;
    }

    /** The frame's width in pixels; 0 except at the start of key frames. */
    int width() {
        return width;
    }

    int height() {
        return height;
    }
}
