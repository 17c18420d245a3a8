package dev.rostrum.sfu.stream;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.VideoFrameInfo;

/**
 * The ids of a slot's pictures inside the payload or the dependency descriptor: continuous across all streams that the
 * slot carries.
 *
 * <p>Belongs to one slot; allocates nothing. VP8's picture IDs close up where temporal layers are left out, because a
 * decoder takes a hole for loss. VP9's picture IDs and AV1's frame numbers only move by an offset: frames refer to each
 * other by their distance, and decoders expect holes. TL0PICIDX and KEYIDX move by an offset too, since no base layer is
 * ever left out.
 */
final class PictureNumbers {

    private static final int WINDOW_PICTURES = 128;
    private static final int TL0_MASK = 0xFF;
    private static final int KEY_MASK = 0x1F;
    private static final int FRAME_MASK = 0xFFFF;
    private static final int ABSENT = VideoFrameInfo.ABSENT;

    private final Renumbering vp8Pictures;
    private boolean starting = true;
    /** The newest VP8 picture ID, unwrapped. */
    private long newestPicture;

    private int pictureOffset;
    private int newestPictureId;
    private int tl0Offset;
    private int newestTl0;
    private int keyOffset;
    private int newestKey;
    private int frameOffset;
    private int newestFrame;

    // What the packet that was mapped last came with: the next one, mostly of the same picture, gets the same ids.
    private int mappedPictureId = ABSENT;
    private int mappedTl0 = ABSENT;
    private int mappedKey = ABSENT;
    private int mappedFrame = ABSENT;

    private int pictureId = ABSENT;
    private int tl0PicIdx = ABSENT;
    private int keyIdx = ABSENT;
    private int frameNumber = ABSENT;

    PictureNumbers(int firstPictureId) {
        vp8Pictures = new Renumbering(WINDOW_PICTURES, (firstPictureId & 0x7FFF) + 0x10000L - 1);
        newestPictureId = firstPictureId - 1;
        newestTl0 = firstPictureId - 1;
        newestKey = firstPictureId - 1;
        newestFrame = firstPictureId - 1;
    }

    /** The next picture is the first of another stream. */
    void restart() {
        starting = true;
    }

    /** Finds the ids for a packet that goes out. */
    void map(VideoFrameInfo frame) {
        if (starting) {
            start(frame);
        } else if (isMapped(frame)) {
            return;
        }
        mappedPictureId = frame.pictureId();
        mappedTl0 = frame.tl0PicIdx();
        mappedKey = frame.keyIdx();
        mappedFrame = frame.frameNumber();
        if (frame.codec() == VideoCodec.VP8) {
            pictureId = frame.pictureIdBits() == 0 ? ABSENT : vp8Picture(frame);
        } else if (frame.pictureIdBits() > 0) {
            int id = frame.pictureId() + pictureOffset;
            newestPictureId = newer(id, newestPictureId, (1 << frame.pictureIdBits()) - 1);
            pictureId = id & 0x7FFF;
        } else {
            pictureId = ABSENT;
        }
        tl0PicIdx = ABSENT;
        if (frame.tl0PicIdx() >= 0) {
            tl0PicIdx = (frame.tl0PicIdx() + tl0Offset) & TL0_MASK;
            newestTl0 = newer(tl0PicIdx, newestTl0, TL0_MASK);
        }
        keyIdx = ABSENT;
        if (frame.keyIdx() >= 0) {
            keyIdx = (frame.keyIdx() + keyOffset) & KEY_MASK;
            newestKey = newer(keyIdx, newestKey, KEY_MASK);
        }
        frameNumber = ABSENT;
        if (frame.frameNumber() >= 0) {
            frameNumber = (frame.frameNumber() + frameOffset) & FRAME_MASK;
            newestFrame = newer(frameNumber, newestFrame, FRAME_MASK);
        }
    }

    private boolean isMapped(VideoFrameInfo frame) {
        return frame.pictureId() == mappedPictureId
                && frame.tl0PicIdx() == mappedTl0
                && frame.keyIdx() == mappedKey
                && frame.frameNumber() == mappedFrame;
    }

    private void start(VideoFrameInfo frame) {
        starting = false;
        vp8Pictures.restart();
        newestPicture = 0x10000L + frame.pictureId();
        int highest = frame.codec() == VideoCodec.VP8 ? newestPictureId : Math.max(newestPictureId, 0);
        pictureOffset = highest + 1 - frame.pictureId();
        tl0Offset = newestTl0 + 1 - frame.tl0PicIdx();
        keyOffset = newestKey + 1 - frame.keyIdx();
        frameOffset = newestFrame + 1 - frame.frameNumber();
    }

    private int vp8Picture(VideoFrameInfo frame) {
        long picture = unwrap(frame);
        if (vp8Pictures.isLeap(picture)) {
            vp8Pictures.restart(); // the encoder counts anew
        }
        long id = vp8Pictures.give(picture);
        if (id < 0) {
            id = vp8Pictures.find(picture); // a further packet of its picture
        }
        if (id < 0) {
            id = vp8Pictures.newestNumber(); // as good as any: it is older than all that is remembered
        }
        newestPictureId = (int) vp8Pictures.newestNumber() & 0x7FFF;
        return (int) id & 0x7FFF;
    }

    private long unwrap(VideoFrameInfo frame) {
        int unused = Integer.SIZE - frame.pictureIdBits();
        int ahead = ((frame.pictureId() - (int) newestPicture) << unused) >> unused;
        long picture = newestPicture + ahead;
        newestPicture = Math.max(newestPicture, picture);
        return picture;
    }

    /** Takes notice of a packet that is left out on purpose. */
    void leaveOut(VideoFrameInfo frame) {
        if (!starting && frame.codec() == VideoCodec.VP8 && frame.pictureIdBits() > 0) {
            long picture = unwrap(frame);
            if (vp8Pictures.isLeap(picture)) {
                vp8Pictures.restart();
            }
            vp8Pictures.leaveOut(picture);
        }
    }

    private static int newer(int id, int newest, int mask) {
        int ahead = (id - newest) & mask;
        return ahead <= mask / 2 ? newest + ahead : newest;
    }

    /** The picture ID to send (15 bits; the lower 7 for a packet with a short one), or −1 if the packet has none. */
    int pictureId() {
        return pictureId;
    }

    int tl0PicIdx() {
        return tl0PicIdx;
    }

    int keyIdx() {
        return keyIdx;
    }

    int frameNumber() {
        return frameNumber;
    }
}
