package dev.rostrum.signaling.web;

import dev.rostrum.signaling.admission.Doorkeeper;
import dev.rostrum.signaling.admission.Guest;
import dev.rostrum.signaling.admission.Hold;
import dev.rostrum.signaling.admission.Place;
import dev.rostrum.signaling.admission.Verdict;
import dev.rostrum.signaling.http.Problem;
import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.model.Refusal;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One player at the door. A short wait is spent in its open request, because many players take every 503 for a failure;
 * for a longer one it is told its place and when to ask again.
 *
 * <p>Owned by the signaling loop; has no clock of its own.
 */
final class PlayerTurn implements Guest {

    /** Names a place in the queue, in the answer that gives it and in the request that comes back with it. */
    static final String TICKET = "Rostrum-Ticket";

    /** The longest wait inside of a request: HTTP clients are patient for longer, people hardly. */
    static final int PATIENCE_SECONDS = 5;

    private static final long NS_PER_SECOND = 1_000_000_000L;

    /** A player that was told its ticket before may have lost its connection only. */
    private static final long PLACE_KEPT_NS = 10 * NS_PER_SECOND;

    /** What a player came in with: on the way to the stage there is no place to hold. */
    record Entry(@Nullable Hold hold) {}

    private final Doorkeeper doorkeeper;
    private final String spaceId;
    private final boolean returning;
    private final @Nullable String address;
    private final @Nullable String presented;
    private final CompletableFuture<Entry> entry = new CompletableFuture<>();
    private @Nullable String ticket;

    /**
     * @param returning whether the player comes back to a place in the space that it still has
     * @param presented the ticket that came with the request
     */
    PlayerTurn(
            Doorkeeper doorkeeper,
            String spaceId,
            boolean returning,
            @Nullable String address,
            @Nullable String presented) {
        this.doorkeeper = doorkeeper;
        this.spaceId = spaceId;
        this.returning = returning;
        this.address = address;
        this.presented = presented;
    }

    /** Asks to be let in; the answer, or why not, may come later, then on the signaling loop. Once. */
    CompletionStage<Entry> knock(long nowNs) {
        ask(presented, true, nowNs);
        return entry;
    }

    private void ask(@Nullable String withTicket, boolean patient, long nowNs) {
        switch (doorkeeper.knock(spaceId, returning, address, withTicket, patient ? this : null, nowNs)) {
            case Verdict.Come come -> entry.complete(new Entry(come.hold()));
            case Verdict.Wait wait -> {
                ticket = wait.ticket();
                if (!patient) {
                    entry.completeExceptionally(comeBack(wait));
                } else if (!isShort(wait.place())) {
                    ask(ticket, false, nowNs);
                }
            }
            case Verdict.Refused refused ->
                entry.completeExceptionally(new ProblemException(503, "full", refused.sentence())
                        .with("Retry-After", Integer.toString(refused.retryAfterSeconds())));
        }
    }

    private static boolean isShort(Place place) {
        Integer estimate = place.estimateSeconds();
        return !place.full() && estimate != null && estimate <= PATIENCE_SECONDS;
    }

    /** Whether it waits inside of its request; if so, {@link #onPatienceEnd} is to be called in time. */
    boolean waiting() {
        return !entry.isDone();
    }

    /** The wait is longer than it was thought to be: the request is answered with a place. */
    void onPatienceEnd(long nowNs) {
        if (waiting()) {
            ask(ticket, false, nowNs);
        }
    }

    /** The request's connection is gone. */
    void lost(long nowNs) {
        giveUp(new CancellationException("the player is gone"), nowNs);
    }

    /** It is not let in whatever its place: the request is answered with the reason. */
    void refuse(ProblemException why, long nowNs) {
        giveUp(why, nowNs);
    }

    /** A place that nobody was told of is free at once. */
    private void giveUp(Exception why, long nowNs) {
        String held = ticket;
        if (held != null && entry.completeExceptionally(why)) {
            doorkeeper.away(held, this, held.equals(presented) ? nowNs + PLACE_KEPT_NS : nowNs);
        }
    }

    @Override
    public void onTurn(Hold hold) {
        if (!entry.complete(new Entry(hold))) {
            hold.release();
        }
    }

    @Override
    public void onEnd() {
        entry.completeExceptionally(new Refusal(Refusal.Code.SPACE_ENDED, "This space has ended."));
    }

    @Override
    public void onReplaced() {
        entry.completeExceptionally(new Refusal(
                Refusal.Code.SESSION_OVER, "Another request has come with this ticket, and waits instead."));
    }

    @Override
    public void onPlace(Place place) {} // told when patience ends

    private static ProblemException comeBack(Verdict.Wait wait) {
        Place place = wait.place();
        int seconds = wait.retryAfterSeconds();
        String where = place.full()
                ? "Full: you are number " + place.position() + "."
                : "You are number " + place.position() + ", let in in about " + place.estimateSeconds() + " s.";
        String detail = where + " Send the same request again in " + seconds + " s with the header " + TICKET
                + "; your place is kept for " + 2 * seconds + " s.";
        return new ProblemException(
                        Problem.queued(detail, place.position(), place.estimateSeconds(), place.full(), wait.ticket()))
                .with("Retry-After", Integer.toString(seconds))
                .with(TICKET, wait.ticket());
    }
}
