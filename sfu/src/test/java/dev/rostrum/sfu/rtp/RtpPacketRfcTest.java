package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The figures of RFC 8285 §4.2 and §4.3, with numbers in the places that they leave open. */
class RtpPacketRfcTest {

    private final RtpPacket packet = new RtpPacket();

    private void wrapWithExtension(String hex) {
        byte[] bytes = HexFormat.of().parseHex(("906F 0001 00000000 00000001" + hex).replace(" ", ""));
        assertTrue(packet.wrap(ByteBuffer.wrap(bytes), 0, bytes.length));
    }

    private String element(int id) {
        int at = packet.extensionOffset(id);
        assertTrue(at > 0, "element " + id);
        byte[] data = new byte[packet.extensionLengthBytes()];
        packet.bytes().get(at, data);
        return HexFormat.of().formatHex(data);
    }

    @Test
    void theOneByteExampleOfSection4Point2IsRead() {
        //              0xBEDE length=3  ID L=0 data  ID L=1 data data  pad pad  ID L=3 data
        wrapWithExtension("BE DE 00 03    10 AA        21 BB CC          00  00   33 D0 D1 D2 D3");
        assertEquals("aa", element(1));
        assertEquals("bbcc", element(2));
        assertEquals("d0d1d2d3", element(3));
        assertEquals(12 + 4 + 12, packet.headerLengthBytes());
    }

    @Test
    void theTwoByteExampleOfSection4Point3IsRead() {
        //              0x100 appbits length=3  ID L=0  ID L=1 data  pad  ID L=4 data
        wrapWithExtension("10 00 00 03           01 00   02 01 BB     00   03 04 D0D1D2D3");
        assertEquals("", element(1));
        assertEquals("bb", element(2));
        assertEquals("d0d1d2d3", element(3));
    }

    @Test
    void theAudioLevelOfRfc6464IsReadInBothForms() {
        wrapWithExtension("BEDE 0001 10 FF 00 00"); // figure 1: ID, len=0, V, level
        assertTrue(AudioLevel.voice(AudioLevel.of(packet, 1)));
        assertEquals(127, AudioLevel.levelDbov(AudioLevel.of(packet, 1)));
        wrapWithExtension("1000 0001 01 01 1E 00"); // figure 2: ID, len=1, V, level, pad
        assertEquals(30, AudioLevel.of(packet, 1));
    }
}
