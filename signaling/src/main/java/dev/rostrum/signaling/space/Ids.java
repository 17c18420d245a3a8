package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Media;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.random.RandomGenerator;

/**
 * Random names that nobody can guess.
 *
 * <p>Owned by the event loop of {@link Spaces}, as its source of randomness is.
 */
final class Ids {

    private static final String LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int SPACE_LENGTH = 16; // 80 bits: the link is what lets people in
    private static final int PARTICIPANT_LENGTH = 13;
    private static final int RESUME_BYTES = 32;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private final RandomGenerator random;

    Ids(RandomGenerator random) {
        this.random = random;
    }

    String space() {
        return letters(SPACE_LENGTH);
    }

    String participant() {
        return "p_" + letters(PARTICIPANT_LENGTH);
    }

    String resume() {
        byte[] bytes = new byte[RESUME_BYTES];
        random.nextBytes(bytes);
        return BASE64.encodeToString(bytes);
    }

    /** A participant's CSRC, which may be taken already: never 0, and with room for the source in its lowest bits. */
    int csrc() {
        int csrc = random.nextInt() & ~Media.Source.BITS;
        return csrc == 0 ? Media.Source.BITS + 1 : csrc;
    }

    static String hash(String resume) {
        try {
            return BASE64.encodeToString(
                    MessageDigest.getInstance("SHA-256").digest(resume.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private String letters(int length) {
        StringBuilder letters = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            letters.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return letters.toString();
    }
}
