package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class HeaderExtensionsTest {

    private static final String LEVEL_AND_CAPTURE_TIME =
            "906F 0001 00000000 00000001 BEDE 0003 10 85 77 0102030405060708 00";

    private static RtpPacket packet(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        RtpPacket packet = new RtpPacket();
        assertTrue(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length));
        return packet;
    }

    private static String block(HeaderExtensions extensions, RtpPacket incoming, int levelId, int captureId) {
        byte[] bytes = new byte[2 + HeaderExtensions.MAX_BLOCK_BYTES];
        Arrays.fill(bytes, (byte) 0x5A);
        int length = extensions.write(incoming, levelId, captureId, ByteBuffer.wrap(bytes), 2);
        return HexFormat.of().formatHex(bytes, 2, 2 + length);
    }

    @Test
    void elementsMoveFromTheIncomingToTheOutgoingIds() {
        HeaderExtensions extensions = HeaderExtensions.of("ab", 4, 2, 9);
        assertEquals(
                "bede0004" + "416162" + "2085" + "970102030405060708" + "0000",
                block(extensions, packet(LEVEL_AND_CAPTURE_TIME), 1, 7));
    }

    @Test
    void whatIsNotNegotiatedOnEitherSideIsLeftOut() {
        RtpPacket incoming = packet(LEVEL_AND_CAPTURE_TIME);
        assertEquals("", block(HeaderExtensions.NONE, incoming, 1, 7));
        assertEquals("", block(HeaderExtensions.of("", 0, 2, 9), incoming, 0, 0));
        assertEquals("bede000120850000", block(HeaderExtensions.of("a", 0, 2, 0), incoming, 1, 7));
        assertEquals("bede000110610000", block(HeaderExtensions.of("a", 1, 2, 3), incoming, 0, 0));
        assertEquals("bede000110610000", block(HeaderExtensions.of("a", 1, 2, 3), incoming, 5, 6));
    }

    @Test
    void anIdAboveFourteenOrALongMidNeedsTheTwoByteForm() {
        RtpPacket incoming = packet(LEVEL_AND_CAPTURE_TIME);
        assertEquals(
                "10000002" + "0f0161" + "020185" + "0000", block(HeaderExtensions.of("a", 15, 2, 0), incoming, 1, 0));
        assertEquals("10000001" + "ff018500", block(HeaderExtensions.of("a", 0, 255, 0), incoming, 1, 0));
        String longMid = "a".repeat(17);
        assertEquals(
                "10000005" + "0111" + "61".repeat(17) + "00",
                block(HeaderExtensions.of(longMid, 1, 0, 0), incoming, 0, 0));
        // An element that isn't there forces nothing.
        assertEquals("bede000110610000", block(HeaderExtensions.of("a", 1, 20, 0), incoming, 0, 0));
    }

    @Test
    void aLevelInTheTwoByteFormIsUnderstoodAndACaptureTimeOfAnotherLengthIsNotPassedOn() {
        RtpPacket incoming = packet("906F 0001 00000000 00000001 1000 0003 21 01 7F 22 07 01020304050607");
        assertEquals("bede0001207f0000", block(HeaderExtensions.of("a", 0, 2, 9), incoming, 0x21, 0x22));
        RtpPacket withOffset =
                packet("906F 0001 00000000 00000001 BEDE 0005 7F 0102030405060708 1112131415161718 000000");
        assertEquals(
                "bede0005" + "9f01020304050607081112131415161718" + "000000",
                block(HeaderExtensions.of("a", 0, 2, 9), withOffset, 0, 7));
    }

    @Test
    void silenceSaysThatItIsSilent() {
        ByteBuffer out = ByteBuffer.allocate(100);
        assertEquals(8, HeaderExtensions.of("a", 1, 2, 3).writeSilence(out, 0));
        assertEquals("bede00011061207f", HexFormat.of().formatHex(out.array(), 0, 8));
        assertEquals(0, HeaderExtensions.NONE.writeSilence(out, 0));
    }

    @Test
    void theLongestBlockFits() {
        RtpPacket incoming =
                packet("906F 0001 00000000 00000001 BEDE 0005 10 85 7F 0102030405060708 1112131415161718 00");
        HeaderExtensions extensions = HeaderExtensions.of("m".repeat(255), 255, 254, 253);
        assertEquals(
                HeaderExtensions.MAX_BLOCK_BYTES * 2,
                block(extensions, incoming, 1, 7).length());
    }

    @Test
    void impossibleIdsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> HeaderExtensions.of("a", 256, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> HeaderExtensions.of("a", -1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> HeaderExtensions.of("a", 3, 0, 3));
        assertThrows(IllegalArgumentException.class, () -> HeaderExtensions.of("a", 3, 3, 0));
        assertThrows(IllegalArgumentException.class, () -> HeaderExtensions.of("", 3, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> HeaderExtensions.of("a".repeat(256), 3, 0, 0));
    }

    @Test
    void listenersThatNegotiatedAlikeShareOneShape() {
        assertEquals(HeaderExtensions.of("a", 1, 2, 3), HeaderExtensions.of("a", 1, 2, 3));
        assertEquals(
                HeaderExtensions.of("a", 1, 2, 3).hashCode(),
                HeaderExtensions.of("a", 1, 2, 3).hashCode());
        assertNotEquals(HeaderExtensions.of("a", 1, 2, 3), HeaderExtensions.of("b", 1, 2, 3));
        assertNotEquals(HeaderExtensions.of("a", 1, 2, 3), HeaderExtensions.of("a", 1, 2, 4));
        assertEquals(HeaderExtensions.of("a", 0, 2, 3), HeaderExtensions.of("b", 0, 2, 3));
        assertFalse(HeaderExtensions.NONE.equals(new Object()));
    }
}
