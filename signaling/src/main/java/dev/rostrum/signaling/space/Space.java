package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Connection;
import dev.rostrum.signaling.model.Connection.Farewell;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Media.Publication;
import dev.rostrum.signaling.model.Network;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Permission;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.Snapshot;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceEvent.MediaState;
import dev.rostrum.signaling.model.SpaceEvent.VideoState;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.model.SpaceState;
import dev.rostrum.signaling.model.SpaceStore.Change;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import dev.rostrum.signaling.model.SpaceStore.StoredSpace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One space: who comes in and goes, what becomes of their places, and who hears of it.
 *
 * <p>Owned by the event loop of {@link Spaces}: every method is called on it. Commands are judged by {@link Commands},
 * seats counted by {@link Seats}, identities kept by {@link Identities}.
 */
public final class Space {

    private final Spaces spaces;
    private final Seats seats;
    private final Identities identities;
    private final Audience audience = new Audience();
    private final Commands commands;
    private final Set<String> bannedAddresses = new HashSet<>();
    private SpaceInfo info;
    private long version;
    private long emptySinceNs;
    private boolean emptyCheckPlanned;

    Space(Spaces spaces, SpaceInfo info) {
        this.spaces = spaces;
        this.info = info;
        this.seats = new Seats(spaces.config());
        this.identities = new Identities(this, spaces);
        this.commands = new Commands(this, spaces, seats, audience);
    }

    /** What the space is. */
    public SpaceInfo info() {
        return info;
    }

    /** The id of {@link #info}. */
    public String id() {
        return info.id();
    }

    /** Whether it is over. */
    public boolean ended() {
        return info.state() == SpaceState.ENDED;
    }

    /** Everybody on the stage, highest role first. */
    public List<Participant> stage() {
        return seats.stageView();
    }

    /** How many listen. */
    public int listeners() {
        return seats.listeners();
    }

    /** How many have a place, on the stage or not. */
    public int participants() {
        return seats.present();
    }

    /** Grows with each change that {@link #info}, {@link #stage} or {@link #listeners} would show; for an ETag. */
    public long version() {
        return version;
    }

    /**
     * The role that a grant's holder has here: a person's present one, else what the grant says.
     *
     * @throws Refusal if the grant is another space's, or its holder is banned
     */
    public Role roleOf(Grant grant) throws Refusal {
        requireOwn(grant);
        Member known = identities.person(grant.sub());
        if (known == null) {
            return grant.role();
        }
        if (known.banned) {
            throw banned();
        }
        return known.granted == grant.role() ? known.role : grant.role();
    }

    /**
     * The grant for a new token.
     *
     * @param asker who asks for it; absent for the server's own API key, which may grant all but the host's identity
     * @param sub absent for an invitation
     * @throws Refusal if the asker may not grant it
     */
    public Grant invite(@Nullable Grant asker, Role role, @Nullable String name, @Nullable String sub) throws Refusal {
        requireNotEnded();
        return Invitation.of(this, asker, role, name, sub);
    }

    // Coming in.

    Arrival judge(JoinRequest request) throws Refusal {
        requireNotEnded();
        Grant grant = request.grant();
        if (grant != null) {
            requireOwn(grant);
        }
        return Arrival.judge(request, identities, seats, spaces.config(), bannedAddresses);
    }

    Session join(JoinRequest request, Connection connection, long nowNs) throws Refusal {
        Arrival arrival = judge(request);
        // From here on nothing is refused.
        Member member = arrival.known();
        if (member == null) {
            member = identities.make(request, arrival.granted());
        }
        boolean wasPresent = member.present;
        boolean wasOnStage = wasPresent && member.role.onStage();
        boolean hadHand = wasPresent && member.hand();
        int listenersBefore = seats.listeners();
        replaceSession(member, request);
        member.granted = arrival.granted();
        member.role = arrival.role();
        member.name = arrival.name();
        member.nameFixed |= arrival.nameFixed();
        member.muted = member.muted && member.role.onStage() && request.door() != Door.WHIP;
        member.camera = member.role.onStage() && (member.camera || (info.video() && request.door() == Door.WHIP));
        member.screen = member.screen && member.role.onStage();
        if (member.role.onStage()) {
            member.handAt = null;
        }
        member.door = request.door();
        member.address = request.address();
        member.connected = request.door() == Door.WEBSOCKET;
        member.away = false;
        member.presenceEpoch++;
        member.permissionEpoch++;
        String resume = request.door() == Door.WEBSOCKET ? identities.resumeFor(member, request.resume()) : null;
        if (wasPresent) {
            seats.file(member);
        } else {
            identities.present(member);
            seats.enter(member);
        }
        var ignored = member.applyPermissions(spaces.media()); // only if media was kept; nobody waits for it
        List<Change> changes = new ArrayList<>();
        if (info.state() == SpaceState.SCHEDULED && member.role.onStage()) {
            goLive(changes);
        }
        save(member, changes);
        Session session = new Session(
                member,
                connection,
                resume,
                spaces.confirm(List.of(), null, changes, nowNs),
                new CommandRate(
                        spaces.config().commandsPerSecond(), spaces.config().commandBurst(), nowNs));
        member.session = session;
        if (member.connected) {
            audience.add(session);
        }
        changed();
        if (member.role.onStage()) {
            audience.tellOthers(session, new SpaceEvent.Stage(member.view()));
        } else if (wasOnStage) {
            audience.tellOthers(session, new SpaceEvent.Left(member.id));
        }
        if (member.hand() || hadHand) {
            Audience.tellModerators(seats.stage(), new SpaceEvent.Hand(member.view()));
        }
        if (seats.listeners() != listenersBefore) {
            audience.countsChanged(this, spaces.agenda(), nowNs);
        }
        return session;
    }

    private void replaceSession(Member member, JoinRequest request) {
        Session before = member.session;
        if (before != null) {
            audience.remove(before);
            before.end(Farewell.REPLACED);
        }
        boolean keepMedia = request.keepMedia() && request.door() == Door.WEBSOCKET && member.door == Door.WEBSOCKET;
        if (!keepMedia) {
            dropEndpoint(member);
        }
    }

    private void goLive(List<Change> changes) {
        info = info.live(spaces.now());
        changes.add(new Change.PutSpace(stored()));
        audience.tell(new SpaceEvent.SpaceChanged(info));
    }

    Snapshot snapshotFor(Member member) {
        List<Participant> participants = new ArrayList<>(seats.stageView());
        if (member.role.may(Permission.SEE_HANDS)) {
            seats.hands().forEach(hand -> participants.add(hand.view()));
        }
        return new Snapshot(info, member.view(), participants, listeners());
    }

    // Media.

    void attach(Session session, Member member, String endpointId, List<Publication> publications) {
        if (!session.open() || member.session != session) {
            spaces.media().remove(endpointId);
            return;
        }
        if (!endpointId.equals(member.endpointId)) {
            dropEndpoint(member);
        }
        member.endpointId = endpointId;
        member.publications = List.copyOf(publications);
        spaces.endpoints().put(endpointId, member);
        if (session.permissionEpoch() != member.permissionEpoch) {
            var ignored = member.applyPermissions(spaces.media()); // it changed since the endpoint was described
        }
    }

    void dropEndpoint(Member member) {
        String endpoint = member.endpointId;
        if (endpoint != null) {
            member.endpointId = null;
            member.publications = List.of();
            spaces.endpoints().remove(endpoint);
            spaces.media().remove(endpoint);
        }
    }

    void endpointVideo(Member member, String mid, int csrc, VideoState state) {
        Member seen = identities.byCsrc(csrc);
        Audience.tellOne(
                member,
                new SpaceEvent.Video(
                        mid, seen == null ? null : seen.id, seen == null ? null : Media.Source.of(csrc), state));
    }

    void endpointClosed(Member member, String reason, long nowNs) {
        member.endpointId = null;
        member.publications = List.of();
        member.mediaLostNs = nowNs;
        if (member.door != Door.WEBSOCKET) {
            depart(member, member.sub == null, nowNs);
        } else if (member.connected) {
            Audience.tellOne(member, new SpaceEvent.Media(MediaState.CLOSED, reason));
        } else {
            lost(member, nowNs);
        }
    }

    // Going.

    void disconnected(Session session, Member member, long nowNs) {
        if (member.session != session || member.door != Door.WEBSOCKET) {
            return;
        }
        audience.remove(session);
        session.end();
        member.session = null;
        member.connected = false;
        if (member.endpointId == null) {
            lost(member, nowNs);
        }
    }

    /** Neither connection nor media: the place is kept for a while, and who they are at least as long. */
    private void lost(Member member, long nowNs) {
        Long mediaLostNs = member.mediaLostNs;
        if (mediaLostNs == null && !member.role.onStage()) {
            // Coming without media asks nobody for room: were such places kept, anybody could be counted many times.
            takePlace(member, nowNs);
        } else {
            member.away = true;
            member.mediaPlaceKept = mediaLostNs != null
                    && nowNs - mediaLostNs < spaces.config().placeKept().toNanos();
            member.presenceEpoch++;
            changed();
            if (member.role.onStage()) {
                audience.tell(new SpaceEvent.Stage(member.view()));
            }
        }
        long epoch = member.presenceEpoch;
        spaces.agenda().at(nowNs + spaces.config().placeKept().toNanos(), dueNs -> {
            if (member.presenceEpoch == epoch) {
                depart(member, !member.worthRemembering(), dueNs);
            }
        });
    }

    /** Goes by their own will. */
    void leave(Member member, List<Change> changes, long nowNs) {
        takePlace(member, nowNs);
        identities.released(member, nowNs, changes);
    }

    void leave(Member member, long nowNs) {
        List<Change> changes = new ArrayList<>();
        leave(member, changes, nowNs);
        spaces.save(changes);
    }

    private void depart(Member member, boolean forget, long nowNs) {
        List<Change> changes = new ArrayList<>();
        if (member.present) {
            takePlace(member, nowNs);
        }
        if (forget) {
            identities.forget(member, changes);
        } else {
            identities.absent(member, nowNs, changes);
        }
        spaces.save(changes);
    }

    /** Takes somebody's place away, and tells it; what becomes of their identity is the caller's. */
    void takePlace(Member member, long nowNs) {
        boolean onStage = member.role.onStage();
        boolean hadHand = member.hand();
        Session session = member.session;
        if (session != null) {
            audience.remove(session);
            session.end();
            member.session = null;
        }
        dropEndpoint(member);
        member.connected = false;
        member.away = false;
        member.camera = false;
        member.screen = false;
        member.handAt = null;
        member.mediaLostNs = null;
        member.presenceEpoch++;
        seats.leave(member);
        changed();
        if (onStage) {
            audience.tell(new SpaceEvent.Left(member.id));
        } else {
            audience.countsChanged(this, spaces.agenda(), nowNs);
        }
        if (hadHand) {
            Audience.tellModerators(seats.stage(), new SpaceEvent.Hand(member.view()));
        }
        checkEmpty(nowNs);
    }

    // Commands.

    CompletionStage<Boolean> execute(Session session, Member member, Command command, long nowNs) throws Refusal {
        Outcome outcome = commands.carryOut(session, member, command, nowNs);
        CompletableFuture<Boolean> confirmed =
                spaces.confirm(outcome.revocations(), outcome.endpointId(), outcome.changes(), nowNs);
        Farewell farewell = outcome.farewell();
        if (farewell == null) {
            return confirmed;
        }
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        var ignored = confirmed.whenComplete((durable, failure) -> {
            if (failure == null) {
                result.complete(durable);
            } else {
                result.completeExceptionally(failure);
            }
            session.connection().close(farewell); // after the result has gone out
        });
        return result;
    }

    /** Gives somebody another role or mutes them, and tells everybody who must know. */
    void changeRole(Member member, Role role, boolean muted, Member by, long nowNs) {
        boolean wasOnStage = member.role.onStage();
        boolean hadHand = member.hand();
        boolean sawHands = member.role.may(Permission.SEE_HANDS);
        member.role = role;
        member.muted = muted;
        member.permissionEpoch++;
        if (role.onStage()) {
            member.handAt = null;
        } else {
            member.camera = false;
            member.screen = false;
        }
        seats.file(member);
        changed();
        Audience.tellOne(member, new SpaceEvent.RoleChanged(role, muted, by.id));
        audience.tell(role.onStage() ? new SpaceEvent.Stage(member.view()) : new SpaceEvent.Left(member.id));
        if (hadHand && !member.hand()) {
            Audience.tellModerators(seats.stage(), new SpaceEvent.Hand(member.view()));
        }
        if (!sawHands && role.may(Permission.SEE_HANDS)) {
            seats.hands().forEach(hand -> Audience.tellOne(member, new SpaceEvent.Hand(hand.view())));
        }
        if (wasOnStage != role.onStage()) {
            audience.countsChanged(this, spaces.agenda(), nowNs);
        }
    }

    Identities identities() {
        return identities;
    }

    /** Adds what must be saved of somebody, if anything. */
    void save(Member member, List<Change> changes) {
        if (member.rememberable()) {
            changes.add(new Change.PutIdentity(member.stored(null)));
        }
    }

    void banAddress(String address, List<Change> changes) {
        String network = Network.of(address);
        if (bannedAddresses.size() < Arrival.MAX_BANNED_ADDRESSES
                && bannedAddresses.add(network == null ? address : network)) {
            changes.add(new Change.PutSpace(stored()));
        }
    }

    // The end.

    /** @param issuer whose connection is closed by the caller, after its result */
    void end(@Nullable Session issuer, List<Change> changes, long nowNs) {
        info = info.ended(spaces.now());
        bannedAddresses.clear();
        audience.clear();
        for (Member member : identities.all()) {
            member.presenceEpoch++;
            if (member.present) {
                seats.leave(member);
                dropEndpoint(member);
                Session session = member.session;
                if (session == issuer && session != null) {
                    session.end();
                } else if (session != null) {
                    session.end(Farewell.ENDED);
                }
                member.session = null;
            }
        }
        identities.clear();
        changed();
        changes.add(new Change.PutSpace(stored()));
        changes.add(new Change.DeleteIdentities(id()));
        spaces.onEnded(this, nowNs);
    }

    /** Plans the end of a space in which nobody is. */
    void checkEmpty(long nowNs) {
        if (seats.present() > 0 || ended()) {
            return;
        }
        emptySinceNs = nowNs;
        if (!emptyCheckPlanned) {
            planEmptyCheck();
        }
    }

    private void planEmptyCheck() {
        emptyCheckPlanned = true;
        spaces.agenda().at(emptySinceNs + spaces.config().emptySpaceEnds().toNanos(), dueNs -> {
            emptyCheckPlanned = false;
            if (seats.present() > 0 || ended()) {
                return;
            }
            Instant startsAt = info.startsAt();
            if (startsAt != null && startsAt.isAfter(spaces.now())) {
                emptySinceNs = dueNs; // announced for later: wait on
            }
            if (emptySinceNs + spaces.config().emptySpaceEnds().toNanos() - dueNs > 0) {
                planEmptyCheck();
            } else {
                List<Change> changes = new ArrayList<>();
                end(null, changes, dueNs);
                spaces.save(changes);
            }
        });
    }

    // The store.

    StoredSpace stored() {
        return new StoredSpace(info, bannedAddresses);
    }

    /** Those who were on the stage keep their places for a while, so that the stage comes back first. */
    void restore(StoredSpace stored, List<StoredIdentity> storedIdentities, long nowNs) {
        bannedAddresses.addAll(stored.bannedAddresses());
        for (Member member : identities.restore(storedIdentities, nowNs)) {
            member.role = seats.highestFree(member.role, null); // the stage may have become smaller
            seats.enter(member);
            member.mediaLostNs = nowNs;
            lost(member, nowNs);
        }
        checkEmpty(nowNs);
    }

    void changed() {
        version++;
    }

    private void requireNotEnded() throws Refusal {
        if (ended()) {
            throw new Refusal(Refusal.Code.SPACE_ENDED, "This space has ended.");
        }
    }

    private void requireOwn(Grant grant) throws Refusal {
        if (!grant.spaceId().equals(id())) {
            throw new Refusal(Refusal.Code.FORBIDDEN, "The token is for another space.");
        }
    }

    static Refusal banned() {
        return new Refusal(Refusal.Code.BANNED, "You were put out of this space and can't come back.");
    }
}
