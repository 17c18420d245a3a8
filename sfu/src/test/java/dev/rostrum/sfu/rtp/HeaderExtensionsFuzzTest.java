package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

class HeaderExtensionsFuzzTest {

    private static final int CHOICES = 6;

    /** The first bytes choose ids and the mid's length, the rest is the incoming packet. */
    @FuzzTest
    void whatIsWrittenIsWhatAReaderFinds(byte[] data) {
        if (data.length < CHOICES) {
            return;
        }
        int incomingLevelId = data[0] & 0xFF;
        int incomingCaptureId = data[1] & 0xFF;
        int midId = data[2] & 0xFF;
        int levelId = data[3] & 0xFF;
        int captureId = data[4] & 0xFF;
        int midBytes = Math.max(1, data[5] & 0xFF);
        boolean clash =
                (midId != 0 && (midId == levelId || midId == captureId)) || (levelId != 0 && levelId == captureId);
        ByteBuffer in = ByteBuffer.wrap(data);
        RtpPacket incoming = new RtpPacket();
        if (clash || !incoming.wrap(in, CHOICES, data.length - CHOICES)) {
            return;
        }
        String mid = "m".repeat(midBytes);
        HeaderExtensions extensions = HeaderExtensions.of(mid, midId, levelId, captureId);
        RtpHeader header = new RtpHeader();
        header.prepare(extensions, incoming, incomingLevelId, incomingCaptureId, incoming.ssrc());
        ByteBuffer out = ByteBuffer.allocate(RtpHeader.MAX_LENGTH_BYTES + 1);
        out.put(header.lengthBytes(), (byte) 0x5A);
        int length = header.write(out, 0, true, 127, 65_535, -1, incoming.ssrc());
        assertEquals(header.lengthBytes(), length);
        assertEquals(0x5A, out.get(length));

        RtpPacket outgoing = new RtpPacket();
        assertTrue(outgoing.wrap(out, 0, length));
        assertEquals(0, outgoing.payloadLengthBytes());
        assertEquals(incoming.ssrc(), outgoing.ssrc());
        assertEquals(incoming.ssrc() == 0 ? 0 : 1, outgoing.csrcCount());
        byte[] written = element(outgoing, midId);
        assertEquals(midId == 0 ? "" : mid, new String(written, StandardCharsets.UTF_8));
        assertEquals(
                levelId == 0 ? AudioLevel.ABSENT : AudioLevel.of(incoming, incomingLevelId),
                AudioLevel.of(outgoing, levelId));
        byte[] capture = element(incoming, incomingCaptureId);
        boolean passed = captureId != 0 && (capture.length == 8 || capture.length == 16);
        assertTrue(Arrays.equals(passed ? capture : new byte[0], element(outgoing, captureId)));
    }

    private static byte[] element(RtpPacket packet, int id) {
        int at = packet.extensionOffset(id);
        byte[] data = new byte[packet.extensionLengthBytes()];
        if (at >= 0) {
            packet.bytes().get(at, data);
        }
        return data;
    }
}
