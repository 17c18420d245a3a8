package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Media.Publication;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Permission;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A participant as the space knows them: who they are over all their sessions, and how they are here now.
 *
 * <p>Owned by the event loop of {@link Spaces}. The fields are the space's to change; each change of what others see
 * goes through {@link Space}, which tells it.
 */
final class Member {

    final Space space;
    final String id;
    final int csrc;
    final @Nullable String sub;

    Role granted;
    Role role;
    String name = "";
    boolean nameFixed;
    boolean muted;
    /** Whether they show their camera, as far as they said. */
    boolean camera;
    /** Whether they show their screen, as far as they said. */
    boolean screen;

    boolean banned;

    @Nullable
    String resumeHash;

    @Nullable
    Instant handAt;

    /** Whether they have a place: connected, or with media, or lost a short while ago. */
    boolean present;

    @Nullable
    Session session;

    Door door = Door.WEBSOCKET;
    /** Whether their WebSocket is there; never for WHIP and WHEP. */
    boolean connected;
    /** When they were lost, while their place is kept. */
    boolean away;

    /** When their media was lost, on the monotonic clock; absent if they have had none since they came. */
    @Nullable
    Long mediaLostNs;

    /** Whether the place that is kept while they are away was one with media, which they can come back to. */
    boolean mediaPlaceKept;

    /** Grows whenever they come or are lost, so that a task planned before sees that it is too late. */
    long presenceEpoch;

    /** Grows whenever what they may publish changes. */
    long permissionEpoch;

    long absentSinceNs;
    /** Whether they have been among those who may come back: then they take nobody's place there. */
    boolean remembered;
    /** Whose WHEP player this is, if it is a person's. */
    @Nullable
    String playerOf;

    @Nullable
    String endpointId;

    List<Publication> publications = List.of();

    @Nullable
    String address;

    private @Nullable Participant view;

    Member(Space space, String id, int csrc, @Nullable String sub, Role granted) {
        this.space = space;
        this.id = id;
        this.csrc = csrc;
        this.sub = sub;
        this.granted = granted;
        this.role = granted;
    }

    static Member restored(Space space, StoredIdentity stored, int csrc) {
        Member member = new Member(space, stored.id(), csrc, stored.sub(), stored.granted());
        member.role = stored.role();
        member.name = stored.name();
        member.nameFixed = stored.nameFixed();
        member.muted = stored.muted();
        member.banned = stored.banned();
        member.resumeHash = stored.resumeHash();
        member.handAt = stored.handAt();
        return member;
    }

    /** Whether they can come back as who they are. */
    boolean rememberable() {
        return sub != null || resumeHash != null;
    }

    /**
     * Whether something of them would be missed. Who came without media asked nobody for room: were they remembered, anybody
     * could push out those for whom a demotion is remembered.
     */
    boolean worthRemembering() {
        return sub != null || role != granted || mediaLostNs != null || remembered;
    }

    boolean hand() {
        return handAt != null;
    }

    boolean permitted(Source source) {
        return role.may(Permission.PUBLISH)
                && switch (source) {
                    case MICROPHONE -> !muted;
                    case CAMERA -> camera;
                    case SCREEN, SCREEN_AUDIO -> screen;
                };
    }

    /** Whether their session has something to publish with, as far as is known. */
    boolean canPublish() {
        return door != Door.WHEP && (endpointId == null || !publications.isEmpty());
    }

    /** Whether their session can show this, as far as is known. */
    boolean canPublish(Source source) {
        return door != Door.WHEP
                && (endpointId == null
                        || publications.stream().anyMatch(publication -> publication.source() == source));
    }

    /** Tells the media side what is permitted now. What is taken away is to be awaited. */
    List<CompletionStage<Void>> applyPermissions(Media media) {
        List<CompletionStage<Void>> revocations = new ArrayList<>();
        String endpoint = endpointId;
        if (endpoint != null) {
            for (Publication publication : publications) {
                boolean permitted = permitted(publication.source());
                CompletionStage<Void> confirmed = media.permit(endpoint, publication.mid(), permitted);
                if (!permitted) {
                    revocations.add(confirmed);
                }
            }
        }
        return revocations;
    }

    /** Tells the media side that nothing is permitted any more, for the short time until the endpoint is gone. */
    List<CompletionStage<Void>> revokeAll(Media media) {
        List<CompletionStage<Void>> revocations = new ArrayList<>();
        String endpoint = endpointId;
        if (endpoint != null) {
            for (Publication publication : publications) {
                revocations.add(media.permit(endpoint, publication.mid(), false));
            }
        }
        return revocations;
    }

    Participant view() {
        Participant cached = view;
        if (cached == null
                || cached.role() != role
                || cached.muted() != muted
                || cached.camera() != camera
                || cached.screen() != screen
                || cached.hand() != hand()
                || cached.away() != away
                || !cached.name().equals(name)) {
            cached = new Participant(id, name, role, csrc, muted, camera, screen, hand(), away);
            view = cached;
        }
        return cached;
    }

    StoredIdentity stored(@Nullable Instant leftAt) {
        return new StoredIdentity(
                space.id(), id, sub, granted, role, name, nameFixed, csrc, muted, banned, resumeHash, handAt, leftAt);
    }
}
