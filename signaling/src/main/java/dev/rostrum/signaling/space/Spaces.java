package dev.rostrum.signaling.space;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.model.Connection;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Permission;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceEvent.MediaState;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.model.SpaceState;
import dev.rostrum.signaling.model.SpaceStore;
import dev.rostrum.signaling.model.SpaceStore.Change;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import dev.rostrum.signaling.model.SpaceStore.StoredSpace;
import dev.rostrum.signaling.model.SpacesConfig;
import dev.rostrum.signaling.model.Standing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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
public final class Spaces {

    private final SpacesConfig config;
    private final Media media;
    private final SpaceStore store;
    private final Executor loop;
    private final InstantSource wallClock;
    private final Ids ids;
    private final Agenda agenda = new Agenda();
    private final Map<String, Space> all = new HashMap<>();
    /** Listed and not ended, oldest first. */
    private final LinkedHashMap<String, Space> listed = new LinkedHashMap<>();
    /** Longest ended first. */
    private final LinkedHashMap<String, Space> ended = new LinkedHashMap<>();

    private final Map<String, Member> endpoints = new HashMap<>();
    private boolean sweepPlanned;

    /**
     * @param loop runs a task on the owning event loop, later and in order, never within the call; for answers of media
     *     and store
     * @param random the source of ids, CSRCs and resume tokens: a {@link java.security.SecureRandom} in the server
     * @param wallClock the time of day, for what is shown and stored
     */
    public Spaces(
            SpacesConfig config,
            Media media,
            SpaceStore store,
            Executor loop,
            RandomGenerator random,
            InstantSource wallClock) {
        this.config = config;
        this.media = media;
        this.store = store;
        this.loop = loop;
        this.wallClock = wallClock;
        this.ids = new Ids(random);
    }

    /** Takes in what the store has; once, before all else. */
    public void restore(SpaceStore.Contents contents, long nowNs) {
        Map<String, List<StoredIdentity>> identities = new HashMap<>();
        for (StoredIdentity identity : contents.identities()) {
            identities
                    .computeIfAbsent(identity.spaceId(), _ -> new ArrayList<>())
                    .add(identity);
        }
        List<StoredSpace> stored = new ArrayList<>(contents.spaces());
        stored.sort(Comparator.comparing(Spaces::filedAt));
        for (StoredSpace one : stored) {
            Space space = new Space(this, one.info());
            file(space);
            if (!space.ended()) {
                space.restore(one, identities.getOrDefault(space.id(), List.of()), nowNs);
            }
        }
        planSweep(nowNs);
    }

    private static Instant filedAt(StoredSpace space) {
        Instant endedAt = space.info().endedAt();
        return endedAt == null ? space.info().createdAt() : endedAt;
    }

    /** A space that was just made, and whether it is durable (false if the store is failing). */
    public record Created(Space space, CompletionStage<Boolean> stored) {}

    /**
     * Makes a space.
     *
     * @param videoCodecs the codecs of its video, the preferred first; empty for a space without video
     * @param startsAt when it is announced to start, if so
     * @throws Refusal if the title is longer than 200 characters or has control characters, or there are too many spaces
     */
    public Created create(
            String title, List<VideoCodec> videoCodecs, boolean listed, @Nullable Instant startsAt, long nowNs)
            throws Refusal {
        String clean = Names.clean(title, Names.MAX_TITLE, "title");
        if (size() >= config.spaces()) {
            throw new Refusal(Refusal.Code.FULL, "This server has as many spaces as it may have.");
        }
        Space space = new Space(
                this,
                new SpaceInfo(
                        ids.space(),
                        clean,
                        SpaceState.SCHEDULED,
                        !videoCodecs.isEmpty(),
                        videoCodecs,
                        listed,
                        now(),
                        startsAt,
                        null,
                        null));
        file(space);
        space.checkEmpty(nowNs);
        List<Change> changes = List.of(new Change.PutSpace(space.stored()));
        return new Created(space, confirm(List.of(), null, changes, nowNs));
    }

    /** The space of this id, also an ended one. */
    public Optional<Space> find(String spaceId) {
        return Optional.ofNullable(all.get(spaceId));
    }

    /** The space of this id, also an ended one. */
    public Space require(String spaceId) throws Refusal {
        return find(spaceId).orElseThrow(() -> new Refusal(Refusal.Code.NO_SUCH_SPACE, "There is no such space here."));
    }

    /** The spaces that the public list shows: listed, not ended; newest first, at most this many. */
    public List<Space> listed(int limit) {
        return listed.sequencedValues().reversed().stream().limit(limit).toList();
    }

    /** How many spaces have not ended. */
    public int size() {
        return all.size() - ended.size();
    }

    /** How many participants have a place in any space. */
    public int participants() {
        int participants = 0;
        for (Space space : all.values()) {
            participants += space.participants();
        }
        return participants;
    }

    /**
     * What a join would be, without doing it.
     *
     * @throws Refusal if they can't come in
     */
    public Standing standing(String spaceId, JoinRequest request) throws Refusal {
        return require(spaceId).judge(request).standing();
    }

    /**
     * Lets somebody into a space.
     *
     * <p>The web layer checks the offer first, then joins, then makes the answer with the participant's CSRC and {@link
     * Session#permitted}, then gives the endpoint to the SFU and calls {@link Session#attach}; best in one turn of the
     * event loop. When {@link Session#stored} completes it sends the client the answer, with the {@link
     * Session#snapshot} of that moment; events that the connection was given before that are in it, and are not sent.
     *
     * @throws Refusal if they can't come in; nothing has changed then
     */
    public Session join(String spaceId, JoinRequest request, Connection connection, long nowNs) throws Refusal {
        return require(spaceId).join(request, connection, nowNs);
    }

    /**
     * Ends a space for everybody, by DELETE. One that has ended already stays so.
     *
     * @param grant who asks; absent for the server's own API key
     * @return completes with whether the end is durable
     * @throws Refusal if the asker may not
     */
    public CompletionStage<Boolean> end(String spaceId, @Nullable Grant grant, long nowNs) throws Refusal {
        Space space = require(spaceId);
        if (grant != null && !space.roleOf(grant).may(Permission.END)) {
            throw new Refusal(Refusal.Code.FORBIDDEN, "Only the host can end a space.");
        }
        List<Change> changes = new ArrayList<>();
        if (!space.ended()) {
            space.end(null, changes, nowNs);
        }
        return confirm(List.of(), null, changes, nowNs);
    }

    /** The endpoint's transport is up (from {@code SfuListener}). */
    public void endpointConnected(String endpointId) {
        tell(endpointId, MediaState.CONNECTED);
    }

    /** The endpoint's first packet since a change of permission was forwarded (from {@code SfuListener}). */
    public void endpointPublishing(String endpointId) {
        tell(endpointId, MediaState.PUBLISHING);
    }

    /** A video slot of the endpoint carries something else now, or nothing (from {@code SfuListener}). */
    public void endpointVideo(String endpointId, String mid, int csrc, SpaceEvent.VideoState state) {
        Member member = endpoints.get(endpointId);
        if (member != null) {
            member.space.endpointVideo(member, mid, csrc, state);
        }
    }

    private void tell(String endpointId, MediaState state) {
        Member member = endpoints.get(endpointId);
        if (member != null) {
            Audience.tellOne(member, new SpaceEvent.Media(state, ""));
        }
    }

    /** The endpoint is gone (from {@code SfuListener}). Unknown endpoints are ignored. */
    public void endpointClosed(String endpointId, String reason, long nowNs) {
        Member member = endpoints.remove(endpointId);
        if (member != null) {
            member.space.endpointClosed(member, reason, nowNs);
        }
    }

    /** When {@link #onDeadline} is due; {@link Long#MAX_VALUE} if nothing is. A turn may bring it forward. */
    public long deadlineNs() {
        return agenda.deadlineNs();
    }

    /** Does what is due: lost participants, counts, empty spaces, late confirmations. Too early or late does no harm. */
    public void onDeadline(long nowNs) {
        agenda.runDue(nowNs);
    }

    // For the spaces.

    SpacesConfig config() {
        return config;
    }

    Media media() {
        return media;
    }

    Agenda agenda() {
        return agenda;
    }

    Ids ids() {
        return ids;
    }

    Map<String, Member> endpoints() {
        return endpoints;
    }

    /** The time of day, in whole milliseconds, as it is stored. */
    Instant now() {
        return wallClock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    /** Saves changes that nobody waits for; null if there are none. */
    @Nullable
    CompletionStage<Void> save(List<Change> changes) {
        return changes.isEmpty() ? null : store.save(changes);
    }

    /** Saves changes and waits for the media side, too. */
    CompletableFuture<Boolean> confirm(
            List<CompletionStage<Void>> revocations, @Nullable String endpointId, List<Change> changes, long nowNs) {
        return Confirmation.await(
                media,
                revocations,
                endpointId,
                save(changes),
                loop,
                agenda,
                nowNs + config.confirmWithin().toNanos());
    }

    void onEnded(Space space, long nowNs) {
        file(space);
        if (ended.size() > config.spaces()) {
            forget(ended.firstEntry().getValue());
        }
        planSweep(nowNs);
    }

    private void file(Space space) {
        all.put(space.id(), space);
        if (space.ended()) {
            listed.remove(space.id());
            ended.put(space.id(), space);
        } else if (space.info().listed()) {
            listed.put(space.id(), space);
        }
    }

    private void forget(Space space) {
        all.remove(space.id());
        ended.remove(space.id());
        save(List.of(new Change.DeleteSpace(space.id())));
    }

    private void planSweep(long nowNs) {
        if (sweepPlanned || ended.isEmpty()) {
            return;
        }
        sweepPlanned = true;
        Duration left = Duration.between(now(), forgetAt(ended.firstEntry().getValue()));
        agenda.at(nowNs + Math.max(left.toNanos(), Duration.ofSeconds(1).toNanos()), dueNs -> {
            sweepPlanned = false;
            while (!ended.isEmpty() && !forgetAt(ended.firstEntry().getValue()).isAfter(now())) {
                forget(ended.firstEntry().getValue());
            }
            planSweep(dueNs);
        });
    }

    private Instant forgetAt(Space space) {
        Instant endedAt = space.info().endedAt();
        return (endedAt == null ? now() : endedAt).plus(config.endedSpaceKept());
    }
}
