package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;

class RtpPacketFuzzTest {

    /** Bytes on both sides of the packet, so that it ends before its buffer does. */
    private static final int BEFORE = 3;

    private static final int BEHIND = 20;

    @FuzzTest
    void whateverIsTakenForAPacketStaysWithinItsBytes(byte[] data) {
        ByteBuffer buffer = ByteBuffer.allocate(BEFORE + data.length + BEHIND);
        buffer.put(BEFORE, data);
        RtpPacket packet = new RtpPacket();
        if (!packet.wrap(buffer, BEFORE, data.length)) {
            return;
        }
        assertEquals(
                data.length, packet.headerLengthBytes() + packet.payloadLengthBytes() + packet.paddingLengthBytes());
        assertTrue(packet.payloadLengthBytes() >= 0);
        assertEquals(BEFORE + packet.headerLengthBytes(), packet.payloadOffset());
        assertTrue(packet.sequenceNumber() >= 0 && packet.sequenceNumber() <= 0xFFFF);
        for (int i = 0; i < packet.csrcCount(); i++) {
            assertEquals(buffer.getInt(BEFORE + RtpPacket.FIXED_HEADER_BYTES + 4 * i), packet.csrc(i));
        }
        for (int id = -1; id <= 256; id++) {
            int at = packet.extensionOffset(id);
            if (at >= 0) {
                assertTrue(id >= 1 && id <= 255 && packet.hasExtension());
                assertTrue(at >= BEFORE + RtpPacket.FIXED_HEADER_BYTES + 4 * packet.csrcCount() + 4);
                assertTrue(at + packet.extensionLengthBytes() <= packet.payloadOffset());
            } else {
                assertEquals(0, packet.extensionLengthBytes());
            }
        }
    }
}
