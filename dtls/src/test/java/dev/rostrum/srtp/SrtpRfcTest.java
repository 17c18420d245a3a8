package dev.rostrum.srtp;

import static dev.rostrum.srtp.TestPackets.hex;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.srtp.KeyDerivation.SessionKeys;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Published vectors: RFC 3711 appendix B, RFC 6188 §7, RFC 7714 §16 and §17, and libsrtp's own for whole sessions. */
class SrtpRfcTest {

    private static final byte[] GCM_128_KEY = hex("000102030405060708090a0b0c0d0e0f");
    private static final byte[] GCM_256_KEY = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    private static final byte[] GCM_SALT = hex("517569642070726f2071756f");
    private static final int GCM_RTCP_INDEX = 0x5d4;

    private static final byte[] GCM_RTP = hex("""
        8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
        69736120 696e2070 61727465 73207472 6573\
        """);

    private static final byte[] GCM_RTCP = hex("""
        81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
        deadbeef deadbeef deadbeef deadbeef deadbeef\
        """);

    private static final byte[] CM_MASTER_KEY = hex("E1F97A0D3E018BE0D64FA32C06DE4139");
    private static final byte[] CM_MASTER_SALT = hex("0EC675AD498AFEEBB6960B3AABE6");

    /** RFC 3711 appendix B.2: the start of the key stream, and the blocks with counters FEFF to FF01. */
    @ParameterizedTest
    @EnumSource
    void aesInCounterModeMakesTheKeyStreamOfAppendixB2(SrtpCipherProvider provider) {
        SessionKeys keys = new SessionKeys(
                hex("2B7E151628AED2A6ABF7158809CF4F3C"), hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"), new byte[20]);
        SrtpCipher cipher = provider.create(SrtpProfile.AES128_CM_HMAC_SHA1_80, keys, false, true);
        assertNotNull(cipher);
        int header = SrtpPacket.FIXED_RTP_HEADER_LENGTH_BYTES;
        int length = 16 * 0xff02;
        Slab out = Slab.allocate(header + length + 10);

        assertTrue(cipher.seal(out, 0, header, out, header, length, 0, 0, 0, header + length));

        byte[] start = new byte[48];
        out.bytes().get(header, start);
        assertArrayEquals(hex("""
            E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB
            41E95B3BB0A2E8DD477901E4FCA894C0\
            """), start);
        byte[] end = new byte[48];
        out.bytes().get(header + 16 * 0xfeff, end);
        assertArrayEquals(hex("""
            EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE
            6A2CC3787889374FBEB4C81B17BA6C44\
            """), end);
        cipher.close();
    }

    /** RFC 3711 appendix B.3. */
    @Test
    void keysAreDerivedAsInAppendixB3() {
        assertArrayEquals(
                hex("C61E7A93744F39EE10734AFE3FF7A087"), KeyDerivation.derive(CM_MASTER_KEY, CM_MASTER_SALT, 0, 16));
        assertArrayEquals(
                hex("30CBBC08863D8C85D49DB34A9AE1"), KeyDerivation.derive(CM_MASTER_KEY, CM_MASTER_SALT, 2, 14));
        assertArrayEquals(hex("""
            CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE
            E049646C43D9327AD175578EF7227098 6371C10C9A369AC2F94A8C5FBCDDDC25
            6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2\
            """), KeyDerivation.derive(CM_MASTER_KEY, CM_MASTER_SALT, 1, 94));
    }

    @Test
    void theSessionKeysOfAProfileAreThoseOfAppendixB3() {
        SessionKeys keys = KeyDerivation.rtp(SrtpProfile.AES128_CM_HMAC_SHA1_80, CM_MASTER_KEY, CM_MASTER_SALT);

        assertArrayEquals(hex("C61E7A93744F39EE10734AFE3FF7A087"), keys.encryptionKey());
        assertArrayEquals(hex("30CBBC08863D8C85D49DB34A9AE1"), keys.salt());
        assertArrayEquals(hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"), keys.authenticationKey());
    }

    /** RFC 6188 §7.2. */
    @Test
    void keysOf256BitsAreDerivedAsInRfc6188() {
        byte[] masterKey = hex("F0F04914B513F2763A1B1FA130F10E2998F6F6E43E4309D1E622A0E332B9F1B6");
        byte[] masterSalt = hex("3B04803DE51EE7C96423AB5B78D2");

        assertArrayEquals(
                hex("5BA1064E30EC51613CAD926C5A28EF731EC7FB397F70A960653CAF06554CD8C4"),
                KeyDerivation.derive(masterKey, masterSalt, 0, 32));
        assertArrayEquals(hex("FA31791685CA444A9E07C6C64E93"), KeyDerivation.derive(masterKey, masterSalt, 2, 14));
        assertArrayEquals(
                hex("FD9C32D39ED5FBB5A9DC96B30818454D1313DC05"), KeyDerivation.derive(masterKey, masterSalt, 1, 20));
    }

    /** RFC 7714 §16.1.1 and §16.1.2. */
    @ParameterizedTest
    @EnumSource
    void rtpWithA128BitKey(SrtpCipherProvider provider) {
        rtp(provider, SrtpProfile.AEAD_AES_128_GCM, GCM_128_KEY, """
            8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5
            0d294e6f 42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439
            0cce\
            """);
    }

    /** RFC 7714 §16.2.1 and §16.2.2. */
    @ParameterizedTest
    @EnumSource
    void rtpWithA256BitKey(SrtpCipherProvider provider) {
        rtp(provider, SrtpProfile.AEAD_AES_256_GCM, GCM_256_KEY, """
            8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238
            9a58e2f3 b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7
            6c13\
            """);
    }

    /** RFC 7714 §17.1. */
    @ParameterizedTest
    @EnumSource
    void encryptedRtcpWithA128BitKey(SrtpCipherProvider provider) {
        encryptedRtcp(provider, SrtpProfile.AEAD_AES_128_GCM, GCM_128_KEY, """
            81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d
            c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872
            45d9eade 800005d4\
            """);
    }

    /** RFC 7714 §17.2. */
    @ParameterizedTest
    @EnumSource
    void encryptedRtcpWithA256BitKey(SrtpCipherProvider provider) {
        encryptedRtcp(provider, SrtpProfile.AEAD_AES_256_GCM, GCM_256_KEY, """
            81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50
            a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c
            b26ac3be 800005d4\
            """);
    }

    /** RFC 7714 §17.3. */
    @ParameterizedTest
    @EnumSource
    void authenticatedRtcpWithA128BitKey(SrtpCipherProvider provider) {
        authenticatedRtcp(provider, SrtpProfile.AEAD_AES_128_GCM, GCM_128_KEY, """
            81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
            deadbeef deadbeef deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790
            125f62b3 000005d4\
            """);
    }

    /** RFC 7714 §17.4. */
    @ParameterizedTest
    @EnumSource
    void authenticatedRtcpWithA256BitKey(SrtpCipherProvider provider) {
        authenticatedRtcp(provider, SrtpProfile.AEAD_AES_256_GCM, GCM_256_KEY, """
            81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
            deadbeef deadbeef deadbeef deadbeef deadbeef 91db4afb feee5a97 8fab4393
            ed2615fe 000005d4\
            """);
    }

    /** The packets with which libsrtp validates AES_CM_128_HMAC_SHA1_80: from master key to tag. */
    @ParameterizedTest
    @EnumSource
    void wholePacketsInCounterMode(SrtpCipherProvider provider) {
        wholePackets(
                provider,
                TestPackets.symmetric(SrtpProfile.AES128_CM_HMAC_SHA1_80, CM_MASTER_KEY, CM_MASTER_SALT),
                """
                800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb\
                """,
                """
                81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c123 0798\
                """);
    }

    /** The packets with which libsrtp validates AEAD_AES_128_GCM: from master key to tag. */
    @ParameterizedTest
    @EnumSource
    void wholePacketsInGaloisCounterMode(SrtpCipherProvider provider) {
        wholePackets(
                provider,
                TestPackets.symmetric(SrtpProfile.AEAD_AES_128_GCM, GCM_128_KEY, hex("a0a1a2a3a4a5a6a7a8a9aaab")),
                """
                800f1234 decafbad cafebabe c5002ede 04cfdd2e b91159e0 880aa06e d2976826
                f796b201 df3131a1 27e8a392\
                """,
                """
                81c8000b cafebabe c98b8b5d f0392a55 852b6c21 ac8e7025 c52c6fbe a2b3b446
                ea31123b a88ce61e 80000001\
                """);
    }

    private static void wholePackets(SrtpCipherProvider provider, SrtpKeys keys, String srtp, String srtcp) {
        byte[] rtp = hex("800f1234 decafbad cafebabe abababab abababab abababab abababab");
        byte[] rtcp = hex("81c8000b cafebabe abababab abababab abababab abababab");
        try (SrtpSender sender = new SrtpSender(keys, provider);
                SrtpReceiver receiver = new SrtpReceiver(keys, provider)) {
            sender.continueRtcp(1);

            assertArrayEquals(hex(srtp), TestPackets.protectRtp(sender, rtp));
            assertArrayEquals(rtp, TestPackets.unprotectRtp(receiver, hex(srtp)));
            assertArrayEquals(hex(srtcp), TestPackets.protectRtcp(sender, rtcp));
            assertArrayEquals(rtcp, TestPackets.unprotectRtcp(receiver, hex(srtcp)));
        }
    }

    private static void rtp(SrtpCipherProvider provider, SrtpProfile profile, byte[] key, String expected) {
        try (SrtpSender sender = sender(provider, profile, key);
                SrtpReceiver receiver = receiver(provider, profile, key)) {
            assertArrayEquals(hex(expected), TestPackets.protectRtp(sender, GCM_RTP));
            assertArrayEquals(GCM_RTP, TestPackets.unprotectRtp(receiver, hex(expected)));
        }
    }

    private static void encryptedRtcp(SrtpCipherProvider provider, SrtpProfile profile, byte[] key, String expected) {
        try (SrtpSender sender = sender(provider, profile, key);
                SrtpReceiver receiver = receiver(provider, profile, key)) {
            sender.continueRtcp(GCM_RTCP_INDEX);

            assertArrayEquals(hex(expected), TestPackets.protectRtcp(sender, GCM_RTCP));
            assertArrayEquals(GCM_RTCP, TestPackets.unprotectRtcp(receiver, hex(expected)));
        }
    }

    /** Nothing of ours leaves unencrypted, so this looks at the cipher for that direction. */
    private static void authenticatedRtcp(
            SrtpCipherProvider provider, SrtpProfile profile, byte[] key, String expected) {
        SrtpCipher cipher = cipher(provider, profile, key, true, true);
        Slab slab = Slab.allocate(GCM_RTCP.length + 16);
        slab.bytes().put(0, GCM_RTCP);
        int ssrc = slab.bytes().getInt(SrtpPacket.RTCP_SSRC_OFFSET);
        assertTrue(cipher.seal(
                slab,
                0,
                GCM_RTCP.length,
                slab,
                GCM_RTCP.length,
                0,
                ssrc,
                GCM_RTCP_INDEX,
                GCM_RTCP_INDEX,
                GCM_RTCP.length));
        byte[] sealed = new byte[slab.capacityBytes()];
        slab.bytes().get(0, sealed);
        assertArrayEquals(Arrays.copyOf(hex(expected), sealed.length), sealed);
        cipher.close();

        try (SrtpReceiver receiver = receiver(provider, profile, key)) {
            assertArrayEquals(GCM_RTCP, TestPackets.unprotectRtcp(receiver, hex(expected)));
        }
    }

    private static SrtpSender sender(SrtpCipherProvider provider, SrtpProfile profile, byte[] key) {
        return new SrtpSender(
                TestPackets.symmetric(profile, key, GCM_SALT),
                provider,
                cipher(provider, profile, key, false, true),
                cipher(provider, profile, key, true, true));
    }

    private static SrtpReceiver receiver(SrtpCipherProvider provider, SrtpProfile profile, byte[] key) {
        return new SrtpReceiver(
                TestPackets.symmetric(profile, key, GCM_SALT),
                provider,
                cipher(provider, profile, key, false, false),
                cipher(provider, profile, key, true, false));
    }

    private static SrtpCipher cipher(
            SrtpCipherProvider provider, SrtpProfile profile, byte[] key, boolean rtcp, boolean sending) {
        SrtpCipher cipher =
                provider.create(profile, new SessionKeys(key.clone(), GCM_SALT.clone(), new byte[0]), rtcp, sending);
        assertNotNull(cipher);
        return cipher;
    }

    @Test
    void bothProvidersPassTheirSelfTest() {
        for (SrtpCipherProvider provider : SrtpCipherProvider.values()) {
            assertEquals(null, provider.problem(), provider.name());
        }
    }
}
