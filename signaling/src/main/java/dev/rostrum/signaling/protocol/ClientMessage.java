package dev.rostrum.signaling.protocol;

import dev.rostrum.signaling.model.Command;
import org.jspecify.annotations.Nullable;

/**
 * What a client says over its WebSocket.
 *
 * <p>Immutable.
 */
public sealed interface ClientMessage {

    /**
     * The first message, and only the first.
     *
     * @param token an access token; may be absent with a resume token, or to listen in an open server
     * @param resume the resume token of an earlier session
     * @param name what the participant wants to be called
     * @param offer the SDP offer; absent to go on with the media session that is there
     * @param ticket of a place in the queue that the client has had
     */
    record Join(
            @Nullable String token,
            @Nullable String resume,
            @Nullable String name,
            @Nullable String offer,
            @Nullable String ticket)
            implements ClientMessage {

        @Override
        public String toString() {
            return "Join[name=" + name + "]"; // never the tokens: this may end in a log
        }
    }

    /** A command to the space; {@code id} comes back in its result. */
    record Request(long id, Command command) implements ClientMessage {}

    /**
     * Restart ICE on the media session that is there.
     *
     * @param offer a new offer of the same PeerConnection, with new ICE credentials
     */
    record RestartIce(long id, String offer) implements ClientMessage {}
}
