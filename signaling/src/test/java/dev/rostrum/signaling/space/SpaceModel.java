package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.space.SimServer.Client;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rules of a space once more, as plainly as they can be said: one list, no events, no store, no index. */
final class SpaceModel {

    private static final long PLACE_KEPT_NS = 30_000_000_000L;

    static final class Person {
        String id = "";

        @Nullable
        String sub;

        @Nullable
        String resume;

        @Nullable
        Client client;

        boolean player;
        boolean publishes = true;
        Role granted = Role.LISTENER;
        Role role = Role.LISTENER;
        boolean muted;
        boolean camera;
        boolean screen;
        boolean hand;
        boolean banned;
        boolean present;
        boolean connected;
        boolean media;
        /** Whether they had media and lost it, while they have been here. */
        boolean lostMedia;

        Door door = Door.WEBSOCKET;
        long lostNs;

        boolean away() {
            return present && !connected && !media;
        }
    }

    private final int cohosts;
    private final int speakers;
    private final List<Person> people = new ArrayList<>();
    boolean ended;
    boolean video;

    SpaceModel(int cohosts, int speakers) {
        this.cohosts = cohosts;
        this.speakers = speakers;
    }

    List<Person> known(Predicate<Person> which) {
        return people.stream().filter(which).toList();
    }

    List<Person> present() {
        return known(person -> person.present);
    }

    private @Nullable Person find(Predicate<Person> which) {
        return people.stream().filter(which).findFirst().orElse(null);
    }

    private boolean seatFree(Role role, @Nullable Person except) {
        long taken = people.stream()
                .filter(person -> person.present && person != except && person.role == role)
                .count();
        return switch (role) {
            case HOST -> taken < 1;
            case COHOST -> taken < cohosts;
            case SPEAKER -> taken < speakers;
            case LISTENER -> true;
        };
    }

    private Role bestSeat(Role wanted, @Nullable Person except) {
        for (Role role : Role.values()) {
            if (!role.above(wanted) && seatFree(role, except)) {
                return role;
            }
        }
        throw new AssertionError("there is always room to listen");
    }

    /** Null if they are not let in. */
    @Nullable
    Person join(Door door, @Nullable Grant grant, @Nullable String resume, boolean keepMedia) {
        String sub = grant == null ? null : grant.sub();
        Person known = null;
        if (sub != null) {
            known = find(person -> sub.equals(person.sub) && person.player == (door == Door.WHEP));
        } else if (resume != null) {
            known = find(person -> resume.equals(person.resume));
        }
        if (find(person -> person.banned && (sub != null && sub.equals(person.sub))) != null) {
            return null;
        }
        if (known != null && known.banned) {
            return null;
        }
        Role tokens = grant == null || door == Door.WHEP ? Role.LISTENER : grant.role();
        Role granted = tokens;
        Role wanted = tokens;
        if (known != null && door != Door.WHEP) {
            boolean lifts = sub == null && grant != null && tokens.above(known.granted);
            boolean changes = sub != null && tokens != known.granted;
            granted = lifts || changes ? tokens : known.granted;
            wanted = changes || (lifts && tokens.above(known.role)) ? tokens : known.role;
        }
        if (granted == Role.HOST && seatFree(Role.HOST, known)) {
            wanted = Role.HOST;
        }
        Role role = bestSeat(wanted, known);
        if (door == Door.WHIP && role == Role.LISTENER) {
            return null;
        }
        Person person = known;
        if (person == null) {
            person = new Person();
            person.sub = sub;
            person.player = door == Door.WHEP;
            people.add(person);
        }
        boolean kept = keepMedia && person.media && person.door == Door.WEBSOCKET;
        person.media = !keepMedia || kept;
        person.granted = granted;
        person.role = role;
        person.muted &= role != Role.LISTENER && door != Door.WHIP;
        person.hand &= role == Role.LISTENER;
        person.camera = role != Role.LISTENER && (person.camera || (video && door == Door.WHIP));
        person.screen &= role != Role.LISTENER;
        person.present = true;
        person.connected = door == Door.WEBSOCKET;
        person.door = door;
        person.publishes = door != Door.WHEP;
        return person;
    }

    void disconnected(Person person, long nowNs) {
        person.connected = false;
        person.lostNs = nowNs;
        if (!person.media && !person.lostMedia && person.role == Role.LISTENER) {
            gone(person, false);
        }
    }

    void mediaLost(Person person, long nowNs) {
        person.media = false;
        person.lostMedia = true;
        person.lostNs = nowNs;
        if (person.door != Door.WEBSOCKET) {
            gone(person, person.sub == null || person.player);
        }
    }

    void passed(long nowNs) {
        for (Person person : known(Person::away)) {
            if (nowNs - person.lostNs >= PLACE_KEPT_NS) {
                gone(person, person.sub == null && person.resume == null);
            }
        }
    }

    void restarted(long nowNs) {
        for (Person person : List.copyOf(people)) {
            boolean stored = !person.player && (person.sub != null || person.resume != null);
            if (!stored) {
                people.remove(person);
                continue;
            }
            person.client = null;
            person.camera = false;
            person.screen = false;
            person.connected = false;
            person.media = false;
            person.door = Door.WEBSOCKET;
            person.lostNs = nowNs;
            person.present &= person.role != Role.LISTENER;
            person.lostMedia = person.present;
        }
    }

    private void gone(Person person, boolean forgotten) {
        person.present = false;
        person.connected = false;
        person.media = false;
        person.lostMedia = false;
        person.camera = false;
        person.screen = false;
        person.hand = false;
        if (forgotten) {
            people.remove(person);
        }
    }

    private static boolean moderator(Person person) {
        return person.role == Role.HOST || person.role == Role.COHOST;
    }

    /** Carries out what is allowed, and says whether it was. */
    boolean command(Person actor, Command command) {
        return switch (command) {
            case Command.RaiseHand() -> {
                boolean allowed = actor.role == Role.LISTENER;
                actor.hand |= allowed;
                yield allowed;
            }
            case Command.LowerHand(String id) -> {
                Person target = id == null ? actor : here(id);
                if (target == null || (target != actor && !moderator(actor))) {
                    yield false;
                }
                target.hand = false;
                yield true;
            }
            case Command.Promote(String id, Role role) -> promote(actor, here(id), role);
            case Command.Demote(String id, Role role) -> demote(actor, here(id), role);
            case Command.Mute(String id, Source source) -> {
                Person target = id == null ? actor : here(id);
                if (target == null || target.role == Role.LISTENER || !(target == actor || rules(actor, target))) {
                    yield false;
                }
                switch (source) {
                    case MICROPHONE -> target.muted = true;
                    case CAMERA -> target.camera = false;
                    case SCREEN, SCREEN_AUDIO -> target.screen = false;
                }
                yield true;
            }
            case Command.Unmute(Source source) -> actor.role != Role.LISTENER && unmute(actor, source);
            case Command.Remove(String id, boolean ban, boolean _) -> {
                Person target = find(person -> person.id.equals(id) && (person.present || !person.banned));
                if (target == null || target == actor || !rules(actor, target)) {
                    yield false;
                }
                Person player = find(person -> ban
                        && person.player
                        && person.sub != null
                        && person.sub.equals(target.sub)
                        && person != target);
                if (player != null) {
                    gone(player, true);
                }
                boolean rememberable = !target.player && (target.sub != null || target.resume != null);
                boolean demoted = target.sub != null && target.granted.above(target.role);
                gone(target, !rememberable || !(ban || demoted));
                target.banned = ban;
                target.role = ban ? Role.LISTENER : target.role;
                yield true;
            }
            case Command.SetName(String _) -> true;
            case Command.SetSlots(Integer audio, List<Command.SlotWish> _) ->
                actor.media && (audio == null || (audio >= 0 && audio <= Command.SetSlots.MOST));
            case Command.Leave() -> {
                gone(actor, actor.sub == null || !actor.granted.above(actor.role));
                yield true;
            }
            case Command.End() -> {
                boolean allowed = actor.role == Role.HOST;
                if (allowed) {
                    ended = true;
                    people.clear();
                }
                yield allowed;
            }
        };
    }

    private boolean unmute(Person actor, Source source) {
        if (source == Source.MICROPHONE) {
            actor.muted = false;
            return true;
        }
        if (!video) {
            return false;
        }
        if (source == Source.CAMERA) {
            actor.camera = true;
            return true;
        }
        Person other = find(person -> person != actor && person.present && person.screen);
        if (other != null && !actor.screen) {
            if (!other.away()) {
                return false;
            }
            other.screen = false;
        }
        actor.screen = true;
        return true;
    }

    private boolean promote(Person actor, @Nullable Person target, Role role) {
        if (target == null || target == actor || !rules(actor, target) || target.player) {
            return false;
        }
        if (role == Role.LISTENER || !role.above(target.role)) {
            return false;
        }
        Role next = null;
        if (role == Role.HOST) {
            next = bestSeat(Role.COHOST, target);
            if (actor.role != Role.HOST || next == Role.LISTENER) {
                return false;
            }
        } else if (!actor.role.above(role) || !seatFree(role, target)) {
            return false;
        }
        target.muted = target.role == Role.LISTENER ? !target.hand : target.muted;
        target.hand = false;
        target.role = role;
        actor.role = next == null ? actor.role : next;
        return true;
    }

    private boolean demote(Person actor, @Nullable Person target, Role role) {
        if (target == null || target.role == Role.LISTENER || !target.role.above(role)) {
            return false;
        }
        boolean own = target == actor && actor.role != Role.HOST;
        if (!(own || rules(actor, target)) || !seatFree(role, target)) {
            return false;
        }
        target.role = role;
        target.muted &= role != Role.LISTENER;
        target.camera &= role != Role.LISTENER;
        target.screen &= role != Role.LISTENER;
        return true;
    }

    private static boolean rules(Person actor, Person target) {
        return moderator(actor) && actor.role.above(target.role);
    }

    private @Nullable Person here(String id) {
        return find(person -> person.present && person.id.equals(id));
    }
}
