package dev.rostrum.signaling.space;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All spaces of this server, and the way into them.
 *
 * <p>Owned by one event loop: every method is called on it, the media side and the store answer on it (by the executor
 * given here), and nothing here is locked. The web layer hops onto it. It does no IO and has no clock: {@code nowNs} is
 * monotonic, wall time is only for what people see, and {@link #deadlineNs} says when {@link #onDeadline} is due.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Spaces {

    /**
     * @param loop runs a task on the owning event loop, in order; for answers of media and store
     * @param random the source of ids, CSRCs and resume tokens: a {@link java.security.SecureRandom} in the server
     * @param wallClock the time of day, for what is shown and stored
     */
    public Spaces(
            SpacesConfig config,
            Media media,
            SpaceStore store,
            Executor loop,
            RandomGenerator random,
            InstantSource wallClock) {}

    /** Takes in what the store has; once, before all else. */
    public void restore(SpaceStore.Contents contents, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** A space that was just made, and whether it is durable (false if the store is failing). */
    public record Created(Space space, CompletionStage<Boolean> stored) {}

    /**
     * Makes a space.
     *
     * @param startsAt when it is announced to start, if so
     * @throws Refusal if the title is longer than 200 characters or has control characters, or there are too many spaces
     */
    public Created create(String title, boolean video, boolean listed, @Nullable Instant startsAt, long nowNs)
            throws Refusal {
        throw new UnsupportedOperationException();
    }

    /** The space of this id, also an ended one. */
    public Optional<Space> find(String spaceId) {
        throw new UnsupportedOperationException();
    }

    /** The space of this id, also an ended one. */
    public Space require(String spaceId) throws Refusal {
        return find(spaceId)
                .orElseThrow(() -> new Refusal(Refusal.Code.NO_SUCH_SPACE, "There is no space " + spaceId + "."));
    }

    /** The spaces that the public list shows: listed, not ended; newest first, at most this many. */
    public List<Space> listed(int limit) {
        throw new UnsupportedOperationException();
    }

    /** How many spaces have not ended. */
    public int size() {
        throw new UnsupportedOperationException();
    }

    /** How many participants are present in all spaces. */
    public int participants() {
        throw new UnsupportedOperationException();
    }

    /**
     * Lets somebody into a space.
     *
     * <p>The web layer checks the offer first, then joins, then makes the answer with the participant's CSRC and {@link
     * Session#permitted}, then gives the endpoint to the SFU and calls {@link Session#attach}, all in one turn of the
     * event loop.
     *
     * @throws Refusal if they can't come in
     */
    public Session join(String spaceId, JoinRequest request, Connection connection, long nowNs) throws Refusal {
        throw new UnsupportedOperationException();
    }

    /**
     * Ends a space for everybody, by DELETE.
     *
     * @param grant who asks; absent for the server's own API key
     * @return completes with whether the end is durable
     * @throws Refusal if the asker may not
     */
    public CompletionStage<Boolean> end(String spaceId, @Nullable Grant grant, long nowNs) throws Refusal {
        throw new UnsupportedOperationException();
    }

    /** The endpoint's transport is up (from {@code SfuListener}). */
    public void endpointConnected(String endpointId) {
        throw new UnsupportedOperationException();
    }

    /** The endpoint's first packet since a change of permission was forwarded (from {@code SfuListener}). */
    public void endpointPublishing(String endpointId) {
        throw new UnsupportedOperationException();
    }

    /** The endpoint is gone (from {@code SfuListener}). Unknown endpoints are ignored. */
    public void endpointClosed(String endpointId, String reason, long nowNs) {
        throw new UnsupportedOperationException();
    }

    /** When {@link #onDeadline} is due; {@link Long#MAX_VALUE} if nothing is. A turn may bring it forward. */
    public long deadlineNs() {
        throw new UnsupportedOperationException();
    }

    /** Does what is due: lost participants, counts, empty spaces, late confirmations. Too early or late does no harm. */
    public void onDeadline(long nowNs) {
        throw new UnsupportedOperationException();
    }
}
