package dev.rostrum.sfu.ice;

import java.util.random.RandomGenerator;

/**
 * One side's short-term ICE credentials (RFC 8445 §5.3, RFC 8839 §5.4).
 *
 * <p>Immutable.
 */
public record IceCredentials(String ufrag, String pwd) {

    private static final String ICE_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private static final int UFRAG_LENGTH = 12; // 72 bits: no guessing, no collisions
    private static final int PWD_LENGTH = 24; // 144 bits, more than the 128 that RFC 8445 asks for

    /** New credentials; in the server the source is a {@link java.security.SecureRandom}, in tests a seeded one. */
    public static IceCredentials random(RandomGenerator random) {
        return new IceCredentials(iceChars(random, UFRAG_LENGTH), iceChars(random, PWD_LENGTH));
    }

    private static String iceChars(RandomGenerator random, int length) {
        StringBuilder chars = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            chars.append(ICE_CHARS.charAt(random.nextInt(ICE_CHARS.length())));
        }
        return chars.toString();
    }

    @Override
    public String toString() {
        return "IceCredentials[" + ufrag + "]"; // never the password: this may end in a log
    }
}
