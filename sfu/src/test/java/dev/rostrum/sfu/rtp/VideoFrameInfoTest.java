package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.VideoCodec;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VideoFrameInfoTest {

    static final int DESCRIPTOR_ID = 12;
    static final String HEADER = "80E0 0001 00000BB8 11223344"; // marker, payload type 96, timestamp 3000

    private final RtpPacket packet = new RtpPacket();
    private final VideoFrameInfo info = new VideoFrameInfo();

    private boolean parse(VideoCodec codec, String hex, @Nullable DependencyTemplates templates) {
        ByteBuffer bytes = Bits.hex(hex);
        assertTrue(packet.wrap(bytes, 0, bytes.capacity()));
        return info.parse(codec, packet, DESCRIPTOR_ID, templates);
    }

    static String withDescriptor(byte[] element) {
        int words = (2 + element.length + 3) / 4;
        String block = "%02X%02X%s"
                .formatted(DESCRIPTOR_ID, element.length, HexFormat.of().formatHex(element));
        return "90E0 0001 00000BB8 11223344 1000%04X".formatted(words) + block
                + "00".repeat(4 * words - 2 - element.length) + "0A0B";
    }

    @Test
    void aVp8KeyFrame() {
        assertTrue(parse(VideoCodec.VP8, HEADER + "90F0 9267 F1 13 F02A00 9D012A 0005 D002", null));
        assertTrue(info.startOfFrame() && info.endOfFrame() && info.endOfPicture() && info.keyFrame());
        assertTrue(info.switchPoint());
        assertEquals(4711, info.pictureId());
        assertEquals(0xF1, info.tl0PicIdx());
        assertEquals(19, info.keyIdx());
        assertEquals(1280, info.width());
        assertEquals(720, info.height());
        assertEquals(3000, info.frameKey());
    }

    @Test
    void aVp9FrameOfAHigherSpatialLayerIsASwitchPointButNoKeyFrame() {
        assertTrue(parse(VideoCodec.VP9, HEADER + "AC 11 03 2A 82", null)); // I L B E, TID=0 SID=1 D=1
        assertTrue(info.switchPoint() && info.interLayerPredicted());
        assertFalse(info.keyFrame());
        assertEquals(1, info.spatialLayer());
        assertEquals(0, info.referenceCount());
        assertEquals(3000 * 8 + 1, info.frameKey());
        assertTrue(parse(VideoCodec.VP9, HEADER + "EC 11 00 2A 82", null)); // P: which references is not told
        assertEquals(-1, info.referenceCount());
        assertFalse(info.switchPoint() || info.keyFrame());
    }

    @Test
    void anIdrSliceAloneIsNoSwitchPoint() {
        assertTrue(parse(VideoCodec.H264, HEADER + "6588", null));
        assertTrue(info.keyFrame());
        assertFalse(info.switchPoint());
    }

    @Test
    void anAv1FrameIsKnownByItsDescriptorOnly() {
        DependencyTemplates templates = new DependencyTemplates();
        String inter = withDescriptor(new Bits().f(2, 0b11).f(6, 63).f(16, 9).bytes());
        assertFalse(parse(VideoCodec.AV1, inter, templates), "before the first key frame");
        assertTrue(parse(
                VideoCodec.AV1,
                withDescriptor(DependencyDescriptorRfcTest.l1t3(7).bytes()),
                templates));
        assertTrue(info.keyFrame() && info.switchPoint() && info.layerSync());
        assertEquals(1280, info.width());
        assertEquals(720, info.height());
        assertTrue(parse(VideoCodec.AV1, inter, templates));
        assertEquals(1, info.temporalLayer());
        assertEquals(9, info.frameNumber());
        assertEquals(9, info.frameKey());
        assertFalse(info.keyFrame() || info.switchPoint() || info.discardable());
        assertEquals(0, info.width());
        assertFalse(parse(VideoCodec.AV1, HEADER + "0A0B", templates), "no descriptor");
        assertFalse(parse(VideoCodec.AV1, inter, null));
    }

    @Test
    void aPacketWithoutPayloadHasNoFrame() {
        for (VideoCodec codec : VideoCodec.values()) {
            assertFalse(parse(codec, HEADER, new DependencyTemplates()));
        }
    }
}
