package dev.rostrum.signaling.protocol;

/**
 * Messages to JSON and back, as docs/protocol.md says.
 *
 * <p>Stateless; safe for any thread.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class ProtocolCodec {

    /** The longest message that is read, in characters; an offer of 128 KB fits. */
    public static final int MAX_MESSAGE_LENGTH = 192 * 1024;

    public ProtocolCodec() {}

    /**
     * Reads a client's message.
     *
     * @throws ProtocolException with the field's name if a field is missing or of the wrong type; nothing else
     */
    public ClientMessage decode(String text) throws ProtocolException {
        throw new UnsupportedOperationException();
    }

    /** Writes a message for a client. */
    public String encode(ServerMessage message) {
        throw new UnsupportedOperationException();
    }
}
