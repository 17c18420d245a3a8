package dev.rostrum.srtp;

import static dev.rostrum.srtp.TestPackets.SSRC;
import static dev.rostrum.srtp.TestPackets.rtcp;
import static dev.rostrum.srtp.TestPackets.rtp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("ciphers")
class SrtpSenderTest {

    private static final int HEADER = 12;

    private final SrtpProfile profile;
    private final SrtpSender sender;
    private final SrtpReceiver receiver;

    SrtpSenderTest(SrtpCipherProvider provider, SrtpProfile profile) {
        this.profile = profile;
        sender = new SrtpSender(TestPackets.clientKeys(profile, 1), provider);
        receiver = new SrtpReceiver(TestPackets.serverKeys(profile, 1), SrtpCipherProvider.JCE);
    }

    static Stream<Arguments> ciphers() {
        return TestPackets.ciphers();
    }

    @AfterEach
    void close() {
        sender.close();
        receiver.close();
    }

    private void assertTravels(byte[] packet) {
        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, TestPackets.protectRtp(sender, packet)));
    }

    private void assertRefused(SrtpFailure expected, byte[] packet) {
        assertEquals(expected, SrtpFailure.of(TestPackets.tryProtectRtp(sender, packet)));
    }

    @Test
    void theHeaderTravelsInClearAndThePayloadDoesNot() {
        byte[] packet = rtp(SSRC, 17);

        byte[] wire = TestPackets.protectRtp(sender, packet);

        assertEquals(packet.length + profile.tagLengthBytes(), wire.length);
        assertArrayEquals(Arrays.copyOf(packet, HEADER), Arrays.copyOf(wire, HEADER));
        assertFalse(Arrays.equals(
                Arrays.copyOfRange(packet, HEADER, packet.length), Arrays.copyOfRange(wire, HEADER, packet.length)));
    }

    @Test
    void aPayloadInAnotherSlabIsEncryptedBehindTheHeaderAndStaysAsItWas() {
        byte[] packet = rtp(SSRC, 18);
        int payload = packet.length - HEADER;
        Slab shared = Slab.allocate(100);
        shared.bytes().put(33, packet, HEADER, payload);
        Slab out = Slab.allocate(100);
        out.bytes().put(5, packet, 0, HEADER);

        int length = sender.protectRtp(out, 5, HEADER, shared, 33, payload);

        byte[] wire = new byte[length];
        out.bytes().get(5, wire);
        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, wire));
        byte[] after = new byte[payload];
        shared.bytes().get(33, after);
        assertArrayEquals(Arrays.copyOfRange(packet, HEADER, packet.length), after);
    }

    @Test
    void aPayloadElsewhereInTheSameSlabIsTakenFromThere() {
        byte[] packet = rtp(SSRC, 18);
        int payload = packet.length - HEADER;
        Slab slab = Slab.allocate(100);
        slab.bytes().put(0, packet, 0, HEADER).put(60, packet, HEADER, payload);

        int length = sender.protectRtp(slab, 0, HEADER, slab, 60, payload);

        byte[] wire = new byte[length];
        slab.bytes().get(0, wire);
        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, wire));
    }

    @Test
    void csrcsAndExtensionAreHeader() {
        byte[] packet = TestPackets.rtpWithEverything(SSRC, 19);

        byte[] wire = TestPackets.protectRtp(sender, packet);

        int header = SrtpPacket.rtpHeaderLengthBytes(ByteBuffer.wrap(packet), 0, packet.length);
        assertEquals(HEADER + 3 * 4 + 4 + 2 * 4, header);
        assertArrayEquals(Arrays.copyOf(packet, header), Arrays.copyOf(wire, header));
        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, wire));
    }

    @Test
    void aPacketWithoutPayloadIsProtected() {
        assertTravels(Arrays.copyOf(rtp(SSRC, 20), HEADER));
    }

    @Test
    void theSequenceNumberWraps() {
        for (int sequenceNumber = 65_500; sequenceNumber < 3 * 65_536 + 100; sequenceNumber += 211) {
            assertTravels(rtp(SSRC, sequenceNumber));
        }
    }

    @Test
    void anOlderSequenceNumberAfterTheWrapBelongsToTheRolloverBefore() {
        assertTravels(rtp(SSRC, 65_533));
        assertTravels(rtp(SSRC, 1));
        assertTravels(rtp(SSRC, 65_535));
        assertTravels(rtp(SSRC, 65_534));
        assertTravels(rtp(SSRC, 0));
        assertTravels(rtp(SSRC, 2));
    }

    @Test
    void aSequenceNumberIsSentOnlyOnce() {
        assertTravels(rtp(SSRC, 100));
        assertRefused(SrtpFailure.REPLAYED, rtp(SSRC, 100));
        assertTravels(rtp(SSRC, 101));
        assertRefused(SrtpFailure.REPLAYED, rtp(SSRC, 100));
    }

    @Test
    void aSequenceNumberFarBehindTheNewestIsTooOld() {
        assertTravels(rtp(SSRC, 5000));
        assertRefused(SrtpFailure.TOO_OLD, rtp(SSRC, 5000 - SrtpSender.WINDOW_PACKETS));
        assertTravels(rtp(SSRC, 5001 - SrtpSender.WINDOW_PACKETS));
    }

    @Test
    void aSequenceNumberFromBeforeTheFirstRolloverIsTooOld() {
        assertTravels(rtp(SSRC, 3));
        assertRefused(SrtpFailure.TOO_OLD, rtp(SSRC, 65_535));
    }

    @Test
    void everySsrcCountsForItself() {
        assertTravels(rtp(1, 65_535));
        assertTravels(rtp(1, 0));
        assertTravels(rtp(2, 0));
        assertTravels(rtp(2, 32_767));
        assertTravels(rtp(1, 1));
    }

    @Test
    void aPacketIsNotTheSameUnderAnotherSsrcOrRollover() {
        byte[] first = TestPackets.protectRtp(sender, rtp(1, 0));
        byte[] otherSsrc = TestPackets.protectRtp(sender, rtp(2, 0));
        sender.continueRtp(1, 65_535);
        byte[] otherRollover = TestPackets.protectRtp(sender, rtp(1, 0));

        assertFalse(Arrays.equals(
                Arrays.copyOfRange(first, HEADER, first.length), Arrays.copyOfRange(otherSsrc, HEADER, first.length)));
        assertFalse(Arrays.equals(first, otherRollover));
    }

    @Test
    void theKeyExpiresAfterTheLastIndex() {
        sender.continueRtp(SSRC, RolloverCounter.INDEX_LIMIT - 2);
        receiver.continueRtp(SSRC, RolloverCounter.INDEX_LIMIT - 2);

        assertTravels(rtp(SSRC, 65_535));
        assertRefused(SrtpFailure.KEY_EXPIRED, rtp(SSRC, 0));
    }

    @Test
    void theKeyExpiresForAllSsrcsTogether() {
        sender.continueRtp(1, SrtpSender.RTP_PACKET_LIMIT / 2 - 1);
        sender.continueRtp(2, SrtpSender.RTP_PACKET_LIMIT / 2 - 2);

        assertTravels(rtp(3, 0));
        assertRefused(SrtpFailure.KEY_EXPIRED, rtp(3, 1));
    }

    @Test
    void aHeaderThatIsNoneIsRefused() {
        byte[] packet = rtp(SSRC, 7);
        for (int version : new int[] {0x00, 0x40, 0xc0}) {
            Slab slab = Slab.allocate(100);
            slab.bytes().put(0, packet).put(0, (byte) version);
            assertEquals(SrtpFailure.MALFORMED.code(), sender.protectRtp(slab, 0, HEADER, slab, HEADER, 8));
        }
    }

    @Test
    void aHeaderOfAnotherLengthThanItSaysIsRefused() {
        byte[] packet = TestPackets.rtpWithEverything(SSRC, 7);
        int header = SrtpPacket.rtpHeaderLengthBytes(ByteBuffer.wrap(packet), 0, packet.length);
        Slab slab = Slab.allocate(100);
        slab.bytes().put(0, packet);
        for (int length = -1; length <= packet.length; length++) {
            int result = sender.protectRtp(slab, 0, length, slab, length, 4);
            if (length == header) {
                assertEquals(header + 4 + profile.tagLengthBytes(), result);
                slab.bytes().put(0, packet);
            } else {
                assertEquals(SrtpFailure.MALFORMED.code(), result, "length " + length);
            }
        }
    }

    @Test
    void thePacketNeedsRoomForItsTag() {
        byte[] packet = rtp(SSRC, 8);
        Slab slab = Slab.allocate(packet.length + profile.tagLengthBytes() - 1);
        slab.bytes().put(0, packet);

        assertEquals(
                SrtpFailure.NO_ROOM.code(), sender.protectRtp(slab, 0, HEADER, slab, HEADER, packet.length - HEADER));
        assertEquals(
                packet.length - 1 + profile.tagLengthBytes(),
                sender.protectRtp(slab, 0, HEADER, slab, HEADER, packet.length - 1 - HEADER));
    }

    @Test
    void rangesOutsideTheSlabAreRefused() {
        Slab slab = Slab.allocate(100);
        slab.bytes().put(0, rtp(SSRC, 9));
        Slab small = Slab.allocate(10);
        int malformed = SrtpFailure.MALFORMED.code();

        assertEquals(malformed, sender.protectRtp(slab, -1, HEADER, slab, HEADER, 8));
        assertEquals(malformed, sender.protectRtp(slab, 89, HEADER, slab, HEADER, 8));
        assertEquals(malformed, sender.protectRtp(slab, Integer.MAX_VALUE, HEADER, slab, HEADER, 8));
        assertEquals(malformed, sender.protectRtp(slab, 0, Integer.MAX_VALUE, slab, HEADER, 8));
        assertEquals(malformed, sender.protectRtp(slab, 0, HEADER, small, -1, 8));
        assertEquals(malformed, sender.protectRtp(slab, 0, HEADER, small, 3, 8));
        assertEquals(malformed, sender.protectRtp(slab, 0, HEADER, small, 3, -1));
        assertEquals(malformed, sender.protectRtp(slab, 0, HEADER, small, Integer.MAX_VALUE, Integer.MAX_VALUE));
    }

    @Test
    void aPayloadThatItsOwnPacketWouldOverwriteIsRefused() {
        Slab slab = Slab.allocate(100);
        slab.bytes().put(20, rtp(SSRC, 9));
        int header = 20;
        int payload = header + HEADER;

        for (int offset = header - 7; offset < payload + 8 + profile.tagLengthBytes(); offset++) {
            if (offset != payload) {
                assertEquals(
                        SrtpFailure.MALFORMED.code(),
                        sender.protectRtp(slab, header, HEADER, slab, offset, 8),
                        "offset " + offset);
            }
        }
    }

    @Test
    void aRefusedPacketDoesNotUseUpItsSequenceNumber() {
        Slab slab = Slab.allocate(HEADER + 8);
        slab.bytes().put(0, rtp(SSRC, 300), 0, HEADER);
        assertEquals(SrtpFailure.NO_ROOM.code(), sender.protectRtp(slab, 0, HEADER, slab, HEADER, 8));

        assertTravels(rtp(SSRC, 300));
        assertTravels(rtp(SSRC, 299));
    }

    @Test
    void theNumberOfSsrcsIsBounded() {
        for (int ssrc = 0; ssrc < SrtpSender.MAXIMUM_STREAMS; ssrc++) {
            TestPackets.protectRtp(sender, rtp(ssrc, 0));
        }

        assertRefused(SrtpFailure.TOO_MANY_STREAMS, rtp(SrtpSender.MAXIMUM_STREAMS, 0));
        TestPackets.protectRtp(sender, rtp(5, 1));
    }

    @Test
    void theSrtcpIndexStartsAtZeroAndCountsUp() {
        for (int expected = 0; expected < 5; expected++) {
            byte[] wire = TestPackets.protectRtcp(sender, rtcp(SSRC + expected % 2));

            assertEquals(SrtpPacket.SRTCP_ENCRYPTED | expected, TestPackets.srtcpIndex(profile, wire));
            assertArrayEquals(rtcp(SSRC + expected % 2), TestPackets.unprotectRtcp(receiver, wire));
        }
    }

    @Test
    void theFirstEightBytesOfRtcpTravelInClear() {
        byte[] packet = rtcp(SSRC);
        byte[] wire = TestPackets.protectRtcp(sender, packet);

        assertEquals(packet.length + 4 + profile.tagLengthBytes(), wire.length);
        assertArrayEquals(Arrays.copyOf(packet, 8), Arrays.copyOf(wire, 8));
        assertFalse(Arrays.equals(
                Arrays.copyOfRange(packet, 8, packet.length), Arrays.copyOfRange(wire, 8, packet.length)));
    }

    @Test
    void anRtcpPacketOfEightBytesIsProtected() {
        byte[] packet = Arrays.copyOf(rtcp(SSRC), 8);

        assertArrayEquals(packet, TestPackets.unprotectRtcp(receiver, TestPackets.protectRtcp(sender, packet)));
    }

    @Test
    void theSrtcpKeyExpiresAfterTheLastIndex() {
        sender.continueRtcp(SrtpSender.RTCP_PACKET_LIMIT - 1);
        byte[] wire = TestPackets.protectRtcp(sender, rtcp(SSRC));
        assertEquals(-1, TestPackets.srtcpIndex(profile, wire));
        assertArrayEquals(rtcp(SSRC), TestPackets.unprotectRtcp(receiver, wire));

        assertEquals(SrtpFailure.KEY_EXPIRED.code(), protectRtcpInPlace(rtcp(SSRC), 64));
    }

    private int protectRtcpInPlace(byte[] packet, int capacity) {
        Slab slab = Slab.allocate(capacity);
        slab.bytes().put(0, packet);
        return sender.protectRtcp(slab, 0, packet.length);
    }

    @Test
    void malformedRtcpIsRefused() {
        byte[] packet = rtcp(SSRC);
        Slab slab = Slab.allocate(100);
        slab.bytes().put(0, packet);
        int malformed = SrtpFailure.MALFORMED.code();

        assertEquals(malformed, sender.protectRtcp(slab, 0, 7));
        assertEquals(malformed, sender.protectRtcp(slab, -1, 24));
        assertEquals(malformed, sender.protectRtcp(slab, 80, 24));
        assertEquals(malformed, sender.protectRtcp(slab, 0, Integer.MAX_VALUE));
        assertEquals(malformed, sender.protectRtcp(slab, 50, 24)); // version 0
        assertEquals(
                SrtpFailure.NO_ROOM.code(),
                protectRtcpInPlace(packet, packet.length + 4 + profile.tagLengthBytes() - 1));
    }

    @Test
    void nothingIsSentAfterClosing() {
        assertTravels(rtp(SSRC, 1));
        TestPackets.protectRtcp(sender, rtcp(SSRC));

        sender.close();
        sender.close();

        assertRefused(SrtpFailure.CLOSED, rtp(SSRC, 2));
        assertEquals(SrtpFailure.CLOSED.code(), protectRtcpInPlace(rtcp(SSRC), 100));
    }
}
