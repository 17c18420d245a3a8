package dev.rostrum.srtp;

import dev.rostrum.srtp.KeyDerivation.SessionKeys;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Function;
import javax.crypto.Cipher;
import javax.crypto.NoSuchPaddingException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the ciphers of SRTP sessions come from, best first.
 *
 * <p>Stateless and safe for all threads; the ciphers that it makes are not.
 */
public enum SrtpCipherProvider {

    /** OpenSSL 3's libcrypto, called directly: nothing is allocated per packet. */
    OPENSSL {
        @Override
        public String description() {
            return "OpenSSL " + LibCrypto.version() + " by FFM";
        }

        @Override
        @Nullable
        SrtpCipher create(SrtpProfile profile, SessionKeys keys, boolean rtcp, boolean sending) {
            return OpenSslCipher.create(profile, keys, rtcp, sending);
        }
    },

    /** The platform's own cryptography: everywhere, but slower and with about a kilobyte of garbage per packet. */
    JCE {
        @Override
        public String description() {
            try {
                var provider = Cipher.getInstance("AES/GCM/NoPadding").getProvider();
                return "JCE (" + provider.getName() + " " + provider.getVersionStr() + ")";
            } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
                return "JCE";
            }
        }

        @Override
        @Nullable
        SrtpCipher create(SrtpProfile profile, SessionKeys keys, boolean rtcp, boolean sending) {
            return JceCipher.create(profile, keys, rtcp);
        }
    };

    private static final Logger LOG = LoggerFactory.getLogger(SrtpCipherProvider.class);

    /** Name and version of what does the work, for the line that the server writes when it starts. */
    public abstract String description();

    /** A cipher for one key and direction, or null if there is no memory for it. */
    abstract @Nullable SrtpCipher create(SrtpProfile profile, SessionKeys keys, boolean rtcp, boolean sending);

    /**
     * The first provider that passes its self-test. Why another one did not is logged.
     *
     * @throws IllegalStateException if none passes
     */
    public static SrtpCipherProvider select() {
        return select(SrtpCipherProvider::problem);
    }

    /** The first provider with which the test finds no problem. */
    static SrtpCipherProvider select(Function<SrtpCipherProvider, @Nullable String> test) {
        StringBuilder problems = new StringBuilder();
        for (SrtpCipherProvider provider : values()) {
            String problem = test.apply(provider);
            if (problem == null) {
                return provider;
            }
            LOG.warn("SRTP does not use {}: {}", provider, problem);
            problems.append(problems.isEmpty() ? "" : "; ")
                    .append(provider)
                    .append(": ")
                    .append(problem);
        }
        throw new IllegalStateException("no cipher for SRTP works (" + problems + ")");
    }

    /**
     * Protects and unprotects known packets with every profile.
     *
     * @return what is wrong, or null if all is well
     */
    @Nullable
    String problem() {
        try {
            for (SelfTest test : SelfTest.values()) {
                if (!test.passes(this)) {
                    return "wrong result for " + test.profile;
                }
            }
            return null;
        } catch (LinkageError e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Packets whose protected form is published. */
    private enum SelfTest {
        /** RFC 7714 §16.1.1. */
        GCM_128(
                SrtpProfile.AEAD_AES_128_GCM,
                "000102030405060708090a0b0c0d0e0f",
                "517569642070726f2071756f",
                "8040f17b8041f8d35501a0b2",
                "47616c6c696120657374206f6d6e697320646976697361" + "20696e207061727465732074726573",
                "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
                        + "899d7f27beb16a9152cf765ee4390cce"),
        /** RFC 7714 §16.2.1. */
        GCM_256(
                SrtpProfile.AEAD_AES_256_GCM,
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                "517569642070726f2071756f",
                "8040f17b8041f8d35501a0b2",
                "47616c6c696120657374206f6d6e697320646976697361" + "20696e207061727465732074726573",
                "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
                        + "7aa3db36dfffd6b0f9bb7878d7a76c13"),
        /** The key stream of RFC 3711 appendix B.2, made visible by a payload of zeros; the tag is HMAC-SHA1 of it. */
        CM(
                SrtpProfile.AES128_CM_HMAC_SHA1_80,
                "2b7e151628aed2a6abf7158809cf4f3c",
                "f0f1f2f3f4f5f6f7f8f9fafbfcfd",
                "800000000000000000000000",
                "00".repeat(48),
                "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab"
                        + "41e95b3bb0a2e8dd477901e4fca894c0e2b044009ff039e084ea");

        private static final int SHA1_KEY_LENGTH_BYTES = 20;

        private final SrtpProfile profile;
        private final String key;
        private final String salt;
        private final String header;
        private final String payload;
        private final String expected;

        SelfTest(SrtpProfile profile, String key, String salt, String header, String payload, String expected) {
            this.profile = profile;
            this.key = key;
            this.salt = salt;
            this.header = header;
            this.payload = payload;
            this.expected = expected;
        }

        boolean passes(SrtpCipherProvider provider) {
            SrtpCipher sending = provider.create(profile, sessionKeys(), false, true);
            SrtpCipher receiving = provider.create(profile, sessionKeys(), false, false);
            try {
                return sending != null && receiving != null && passes(sending, receiving);
            } finally {
                if (sending != null) {
                    sending.close();
                }
                if (receiving != null) {
                    receiving.close();
                }
            }
        }

        private SessionKeys sessionKeys() {
            byte[] authenticationKey = new byte[profile.aead() ? 0 : SHA1_KEY_LENGTH_BYTES];
            Arrays.fill(authenticationKey, (byte) 0x0b);
            return new SessionKeys(bytes(key), bytes(salt), authenticationKey);
        }

        private boolean passes(SrtpCipher sending, SrtpCipher receiving) {
            byte[] clear = bytes(header);
            byte[] plain = bytes(payload);
            byte[] encrypted = bytes(expected);
            int tagOffset = clear.length + plain.length;
            Slab in = Slab.allocate(plain.length);
            in.bytes().put(0, plain);
            Slab out = Slab.allocate(clear.length + encrypted.length);
            ByteBuffer packet = out.bytes().put(0, clear);
            int ssrc = packet.getInt(SrtpPacket.RTP_SSRC_OFFSET);
            int index = packet.getShort(SrtpPacket.SEQUENCE_NUMBER_OFFSET) & 0xffff;

            if (!sending.seal(out, 0, clear.length, in, 0, plain.length, ssrc, index, 0, tagOffset)
                    || !holds(packet, clear.length, encrypted)
                    || !receiving.open(out, 0, clear.length, plain.length, ssrc, index, 0, tagOffset)
                    || !holds(packet, clear.length, plain)) {
                return false;
            }
            packet.put(clear.length, encrypted);
            packet.put(tagOffset, (byte) (packet.get(tagOffset) ^ 1));
            return !receiving.open(out, 0, clear.length, plain.length, ssrc, index, 0, tagOffset);
        }

        private static boolean holds(ByteBuffer packet, int offset, byte[] bytes) {
            return packet.slice(offset, bytes.length).equals(ByteBuffer.wrap(bytes));
        }

        private static byte[] bytes(String hex) {
            return HexFormat.of().parseHex(hex);
        }
    }
}
