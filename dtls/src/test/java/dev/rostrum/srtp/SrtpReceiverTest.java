package dev.rostrum.srtp;

import static dev.rostrum.srtp.SrtpFailure.AUTHENTICATION;
import static dev.rostrum.srtp.SrtpFailure.CLOSED;
import static dev.rostrum.srtp.SrtpFailure.KEY_EXPIRED;
import static dev.rostrum.srtp.SrtpFailure.MALFORMED;
import static dev.rostrum.srtp.SrtpFailure.REPLAYED;
import static dev.rostrum.srtp.SrtpFailure.TOO_MANY_STREAMS;
import static dev.rostrum.srtp.SrtpFailure.TOO_OLD;
import static dev.rostrum.srtp.TestPackets.SSRC;
import static dev.rostrum.srtp.TestPackets.assertRefusedRtcp;
import static dev.rostrum.srtp.TestPackets.assertRefusedRtp;
import static dev.rostrum.srtp.TestPackets.protectRtcp;
import static dev.rostrum.srtp.TestPackets.protectRtp;
import static dev.rostrum.srtp.TestPackets.rtcp;
import static dev.rostrum.srtp.TestPackets.rtp;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.srtp.KeyDerivation.SessionKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("ciphers")
class SrtpReceiverTest {

    private final SrtpCipherProvider provider;
    private final SrtpProfile profile;
    private final SrtpSender sender;
    private final SrtpReceiver receiver;

    SrtpReceiverTest(SrtpCipherProvider provider, SrtpProfile profile) {
        this.provider = provider;
        this.profile = profile;
        sender = new SrtpSender(TestPackets.clientKeys(profile, 2), SrtpCipherProvider.JCE);
        receiver = new SrtpReceiver(TestPackets.serverKeys(profile, 2), provider);
    }

    static Stream<Arguments> ciphers() {
        return TestPackets.ciphers();
    }

    @AfterEach
    void close() {
        sender.close();
        receiver.close();
    }

    /** Protected packets by their place in the row, from the first sequence number on. */
    private List<byte[]> sent(int firstSequenceNumber, int count) {
        List<byte[]> wires = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            wires.add(protectRtp(sender, rtp(SSRC, firstSequenceNumber + i)));
        }
        return wires;
    }

    private void assertArrives(int sequenceNumber, byte[] wire) {
        assertArrayEquals(rtp(SSRC, sequenceNumber), TestPackets.unprotectRtp(receiver, wire));
    }

    private void assertRtcpArrives(byte[] wire) {
        assertArrayEquals(rtcp(SSRC), TestPackets.unprotectRtcp(receiver, wire));
    }

    @Test
    void theFirstPacketMayHaveAnySequenceNumber() {
        int ssrc = 1;
        for (int sequenceNumber : new int[] {0, 1, 32_767, 32_768, 65_535}) {
            byte[] packet = rtp(ssrc++, sequenceNumber);
            assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, protectRtp(sender, packet)));
        }
    }

    @Test
    void packetsArriveAcrossTheWrap() {
        List<byte[]> wires = sent(65_530, 12);
        for (int i = 0; i < wires.size(); i++) {
            assertArrives(65_530 + i, wires.get(i));
        }
    }

    @Test
    void theWrapItselfMayBeLost() {
        List<byte[]> wires = sent(65_500, 200);

        assertArrives(65_500, wires.get(0));
        assertArrives(65_500 + 199, wires.get(199));
    }

    @Test
    void packetsMayOvertakeEachOtherAtTheWrap() {
        List<byte[]> wires = sent(65_533, 6); // 65533 65534 65535 0 1 2
        for (int i : new int[] {0, 3, 2, 5, 1, 4}) {
            assertArrives(65_533 + i, wires.get(i));
        }
        for (byte[] wire : wires) {
            assertRefusedRtp(REPLAYED, receiver, wire);
        }
    }

    @Test
    void aLatePacketOfTheRolloverBeforeArrives() {
        List<byte[]> wires = sent(65_000, 1000);
        assertArrives(65_000, wires.get(0));
        assertArrives(65_999, wires.get(999));

        assertArrives(65_100, wires.get(100));
        assertArrives(65_998, wires.get(998));
    }

    @Test
    void manyRolloversAreFollowed() {
        for (int sequenceNumber = 0; sequenceNumber < 5 << 16; sequenceNumber += 30_000) {
            assertArrives(sequenceNumber, protectRtp(sender, rtp(SSRC, sequenceNumber)));
        }
    }

    @Test
    void aPacketFromBeforeTheFirstRolloverIsTooOld() {
        assertArrives(3, protectRtp(sender, rtp(SSRC, 3)));
        byte[] wire = protectRtp(sender, rtp(SSRC, 4));
        wire[2] = (byte) 0xff;

        assertRefusedRtp(TOO_OLD, receiver, wire);
    }

    @Test
    void aPacketArrivesOnce() {
        byte[] wire = sent(700, 1).getFirst();

        assertArrives(700, wire);
        assertRefusedRtp(REPLAYED, receiver, wire);
    }

    @Test
    void aPacketBehindTheWindowIsTooOld() {
        List<byte[]> wires = sent(1000, SrtpReceiver.RTP_WINDOW_PACKETS + 1);
        assertArrives(1000 + SrtpReceiver.RTP_WINDOW_PACKETS, wires.getLast());

        assertRefusedRtp(TOO_OLD, receiver, wires.get(0));
        assertArrives(1001, wires.get(1));
    }

    @Test
    void aPacketOfAnOldRolloverIsNoPacketOfThisOne() {
        byte[] old = sent(10, 1).getFirst();
        assertArrives(10, old);
        for (int sequenceNumber = 20_000; sequenceNumber <= 65_536 + 5; sequenceNumber += 15_000) {
            assertArrives(sequenceNumber, protectRtp(sender, rtp(SSRC, sequenceNumber)));
        }
        assertArrives(65_536 + 5, protectRtp(sender, rtp(SSRC, 65_536 + 5)));

        assertRefusedRtp(AUTHENTICATION, receiver, old);
    }

    @Test
    void aPacketChangedAnywhereIsRefused() {
        byte[] packet = TestPackets.rtpWithEverything(SSRC, 300);
        byte[] wire = protectRtp(sender, packet);
        for (int bit = 0; bit < 8 * wire.length; bit++) {
            byte[] changed = wire.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            int place = bit / 8;
            Slab slab = Slab.allocate(changed.length);
            slab.bytes().put(0, changed);
            int result = receiver.unprotectRtp(slab, 0, changed.length);
            assertTrue(
                    result == AUTHENTICATION.code() || result == MALFORMED.code(),
                    () -> "byte " + place + " changed: " + result);
        }

        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, wire));
    }

    @Test
    void aChangedPacketChangesNothing() {
        List<byte[]> wires = sent(100, 3);
        assertArrives(100, wires.get(0));
        // Were these believed, the window would move on and the genuine packets would be too old or replayed.
        for (int sequenceNumber : new int[] {101, 102, 5000, 32_000}) {
            byte[] changed = wires.get(1).clone();
            ByteBuffer.wrap(changed).putShort(2, (short) sequenceNumber);
            changed[20] ^= 1;
            assertRefusedRtp(AUTHENTICATION, receiver, changed);
        }

        assertArrives(101, wires.get(1));
        assertArrives(102, wires.get(2));
    }

    @Test
    void inventedSsrcsTakeNoPlace() {
        byte[] wire = sent(1, 1).getFirst();
        for (int ssrc = 0; ssrc < 2 * SrtpReceiver.MAXIMUM_STREAMS; ssrc++) {
            byte[] changed = wire.clone();
            ByteBuffer.wrap(changed).putInt(8, ssrc);
            assertRefusedRtp(AUTHENTICATION, receiver, changed);
        }
        for (int ssrc = 0; ssrc < 2 * SrtpReceiver.MAXIMUM_STREAMS; ssrc++) {
            byte[] changed = protectRtcp(sender, rtcp(SSRC));
            ByteBuffer.wrap(changed).putInt(4, ssrc);
            assertRefusedRtcp(AUTHENTICATION, receiver, changed);
        }

        assertArrives(1, wire);
        assertRtcpArrives(protectRtcp(sender, rtcp(SSRC)));
    }

    @Test
    void theNumberOfSsrcsIsBounded() {
        for (int ssrc = 0; ssrc < SrtpReceiver.MAXIMUM_STREAMS; ssrc++) {
            TestPackets.unprotectRtp(receiver, protectRtp(sender, rtp(ssrc, 9)));
            TestPackets.unprotectRtcp(receiver, protectRtcp(sender, rtcp(ssrc)));
        }

        assertRefusedRtp(TOO_MANY_STREAMS, receiver, protectRtp(sender, rtp(SSRC, 9)));
        assertRefusedRtcp(TOO_MANY_STREAMS, receiver, protectRtcp(sender, rtcp(SSRC)));
        TestPackets.unprotectRtp(receiver, protectRtp(sender, rtp(1, 10)));
        TestPackets.unprotectRtcp(receiver, protectRtcp(sender, rtcp(1)));
    }

    @Test
    void aPacketCutAnywhereIsRefused() {
        byte[] packet = TestPackets.rtpWithEverything(SSRC, 300);
        byte[] wire = protectRtp(sender, packet);
        for (int length = 0; length < wire.length; length++) {
            byte[] cut = Arrays.copyOf(wire, length);
            int header = packet.length - 16;
            assertRefusedRtp(length < header + profile.tagLengthBytes() ? MALFORMED : AUTHENTICATION, receiver, cut);
        }

        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, wire));
    }

    @Test
    void anRtcpPacketCutAnywhereIsRefused() {
        byte[] wire = protectRtcp(sender, rtcp(SSRC));
        for (int length = 0; length < wire.length; length++) {
            assertRefusedRtcp(
                    length < 8 + 4 + profile.tagLengthBytes() ? MALFORMED : AUTHENTICATION,
                    receiver,
                    Arrays.copyOf(wire, length));
        }

        assertRtcpArrives(wire);
    }

    @Test
    void anExtensionLongerThanThePacketIsRefused() {
        byte[] wire = protectRtp(sender, TestPackets.rtpWithEverything(SSRC, 300));
        ByteBuffer.wrap(wire).putShort(12 + 3 * 4 + 2, (short) 0xffff);

        assertRefusedRtp(MALFORMED, receiver, wire);
    }

    @Test
    void rangesOutsideTheSlabAreRefused() {
        Slab slab = Slab.allocate(100);
        for (int i = 0; i < 100; i++) {
            slab.bytes().put(i, (byte) 0x80);
        }
        int[][] ranges = {
            {-1, 50},
            {51, 50},
            {100, 1},
            {0, 101},
            {0, -1},
            {0, Integer.MIN_VALUE},
            {Integer.MAX_VALUE, Integer.MAX_VALUE},
            {Integer.MIN_VALUE, Integer.MAX_VALUE},
            {Integer.MIN_VALUE, Integer.MIN_VALUE},
            {101, 0}
        };
        for (int[] range : ranges) {
            assertEquals(MALFORMED.code(), receiver.unprotectRtp(slab, range[0], range[1]), Arrays.toString(range));
            assertEquals(MALFORMED.code(), receiver.unprotectRtcp(slab, range[0], range[1]), Arrays.toString(range));
        }
    }

    @Test
    void packetsUnderOtherKeysAreRefused() {
        try (SrtpSender stranger = new SrtpSender(TestPackets.clientKeys(profile, 3), provider)) {
            assertRefusedRtp(AUTHENTICATION, receiver, protectRtp(stranger, rtp(SSRC, 1)));
            assertRefusedRtcp(AUTHENTICATION, receiver, protectRtcp(stranger, rtcp(SSRC)));
        }
    }

    @Test
    void ourOwnPacketsSentBackAreRefused() {
        try (SrtpSender own = new SrtpSender(TestPackets.serverKeys(profile, 2), provider)) {
            assertRefusedRtp(AUTHENTICATION, receiver, protectRtp(own, rtp(SSRC, 1)));
            assertRefusedRtcp(AUTHENTICATION, receiver, protectRtcp(own, rtcp(SSRC)));
        }
    }

    @Test
    void csrcsExtensionAndPaddingArrive() {
        byte[] packet = TestPackets.rtpWithEverything(SSRC, 65_535);

        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, protectRtp(sender, packet)));
    }

    @Test
    void aPacketWithoutPayloadArrives() {
        byte[] packet = Arrays.copyOf(rtp(SSRC, 5), 12);

        assertArrayEquals(packet, TestPackets.unprotectRtp(receiver, protectRtp(sender, packet)));
    }

    @Test
    void theKeyExpiresAfterTheLastIndex() {
        sender.continueRtp(SSRC, RolloverCounter.INDEX_LIMIT - 2);
        receiver.continueRtp(SSRC, RolloverCounter.INDEX_LIMIT - 2);
        byte[] last = protectRtp(sender, rtp(SSRC, 65_535));
        assertArrives(65_535, last);
        byte[] beyond = last.clone();
        ByteBuffer.wrap(beyond).putShort(2, (short) 0);

        assertRefusedRtp(KEY_EXPIRED, receiver, beyond);
    }

    @Test
    void rtcpArrivesOnceAndInAnyOrderWithinItsWindow() {
        List<byte[]> wires = new ArrayList<>();
        for (int i = 0; i <= SrtpReceiver.RTCP_WINDOW_PACKETS; i++) {
            wires.add(protectRtcp(sender, rtcp(SSRC)));
        }

        assertRtcpArrives(wires.getLast());
        assertRefusedRtcp(REPLAYED, receiver, wires.getLast());
        assertRefusedRtcp(TOO_OLD, receiver, wires.get(0));
        assertRtcpArrives(wires.get(1));
        assertRefusedRtcp(REPLAYED, receiver, wires.get(1));
    }

    @Test
    void everySenderOfRtcpHasItsOwnWindow() {
        byte[] first = protectRtcp(sender, rtcp(1));
        for (int i = 0; i < SrtpReceiver.RTCP_WINDOW_PACKETS; i++) {
            TestPackets.unprotectRtcp(receiver, protectRtcp(sender, rtcp(2)));
        }

        assertArrayEquals(rtcp(1), TestPackets.unprotectRtcp(receiver, first));
    }

    @Test
    void rtcpChangedAnywhereIsRefused() {
        byte[] wire = protectRtcp(sender, rtcp(SSRC));
        for (int bit = 0; bit < 8 * wire.length; bit++) {
            byte[] changed = wire.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertRefusedRtcp(bit == 6 || bit == 7 ? MALFORMED : AUTHENTICATION, receiver, changed);
        }

        assertRtcpArrives(wire);
    }

    @Test
    void rtcpThatIsAuthenticatedButNotEncryptedArrives() {
        byte[] packet = rtcp(SSRC);
        int index = 77;
        byte[] wire = unencryptedRtcp(packet, index);

        assertRtcpArrives(wire);
        assertRefusedRtcp(REPLAYED, receiver, wire);
    }

    @Test
    void theEncryptionFlagIsAuthenticated() {
        byte[] wire = unencryptedRtcp(rtcp(SSRC), 78);
        int flag = wire.length - 4 - (profile.aead() ? 0 : profile.tagLengthBytes());
        wire[flag] ^= (byte) 0x80;

        assertRefusedRtcp(AUTHENTICATION, receiver, wire);
    }

    /** What a peer sends that does not encrypt its RTCP (RFC 3711 §3.4, RFC 7714 §9.3). */
    private byte[] unencryptedRtcp(byte[] packet, int index) {
        SrtpKeys keys = TestPackets.clientKeys(profile, 2);
        SessionKeys session = KeyDerivation.rtcp(profile, keys.localKey(), keys.localSalt());
        SrtpCipher cipher = provider.create(profile, session, true, true);
        assertNotNull(cipher);
        int end = packet.length;
        Slab slab = Slab.allocate(end + 4 + profile.tagLengthBytes());
        slab.bytes().put(0, packet);
        int tagOffset = profile.aead() ? end : end + 4;
        assertTrue(cipher.seal(slab, 0, end, slab, end, 0, SSRC, index, index, tagOffset));
        slab.bytes().putInt(profile.aead() ? end + profile.tagLengthBytes() : end, index);
        cipher.close();
        byte[] wire = new byte[slab.capacityBytes()];
        slab.bytes().get(0, wire);
        return wire;
    }

    @Test
    void nothingArrivesAfterClosing() {
        assertArrives(1, protectRtp(sender, rtp(SSRC, 1)));
        assertRtcpArrives(protectRtcp(sender, rtcp(SSRC)));

        receiver.close();
        receiver.close();

        assertRefusedRtp(CLOSED, receiver, protectRtp(sender, rtp(SSRC, 2)));
        assertRefusedRtcp(CLOSED, receiver, protectRtcp(sender, rtcp(SSRC)));
    }
}
