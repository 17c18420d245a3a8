package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Connection.Farewell;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Permission;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Refusal.Code;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceStore.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The rules of commands: each is judged first, and then either carried out as a whole or refused.
 *
 * <p>Owned by the event loop of {@link Spaces}.
 */
final class Commands {

    private static final int MAX_HEIGHT = 16_384;

    private final Space space;
    private final Spaces spaces;
    private final Seats seats;
    private final Audience audience;

    Commands(Space space, Spaces spaces, Seats seats, Audience audience) {
        this.space = space;
        this.spaces = spaces;
        this.seats = seats;
        this.audience = audience;
    }

    Outcome carryOut(Session session, Member actor, Command command, long nowNs) throws Refusal {
        return switch (command) {
            case Command.RaiseHand() -> raiseHand(actor);
            case Command.LowerHand(String participant) -> lowerHand(actor, participant);
            case Command.Promote(String participant, Role role) -> promote(actor, target(participant), role, nowNs);
            case Command.Demote(String participant, Role role) -> demote(actor, target(participant), role, nowNs);
            case Command.Mute(String participant, Source source) ->
                mute(actor, participant == null ? actor : target(participant), source);
            case Command.Unmute(Source source) -> unmute(actor, source);
            case Command.Remove(String participant, boolean ban, boolean banAddress) ->
                remove(actor, participant, ban, banAddress, nowNs);
            case Command.SetName(String name) -> setName(actor, name);
            case Command.SetSlots(Integer audio, List<Command.SlotWish> video) -> setSlots(actor, audio, video);
            case Command.Leave() -> leave(actor, nowNs);
            case Command.End() -> end(session, actor, nowNs);
        };
    }

    private Outcome raiseHand(Member actor) throws Refusal {
        if (!actor.role.may(Permission.RAISE_HAND)) {
            throw new Refusal(Code.ON_STAGE, "You are on the stage already.");
        }
        if (actor.hand()) {
            return Outcome.nothing();
        }
        if (seats.handCount() >= spaces.config().hands()) {
            throw new Refusal(Code.FULL, "Too many hands are raised; try again later.");
        }
        actor.handAt = spaces.now();
        return handChanged(actor);
    }

    private Outcome lowerHand(Member actor, @Nullable String participant) throws Refusal {
        Member target = participant == null ? actor : target(participant);
        if (target != actor) {
            require(actor, Permission.SEE_HANDS, "lower the hands of others");
        }
        if (!target.hand()) {
            return Outcome.nothing();
        }
        target.handAt = null;
        Outcome outcome = handChanged(target);
        if (target != actor) {
            Audience.tellOne(target, new SpaceEvent.Hand(target.view()));
        }
        return outcome;
    }

    private Outcome handChanged(Member member) {
        seats.file(member);
        Audience.tellModerators(seats.stage(), new SpaceEvent.Hand(member.view()));
        return Outcome.of(saved(member));
    }

    private Outcome promote(Member actor, Member target, Role role, long nowNs) throws Refusal {
        require(actor, Permission.PROMOTE, "promote others");
        if (!role.onStage()) {
            throw new Refusal(Code.INVALID_FIELD, "A promotion is to speaker, cohost or host.", "role");
        }
        requireAbove(actor, target);
        if (!role.above(target.role)) {
            throw new Refusal(Code.ON_STAGE, "They are " + target.role.text() + " already.", "role");
        }
        if (role == Role.HOST) {
            require(actor, Permission.HAND_OVER, "hand over the host's seat");
        } else if (!actor.role.above(role)) {
            throw new Refusal(
                    Code.FORBIDDEN, "As " + actor.role.text() + " you can't make others " + role.text() + ".", "role");
        }
        if (!target.canPublish()) {
            throw new Refusal(Code.CANNOT_PUBLISH, "Their client has nothing to publish with.", "participant");
        }
        boolean muted = target.role.onStage() ? target.muted : !target.hand();
        List<Change> changes;
        if (role == Role.HOST) {
            Role actorsNext = seats.highestFree(Role.COHOST, target);
            if (!actorsNext.onStage()) {
                throw new Refusal(Code.STAGE_FULL, "There is no other seat on the stage for you.", "role");
            }
            space.changeRole(actor, actorsNext, actor.muted, actor, nowNs);
            space.changeRole(target, role, muted, actor, nowNs);
            changes = saved(actor);
            space.save(target, changes);
        } else {
            if (!seats.free(role, target)) {
                throw new Refusal(Code.STAGE_FULL, "All seats for " + role.text() + "s are taken.", "role");
            }
            space.changeRole(target, role, muted, actor, nowNs);
            changes = saved(target);
        }
        return new Outcome(target.applyPermissions(spaces.media()), target.endpointId, changes, null);
    }

    private Outcome demote(Member actor, Member target, Role role, long nowNs) throws Refusal {
        if (!target.role.onStage()) {
            throw new Refusal(Code.NOT_ON_STAGE, "They are not on the stage.", "participant");
        }
        if (target != actor) {
            require(actor, Permission.DEMOTE, "demote others");
            requireAbove(actor, target);
        } else if (actor.role == Role.HOST) {
            throw new Refusal(Code.FORBIDDEN, "Hand over the host's seat first: promote somebody to host.");
        }
        if (!target.role.above(role)) {
            throw new Refusal(Code.INVALID_FIELD, "The new role must be below " + target.role.text() + ".", "role");
        }
        if (!seats.free(role, target)) {
            throw new Refusal(Code.STAGE_FULL, "All seats for " + role.text() + "s are taken.", "role");
        }
        space.changeRole(target, role, role.onStage() && target.muted, actor, nowNs);
        return new Outcome(target.applyPermissions(spaces.media()), target.endpointId, saved(target), null);
    }

    private Outcome mute(Member actor, Member target, Source source) throws Refusal {
        if (target != actor) {
            require(actor, Permission.MUTE, "mute others");
            requireAbove(actor, target);
        }
        if (!target.role.onStage()) {
            throw new Refusal(
                    Code.NOT_ON_STAGE, target == actor ? "You are not on the stage." : "They are not on the stage.");
        }
        if (shows(target, source)) {
            show(target, source, false);
            if (target != actor) {
                Audience.tellOne(target, new SpaceEvent.Muted(actor.id, source));
            }
        }
        // Told again even if nothing changes: the result must mean that nothing is forwarded, also for the second
        // asker.
        return new Outcome(target.applyPermissions(spaces.media()), target.endpointId, saved(target), null);
    }

    private Outcome unmute(Member actor, Source source) throws Refusal {
        if (!actor.role.onStage()) {
            throw new Refusal(Code.NOT_ON_STAGE, "You are not on the stage.");
        }
        if (shows(actor, source)) {
            return Outcome.nothing();
        }
        List<CompletionStage<Void>> revocations = List.of();
        if (source != Source.MICROPHONE) {
            if (!space.info().video() || !actor.canPublish(source)) {
                throw new Refusal(Code.CANNOT_PUBLISH, "There is nothing to show it with here.", "source");
            }
            if (source == Source.SCREEN) {
                revocations = makeRoomForScreen(actor);
            }
        }
        show(actor, source, true);
        var ignored = actor.applyPermissions(spaces.media()); // nothing is taken away, so nobody need wait
        return new Outcome(revocations, null, saved(actor), null);
    }

    /** As many screens as there may be: another's is taken off only if its owner is away. */
    private List<CompletionStage<Void>> makeRoomForScreen(Member actor) throws Refusal {
        int shown = 0;
        Member away = null;
        for (Member member : seats.stage()) {
            if (member != actor && member.screen) {
                shown++;
                away = member.away ? member : away;
            }
        }
        if (shown < spaces.config().screens()) {
            return List.of();
        }
        if (away == null) {
            throw new Refusal(Code.SCREEN_TAKEN, "Somebody else shows their screen already.", "source");
        }
        show(away, Source.SCREEN, false);
        return away.applyPermissions(spaces.media());
    }

    private static boolean shows(Member member, Source source) {
        return switch (source) {
            case MICROPHONE -> !member.muted;
            case CAMERA -> member.camera;
            case SCREEN, SCREEN_AUDIO -> member.screen;
        };
    }

    private void show(Member member, Source source, boolean shown) {
        switch (source) {
            case MICROPHONE -> member.muted = !shown;
            case CAMERA -> member.camera = shown;
            case SCREEN, SCREEN_AUDIO -> member.screen = shown;
        }
        member.permissionEpoch++;
        space.changed();
        audience.tell(new SpaceEvent.Stage(member.view()));
    }

    private Outcome remove(Member actor, String participant, boolean ban, boolean banAddress, long nowNs)
            throws Refusal {
        Member target = space.identities().byId(participant);
        if (target == null || (target.banned && !target.present)) {
            throw noSuchParticipant();
        }
        require(actor, Permission.REMOVE, "put others out");
        requireAbove(actor, target);
        List<Change> changes = new ArrayList<>();
        String endpoint = target.endpointId;
        List<CompletionStage<Void>> revocations = target.revokeAll(spaces.media());
        String address = target.address;
        putOut(target, ban ? Farewell.BANNED : Farewell.REMOVED, nowNs);
        if (ban) {
            Member player = space.identities().player(target.sub);
            if (player != null) { // or whoever may not come in would go on hearing
                putOut(player, Farewell.BANNED, nowNs);
                space.identities().forget(player, changes);
            }
            target.banned = true;
            target.role = Role.LISTENER;
            space.identities().absent(target, nowNs, changes);
        } else {
            space.identities().released(target, nowNs, changes);
        }
        if (banAddress && address != null) {
            space.banAddress(address, changes);
        }
        return new Outcome(revocations, endpoint, changes, null);
    }

    private void putOut(Member target, Farewell farewell, long nowNs) {
        target.presenceEpoch++; // what becomes of them is decided here
        if (target.present) {
            Session session = target.session;
            if (session != null) {
                session.end(farewell);
            }
            space.takePlace(target, nowNs);
        }
    }

    private Outcome setName(Member actor, String name) throws Refusal {
        if (actor.nameFixed) {
            throw new Refusal(Code.FORBIDDEN, "Your name comes from your token.", "name");
        }
        String clean = Names.clean(name, Names.MAX_NAME, "name");
        if (clean.equals(actor.name)) {
            return Outcome.nothing();
        }
        actor.name = clean;
        space.changed();
        if (actor.role.onStage()) {
            audience.tell(new SpaceEvent.Stage(actor.view()));
        } else if (actor.hand()) {
            Audience.tellModerators(seats.stage(), new SpaceEvent.Hand(actor.view()));
        }
        return Outcome.of(saved(actor));
    }

    private Outcome setSlots(Member actor, @Nullable Integer audio, @Nullable List<Command.SlotWish> video)
            throws Refusal {
        if (audio != null && (audio < 0 || audio > Command.SetSlots.MOST)) {
            throw new Refusal(
                    Code.INVALID_FIELD, "\"audio\" must be from 0 to " + Command.SetSlots.MOST + ".", "audio");
        }
        List<Media.Wish> wishes = video == null ? List.of() : wishes(video);
        String endpoint = actor.endpointId;
        if (endpoint == null) {
            throw new Refusal(Code.NO_MEDIA, "There is no media session; join again with an offer.");
        }
        if (audio != null) {
            spaces.media().fillAudioSlots(endpoint, audio);
        }
        if (video != null) {
            spaces.media().watch(endpoint, wishes);
        }
        return Outcome.nothing();
    }

    private List<Media.Wish> wishes(List<Command.SlotWish> video) throws Refusal {
        if (video.size() > Command.SetSlots.MOST) {
            throw new Refusal(Code.INVALID_FIELD, "There are at most " + Command.SetSlots.MOST + " slots.", "video");
        }
        List<Media.Wish> wishes = new ArrayList<>();
        for (Command.SlotWish wish : video) {
            if (wish.source() != Source.CAMERA && wish.source() != Source.SCREEN) {
                throw new Refusal(Code.INVALID_FIELD, "A picture is of a camera or a screen.", "video");
            }
            if (wish.height() < 0 || wish.height() > MAX_HEIGHT) {
                throw new Refusal(Code.INVALID_FIELD, "A height is from 0 to " + MAX_HEIGHT + ".", "video");
            }
            // Somebody who has just gone is no reason to refuse what is said of the others.
            Member shown =
                    wish.participant() == null ? null : space.identities().byId(wish.participant());
            int csrc = shown == null ? 0 : wish.source().csrc(shown.csrc);
            wishes.add(new Media.Wish(wish.mid(), csrc, wish.height(), wish.pinned()));
        }
        return wishes;
    }

    private Outcome leave(Member actor, long nowNs) {
        List<Change> changes = new ArrayList<>();
        space.leave(actor, changes, nowNs);
        return new Outcome(List.of(), null, changes, Farewell.LEFT);
    }

    private Outcome end(Session session, Member actor, long nowNs) throws Refusal {
        require(actor, Permission.END, "end the space");
        List<Change> changes = new ArrayList<>();
        space.end(session, changes, nowNs);
        return new Outcome(List.of(), null, changes, Farewell.ENDED);
    }

    private List<Change> saved(Member member) {
        List<Change> changes = new ArrayList<>();
        space.save(member, changes);
        return changes;
    }

    private Member target(String participant) throws Refusal {
        Member target = space.identities().byId(participant);
        if (target == null || !target.present) {
            throw noSuchParticipant();
        }
        return target;
    }

    private static void require(Member actor, Permission permission, String what) throws Refusal {
        if (!actor.role.may(permission)) {
            throw new Refusal(Code.FORBIDDEN, "As " + actor.role.text() + " you can't " + what + ".");
        }
    }

    private static void requireAbove(Member actor, Member target) throws Refusal {
        if (actor == target) {
            throw new Refusal(Code.FORBIDDEN, "You can't do this to yourself.", "participant");
        }
        if (!actor.role.above(target.role)) {
            throw new Refusal(Code.FORBIDDEN, "Their role is not below yours.", "participant");
        }
    }

    private static Refusal noSuchParticipant() {
        return new Refusal(Code.NO_SUCH_PARTICIPANT, "There is no such participant here.", "participant");
    }
}
