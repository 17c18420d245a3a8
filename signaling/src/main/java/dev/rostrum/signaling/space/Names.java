package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What names and titles may be made of.
 *
 * <p>Stateless.
 */
final class Names {

    static final int MAX_NAME = 64;
    static final int MAX_TITLE = 200;

    private Names() {}

    /** A name or title as it is kept: white space at its ends and doubled inside is taken away. */
    static String clean(String text, int maxCodePoints, String field) throws Refusal {
        if (text.length() > 8 * maxCodePoints) {
            throw tooLong(maxCodePoints, field);
        }
        String clean = text.strip().replaceAll("\\s+", " ");
        if (clean.codePointCount(0, clean.length()) > maxCodePoints) {
            throw tooLong(maxCodePoints, field);
        }
        if (clean.codePoints().anyMatch(Names::forbidden)) {
            throw new Refusal(
                    Refusal.Code.INVALID_FIELD, "The " + field + " has characters that can't be shown.", field);
        }
        return clean;
    }

    /** The same for a name that somebody else has vouched for: what can't be shown is left out, the end is cut. */
    static @Nullable String vouched(@Nullable String name) {
        if (name == null) {
            return null;
        }
        StringBuilder clean = new StringBuilder();
        name.strip().codePoints().filter(c -> !forbidden(c)).limit(MAX_NAME).forEach(clean::appendCodePoint);
        return clean.toString();
    }

    /** Control characters, halves of surrogate pairs, and what turns the direction of the text around it. */
    private static boolean forbidden(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.CONTROL
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || (codePoint >= 0x202A && codePoint <= 0x202E)
                || (codePoint >= 0x2066 && codePoint <= 0x2069);
    }

    private static Refusal tooLong(int maxCodePoints, String field) {
        return new Refusal(
                Refusal.Code.INVALID_FIELD,
                "The " + field + " is longer than " + maxCodePoints + " characters.",
                field);
    }
}
