package dev.rostrum.signaling.protocol;

import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the server says over a WebSocket.
 *
 * <p>Immutable.
 */
public sealed interface ServerMessage {

    /**
     * The answer to a join.
     *
     * @param participant the client's own
     * @param resume the private token to come back with
     * @param answer the SDP answer; absent if there was no offer
     * @param media whether there is a media session: false means that a join with an offer is needed to hear anything
     * @param participants everybody on the stage; for host and co-hosts also those with a raised hand
     * @param durable whether the identity survives a restart of the server
     */
    record Joined(
            Participant participant,
            @Nullable String resume,
            @Nullable String answer,
            boolean media,
            List<IceServer> iceServers,
            SpaceInfo space,
            List<Participant> participants,
            int listeners,
            boolean durable)
            implements ServerMessage {

        public Joined {
            iceServers = List.copyOf(iceServers);
            participants = List.copyOf(participants);
        }

        @Override
        public String toString() {
            return "Joined[" + participant + "]"; // never the resume token: this may end in a log
        }
    }

    /**
     * The client must wait, and does best to do so with the connection open: it is let in without asking again.
     *
     * @param position where it stands in the queue, from 1
     * @param estimateSeconds in how long it will probably be let in; absent if that depends on others' leaving
     * @param full whether there is no room until others leave
     * @param ticket keeps the place if the connection is lost
     */
    record Queued(int position, @Nullable Integer estimateSeconds, boolean full, String ticket)
            implements ServerMessage {

        @Override
        public String toString() {
            return "Queued[" + position + "]"; // never the ticket: this may end in a log
        }
    }

    /** A STUN or TURN server for the client's PeerConnection, as {@code RTCIceServer} names its fields. */
    record IceServer(
            List<String> urls,
            @Nullable String username,
            @Nullable String credential) {

        public IceServer {
            urls = List.copyOf(urls);
        }

        @Override
        public String toString() {
            return "IceServer" + urls; // never the credential: this may end in a log
        }
    }

    /**
     * A command was carried out.
     *
     * @param answer the SDP answer to restartIce
     * @param durable whether it survives a restart of the server
     */
    record Result(long id, @Nullable String answer, boolean durable) implements ServerMessage {}

    /**
     * A message was refused.
     *
     * @param id the id of the command; absent if the message has none that could be read
     */
    record Failure(@Nullable Long id, ErrorInfo error) implements ServerMessage {}

    /** What is wrong: a code for programs, a sentence for people, and the field that is at fault, if one is. */
    record ErrorInfo(String code, String message, @Nullable String field) {

        /** What a refusal tells. */
        public static ErrorInfo of(Refusal refusal) {
            return new ErrorInfo(refusal.code().text(), refusal.sentence(), refusal.field());
        }
    }

    /** Something happened in the space. */
    record Event(SpaceEvent event) implements ServerMessage {}

    /** The server is about to stop: come back (to the same address) after this time. */
    record Draining(long comeBackAfterMs) implements ServerMessage {}

    /**
     * The last message: the session is over.
     *
     * @param reason left, replaced, removed, banned, ended, slow, idle, draining
     */
    record Closed(String reason, String message) implements ServerMessage {}
}
