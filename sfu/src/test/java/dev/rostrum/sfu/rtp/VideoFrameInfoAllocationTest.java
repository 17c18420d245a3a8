package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rostrum.sfu.VideoCodec;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class VideoFrameInfoAllocationTest {

    @Test
    void readingPacketsAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        RtpPacket packet = new RtpPacket();
        VideoFrameInfo info = new VideoFrameInfo();
        DependencyTemplates templates = new DependencyTemplates();
        ByteBuffer[] packets = {
            Bits.hex(VideoFrameInfoTest.HEADER + "90F0 9267 F1 13 F02A00 9D012A 0005 D002"),
            Bits.hex(VideoFrameInfoTest.HEADER + "AC 11 03 2A 82"),
            Bits.hex(VideoFrameInfoTest.HEADER + "6588"),
            Bits.hex(VideoFrameInfoTest.withDescriptor(
                    DependencyDescriptorRfcTest.l1t3(7).bytes()))
        };
        VideoCodec[] codecs = {VideoCodec.VP8, VideoCodec.VP9, VideoCodec.H264, VideoCodec.AV1};
        long least = Long.MAX_VALUE;
        int read = 0;
        for (int window = 0; window < 200 && least > 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                ByteBuffer bytes = packets[i & 3];
                packet.wrap(bytes, 0, bytes.capacity());
                if (info.parse(codecs[i & 3], packet, VideoFrameInfoTest.DESCRIPTOR_ID, templates)) {
                    info.patch(bytes, packet.payloadOffset(), i, i, i);
                    read++;
                }
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(read > 10_000);
        assertEquals(0, least, "bytes for 10000 packets");
    }
}
