package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.rostrum.sfu.VideoCodec;
import java.nio.ByteBuffer;
import java.util.List;

class VideoFrameInfoFuzzTest {

    private static final List<VideoCodec> CODECS =
            List.of(VideoCodec.VP8, VideoCodec.VP9, VideoCodec.H264, VideoCodec.AV1);

    /** The first byte chooses codec and extension id, the rest is the packet. */
    @FuzzTest
    void whatIsPatchedIsReadAgainAndUndone(byte[] data) {
        if (data.length < 1) {
            return;
        }
        VideoCodec codec = CODECS.get(data[0] & 3);
        int id = data[0] >> 2 & 0x3F;
        ByteBuffer bytes = ByteBuffer.wrap(data.clone());
        RtpPacket packet = new RtpPacket();
        VideoFrameInfo info = new VideoFrameInfo();
        DependencyTemplates templates = new DependencyTemplates();
        if (!packet.wrap(bytes, 1, data.length - 1) || !info.parse(codec, packet, id, templates)) {
            return;
        }
        assertTrue(info.frameKey() >= 0 && info.spatialLayer() >= 0 && info.temporalLayer() >= 0);
        assertEquals(info.pictureId() >= 0, info.pictureIdBits() > 0);
        VideoFrameInfo again = new VideoFrameInfo();
        info.patch(bytes, packet.payloadOffset(), 0x1234, 0x56, 0x17);
        assertTrue(again.parse(codec, packet, id, templates));
        assertEquals(info.pictureIdBits(), again.pictureIdBits());
        int mask = (1 << info.pictureIdBits()) - 1;
        assertEquals(info.pictureId() < 0 ? -1 : 0x1234 & mask, again.pictureId());
        assertEquals(info.tl0PicIdx() < 0 ? -1 : 0x56, again.tl0PicIdx());
        assertEquals(info.keyIdx() < 0 ? -1 : 0x17, again.keyIdx());
        assertEquals(info.keyFrame(), again.keyFrame());
        assertEquals(info.frameKey(), again.frameKey());
        if (codec == VideoCodec.AV1) {
            int at = packet.extensionOffset(id);
            VideoFrameInfo.patchFrameNumber(bytes, at, 0xABCD);
            assertTrue(again.parse(codec, packet, id, templates));
            assertEquals(0xABCD, again.frameNumber());
            VideoFrameInfo.patchFrameNumber(bytes, at, info.frameNumber());
        }
        info.restore(bytes, packet.payloadOffset());
        assertArrayEquals(data, bytes.array());
    }
}
