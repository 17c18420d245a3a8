package dev.rostrum.signaling.model;

import org.jspecify.annotations.Nullable;

/**
 * The answer "no" to a command or a request: why, in a sentence for the asker.
 *
 * <p>Immutable. Carries no stack trace, because it is an answer and not a fault.
 */
public final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    /** The kinds of refusal: their name in messages and their status in HTTP. */
    public enum Code {
        /** A value can't be used; the field is named. */
        INVALID_FIELD("invalid-field", 400),
        /** No valid token, resume token or permission to come without one. */
        UNAUTHORIZED("unauthorized", 401),
        /** The role doesn't allow it. */
        FORBIDDEN("forbidden", 403),
        /** Put out of the space, and not to come back. */
        BANNED("banned", 403),
        NO_SUCH_SPACE("no-such-space", 404),
        NO_SUCH_PARTICIPANT("no-such-participant", 404),
        /** All seats of the stage that the role could take are taken. */
        STAGE_FULL("stage-full", 409),
        /** The participant's session has nothing to publish with. */
        CANNOT_PUBLISH("cannot-publish", 409),
        /** As many screens are shown as there may be. */
        SCREEN_TAKEN("screen-taken", 409),
        /** Somebody who isn't on the stage can't be demoted or muted. */
        NOT_ON_STAGE("not-on-stage", 409),
        /** Somebody who is on the stage already needs no hand and no promotion. */
        ON_STAGE("on-stage", 409),
        /** The session was replaced by a newer one of the same participant, or is over. */
        SESSION_OVER("session-over", 409),
        /** There is no media session that this could be about. */
        NO_MEDIA("no-media", 409),
        SPACE_ENDED("space-ended", 410),
        /** Too many commands in a short time. */
        TOO_FAST("too-fast", 429),
        /** A limit of the server or the space is reached. */
        FULL("full", 503),
        /** The media side did not confirm in time; the participant's media was cut instead. */
        UNCONFIRMED("unconfirmed", 503);

        private final String text;
        private final int httpStatus;

        Code(String text, int httpStatus) {
            this.text = text;
            this.httpStatus = httpStatus;
        }

        /** The code as messages write it. */
        public String text() {
            return text;
        }

        /** The status of an HTTP response that says so. */
        public int httpStatus() {
            return httpStatus;
        }
    }

    private final Code code;
    private final @Nullable String field;

    public Refusal(Code code, String message) {
        this(code, message, null);
    }

    /** @param field the field of the command or request that is at fault */
    public Refusal(Code code, String message, @Nullable String field) {
        super(message, null, false, false);
        this.code = code;
        this.field = field;
    }

    public Code code() {
        return code;
    }

    /** The sentence for the asker. */
    public String sentence() {
        String message = getMessage();
        return message == null ? code.text : message;
    }

    /** The field at fault, if one is. */
    public @Nullable String field() {
        return field;
    }
}
