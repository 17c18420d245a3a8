package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.rtp.RtpPacket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The retransmission payload format of RFC 4588 §4, figure 1. */
class RetransmissionRfcTest {

    private static final HexFormat HEX = HexFormat.of();

    private static final String EXTENSION = "BEDE0001" + "10330000"; // one element: id 1, "3"
    private static final String ORIGINAL = "90" // V=2 X=1
            + "E0" // M=1 PT=96
            + "1234" // sequence number
            + "00000BB8" // timestamp
            + "11223344" // SSRC
            + EXTENSION
            + "A1A2A3A4A5"; // payload
    private static final String RETRANSMISSION = "90" // V=2 X=1
            + "E1" // M=1 PT=97
            + "0007" // its own sequence number
            + "00000BB8" // the original's timestamp
            + "55667788" // its own SSRC
            + EXTENSION
            + "1234" // OSN: the original's sequence number
            + "A1A2A3A4A5";

    private final RtpPacket packet = new RtpPacket();

    @Test
    void theOriginalIsRestoredWhereItLies() {
        byte[] rtx = HEX.parseHex("EEEE" + RETRANSMISSION + "EEEE");
        ByteBuffer bytes = ByteBuffer.wrap(rtx);
        assertTrue(packet.wrap(bytes, 2, rtx.length - 4));
        int offset = RetransmissionReceiver.restore(packet, 96, 0x11223344);
        assertEquals(4, offset);
        int length = rtx.length - 6;
        assertEquals(ORIGINAL, HEX.withUpperCase().formatHex(rtx, offset, offset + length));
        assertTrue(packet.wrap(bytes, offset, length));
        assertEquals(0xEE, rtx[rtx.length - 1] & 0xFF);
    }

    @Test
    void paddingStaysBehindTheOriginal() {
        byte[] rtx = HEX.parseHex("A0610007" + "00000BB8" + "55667788" + "1234" + "A1A2" + "0003".repeat(1) + "03");
        rtx[rtx.length - 1] = 3;
        ByteBuffer bytes = ByteBuffer.wrap(rtx);
        assertTrue(packet.wrap(bytes, 0, rtx.length));
        int offset = RetransmissionReceiver.restore(packet, 96, 1);
        assertTrue(packet.wrap(bytes, offset, rtx.length - 2));
        assertEquals(2, packet.payloadLengthBytes());
        assertEquals(3, packet.paddingLengthBytes());
        assertEquals(0x1234, packet.sequenceNumber());
    }

    @Test
    void aProbeOfPaddingHasNoOriginal() {
        byte[] rtx = HEX.parseHex("A0610007" + "00000BB8" + "55667788" + "000003");
        byte[] before = rtx.clone();
        assertTrue(packet.wrap(ByteBuffer.wrap(rtx), 0, rtx.length));
        assertEquals(RetransmissionReceiver.NO_ORIGINAL, RetransmissionReceiver.restore(packet, 96, 1));
        byte[] one = HEX.parseHex("80610007" + "00000BB8" + "55667788" + "12");
        assertTrue(packet.wrap(ByteBuffer.wrap(one), 0, one.length));
        assertEquals(RetransmissionReceiver.NO_ORIGINAL, RetransmissionReceiver.restore(packet, 96, 1));
        assertArrayEquals(before, rtx);
    }

    @Test
    void whatIsSentIsWhatAReceiverRestores() {
        RetransmissionSender sender = new RetransmissionSender(0x55667788, 97, 0xFFFF);
        assertEquals(0x55667788, sender.ssrc());
        assertEquals(97, sender.payloadType());
        assertEquals(0xFFFF, sender.nextSequenceNumber());
        assertEquals(0, sender.nextSequenceNumber());
        byte[] original = HEX.parseHex(ORIGINAL);
        byte[] out = Arrays.copyOf(HEX.parseHex(RETRANSMISSION.substring(0, 40)), 60);
        int written = RetransmissionSender.writePayload(
                ByteBuffer.wrap(out), 20, 0xABCD_1234, ByteBuffer.wrap(original), 20, original.length - 20);
        assertEquals(7, written);
        assertEquals(RETRANSMISSION, HEX.withUpperCase().formatHex(out, 0, 27));
    }

    @Test
    void paddingIsARightPacket() {
        for (int padding = 1; padding <= RetransmissionSender.MAX_PADDING_BYTES; padding++) {
            byte[] out = new byte[400];
            Arrays.fill(out, (byte) 0xEE);
            System.arraycopy(HEX.parseHex(RETRANSMISSION), 0, out, 3, 20);
            ByteBuffer bytes = ByteBuffer.wrap(out);
            assertEquals(padding, RetransmissionSender.writePadding(bytes, 3, 20, padding));
            assertTrue(packet.wrap(bytes, 3, 20 + padding));
            assertEquals(padding, packet.paddingLengthBytes());
            assertEquals(0, packet.payloadLengthBytes());
            assertEquals(0xEE, out[23 + padding] & 0xFF);
        }
    }
}
