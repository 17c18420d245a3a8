package dev.rostrum.sfu.rtp;

import dev.rostrum.sfu.VideoCodec;
import java.nio.ByteBuffer;

/** Makes video packets as a publisher sends them: only what an SFU reads of them. */
public final class VideoPackets {

    /** The id of the dependency descriptor in packets of AV1. */
    public static final int DESCRIPTOR_ID = 9;

    private VideoPackets() {}

    /** Reads such a packet, as a shard does. */
    public static boolean parse(VideoFrameInfo into, VideoCodec codec, byte[] packet, DependencyTemplates templates) {
        RtpPacket rtp = new RtpPacket();
        return rtp.wrap(ByteBuffer.wrap(packet), 0, packet.length) && into.parse(codec, rtp, DESCRIPTOR_ID, templates);
    }

    private static byte[] packet(boolean marker, byte[] extension, byte[] payload) {
        ByteBuffer out = ByteBuffer.allocate(12 + extension.length + payload.length);
        out.put((byte) (extension.length > 0 ? 0x90 : 0x80)).put((byte) (marker ? 0xE0 : 0x60));
        return out.putShort((short) 0)
                .putInt(0)
                .putInt(0)
                .put(extension)
                .put(payload)
                .array();
    }

    /** A packet of VP8 with everything in its descriptor. */
    public static byte[] vp8(
            boolean start,
            boolean marker,
            boolean key,
            int pictureId,
            int tl0PicIdx,
            int temporal,
            boolean sync,
            int keyIdx) {
        return packet(
                marker,
                new byte[0],
                new Bits()
                        .f(8, start ? 0x90 : 0x80)
                        .f(8, 0xF0)
                        .f(1, 1)
                        .f(15, pictureId)
                        .f(8, tl0PicIdx)
                        .f(2, temporal)
                        .f(1, sync ? 1 : 0)
                        .f(5, keyIdx)
                        .f(24, key ? 0xF02A00 : 0xF12A00)
                        .f(24, 0x9D012A)
                        .f(32, 0x0005D002)
                        .bytes());
    }

    /** A packet of VP9 in the non-flexible mode. */
    public static byte[] vp9(
            boolean start,
            boolean end,
            boolean marker,
            boolean inter,
            int pictureId,
            int tl0PicIdx,
            int spatial,
            int temporal,
            boolean up,
            boolean interLayer,
            boolean notForInterLayer) {
        return vp9(
                start,
                end,
                marker,
                inter,
                pictureId,
                tl0PicIdx,
                spatial,
                temporal,
                up,
                interLayer,
                notForInterLayer,
                0);
    }

    /** The same, with a scalability structure that tells the number of spatial layers unless that is 0. */
    public static byte[] vp9(
            boolean start,
            boolean end,
            boolean marker,
            boolean inter,
            int pictureId,
            int tl0PicIdx,
            int spatial,
            int temporal,
            boolean up,
            boolean interLayer,
            boolean notForInterLayer,
            int layers) {
        Bits structure = layers == 0 ? new Bits() : new Bits().f(3, layers - 1).f(5, 0);
        return packet(
                marker,
                new byte[0],
                new Bits()
                        .f(1, 1)
                        .f(1, inter ? 1 : 0)
                        .f(2, 0b10)
                        .f(1, start ? 1 : 0)
                        .f(1, end ? 1 : 0)
                        .f(1, layers == 0 ? 0 : 1)
                        .f(1, notForInterLayer ? 1 : 0)
                        .f(1, 1)
                        .f(15, pictureId)
                        .f(3, temporal)
                        .f(1, up ? 1 : 0)
                        .f(3, spatial)
                        .f(1, interLayer ? 1 : 0)
                        .f(8, tl0PicIdx)
                        .append(structure)
                        .f(8, 0)
                        .bytes());
    }

    /** A packet of H264: a parameter set, or a slice. */
    public static byte[] h264(boolean parameterSet, boolean marker) {
        return packet(
                marker,
                new byte[0],
                parameterSet ? new byte[] {0x67, 66, 0, 31, (byte) 0x80} : new byte[] {0x41, 0x5A});
    }

    /** A packet of AV1 with a dependency descriptor. */
    public static byte[] av1(boolean marker, byte[] descriptor) {
        int words = (2 + descriptor.length + 3) / 4;
        ByteBuffer extension = ByteBuffer.allocate(4 + 4 * words);
        extension
                .putShort((short) 0x1000)
                .putShort((short) words)
                .put((byte) DESCRIPTOR_ID)
                .put((byte) descriptor.length)
                .put(descriptor);
        return packet(marker, extension.array(), new byte[] {0x10, 0x20});
    }
}
