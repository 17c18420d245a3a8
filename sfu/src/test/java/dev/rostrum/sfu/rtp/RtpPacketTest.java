package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RtpPacketTest {

    private final RtpPacket packet = new RtpPacket();

    private boolean wrap(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        // Behind other bytes, so that a forgotten offset shows.
        ByteBuffer buffer = ByteBuffer.allocateDirect(7 + bytes.length + 5);
        for (int i = 0; i < buffer.capacity(); i++) {
            buffer.put(i, (byte) 0x5A);
        }
        buffer.put(7, bytes);
        return packet.wrap(buffer, 7, bytes.length);
    }

    @Test
    void aPacketWithEverythingShowsItsParts() {
        assertTrue(wrap("B2 EF FFFE 80000001 DEADBEEF 00000001 FFFFFFFF  BEDE 0001 10 85 00 00  F8FFFE 00 02"));
        assertTrue(packet.marker());
        assertEquals(0x6F, packet.payloadType());
        assertEquals(0xFFFE, packet.sequenceNumber());
        assertEquals(0x80000001, packet.timestamp());
        assertEquals(0xDEADBEEF, packet.ssrc());
        assertEquals(2, packet.csrcCount());
        assertEquals(1, packet.csrc(0));
        assertEquals(-1, packet.csrc(1));
        assertThrows(IndexOutOfBoundsException.class, () -> packet.csrc(2));
        assertTrue(packet.hasExtension());
        assertEquals(28, packet.headerLengthBytes());
        assertEquals(7 + 28, packet.payloadOffset());
        assertEquals(3, packet.payloadLengthBytes());
        assertEquals(2, packet.paddingLengthBytes());
        assertEquals(33, packet.lengthBytes());
        assertEquals(0x85, AudioLevel.of(packet, 1));
        assertEquals(5, AudioLevel.levelDbov(0x85));
        assertTrue(AudioLevel.voice(0x85));
    }

    @Test
    void aPacketOfPaddingOnlyHasNoPayload() {
        assertTrue(wrap("A0 6F 0001 00000000 00000001  00 00 00 04"));
        assertEquals(0, packet.payloadLengthBytes());
        assertEquals(4, packet.paddingLengthBytes());
    }

    @Test
    void whatIsNoRtpIsRefused() {
        assertFalse(wrap(""));
        assertFalse(wrap("80 6F 0001 00000000 000000"), "11 bytes");
        assertFalse(wrap("40 6F 0001 00000000 00000001"), "version 1");
        assertFalse(wrap("81 6F 0001 00000000 00000001"), "a CSRC that isn't there");
        assertFalse(wrap("90 6F 0001 00000000 00000001 BEDE"), "half an extension header");
        assertFalse(wrap("90 6F 0001 00000000 00000001 BEDE 0001"), "an extension over the end");
        assertFalse(wrap("A0 6F 0001 00000000 00000001"), "padding without a count");
        assertFalse(wrap("A0 6F 0001 00000000 00000001 00"), "padding of length 0");
        assertFalse(wrap("A0 6F 0001 00000000 00000001 02"), "padding longer than the rest");
        assertTrue(wrap("80 6F 0001 00000000 00000001"), "an empty payload is fine");
        assertFalse(packet.wrap(ByteBuffer.allocate(20), 10, 12), "over the buffer's end");
        assertFalse(packet.wrap(ByteBuffer.allocate(20), -1, 12));
    }

    @Test
    void anElementThatRunsOverTheEndIsNotThere() {
        assertTrue(wrap("90 6F 0001 00000000 00000001 BEDE 0001 10 85 23 00"));
        assertTrue(packet.extensionOffset(1) > 0);
        assertEquals(-1, packet.extensionOffset(2));
        assertEquals(0, packet.extensionLengthBytes());
        assertTrue(wrap("90 6F 0001 00000000 00000001 1000 0001 01 00 02 02"));
        assertTrue(packet.extensionOffset(1) > 0);
        assertEquals(0, packet.extensionLengthBytes());
        assertEquals(AudioLevel.ABSENT, AudioLevel.of(packet, 1));
        assertEquals(-1, packet.extensionOffset(2));
        assertTrue(wrap("90 6F 0001 00000000 00000001 1000 0001 00 00 00 02"));
        assertEquals(-1, packet.extensionOffset(2), "an id without a length");
    }

    @Test
    void idFifteenAndAnIdOfZeroWithALengthEndTheOneByteForm() {
        assertTrue(wrap("90 6F 0001 00000000 00000001 BEDE 0002 10 85 F0 00 20 07 00 00"));
        assertEquals(0x85, AudioLevel.of(packet, 1));
        assertEquals(-1, packet.extensionOffset(15));
        assertEquals(AudioLevel.ABSENT, AudioLevel.of(packet, 2));
        assertTrue(wrap("90 6F 0001 00000000 00000001 BEDE 0002 10 85 01 00 00 20 07 00"));
        assertEquals(AudioLevel.ABSENT, AudioLevel.of(packet, 2));
    }

    @Test
    void paddingBetweenElementsIsSkippedAndTheFirstOfSeveralCounts() {
        assertTrue(wrap("90 6F 0001 00000000 00000001 BEDE 0002 00 00 30 11 00 30 22 00"));
        assertEquals(0x11, AudioLevel.of(packet, 3));
        assertTrue(wrap("90 6F 0001 00000000 00000001 100F 0002 00 14 01 11 00 14 01 22"));
        assertEquals(0x11, AudioLevel.of(packet, 0x14));
    }

    @Test
    void anExtensionOfAnUnknownFormHasNoElements() {
        assertTrue(wrap("90 6F 0001 00000000 00000001 ABAC 0001 10 85 00 00"));
        assertTrue(packet.hasExtension());
        assertEquals(-1, packet.extensionOffset(1));
        assertTrue(wrap("80 6F 0001 00000000 00000001 FF"));
        assertFalse(packet.hasExtension());
        assertEquals(-1, packet.extensionOffset(1));
        assertEquals(-1, packet.extensionOffset(0));
    }
}
