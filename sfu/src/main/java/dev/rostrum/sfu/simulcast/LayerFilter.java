package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.VideoFrameInfo;

/**
 * Decides which spatial and temporal layers of one stream go out. Every frame that it lets pass refers to frames that it
 * has let pass.
 *
 * <p>Belongs to one {@link LayerSelector}; allocates nothing. Decisions are made per frame, at its first packet that
 * comes, and remembered, so that late packets share their frame's fate.
 */
final class LayerFilter {

    /** A target as high as there is. */
    static final int HIGHEST = 7;

    private final Vp9Layers vp9 = new Vp9Layers();
    private final DecodeTargets decodeTargets = new DecodeTargets();

    private int targetSpatial = HIGHEST;
    private int targetTemporal = HIGHEST;

    private boolean beginning;
    private long newest;

    // Of the newest packet's frame, beside what else a packet needs: most packets belong to it.
    private long newestFrame = DecidedFrames.NO_FRAME;
    private boolean newestPassed;

    private int spatial;
    private int vp9Top = HIGHEST;
    private int temporal;
    private boolean keyFrameWanted;
    private boolean marker;

    private final DecidedFrames decided = new DecidedFrames();

    /** Wants these layers. */
    void target(int spatialLayer, int temporalLayer) {
        targetSpatial = Math.min(spatialLayer, HIGHEST);
        targetTemporal = Math.min(temporalLayer, HIGHEST);
    }

    /** Another stream begins with this packet, the first of a key frame. */
    void begin(long extendedSequenceNumber) {
        beginning = true;
        newest = extendedSequenceNumber - 1;
        newestFrame = DecidedFrames.NO_FRAME;
        decided.clear();
        keyFrameWanted = false;
    }

    /** Whether a packet of the stream goes out. */
    boolean passes(long extendedSequenceNumber, VideoFrameInfo frame) {
        boolean ahead = extendedSequenceNumber > newest;
        long key = frame.frameKey();
        boolean pass = key == newestFrame ? newestPassed : onOtherFrame(ahead, key, frame);
        if (ahead) {
            newest = extendedSequenceNumber;
            newestFrame = key;
            newestPassed = pass;
        }
        marker = frame.endOfPicture();
        if (pass && !LayerSelector.single(frame)) {
            marker |= frame.endOfFrame() && frame.spatialLayer() == spatialLayer();
        }
        return pass;
    }

    private boolean onOtherFrame(boolean ahead, long key, VideoFrameInfo frame) {
        if (ahead) {
            return onFrame(frame);
        }
        int known = decided.find(key);
        if (known != DecidedFrames.NONE) {
            return decided.passed(known);
        }
        boolean overtaken = frame.codec() == VideoCodec.VP9 && vp9.inPicture(frame); // by others of its picture
        return overtaken ? onFrame(frame) : lateFrame(frame);
    }

    private boolean onFrame(VideoFrameInfo frame) {
        boolean pass =
                switch (frame.codec()) {
                    case VP8, H264 -> single(frame);
                    case VP9 -> vp9(frame);
                    case AV1 -> frame.described() ? av1(frame) : single(frame);
                };
        beginning = false;
        remember(frame, pass, spatial, temporal, vp9.shown(), decodeTargets.current());
        return pass;
    }

    private void remember(
            VideoFrameInfo frame, boolean pass, int spatialThen, int temporalThen, int shownThen, int targetThen) {
        decided.add(
                frame.frameKey(),
                frame.timestamp(),
                pass,
                Vp9Layers.independent(frame),
                spatialThen,
                temporalThen,
                shownThen,
                targetThen);
    }

    /** A whole frame that comes behind later ones. It changes nothing. */
    private boolean lateFrame(VideoFrameInfo frame) {
        int at = decided.before(frame.timestamp());
        if (at == DecidedFrames.NONE) {
            return false;
        }
        boolean inTime = frame.temporalLayer() <= decided.temporal(at);
        boolean pass =
                switch (frame.codec()) {
                    case VP8, H264 -> inTime;
                    case VP9 -> inTime && (lateVp9(frame, at) || needed(frame));
                    case AV1 -> frame.described() ? decodeTargets.late(frame, decided.decodeTarget(at)) : inTime;
                };
        int targetThen = frame.codec() == VideoCodec.AV1 && frame.keyFrame()
                ? decodeTargets.current()
                : decided.decodeTarget(at);
        remember(frame, pass, decided.spatial(at), decided.temporal(at), decided.shownLayers(at), targetThen);
        return pass;
    }

    private boolean lateVp9(VideoFrameInfo frame, int at) {
        boolean shown = (decided.shownLayers(at) & 1 << frame.spatialLayer()) != 0;
        return shown || (Vp9Layers.independent(frame) && frame.spatialLayer() <= decided.spatial(at));
    }

    /** VP9: whether the next known frame of the same spatial layer went out and refers to earlier ones. */
    private boolean needed(VideoFrameInfo frame) {
        int next = decided.after(frame.timestamp(), frame.spatialLayer());
        return next != DecidedFrames.NONE && decided.passed(next) && !decided.independent(next);
    }

    private boolean single(VideoFrameInfo frame) {
        if (beginning || frame.keyFrame()) {
            temporal = targetTemporal; // nothing behind a key frame refers to anything before
        } else if (targetTemporal < temporal) {
            temporal = targetTemporal;
        } else if (frame.layerSync() && frame.temporalLayer() == temporal + 1 && temporal < targetTemporal) {
            temporal++;
        }
        spatial = 0;
        return frame.temporalLayer() <= temporal;
    }

    private boolean vp9(VideoFrameInfo frame) {
        boolean pass = vp9.passes(frame, beginning, targetSpatial, targetTemporal);
        spatial = vp9.spatialLimit();
        temporal = vp9.temporal();
        vp9Top = vp9.top();
        keyFrameWanted = vp9.keyFrameWanted();
        return pass;
    }

    private boolean av1(VideoFrameInfo frame) {
        boolean pass = decodeTargets.passes(frame, beginning, targetSpatial, targetTemporal);
        spatial = decodeTargets.spatial();
        temporal = decodeTargets.temporal();
        vp9Top = HIGHEST;
        keyFrameWanted = decodeTargets.keyFrameWanted();
        return pass;
    }

    /** Whether the packet that passed last ends the picture, as far as it passes. */
    boolean marker() {
        return marker;
    }

    /** Whether the target needs a key frame of the stream. */
    boolean keyFrameWanted() {
        return keyFrameWanted;
    }

    int spatialLayer() {
        return Math.min(spatial, vp9Top);
    }

    int temporalLayer() {
        return temporal;
    }
}
