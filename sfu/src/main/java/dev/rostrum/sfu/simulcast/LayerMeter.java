package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.rtp.VideoFrameInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Measures what a publication really sends: which encodings run, and the bitrate, size and frame rate of each layer.
 * What a publisher announced is not believed.
 *
 * <p>Owned by one publication on one shard. Allocates nothing per packet.
 */
public final class LayerMeter {

    /** As many spatial and temporal layers as WebRTC's codecs use. */
    static final int MAX_SPATIAL = 4;

    static final int MAX_TEMPORAL = 4;
    static final int MAX_ENCODINGS = 4;

    private static final long SECOND_NS = 1_000_000_000L;

    /** Bitrates are those of a few seconds, so that a key frame is not taken for a new bitrate; in steps of this. */
    private static final long STEP_NS = 100_000_000L;

    private static final int STEPS = 25;

    /** An encoding that has sent nothing for this long, or for several of its frames, has stopped. */
    private static final long STOPPED_AFTER_NS = SECOND_NS;

    private static final int STOPPED_AFTER_FRAMES = 8;

    /** Sooner, if the other encodings go on: they show the same pictures. */
    private static final long OVERTAKEN_AFTER_NS = 400_000_000L;

    private static final int OVERTAKEN_BY_FRAMES = 6;

    private final Encoding[] encodings = new Encoding[MAX_ENCODINGS];
    private int running;
    private boolean changed;

    public LayerMeter() {
        for (int i = 0; i < encodings.length; i++) {
            encodings[i] = new Encoding();
        }
    }

    /**
     * Counts a packet.
     *
     * @param encoding which encoding it belongs to; what is beyond {@value #MAX_ENCODINGS} is not counted
     * @param frame what its payload says
     * @param lengthBytes of the packet with its header
     */
    public void onPacket(int encoding, VideoFrameInfo frame, int lengthBytes, long nowNs) {
        if (encoding < 0 || encoding >= MAX_ENCODINGS) {
            return;
        }
        Encoding its = encodings[encoding];
        its.onPacket(frame, frame.timestamp(), lengthBytes, nowNs);
        if (frame.startOfFrame()) {
            for (Encoding other : encodings) {
                other.overtakenBy++;
            }
        }
        its.overtakenBy = 0;
        if ((running & 1 << encoding) == 0) {
            running |= 1 << encoding;
            changed = true;
        }
        if (frame.startOfFrame()) {
            stopSilent(nowNs);
        }
    }

    /** Looks for encodings that have stopped; called with each frame of any other, and with the clock. */
    private void stopSilent(long nowNs) {
        for (int i = 0; i < MAX_ENCODINGS; i++) {
            if ((running & 1 << i) != 0 && encodings[i].silent(nowNs)) {
                encodings[i].reset();
                running &= ~(1 << i);
                changed = true;
            }
        }
    }

    /** Which encodings send, by bit. */
    public int runningEncodings() {
        return running;
    }

    /** Whether encodings have begun or stopped, or sizes changed, since this was last asked. */
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** The layers of the encodings that run, by encoding, then spatial, then temporal layer. */
    public List<Layer> layers(long nowNs) {
        stopSilent(nowNs);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < MAX_ENCODINGS; i++) {
            if ((running & 1 << i) != 0) {
                encodings[i].addTo(layers, i, nowNs);
            }
        }
        layers.sort(Comparator.comparingInt(Layer::encoding)
                .thenComparingInt(Layer::spatial)
                .thenComparingInt(Layer::temporal));
        return layers;
    }

    private final class Encoding {
        private final int[] widths = new int[MAX_SPATIAL];
        private final int[] heights = new int[MAX_SPATIAL];
        private final int[][] bytes = new int[STEPS][MAX_SPATIAL * MAX_TEMPORAL];
        private final int[][] frames = new int[STEPS][MAX_TEMPORAL];
        private long firstNs = Long.MIN_VALUE;
        private long stepNs;
        private int step;
        private long lastNs;
        private int lastTimestamp;
        private long frameIntervalNs;
        private long lastFrameNs;
        private int spatialLayers;
        private int temporalLayers;
        private int overtakenBy;

        void reset() {
            firstNs = Long.MIN_VALUE;
            frameIntervalNs = 0;
            spatialLayers = 0;
            temporalLayers = 0;
            for (int i = 0; i < STEPS; i++) {
                Arrays.fill(bytes[i], 0);
                Arrays.fill(frames[i], 0);
            }
        }

        void onPacket(VideoFrameInfo frame, int timestamp, int lengthBytes, long nowNs) {
            int spatial = Math.min(frame.spatialLayer(), MAX_SPATIAL - 1);
            int temporal = Math.min(frame.temporalLayer(), MAX_TEMPORAL - 1);
            if (firstNs == Long.MIN_VALUE) {
                firstNs = nowNs;
                stepNs = nowNs;
                lastFrameNs = nowNs;
                lastTimestamp = timestamp - 1;
            }
            advance(nowNs);
            lastNs = nowNs;
            bytes[step][spatial * MAX_TEMPORAL + temporal] += lengthBytes;
            if (timestamp != lastTimestamp) {
                lastTimestamp = timestamp;
                frames[step][temporal]++;
                long interval = nowNs - lastFrameNs;
                frameIntervalNs = frameIntervalNs == 0 ? interval : (7 * frameIntervalNs + interval) / 8;
                lastFrameNs = nowNs;
            }
            if (spatial >= spatialLayers || temporal >= temporalLayers) {
                spatialLayers = Math.max(spatialLayers, spatial + 1);
                temporalLayers = Math.max(temporalLayers, temporal + 1);
                changed = true;
            }
            if (frame.height() > 0 && (widths[spatial] != frame.width() || heights[spatial] != frame.height())) {
                widths[spatial] = frame.width();
                heights[spatial] = frame.height();
                changed = true;
            }
        }

        private void advance(long nowNs) {
            int steps = 0;
            while (nowNs - stepNs >= STEP_NS && steps++ < STEPS) {
                stepNs += STEP_NS;
                step = (step + 1) % STEPS;
                Arrays.fill(bytes[step], 0);
                Arrays.fill(frames[step], 0);
            }
            if (nowNs - stepNs >= STEP_NS) {
                stepNs = nowNs; // after a pause all steps are empty
            }
        }

        boolean silent(long nowNs) {
            long silentNs = nowNs - lastNs;
            boolean overtaken = overtakenBy >= OVERTAKEN_BY_FRAMES
                    && silentNs > Math.max(OVERTAKEN_AFTER_NS, STOPPED_AFTER_FRAMES / 2 * frameIntervalNs);
            return overtaken || silentNs > Math.max(STOPPED_AFTER_NS, STOPPED_AFTER_FRAMES * frameIntervalNs);
        }

        void addTo(List<Layer> layers, int encoding, long nowNs) {
            advance(nowNs);
            // Of a beginning, only what has been seen yet; at least some steps, or one key frame would be the bitrate.
            long seenNs = Math.clamp(nowNs - firstNs, 4 * STEP_NS, STEPS * STEP_NS);
            for (int spatial = 0; spatial < spatialLayers; spatial++) {
                for (int temporal = 0; temporal < temporalLayers; temporal++) {
                    layers.add(new Layer(
                            encoding,
                            spatial,
                            temporal,
                            bitrateBps(spatial, temporal, seenNs),
                            widths[spatial],
                            heights[spatial],
                            framesPerSecond(temporal, seenNs)));
                }
            }
        }

        private int bitrateBps(int spatial, int temporal, long seenNs) {
            long sum = 0;
            for (int[] counted : bytes) {
                for (int s = 0; s <= spatial; s++) {
                    for (int t = 0; t <= temporal; t++) {
                        sum += counted[s * MAX_TEMPORAL + t];
                    }
                }
            }
            return (int) Math.min(Integer.MAX_VALUE, sum * 8 * SECOND_NS / seenNs);
        }

        private float framesPerSecond(int temporal, long seenNs) {
            long sum = 0;
            for (int[] counted : frames) {
                for (int t = 0; t <= temporal; t++) {
                    sum += counted[t];
                }
            }
            return (float) sum * SECOND_NS / seenNs;
        }
    }
}
