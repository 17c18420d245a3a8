package dev.rostrum.signaling.space;

import dev.rostrum.signaling.space.Media.Publication;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One stay of a participant in a space, by one connection: from a join to its end, or to the next join of the same
 * participant, which replaces it.
 *
 * <p>Owned by the event loop of {@link Spaces}: every method is called on it, and every stage completes on it. A
 * session that is over refuses commands and ignores the rest.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Session {

    Session() {}

    /** The participant as they are now. */
    public Participant participant() {
        throw new UnsupportedOperationException();
    }

    /** The private token with which the participant can come back as who they are; absent at WHIP and WHEP. */
    public @Nullable String resume() {
        throw new UnsupportedOperationException();
    }

    /** Whether nothing has ended or replaced this session yet. */
    public boolean open() {
        throw new UnsupportedOperationException();
    }

    /** The endpoint of the participant's media; absent while there is none (see {@link #attach}). */
    public @Nullable String endpointId() {
        throw new UnsupportedOperationException();
    }

    /** Completes with whether the participant's identity is durable; false if the store is failing. Never fails. */
    public CompletionStage<Boolean> stored() {
        throw new UnsupportedOperationException();
    }

    /** What the client must know now. */
    public Snapshot snapshot() {
        throw new UnsupportedOperationException();
    }

    /** Whether a publication of this source is to be forwarded now; for the {@code EndpointSpec}. */
    public boolean permitted(Media.Source source) {
        throw new UnsupportedOperationException();
    }

    /**
     * Says that the participant has media now: an endpoint that was just given to the SFU, its publications permitted
     * as {@link #permitted} said in the same turn of the event loop. Does away with the endpoint before, if any.
     */
    public void attach(String endpointId, List<Publication> publications) {
        throw new UnsupportedOperationException();
    }

    /**
     * Carries out a command, or doesn't.
     *
     * @return completes when the command holds: on every shard (nothing of a demoted or muted participant is forwarded
     *     any more) and in the store, with whether it is durable (false if the store is failing); or fails with a
     *     {@link Refusal}
     */
    public CompletionStage<Boolean> execute(Command command, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** The client's connection was lost: its place is kept, its media goes on. */
    public void disconnected(long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** The participant goes (WHIP, WHEP: DELETE). The same as the command. */
    public void leave(long nowNs) {
        throw new UnsupportedOperationException();
    }
}
