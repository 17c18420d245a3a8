package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.VideoFrameInfo;

/**
 * Decides for one slot what becomes of each packet of the publication that it carries, so that the slot shows the wanted
 * layer as soon as it can and never a broken picture.
 *
 * <p>Belongs to one slot and its shard; allocates nothing. A pure decision: it sends and asks for nothing itself.
 *
 * <p>Another encoding begins only with a key frame of its own, and until then the old one goes on; inside an encoding a
 * {@link LayerFilter} drops layers at once, and takes them up where nothing refers to what was left out. While a lower
 * encoding is awaited, the present one is thinned out to its base layer, because the network may carry no more. If the
 * wanted encoding does not run, the best running one below it is taken, or else the lowest above.
 */
public final class LayerSelector {

    /** What {@link #keyFrameWanted} and {@link #encoding} say for none. */
    public static final int NONE = -1;

    /** What {@link #interest} says while a key frame is awaited. */
    public static final int EVERYTHING = -1;

    private static final int ALL_RUNNING = -1;

    private final LayerFilter filter = new LayerFilter();

    private int targetEncoding = NONE;
    private int targetSpatial;
    private int targetTemporal;
    private int running = ALL_RUNNING;
    private int effective = NONE;

    private int encoding = NONE;
    private long source;

    /** Of the current encoding: a new stream took its place, and needs a key frame. */
    private boolean replaced;

    private boolean began;
    private boolean marker;

    /** Wants this layer from now on. The first key frame that allows it will begin it. */
    public void target(int wantedEncoding, int wantedSpatial, int wantedTemporal) {
        targetEncoding = wantedEncoding;
        targetSpatial = wantedSpatial;
        targetTemporal = wantedTemporal;
        retarget();
    }

    /** Wants nothing from now on: all is dropped until there is a target again, which then begins with a key frame. */
    public void pause() {
        targetEncoding = NONE;
        effective = NONE;
        forget();
    }

    /** The slot carries another publication from now on, of which nothing is known. The target stays. */
    public void reset() {
        running = ALL_RUNNING;
        forget();
        retarget();
    }

    private void forget() {
        encoding = NONE;
        replaced = false;
    }

    /** Tells which encodings run at present, a bit for each; 0: none is known to. */
    public void running(int encodings) {
        running = encodings == 0 ? ALL_RUNNING : encodings;
        retarget();
    }

    private void retarget() {
        effective = targetEncoding == NONE ? NONE : bestRunning();
        if (encoding == NONE) {
            return;
        }
        if (effective == encoding) {
            boolean wanted = effective == targetEncoding;
            filter.target(wanted ? targetSpatial : LayerFilter.HIGHEST, wanted ? targetTemporal : LayerFilter.HIGHEST);
        } else if (effective < encoding) {
            filter.target(LayerFilter.HIGHEST, 0);
        }
    }

    private int bestRunning() {
        int notAbove = running & (-1 >>> (Integer.SIZE - 1 - targetEncoding));
        return notAbove != 0
                ? Integer.SIZE - 1 - Integer.numberOfLeadingZeros(notAbove)
                : Integer.numberOfTrailingZeros(running);
    }

    /**
     * Decides about a packet of the publication.
     *
     * @param packetEncoding its encoding
     * @param packetSource names the numbering of its stream: another one for a publisher that began anew
     * @param extendedSequenceNumber in that numbering
     * @param frame what it carries
     */
    public Decision decide(int packetEncoding, long packetSource, long extendedSequenceNumber, VideoFrameInfo frame) {
        began = false;
        if (encoding != NONE && packetSource == source) {
            return filter(extendedSequenceNumber, frame);
        }
        if (packetEncoding == encoding) {
            replaced = true;
        }
        if (packetEncoding != effective || !frame.switchPoint() || !frame.keyFrame()) {
            return Decision.IGNORE;
        }
        encoding = packetEncoding;
        source = packetSource;
        replaced = false;
        began = true;
        filter.begin(extendedSequenceNumber);
        retarget();
        return filter(extendedSequenceNumber, frame);
    }

    private Decision filter(long extendedSequenceNumber, VideoFrameInfo frame) {
        boolean forward = filter.passes(extendedSequenceNumber, frame);
        marker = filter.marker();
        return forward ? Decision.FORWARD : Decision.LEAVE_OUT;
    }

    /**
     * Whether the packet that was decided about last began an encoding. Packets of it that overtook this one were
     * ignored: if they are in the cache, their turn is now.
     */
    public boolean began() {
        return began;
    }

    /** The marker bit of the packet that was forwarded last: the picture ends here, as far as the slot shows it. */
    public boolean marker() {
        return marker;
    }

    /**
     * The encoding of which a key frame is needed now, or {@link #NONE}. True until it came; cheap enough to ask after
     * every packet.
     */
    public int keyFrameWanted() {
        if (effective != encoding || replaced) {
            return effective;
        }
        return encoding != NONE && filter.keyFrameWanted() ? encoding : NONE;
    }

    /**
     * The encodings whose packets may matter, a bit for each: {@link #decide} would ignore all others, and change nothing.
     * While a key frame is awaited these are all, so that it is asked for again with whatever comes.
     */
    public int interest() {
        if (keyFrameWanted() != NONE) {
            return EVERYTHING;
        }
        return encoding == NONE ? 0 : 1 << encoding;
    }

    /** The encoding that the slot shows, or {@link #NONE} before the first key frame and while it is paused. */
    public int encoding() {
        return encoding;
    }

    /** The highest spatial layer that the slot shows at present. */
    public int spatialLayer() {
        return filter.spatialLayer();
    }

    /** The highest temporal layer that the slot shows at present. */
    public int temporalLayer() {
        return filter.temporalLayer();
    }

    /** Whether the frame may be one of VP8 or H264, which have no spatial layers inside a stream. */
    static boolean single(VideoFrameInfo frame) {
        return frame.codec() == VideoCodec.VP8 || frame.codec() == VideoCodec.H264;
    }
}
