package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.Bits;
import dev.rostrum.sfu.rtp.VideoPackets;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One encoding of a publisher: makes the packets of its pictures, and knows which frame refers to which. */
final class ModelEncoder {

    /** What is encoded how. */
    enum Structure {
        VP8_T3(VideoCodec.VP8, 1, false),
        H264(VideoCodec.H264, 1, false),
        VP9_L3T3(VideoCodec.VP9, 3, false),
        VP9_L3T3_KEY(VideoCodec.VP9, 3, true),
        AV1_L1T3(VideoCodec.AV1, 1, false),
        AV1_L3T3(VideoCodec.AV1, 3, false),
        AV1_L3T3_KEY(VideoCodec.AV1, 3, true);

        final VideoCodec codec;
        final int spatialLayers;
        final boolean keyPicturesOnly;

        Structure(VideoCodec codec, int spatialLayers, boolean keyPicturesOnly) {
            this.codec = codec;
            this.spatialLayers = spatialLayers;
            this.keyPicturesOnly = keyPicturesOnly;
        }
    }

    /** A frame; of SVC, one of a spatial layer. */
    static final class Frame {
        final long source;
        final int spatial;
        final int temporal;
        final long capturedNs;
        final boolean key;
        final List<Frame> references = new ArrayList<>();
        int packets;
        int number;

        Frame(long source, int spatial, int temporal, long capturedNs, boolean key) {
            this.source = source;
            this.spatial = spatial;
            this.temporal = temporal;
            this.capturedNs = capturedNs;
            this.key = key;
        }
    }

    /** A packet, its sequence number and timestamp apart from its bytes. */
    record Packet(int encoding, Frame frame, int index, long source, int sequenceNumber, int timestamp, byte[] bytes) {}

    private static final int[] TEMPORAL = {0, 2, 1, 2, 0, 2, 1, 2};
    private static final boolean[] VP8_SYNC = {false, true, true, false, false, false, false, false};

    private final Structure structure;
    private final int encoding;
    private final Random random;
    private final Frame[][] last;

    private long source;
    private int sequenceNumber;
    private int timestampOffset;
    private int pictureId;
    private int tl0PicIdx;
    private int keyIdx;
    private int frameNumber;
    private int position = -1;
    private boolean keyWanted = true;
    private int activeSpatial;
    private int packetsPerFrame;

    ModelEncoder(Structure structure, int encoding, Random random) {
        this.structure = structure;
        this.encoding = encoding;
        this.random = random;
        this.last = new Frame[structure.spatialLayers][3];
        activeSpatial = structure.spatialLayers;
        packetsPerFrame = 1 + encoding * 2;
        restart();
    }

    /** Begins anew with other numbers, as a publisher that has reloaded its page. */
    void restart() {
        source = random.nextLong() >>> 1;
        sequenceNumber = random.nextBoolean() ? 0xFFF0 : random.nextInt(0x10000);
        timestampOffset = random.nextBoolean() ? -200_000 : random.nextInt();
        pictureId = random.nextBoolean() ? 0x7FF0 : random.nextInt(0x8000);
        tl0PicIdx = random.nextInt(256);
        keyIdx = random.nextInt(32);
        frameNumber = random.nextBoolean() ? 0xFFF0 : random.nextInt(0x10000);
        keyWanted = true;
    }

    void wantKeyFrame() {
        keyWanted = true;
    }

    /** SVC: sends so many spatial layers from the next key picture on. */
    void activeSpatial(int count) {
        activeSpatial = count;
        keyWanted = true;
    }

    long source() {
        return source;
    }

    int timestamp(long capturedNs) {
        return timestampOffset + (int) (capturedNs / 1_000 * 90 / 1_000);
    }

    List<Packet> encode(long capturedNs) {
        boolean key = keyWanted;
        keyWanted = false;
        position = key ? 0 : (position + 1) % 8;
        boolean temporalLayers = structure != Structure.H264;
        int temporal = temporalLayers ? TEMPORAL[position] : 0;
        pictureId = (pictureId + 1) & 0x7FFF;
        tl0PicIdx = temporal == 0 ? (tl0PicIdx + 1) & 0xFF : tl0PicIdx;
        keyIdx = key ? (keyIdx + 1) & 0x1F : keyIdx;
        List<Packet> packets = new ArrayList<>();
        Frame below = null;
        for (int spatial = 0; spatial < activeSpatial; spatial++) {
            Frame frame = new Frame(source, spatial, temporal, capturedNs, key);
            boolean interLayer = below != null && (key || !structure.keyPicturesOnly);
            refer(frame, key, interLayer ? below : null);
            frameNumber = (frameNumber + 1) & 0xFFFF;
            frame.number = frameNumber;
            frame.packets = 1 + random.nextInt(packetsPerFrame) + (key ? 2 : 0);
            for (int i = 0; i < frame.packets; i++) {
                boolean first = i == 0;
                boolean end = i == frame.packets - 1;
                boolean marker = end && spatial == activeSpatial - 1;
                sequenceNumber = (sequenceNumber + 1) & 0xFFFF;
                byte[] bytes = bytes(frame, first, end, marker, interLayer);
                int timestamp = timestamp(capturedNs);
                ByteBuffer.wrap(bytes).putInt(4, timestamp);
                packets.add(new Packet(encoding, frame, i, source, sequenceNumber, timestamp, bytes));
            }
            below = frame;
        }
        return packets;
    }

    private void refer(Frame frame, boolean key, @Nullable Frame below) {
        Frame[] mine = last[frame.spatial];
        if (below != null) {
            frame.references.add(below);
        }
        if (key) {
            mine[0] = frame;
            mine[1] = frame;
            mine[2] = frame;
            return;
        }
        boolean vp8 = structure == Structure.VP8_T3;
        switch (position) {
            case 0, 1, 2, 4 -> frame.references.add(mine[0]);
            case 5 -> frame.references.addAll(vp8 ? List.of(mine[0], mine[1], mine[2]) : List.of(mine[0]));
            case 6 -> frame.references.addAll(vp8 ? List.of(mine[0], mine[1]) : List.of(mine[0]));
            default ->
                frame.references.addAll(
                        structure == Structure.H264
                                ? List.of(mine[0])
                                : vp8 ? List.of(mine[1], mine[2]) : List.of(mine[1]));
        }
        mine[frame.temporal] = frame;
    }

    private byte[] bytes(Frame frame, boolean first, boolean end, boolean marker, boolean interLayer) {
        return switch (structure.codec) {
            case VP8 ->
                VideoPackets.vp8(
                        first,
                        marker,
                        frame.key,
                        pictureId,
                        tl0PicIdx,
                        frame.temporal,
                        !frame.key && VP8_SYNC[position],
                        keyIdx);
            case H264 -> VideoPackets.h264(frame.key && first, marker);
            case VP9 ->
                VideoPackets.vp9(
                        first,
                        end,
                        marker,
                        !frame.key,
                        pictureId,
                        tl0PicIdx,
                        frame.spatial,
                        frame.temporal,
                        true,
                        interLayer,
                        frame.spatial == activeSpatial - 1 || (structure.keyPicturesOnly && !frame.key),
                        first && frame.key && frame.spatial == 0 ? activeSpatial : 0);
            case AV1 -> VideoPackets.av1(marker, descriptor(frame, first, end));
        };
    }

    private byte[] descriptor(Frame frame, boolean first, boolean end) {
        boolean attached = first && frame.key && frame.spatial == 0;
        // Templates for each spatial layer: of key pictures, and of the temporal layers.
        int template = frame.spatial * 4 + (frame.key ? 0 : 1 + frame.temporal);
        Bits bits = new Bits()
                .f(1, first ? 1 : 0)
                .f(1, end ? 1 : 0)
                .f(6, template)
                .f(16, frame.number)
                .f(1, attached ? 1 : 0)
                .f(4, 0b0010); // custom_fdiffs_flag
        if (attached) {
            structure(bits);
        }
        for (Frame reference : frame.references) {
            bits.f(2, 2).f(8, ((frame.number - reference.number) & 0xFFFF) - 1);
        }
        return bits.f(2, 0).bytes();
    }

    /** Templates in the order of spatial layers, in each: key pictures, T0, T1, T2. */
    private void structure(Bits bits) {
        int targets = activeSpatial * 3;
        bits.f(6, 0).f(5, targets - 1);
        for (int spatial = 0; spatial < activeSpatial; spatial++) {
            bits.f(2, 0).f(2, 1).f(2, 1).f(2, spatial == activeSpatial - 1 ? 3 : 2);
        }
        for (int spatial = 0; spatial < activeSpatial; spatial++) {
            for (int kind = 0; kind < 4; kind++) {
                for (int target = 0; target < targets; target++) {
                    bits.f(2, indication(spatial, kind, target / 3, target % 3));
                }
            }
        }
        for (int i = 0; i < activeSpatial * 4; i++) {
            bits.f(1, 0); // no references: they come with the frames
        }
        bits.ns(targets + 1, 0).f(1, 0);
    }

    private int indication(int spatial, int kind, int targetSpatial, int targetTemporal) {
        if (kind == 0) {
            return spatial <= targetSpatial ? 2 : 0;
        }
        if (kind - 1 > targetTemporal
                || spatial > targetSpatial
                || (structure.keyPicturesOnly && spatial < targetSpatial)) {
            return 0;
        }
        return kind == 1 && spatial == targetSpatial ? 2 : 3;
    }
}
