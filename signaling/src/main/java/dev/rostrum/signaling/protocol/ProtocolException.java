package dev.rostrum.signaling.protocol;

import dev.rostrum.signaling.protocol.ServerMessage.ErrorInfo;
import org.jspecify.annotations.Nullable;

/**
 * A message that can't be understood: the only thing that the codec throws.
 *
 * <p>Immutable. Carries no stack trace, because it is an answer and not a fault.
 */
public final class ProtocolException extends Exception {

    private static final long serialVersionUID = 1L;

    private final @Nullable Long id;
    private final String code;
    private final @Nullable String field;

    ProtocolException(@Nullable Long id, String code, String message, @Nullable String field) {
        super(message, null, false, false);
        this.id = id;
        this.code = code;
        this.field = field;
    }

    /** The id of the command, if it could be read. */
    public @Nullable Long id() {
        return id;
    }

    /** What the client is told. */
    public ErrorInfo error() {
        String message = getMessage();
        return new ErrorInfo(code, message == null ? code : message, field);
    }
}
