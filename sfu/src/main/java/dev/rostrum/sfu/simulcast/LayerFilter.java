package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import java.util.Arrays;

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

    private static final int FRAMES = 64;
    private static final long NO_FRAME = -1;

    private final Vp9Layers vp9 = new Vp9Layers();
    private final DecodeTargets decodeTargets = new DecodeTargets();

    private int targetSpatial = HIGHEST;
    private int targetTemporal = HIGHEST;

    private boolean beginning;
    private long newest;
    private int spatial;
    private int vp9Top = HIGHEST;
    private int temporal;
    private boolean keyFrameWanted;
    private boolean marker;

    /** The last frames that were decided about, and what held then: a frame that comes late is judged by its own time. */
    private final long[] keys = new long[FRAMES];

    private final boolean[] passed = new boolean[FRAMES];
    private final boolean[] independent = new boolean[FRAMES];
    private final int[] timestamps = new int[FRAMES];
    private final byte[] spatials = new byte[FRAMES];
    private final byte[] temporals = new byte[FRAMES];
    private final byte[] shownLayers = new byte[FRAMES];
    private final byte[] decodeTarget = new byte[FRAMES];
    private int newestFrame;

    /** Wants these layers. */
    void target(int spatialLayer, int temporalLayer) {
        targetSpatial = Math.min(spatialLayer, HIGHEST);
        targetTemporal = Math.min(temporalLayer, HIGHEST);
    }

    /** Another stream begins with this packet, the first of a key frame. */
    void begin(long extendedSequenceNumber) {
        beginning = true;
        newest = extendedSequenceNumber - 1;
        Arrays.fill(keys, NO_FRAME);
        keyFrameWanted = false;
    }

    /** Whether a packet of the stream goes out. */
    boolean passes(long extendedSequenceNumber, VideoFrameInfo frame) {
        int known = keys[newestFrame] == frame.frameKey() ? newestFrame : find(frame.frameKey());
        boolean pass;
        if (known >= 0) {
            pass = passed[known];
        } else if (extendedSequenceNumber > newest || (frame.codec() == VideoCodec.VP9 && vp9.inPicture(frame))) {
            pass = onFrame(frame); // the next one, or one that was overtaken by others of its picture
        } else {
            pass = lateFrame(frame);
        }
        newest = Math.max(newest, extendedSequenceNumber);
        marker = frame.endOfPicture();
        if (pass && !LayerSelector.single(frame)) {
            marker |= frame.endOfFrame() && frame.spatialLayer() == spatialLayer();
        }
        return pass;
    }

    private int find(long key) {
        for (int i = 0; i < FRAMES; i++) {
            int at = (newestFrame - i) & (FRAMES - 1);
            if (keys[at] == key) {
                return at;
            }
        }
        return -1;
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
        newestFrame = (newestFrame + 1) & (FRAMES - 1);
        keys[newestFrame] = frame.frameKey();
        passed[newestFrame] = pass;
        independent[newestFrame] = Vp9Layers.independent(frame);
        timestamps[newestFrame] = frame.timestamp();
        spatials[newestFrame] = (byte) spatialThen;
        temporals[newestFrame] = (byte) temporalThen;
        shownLayers[newestFrame] = (byte) shownThen;
        decodeTarget[newestFrame] = (byte) targetThen;
    }

    /** A whole frame that comes behind later ones. It changes nothing. */
    private boolean lateFrame(VideoFrameInfo frame) {
        int at = frameBefore(frame.timestamp());
        if (at < 0) {
            return false;
        }
        boolean inTime = frame.temporalLayer() <= temporals[at];
        boolean pass =
                switch (frame.codec()) {
                    case VP8, H264 -> inTime;
                    case VP9 -> inTime && (lateVp9(frame, at) || needed(frame));
                    case AV1 -> frame.described() ? decodeTargets.late(frame, decodeTarget[at]) : inTime;
                };
        int targetThen =
                frame.codec() == VideoCodec.AV1 && frame.keyFrame() ? decodeTargets.current() : decodeTarget[at];
        remember(frame, pass, spatials[at], temporals[at], shownLayers[at], targetThen);
        return pass;
    }

    /** The newest known frame of the same picture, or else of the one before; −1 if none is known. */
    private int frameBefore(int timestamp) {
        int found = -1;
        int foundBehind = Integer.MAX_VALUE;
        for (int i = 0; i < FRAMES; i++) {
            int at = (newestFrame - i) & (FRAMES - 1);
            int behind = timestamp - timestamps[at];
            if (keys[at] != NO_FRAME && behind >= 0 && behind < foundBehind) {
                found = at;
                foundBehind = behind;
            }
        }
        return found;
    }

    private boolean lateVp9(VideoFrameInfo frame, int at) {
        boolean shown = (shownLayers[at] & 1 << frame.spatialLayer()) != 0;
        return shown || (Vp9Layers.independent(frame) && frame.spatialLayer() <= spatials[at]);
    }

    /** VP9: whether the next known frame of the same spatial layer went out and refers to earlier ones. */
    private boolean needed(VideoFrameInfo frame) {
        int next = -1;
        int nextAhead = Integer.MAX_VALUE;
        for (int i = 0; i < FRAMES; i++) {
            int ahead = timestamps[i] - frame.timestamp();
            boolean sameLayer = keys[i] != NO_FRAME && (keys[i] & 7) == frame.spatialLayer();
            if (sameLayer && ahead > 0 && ahead < nextAhead) {
                next = i;
                nextAhead = ahead;
            }
        }
        return next >= 0 && passed[next] && !independent[next];
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
