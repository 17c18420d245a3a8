package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a publication really sends: which encodings run, and for each layer its bitrate, size and frame rate over the last
 * two seconds. Nothing is believed that was only negotiated.
 *
 * <p>Belongs to one publication and a shard; allocates only for encodings that are new, and in {@link #layers}. Key
 * frames count for no bitrate: they are few and large, and what they ask of the network is the pacer's business.
 *
 * <p>An encoding has stopped when others of the publication go on without it for ten of its frames, but no less than
 * 0.4 s and no more than 2 s. If all are silent, nothing has stopped: the publisher has nothing to show.
 */
public final class LayerMeter {

    /** No publication has more encodings. */
    public static final int MAX_ENCODINGS = 4;

    static final int SPATIAL_LAYERS = 4;
    static final int TEMPORAL_LAYERS = 4;

    private static final long BUCKET_NS = 100_000_000L;
    private static final int BUCKETS = 21;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long SETTLING_NS = 500_000_000L;
    private static final long MIN_SILENCE_NS = 400_000_000L;
    private static final long MAX_SILENCE_NS = 2_000_000_000L;
    private static final long LAYER_SILENCE_NS = 2_000_000_000L;
    private static final int SILENT_FRAMES = 10;
    private static final long FIRST_INTERVAL_NS = 33_000_000L;
    private static final long CHECK_NS = 20_000_000L;

    private static final long NONE = -1;

    private final @Nullable Encoding[] encodings = new @Nullable Encoding[MAX_ENCODINGS];
    private long newestNs = Long.MAX_VALUE;
    private long checkNs = Long.MIN_VALUE;
    private int running;
    private boolean changed;

    /** What was seen of one encoding. */
    private static final class Encoding {
        final int[] bytes = new int[SPATIAL_LAYERS * TEMPORAL_LAYERS * BUCKETS];
        final int[] frames = new int[SPATIAL_LAYERS * TEMPORAL_LAYERS * BUCKETS];
        final long[] layerNs = new long[SPATIAL_LAYERS * TEMPORAL_LAYERS];
        final boolean[] seen = new boolean[SPATIAL_LAYERS * TEMPORAL_LAYERS];
        final int[] widths = new int[SPATIAL_LAYERS];
        final int[] heights = new int[SPATIAL_LAYERS];
        long bucket;
        long startedNs;
        long packetNs;
        long frameNs;
        long intervalNs = FIRST_INTERVAL_NS;
        long frame = NONE;
        long keyPicture = NONE;

        void advance(long now) {
            if (now - bucket >= BUCKETS) {
                Arrays.fill(bytes, 0);
                Arrays.fill(frames, 0);
                bucket = now;
            }
            while (bucket < now) {
                bucket++;
                int at = (int) (bucket % BUCKETS);
                for (int cell = 0; cell < SPATIAL_LAYERS * TEMPORAL_LAYERS; cell++) {
                    bytes[cell * BUCKETS + at] = 0;
                    frames[cell * BUCKETS + at] = 0;
                }
            }
        }

        long silenceNs() {
            return Math.clamp(SILENT_FRAMES * intervalNs, MIN_SILENCE_NS, MAX_SILENCE_NS);
        }

        static int sum(int[] counts, int cell) {
            int sum = 0;
            for (int i = 0; i < BUCKETS; i++) {
                sum += counts[cell * BUCKETS + i];
            }
            return sum;
        }
    }

    /**
     * Counts a packet of media: no duplicates, and of retransmissions only what they restore.
     *
     * @param encoding 0 to {@value #MAX_ENCODINGS} − 1; others are ignored
     * @param lengthBytes of the whole RTP packet
     */
    public void onPacket(int encoding, VideoFrameInfo frame, int lengthBytes, long nowNs) {
        if (encoding < 0
                || encoding >= MAX_ENCODINGS
                || frame.spatialLayer() >= SPATIAL_LAYERS
                || frame.temporalLayer() >= TEMPORAL_LAYERS) {
            return;
        }
        Encoding it = encodings[encoding];
        if (it == null || (running & 1 << encoding) == 0) {
            it = start(encoding, nowNs);
        }
        if (nowNs - newestNs > it.silenceNs()) {
            endSilence(nowNs - newestNs);
        }
        it.advance(nowNs / BUCKET_NS);
        int cell = frame.spatialLayer() * TEMPORAL_LAYERS + frame.temporalLayer();
        int at = cell * BUCKETS + (int) (it.bucket % BUCKETS);
        long picture = picture(frame);
        if (frame.keyFrame()) {
            it.keyPicture = picture;
        }
        if (picture != it.keyPicture) {
            it.bytes[at] += lengthBytes;
        }
        if (frame.frameKey() != it.frame) {
            it.frame = frame.frameKey();
            it.frames[at]++;
            if (frame.spatialLayer() == 0) {
                long intervalNs = Math.min(nowNs - it.frameNs, SECOND_NS);
                it.intervalNs += (intervalNs - it.intervalNs) / 8;
                it.frameNs = nowNs;
            }
        }
        it.seen[cell] = true;
        it.layerNs[cell] = nowNs;
        it.packetNs = nowNs;
        noteSize(it, frame);
        newestNs = nowNs;
        if (nowNs >= checkNs) {
            check(nowNs);
        }
    }

    /** All was silent, which says nothing of any encoding alone. */
    private void endSilence(long lengthNs) {
        for (Encoding it : encodings) {
            if (it != null) {
                it.packetNs += lengthNs;
                it.frameNs += lengthNs;
            }
        }
    }

    private static long picture(VideoFrameInfo frame) {
        return frame.codec() == VideoCodec.VP9 ? frame.frameKey() >>> 3 : frame.frameKey();
    }

    private Encoding start(int encoding, long nowNs) {
        Encoding it = new Encoding();
        it.bucket = nowNs / BUCKET_NS;
        it.startedNs = nowNs;
        it.frameNs = nowNs;
        Encoding last = encodings[encoding];
        if (last != null) {
            System.arraycopy(last.widths, 0, it.widths, 0, SPATIAL_LAYERS);
            System.arraycopy(last.heights, 0, it.heights, 0, SPATIAL_LAYERS);
        }
        encodings[encoding] = it;
        running |= 1 << encoding;
        changed = true;
        return it;
    }

    private static void noteSize(Encoding it, VideoFrameInfo frame) {
        if (frame.height() == 0) {
            return;
        }
        for (int spatial = 0; spatial < SPATIAL_LAYERS; spatial++) {
            if (frame.height(spatial) > 0) {
                it.widths[spatial] = frame.width(spatial);
                it.heights[spatial] = frame.height(spatial);
            }
        }
    }

    private void check(long nowNs) {
        checkNs = nowNs + CHECK_NS;
        for (int i = 0; i < MAX_ENCODINGS; i++) {
            Encoding it = encodings[i];
            if (it != null && (running & 1 << i) != 0 && newestNs - it.packetNs > it.silenceNs()) {
                running &= ~(1 << i);
                changed = true;
            }
        }
    }

    /** The encodings that run at present, a bit for each. */
    public int runningEncodings() {
        return running;
    }

    /** Whether an encoding started or stopped since the last call. */
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** The layers that are sent at present, the least first. */
    public List<Layer> layers(long nowNs) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < MAX_ENCODINGS; i++) {
            Encoding it = encodings[i];
            if (it != null && (running & 1 << i) != 0) {
                it.advance(nowNs / BUCKET_NS);
                addLayers(layers, i, it, nowNs);
            }
        }
        return List.copyOf(layers);
    }

    private void addLayers(List<Layer> layers, int encoding, Encoding it, long nowNs) {
        long spanNs = Math.clamp(nowNs - it.startedNs, SETTLING_NS, (BUCKETS - 1) * BUCKET_NS + nowNs % BUCKET_NS);
        boolean settling = nowNs - it.startedNs < SETTLING_NS;
        for (int spatial = 0; spatial < SPATIAL_LAYERS; spatial++) {
            double frames = 0;
            for (int temporal = 0; temporal < TEMPORAL_LAYERS; temporal++) {
                int cell = spatial * TEMPORAL_LAYERS + temporal;
                if (!it.seen[cell] || newestNs - it.layerNs[cell] > LAYER_SILENCE_NS) {
                    continue;
                }
                long bytes = 0;
                for (int below = 0; below <= spatial; below++) {
                    for (int slower = 0; slower <= temporal; slower++) {
                        bytes += Encoding.sum(it.bytes, below * TEMPORAL_LAYERS + slower);
                    }
                }
                frames += Encoding.sum(it.frames, cell);
                long bitrateBps = bytes * 8 * SECOND_NS / spanNs;
                if (settling) {
                    bitrateBps = Math.max(bitrateBps, usualBitrate(encoding, it.heights[spatial]));
                }
                layers.add(new Layer(
                        encoding,
                        spatial,
                        temporal,
                        (int) Math.min(bitrateBps, Integer.MAX_VALUE),
                        it.widths[spatial],
                        it.heights[spatial],
                        (float) (frames * SECOND_NS / spanNs)));
            }
        }
    }

    /** What a layer of this height takes as a rule, for as long as it was not measured. */
    private static long usualBitrate(int encoding, int height) {
        int size = height > 0 ? height : 180 << encoding;
        if (size <= 180) {
            return 150_000;
        }
        if (size <= 360) {
            return 500_000;
        }
        return size <= 720 ? 1_500_000 : 3_000_000;
    }
}
