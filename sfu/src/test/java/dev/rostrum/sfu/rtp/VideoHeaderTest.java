package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class VideoHeaderTest {

    private final RtpPacket incoming = new RtpPacket();
    private final RtpPacket outgoing = new RtpPacket();
    private final ByteBuffer out = ByteBuffer.allocate(VideoHeader.MAX_LENGTH_BYTES + 8);

    private void wrap(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        assertTrue(incoming.wrap(ByteBuffer.wrap(bytes), 0, bytes.length));
    }

    private void write(VideoHeader header) {
        int length = header.write(out, 4, true, 96, 0x12345, 90, 0xABCD);
        assertEquals(header.lengthBytes(), length);
        assertTrue(outgoing.wrap(out, 4, length));
        assertEquals(0x2345, outgoing.sequenceNumber());
        assertTrue(outgoing.marker());
    }

    @Test
    void whatTheSenderKnowsIsPassedOnAndWhatTheMomentKnowsIsLeftOpen() {
        VideoHeader header = new VideoHeader(new VideoExtensions("v1", 4, 3, 2, 7, 13, 12));
        // orientation (id 5) 0x01, abs-capture-time (id 6), dependency descriptor (id 9) of 3 bytes
        wrap("9060 0001 00000000 00000001 BEDE 0004 50 01 67 1122334455667788 92 8001FF 00 00"
                + " 010203".replace(" ", ""));
        header.prepare(incoming, 6, 5, 9, 77);
        write(header);
        assertEquals(77, outgoing.csrc(0));
        assertEquals(4 + header.transportCcAt(), outgoing.extensionOffset(3));
        assertEquals(2, outgoing.extensionLengthBytes());
        assertEquals(4 + header.absSendTimeAt(), outgoing.extensionOffset(2));
        assertEquals(3, outgoing.extensionLengthBytes());
        int mid = outgoing.extensionOffset(4);
        assertEquals("v1", new String(out.array(), mid, outgoing.extensionLengthBytes(), StandardCharsets.US_ASCII));
        assertEquals(1, out.get(outgoing.extensionOffset(13)));
        assertEquals(0x1122334455667788L, out.getLong(outgoing.extensionOffset(7)));
        assertEquals(4 + header.dependencyDescriptorAt(), outgoing.extensionOffset(12));
        assertEquals(0x8001FF00, out.getInt(outgoing.extensionOffset(12)) & 0xFFFFFF00);
    }

    @Test
    void aLongDependencyDescriptorTakesTheTwoByteForm() {
        VideoHeader header = new VideoHeader(new VideoExtensions("0", 4, 3, 0, 0, 0, 12));
        wrap("9060 0001 00000000 00000001 1000 0006 0914 000102030405060708090A0B0C0D0E0F10111213 0000 01");
        header.prepare(incoming, 0, 0, 9, 0);
        write(header);
        assertEquals(0, outgoing.csrcCount());
        int at = outgoing.extensionOffset(12);
        assertEquals(20, outgoing.extensionLengthBytes());
        assertEquals(0x00010203, out.getInt(at));
        assertEquals(0x10111213, out.getInt(at + 16));
        assertEquals('0', out.get(outgoing.extensionOffset(4)));
        assertEquals(4 + header.transportCcAt(), outgoing.extensionOffset(3));
    }

    @Test
    void whatTheSlotDidNotNegotiateIsNotPassedOn() {
        VideoHeader header = new VideoHeader(new VideoExtensions("", 0, 0, 0, 0, 0, 0));
        wrap("9060 0001 00000000 00000001 BEDE 0001 50 01 00 00 01");
        header.prepare(incoming, 6, 5, 9, 0);
        assertEquals(12, header.lengthBytes());
        write(header);
        assertEquals(-1, header.transportCcAt());
        assertEquals(-1, header.absSendTimeAt());
        assertEquals(-1, header.dependencyDescriptorAt());
    }

    @Test
    void elementsOfAWrongLengthAreNotPassedOn() {
        VideoHeader header = new VideoHeader(new VideoExtensions("0", 1, 0, 0, 7, 13, 0));
        wrap("9060 0001 00000000 00000001 BEDE 0002 51 0101 62 112233 00 01"); // orientation of 2, capture time of 3
        header.prepare(incoming, 6, 5, 0, 1);
        write(header);
        assertEquals(-1, outgoing.extensionOffset(13));
        assertEquals(-1, outgoing.extensionOffset(7));
        assertEquals('0', out.get(outgoing.extensionOffset(1)));
    }

    @Test
    void nothingIsWrittenBehindTheLongestHeader() {
        String mid = "m".repeat(255);
        VideoHeader header = new VideoHeader(new VideoExtensions(mid, 250, 251, 252, 253, 254, 255));
        byte[] packet = new byte[12 + 4 + 300 + 1];
        ByteBuffer bytes = ByteBuffer.wrap(packet);
        bytes.putInt(0, 0x90600001).putInt(12, 0x10000000 | 75);
        bytes.put(16, (byte) 9).put(17, (byte) 255);
        bytes.put(16 + 257, (byte) 6).put(16 + 258, (byte) 16);
        bytes.put(16 + 275, (byte) 5).put(16 + 276, (byte) 1);
        assertTrue(incoming.wrap(bytes, 0, packet.length));
        header.prepare(incoming, 6, 5, 9, 1);
        assertTrue(header.lengthBytes() <= VideoHeader.MAX_LENGTH_BYTES, "length " + header.lengthBytes());
        write(header);
        outgoing.extensionOffset(255);
        assertEquals(255, outgoing.extensionLengthBytes());
        outgoing.extensionOffset(250);
        assertEquals(255, outgoing.extensionLengthBytes());
        outgoing.extensionOffset(253);
        assertEquals(16, outgoing.extensionLengthBytes());
    }

    @Test
    void aMidThatDoesNotFitIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new VideoExtensions("m".repeat(256), 1, 0, 0, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new VideoExtensions("", 1, 0, 0, 0, 0, 0));
    }
}
