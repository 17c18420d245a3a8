package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Connection;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Media.Publication;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Snapshot;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One stay of a participant in a space, by one connection: from a join to its end, or to the next join of the same
 * participant, which replaces it.
 *
 * <p>Owned by the event loop of {@link Spaces}: every method is called on it, and every stage completes on it, never
 * within the call that returns it. A session that is over refuses commands and ignores the rest.
 */
public final class Session {

    private final Member member;
    private final Connection connection;
    private final @Nullable String resume;
    private final CompletionStage<Boolean> stored;
    private final CommandRate rate;
    private boolean open = true;
    private long permissionEpoch = -1;

    Session(
            Member member,
            Connection connection,
            @Nullable String resume,
            CompletionStage<Boolean> stored,
            CommandRate rate) {
        this.member = member;
        this.connection = connection;
        this.resume = resume;
        this.stored = stored;
        this.rate = rate;
    }

    /** The participant as they are now. */
    public Participant participant() {
        return member.view();
    }

    /** The space that they are in. */
    public Space space() {
        return member.space;
    }

    /** The private token with which the participant can come back as who they are; absent at WHIP and WHEP. */
    public @Nullable String resume() {
        return resume;
    }

    /** Whether nothing has ended or replaced this session yet. */
    public boolean open() {
        return open;
    }

    /** The endpoint of the participant's media; absent while there is none (see {@link #attach}). */
    public @Nullable String endpointId() {
        return member.endpointId;
    }

    /** Completes with whether the participant's identity is durable; false if the store is failing. Never fails. */
    public CompletionStage<Boolean> stored() {
        return stored;
    }

    /** What the client must know now. */
    public Snapshot snapshot() {
        return member.space.snapshotFor(member);
    }

    /** Whether a publication of this source is to be forwarded now; for the {@code EndpointSpec}. */
    public boolean permitted(Media.Source source) {
        permissionEpoch = member.permissionEpoch;
        return open && member.permitted(source);
    }

    /**
     * Says that the participant has media now: an endpoint that was just given to the SFU, its publications permitted
     * as {@link #permitted} said. Does away with the endpoint before, if any.
     */
    public void attach(String endpointId, List<Publication> publications) {
        member.space.attach(this, member, endpointId, publications);
    }

    /**
     * Carries out a command, or doesn't.
     *
     * @return completes when the command holds: on every shard (nothing of a demoted or muted participant is forwarded
     *     any more) and in the store, with whether it is durable (false if the store is failing); or fails with a
     *     {@link Refusal}
     */
    public CompletionStage<Boolean> execute(Command command, long nowNs) {
        try {
            count(nowNs);
            return member.space.execute(this, member, command, nowNs);
        } catch (Refusal refusal) {
            return CompletableFuture.failedFuture(refusal);
        }
    }

    /**
     * Counts one command, also one that is not the space's to carry out.
     *
     * @throws Refusal if the session is over, or sends more than it may
     */
    public void count(long nowNs) throws Refusal {
        if (!open) {
            throw new Refusal(Refusal.Code.SESSION_OVER, "This session is over.");
        }
        rate.take(nowNs);
    }

    /** The client's connection was lost: its place is kept, its media goes on. */
    public void disconnected(long nowNs) {
        if (open) {
            member.space.disconnected(this, member, nowNs);
        }
    }

    /** The participant goes (WHIP, WHEP: DELETE). The same as the command. */
    public void leave(long nowNs) {
        if (open) {
            member.space.leave(member, nowNs);
        }
    }

    /** As of when {@link #permitted} last spoke. */
    long permissionEpoch() {
        return permissionEpoch;
    }

    Connection connection() {
        return connection;
    }

    /** Marks the session as over, without telling its connection. */
    void end() {
        open = false;
    }

    void end(Connection.Farewell farewell) {
        if (open) {
            open = false;
            connection.close(farewell);
        }
    }
}
