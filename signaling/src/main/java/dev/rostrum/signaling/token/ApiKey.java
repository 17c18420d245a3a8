package dev.rostrum.signaling.token;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The key that programs show to create spaces, where one is configured.
 *
 * <p>Immutable; safe for any thread.
 */
public final class ApiKey {

    private final byte[] digest;

    /** @throws IllegalArgumentException if the key is shorter than 16 characters */
    public ApiKey(String key) {
        if (key.length() < 16) {
            throw new IllegalArgumentException("The API key must have at least 16 characters.");
        }
        digest = sha256(key);
    }

    /** Whether this is the key; takes the same time whether it is or not. */
    public boolean matches(String presented) {
        return MessageDigest.isEqual(digest, sha256(presented));
    }

    @Override
    public String toString() {
        return "ApiKey"; // never the key: this may end in a log
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
