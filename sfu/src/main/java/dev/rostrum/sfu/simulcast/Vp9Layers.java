package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.rtp.VideoFrameInfo;
import java.util.Arrays;

/**
 * Which layer frames of one VP9 stream go out, by the fields of RFC 9628 §4.2.
 *
 * <p>Belongs to one {@link LayerFilter}; allocates nothing. Temporal layers are taken up behind a switching-up point (U),
 * or, where references are told (flexible mode), frame by frame. A spatial layer is taken up at a frame of it that refers
 * to no earlier picture. Where layers refer to each other at key pictures only, those below the shown one are left out,
 * and so a way down needs a key picture too.
 */
final class Vp9Layers {

    private static final int PICTURES = 128;
    private static final int MISSING = -1;

    /** A spatial layer that so many pictures were without is not sent any more. */
    private static final int MAX_PICTURES_WITHOUT = 8;

    private int spatial;
    private int temporal;
    private boolean keyFrameWanted;

    private long picture = -1;
    private boolean keyPicture;
    private int passedInPicture;
    private int leftOutInPicture;
    private int temporalNext;

    /**
     * The spatial layers of which nothing was left out that later frames may refer to. What has not come yet counts as
     * sent: packets overtake each other, and the lost ones come again.
     */
    private int intact;

    private boolean keyPicturesOnly;
    private int top;
    private int topInPicture;
    private int topSince;
    private int picturesWithoutTop;

    /** The picture IDs of the last pictures, and which of their spatial layers went out. */
    private final int[] pictureIds = new int[PICTURES];

    private final byte[] passedLayers = new byte[PICTURES];

    boolean passes(VideoFrameInfo frame, boolean beginning, int targetSpatial, int targetTemporal) {
        if (beginning) {
            Arrays.fill(pictureIds, MISSING);
            picture = -1;
            top = 0;
            topSince = 0;
            picturesWithoutTop = 0;
            keyPicturesOnly = false;
        }
        if (!inPicture(frame)) {
            beginPicture(frame.frameKey() >>> 3, targetSpatial, targetTemporal);
        }
        if (frame.keyFrame()) {
            keyPicture = true;
            boolean overtaken = passedInPicture >>> (targetSpatial + 1) != 0;
            spatial = overtaken ? spatial : targetSpatial;
            temporal = targetTemporal;
            temporalNext = targetTemporal;
            intact = ~leftOutInPicture;
            if (frame.spatialLayers() > 0) {
                top = frame.spatialLayers() - 1;
                topSince = 0;
                picturesWithoutTop = 0;
            }
        }
        int layer = frame.spatialLayer();
        topInPicture = Math.max(topInPicture, layer);
        top = Math.max(top, layer);
        if (layer == Math.min(spatial, top) && layer > 0 && !independent(frame) && !keyPicture) {
            keyPicturesOnly = !frame.interLayerPredicted();
        }
        boolean pass = decide(frame, layer, targetSpatial, targetTemporal);
        if (pass) {
            passedInPicture |= 1 << layer;
            note(frame, layer);
            if (frame.layerSync() && frame.temporalLayer() <= temporal) {
                temporalNext = targetTemporal;
            }
        } else {
            leftOutInPicture |= 1 << layer;
        }
        int wanted = Math.min(targetSpatial, top);
        keyFrameWanted = wanted > Math.min(spatial, top) || !isIntact(wanted);
        return pass;
    }

    private void beginPicture(long key, int targetSpatial, int targetTemporal) {
        if (picture >= 0) {
            topSince = Math.max(topSince, topInPicture);
            picturesWithoutTop = topInPicture >= top ? 0 : picturesWithoutTop + 1;
            if (picturesWithoutTop == 0) {
                topSince = 0;
            } else if (picturesWithoutTop > MAX_PICTURES_WITHOUT) {
                top = topSince;
                topSince = 0;
                picturesWithoutTop = 0;
            }
        }
        picture = key;
        keyPicture = false;
        passedInPicture = 0;
        leftOutInPicture = 0;
        topInPicture = 0;
        temporal = Math.min(temporalNext, targetTemporal);
        temporalNext = temporal;
        if (targetSpatial < spatial && isIntact(targetSpatial)) {
            spatial = targetSpatial;
        }
    }

    private boolean isIntact(int layer) {
        return (intact & 1 << layer) != 0;
    }

    private boolean decide(VideoFrameInfo frame, int layer, int targetSpatial, int targetTemporal) {
        boolean inTime = frame.temporalLayer() <= temporal
                || (frame.temporalLayer() <= targetTemporal && refersToPassedOnly(frame, layer));
        if (!inTime) {
            return false;
        }
        boolean starts = independent(frame) && !missesBelow(frame, layer);
        boolean unneeded = layer < Math.min(spatial, top)
                && !keyPicture
                && keyPicturesOnly
                && frame.notForInterLayer()
                && !independent(frame);
        boolean above = layer > spatial && (layer > targetSpatial || !starts);
        if (unneeded || above || !(starts || isIntact(layer)) || (keyPicture && missesBelow(frame, layer))) {
            intact &= ~(1 << layer);
            return false;
        }
        if (layer > spatial) {
            spatial = layer;
            intact |= (1 << (layer + 1)) - 1;
        } else if (starts) {
            intact |= 1 << layer;
        }
        return true;
    }

    static boolean independent(VideoFrameInfo frame) {
        return frame.referenceCount() == 0;
    }

    private boolean missesBelow(VideoFrameInfo frame, int layer) {
        return frame.interLayerPredicted() && (leftOutInPicture & 1 << (layer - 1)) != 0;
    }

    private boolean refersToPassedOnly(VideoFrameInfo frame, int layer) {
        if (frame.referenceCount() <= 0 || frame.pictureId() < 0) {
            return false;
        }
        int mask = (1 << frame.pictureIdBits()) - 1;
        for (int i = 0; i < frame.referenceCount(); i++) {
            int id = (frame.pictureId() - frame.reference(i)) & mask;
            int at = id & (PICTURES - 1);
            if (pictureIds[at] != id || (passedLayers[at] & 1 << layer) == 0) {
                return false;
            }
        }
        return !missesBelow(frame, layer);
    }

    private void note(VideoFrameInfo frame, int layer) {
        if (frame.pictureId() >= 0) {
            int at = frame.pictureId() & (PICTURES - 1);
            if (pictureIds[at] != frame.pictureId()) {
                pictureIds[at] = frame.pictureId();
                passedLayers[at] = 0;
            }
            passedLayers[at] |= (byte) (1 << layer);
        }
    }

    /** Whether the frame belongs to the picture that was decided about last. */
    boolean inPicture(VideoFrameInfo frame) {
        return frame.frameKey() >>> 3 == picture;
    }

    /** The spatial layers whose frames go out at present, a bit for each. */
    int shown() {
        int upTo = (1 << (spatial + 1)) - 1;
        int from = keyPicturesOnly ? -1 << Math.min(spatial, top) : -1;
        return upTo & from & intact;
    }

    /** The spatial layer above which nothing goes out; there may be none so high. */
    int spatialLimit() {
        return spatial;
    }

    /** The highest spatial layer that is sent. */
    int top() {
        return top;
    }

    int temporal() {
        return temporal;
    }

    boolean keyFrameWanted() {
        return keyFrameWanted;
    }
}
