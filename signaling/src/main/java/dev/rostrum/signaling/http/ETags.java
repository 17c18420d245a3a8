package dev.rostrum.signaling.http;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Entity tags (RFC 9110 §8.8.3).
 *
 * <p>Stateless; any thread.
 */
public final class ETags {

    private static final int HASH_BYTES = 15;

    private ETags() {}

    /** The strong tag of a representation. */
    public static String of(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return "\"" + Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hash, HASH_BYTES)) + "\"";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether {@code If-None-Match} names the tag: weak comparison (RFC 9110 §13.1.2). */
    public static boolean matches(@Nullable String ifNoneMatch, String etag) {
        if (ifNoneMatch == null) {
            return false;
        }
        return Arrays.stream(ifNoneMatch.split(","))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || (tag.startsWith("W/") ? tag.substring(2) : tag).equals(etag));
    }

    /** Whether {@code If-Match} is a star, which clients also write in quotes (as the examples of RFC 9725 do). */
    public static boolean any(String ifMatch) {
        String tag = ifMatch.strip();
        return tag.equals("*") || tag.equals("\"*\"");
    }

    /** Whether {@code If-Match} names the tag: strong comparison (RFC 9110 §13.1.1). */
    public static boolean matchesStrongly(String ifMatch, String etag) {
        return Arrays.stream(ifMatch.split(",")).map(String::strip).anyMatch(etag::equals);
    }
}
