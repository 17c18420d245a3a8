package dev.rostrum.signaling.token;

/**
 * A token that lets nobody in: why, in a sentence for its holder.
 *
 * <p>Immutable. Carries no stack trace, because it is an answer and not a fault.
 */
public final class TokenException extends Exception {

    private static final long serialVersionUID = 1L;

    /** The kinds of failure. */
    public enum Reason {
        /** Not a token at all. */
        MALFORMED(401),
        /** Signed with another algorithm than this server accepts, or with none. */
        UNSUPPORTED_ALGORITHM(401),
        /** Signed with another key, or changed. */
        BAD_SIGNATURE(401),
        /** Well signed, but a claim is missing or of the wrong type. */
        BAD_CLAIMS(401),
        EXPIRED(401),
        NOT_YET_VALID(401),
        /** Good, but for another space. */
        WRONG_SPACE(403);

        private final int httpStatus;

        Reason(int httpStatus) {
            this.httpStatus = httpStatus;
        }

        /** The status of an HTTP response that says so. */
        public int httpStatus() {
            return httpStatus;
        }
    }

    private final Reason reason;

    TokenException(Reason reason, String sentence) {
        super(sentence, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** The sentence for the holder. */
    public String sentence() {
        String message = getMessage();
        return message == null ? reason.name() : message;
    }
}
