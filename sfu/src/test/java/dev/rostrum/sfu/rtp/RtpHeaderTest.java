package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RtpHeaderTest {

    private final RtpPacket incoming = new RtpPacket();
    private final RtpHeader header = new RtpHeader();

    private void wrap(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        assertTrue(incoming.wrap(ByteBuffer.wrap(bytes), 0, bytes.length));
    }

    @Test
    void aHeaderIsPreparedOnceAndWrittenForEachListener() {
        wrap("B1EF 0001 00000000 00000001 0000000C BEDE 0001 10 85 00 00 F8FFFE 01");
        header.prepare(HeaderExtensions.of("0", 3, 2, 0), incoming, 1, 0, 0xCAFEF00D);
        assertEquals(24, header.lengthBytes());
        ByteBuffer out = ByteBuffer.allocateDirect(64);
        RtpPacket outgoing = new RtpPacket();
        for (int listener = 0; listener < 3; listener++) {
            int sequenceNumber = 0x1FFFE + listener;
            assertEquals(
                    24, header.write(out, 5, listener == 1, 96, sequenceNumber, -7 + listener, 0x80000000 + listener));
            assertTrue(outgoing.wrap(out, 5, 24 + 3));
            assertEquals(listener == 1, outgoing.marker());
            assertEquals(96, outgoing.payloadType());
            assertEquals(sequenceNumber & 0xFFFF, outgoing.sequenceNumber());
            assertEquals(-7 + listener, outgoing.timestamp());
            assertEquals(0x80000000 + listener, outgoing.ssrc());
            assertEquals(1, outgoing.csrcCount());
            assertEquals(0xCAFEF00D, outgoing.csrc(0));
            assertEquals(0x85, AudioLevel.of(outgoing, 2));
            assertEquals('0', out.get(outgoing.extensionOffset(3)));
            assertEquals(0, outgoing.paddingLengthBytes());
            assertEquals(3, outgoing.payloadLengthBytes());
        }
    }

    @Test
    void everyLengthIsCopiedWhole() {
        wrap("906F 0001 00000000 00000001 BEDE 0001 10 85 00 00");
        ByteBuffer out = ByteBuffer.allocate(RtpHeader.MAX_LENGTH_BYTES + 1);
        RtpPacket outgoing = new RtpPacket();
        for (int midBytes = 1; midBytes <= 255; midBytes++) {
            String mid = "x".repeat(midBytes);
            header.prepare(HeaderExtensions.of(mid, 20, 7, 0), incoming, 1, 0, midBytes % 2);
            out.put(header.lengthBytes(), (byte) 0x5A);
            int length = header.write(out, 0, false, 111, 1, 2, 3);
            assertEquals(header.lengthBytes(), length);
            assertEquals(0x5A, out.get(length), "nothing is written behind the header");
            assertTrue(outgoing.wrap(out, 0, length));
            int at = outgoing.extensionOffset(20);
            assertEquals(
                    mid,
                    new String(
                            out.array(), at, outgoing.extensionLengthBytes(), java.nio.charset.StandardCharsets.UTF_8));
            assertEquals(0x85, AudioLevel.of(outgoing, 7));
        }
    }

    @Test
    void aHeaderWithNothingToShareIsTheFixedOne() {
        wrap("906F 0001 00000000 00000001 BEDE 0001 10 85 00 00");
        header.prepare(HeaderExtensions.NONE, incoming, 1, 0, 0);
        ByteBuffer out = ByteBuffer.allocate(12);
        assertEquals(12, header.write(out, 0, true, 127, 0xFFFF, -1, -1));
        assertEquals("80ff" + "ffff" + "ffffffff" + "ffffffff", HexFormat.of().formatHex(out.array()));
    }

    @Test
    void silenceNamesTheSpeakerWhoStopped() {
        header.prepareSilence(HeaderExtensions.of("0", 3, 2, 1), 77);
        ByteBuffer out = ByteBuffer.allocate(64);
        int length = header.write(out, 0, false, 111, 1, 2, 3);
        RtpPacket outgoing = new RtpPacket();
        assertTrue(outgoing.wrap(out, 0, length));
        assertEquals(77, outgoing.csrc(0));
        assertEquals(127, AudioLevel.levelDbov(AudioLevel.of(outgoing, 2)));
        assertFalse(AudioLevel.voice(AudioLevel.of(outgoing, 2)));
    }
}
