package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.Arguments;

/** Packets as byte arrays, for tests that keep, change and repeat them; and keys for two ends of a session. */
final class TestPackets {

    static final List<SrtpProfile> PROFILES = List.of(SrtpProfile.values());
    static final List<SrtpCipherProvider> PROVIDERS = List.of(SrtpCipherProvider.values());

    static final int SSRC = 0x5501a0b2;

    private static final int OFFSET = 7; // odd, so that nothing relies on alignment

    private TestPackets() {}

    /** Every provider with every profile. */
    static Stream<Arguments> ciphers() {
        return PROVIDERS.stream()
                .flatMap(provider -> PROFILES.stream().map(profile -> Arguments.of(provider, profile)));
    }

    /** The E flag and the index of a protected RTCP packet. */
    static int srtcpIndex(SrtpProfile profile, byte[] wire) {
        return ByteBuffer.wrap(wire).getInt(wire.length - 4 - (profile.aead() ? 0 : profile.tagLengthBytes()));
    }

    /** Bytes from hex digits with any white space. */
    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replaceAll("\\s", ""));
    }

    /** Random keys, as the DTLS client has them. */
    static SrtpKeys clientKeys(SrtpProfile profile, long seed) {
        return SrtpKeys.fromKeyingMaterial(profile, keyingMaterial(profile, seed), true);
    }

    /** The same keys, as the DTLS server has them. */
    static SrtpKeys serverKeys(SrtpProfile profile, long seed) {
        return SrtpKeys.fromKeyingMaterial(profile, keyingMaterial(profile, seed), false);
    }

    private static byte[] keyingMaterial(SrtpProfile profile, long seed) {
        byte[] material = new byte[profile.keyingMaterialLengthBytes()];
        new Random(seed).nextBytes(material);
        return material;
    }

    /** Keys that are the same in both directions. */
    static SrtpKeys symmetric(SrtpProfile profile, byte[] key, byte[] salt) {
        return new SrtpKeys(profile, key, salt, key, salt);
    }

    /** An RTP packet with a fixed header and a payload that names the sequence number. */
    static byte[] rtp(int ssrc, int sequenceNumber) {
        return ByteBuffer.allocate(20)
                .put((byte) 0x80)
                .put((byte) 111)
                .putShort((short) sequenceNumber)
                .putInt(960 * sequenceNumber)
                .putInt(ssrc)
                .putLong(0x0102_0304_0000_0000L + sequenceNumber)
                .array();
    }

    /** An RTP packet with three CSRCs, a header extension of two words, and padding at the end of its payload. */
    static byte[] rtpWithEverything(int ssrc, int sequenceNumber) {
        return ByteBuffer.allocate(12 + 12 + 12 + 16)
                .put((byte) 0xb3)
                .put((byte) 0xef)
                .putShort((short) sequenceNumber)
                .putInt(960 * sequenceNumber)
                .putInt(ssrc)
                .putInt(0xc0ffee01)
                .putInt(0xc0ffee02)
                .putInt(0xc0ffee03)
                .putInt(0xbede0002)
                .putLong(0x10aa_1277_3300_0000L)
                .putLong(0x0102_0304_0506_0708L)
                .putLong(8)
                .array();
    }

    /** A receiver report without report blocks, and source description behind it. */
    static byte[] rtcp(int ssrc) {
        return ByteBuffer.allocate(24)
                .putInt(0x80c90001)
                .putInt(ssrc)
                .putInt(0x81ca0003)
                .putInt(ssrc)
                .putLong(0x0104_6162_6364_0000L)
                .array();
    }

    /** The protected packet; the test fails if there is none. */
    static byte[] protectRtp(SrtpSender sender, byte[] packet) {
        byte[] out = new byte[packet.length + 32];
        int length = tryProtectRtp(sender, packet, out);
        assertTrue(length > 0, () -> "not protected: " + SrtpFailure.of(length));
        return Arrays.copyOf(out, length);
    }

    /** The protected packet, or null if the sender refuses it. */
    static byte @Nullable [] protectRtpIfAllowed(SrtpSender sender, byte[] packet) {
        byte[] out = new byte[packet.length + 32];
        int length = tryProtectRtp(sender, packet, out);
        return length < 0 ? null : Arrays.copyOf(out, length);
    }

    /** The result of protecting in place. */
    static int tryProtectRtp(SrtpSender sender, byte[] packet) {
        return tryProtectRtp(sender, packet, new byte[packet.length + 32]);
    }

    private static int tryProtectRtp(SrtpSender sender, byte[] packet, byte[] out) {
        Slab slab = Slab.allocate(OFFSET + packet.length + 32);
        slab.bytes().put(OFFSET, packet);
        int header = SrtpPacket.rtpHeaderLengthBytes(slab.bytes(), OFFSET, packet.length);
        int length = sender.protectRtp(slab, OFFSET, header, slab, OFFSET + header, packet.length - header);
        if (length > 0) {
            slab.bytes().get(OFFSET, out, 0, length);
        }
        return length;
    }

    /** The protected packet; the test fails if there is none. */
    static byte[] protectRtcp(SrtpSender sender, byte[] packet) {
        Slab slab = Slab.allocate(OFFSET + packet.length + 32);
        slab.bytes().put(OFFSET, packet);
        int length = sender.protectRtcp(slab, OFFSET, packet.length);
        assertTrue(length > 0, () -> "not protected: " + SrtpFailure.of(length));
        return bytes(slab, length);
    }

    /** The packet in plain; the test fails if there is none. */
    static byte[] unprotectRtp(SrtpReceiver receiver, byte[] packet) {
        Slab slab = exactly(packet);
        int length = receiver.unprotectRtp(slab, OFFSET, packet.length);
        assertTrue(length > 0, () -> "not unprotected: " + SrtpFailure.of(length));
        return bytes(slab, length);
    }

    /** The packet in plain; the test fails if there is none. */
    static byte[] unprotectRtcp(SrtpReceiver receiver, byte[] packet) {
        Slab slab = exactly(packet);
        int length = receiver.unprotectRtcp(slab, OFFSET, packet.length);
        assertTrue(length > 0, () -> "not unprotected: " + SrtpFailure.of(length));
        return bytes(slab, length);
    }

    /** Fails unless the receiver refuses the packet, for the reason. */
    static void assertRefusedRtp(SrtpFailure expected, SrtpReceiver receiver, byte[] packet) {
        assertEquals(expected, SrtpFailure.of(receiver.unprotectRtp(exactly(packet), OFFSET, packet.length)));
    }

    /** Fails unless the receiver refuses the packet, for the reason. */
    static void assertRefusedRtcp(SrtpFailure expected, SrtpReceiver receiver, byte[] packet) {
        assertEquals(expected, SrtpFailure.of(receiver.unprotectRtcp(exactly(packet), OFFSET, packet.length)));
    }

    /** A slab that ends where the packet ends. */
    private static Slab exactly(byte[] packet) {
        Slab slab = Slab.allocate(OFFSET + packet.length);
        slab.bytes().put(OFFSET, packet);
        return slab;
    }

    private static byte[] bytes(Slab slab, int length) {
        byte[] bytes = new byte[length];
        slab.bytes().get(OFFSET, bytes);
        return bytes;
    }
}
