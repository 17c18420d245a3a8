package dev.rostrum.signaling.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Permission;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpacesConfig;
import dev.rostrum.signaling.space.SimServer.Client;
import dev.rostrum.signaling.space.SpaceModel.Person;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Many participants do all that they can, in seeded disorder, beside a plain model of what must come of it. */
final class SpacesSimTest {

    private static final int SEQUENCES = 1_000;
    private static final int STEPS = 60;
    private static final int COHOSTS = 1;
    private static final int SPEAKERS = 2;
    private static final List<Role> ROLES = List.of(Role.values());
    private static final List<String> SUBS = List.of("anna", "ben", "cleo", Grant.HOST_SUB);
    private static final List<Role> SUB_ROLES = List.of(Role.COHOST, Role.SPEAKER, Role.LISTENER, Role.HOST);

    private static final SpacesConfig CONFIG = new SpacesConfig(
            COHOSTS,
            SPEAKERS,
            1,
            10,
            10_000,
            1_000,
            true,
            Duration.ofSeconds(30),
            Duration.ofHours(24),
            Duration.ofDays(7),
            Duration.ofDays(30),
            100_000,
            100_000,
            Duration.ofSeconds(2));

    @Test
    void everySequenceOfCommandsComesToWhatTheModelSays() {
        int commands = 0;
        int carriedOut = 0;
        int ended = 0;
        for (long seed = 1; seed <= SEQUENCES; seed++) {
            Sequence sequence = new Sequence(seed);
            try {
                sequence.run();
            } catch (Refusal | RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ", step " + sequence.step + ": " + sequence.log, e);
            }
            commands += sequence.commands;
            carriedOut += sequence.carriedOut;
            ended += sequence.space.ended() ? 1 : 0;
        }
        // A simulation in which everything is refused would prove nothing.
        assertTrue(carriedOut > commands / 5, carriedOut + " of " + commands + " commands were carried out");
        assertTrue(ended > 5 && ended < SEQUENCES / 2, ended + " spaces ended");
    }

    private static final class Sequence {
        private final SplittableRandom random;
        private final SimServer server;
        private final SpaceModel model = new SpaceModel(COHOSTS, SPEAKERS);
        private Space space;
        private int step;
        private int commands;
        private int carriedOut;
        private final List<String> log = new ArrayList<>();

        Sequence(long seed) {
            random = new SplittableRandom(seed);
            server = new SimServer(CONFIG, seed);
            model.video = random.nextBoolean();
            space = model.video ? server.videoSpace() : server.space();
        }

        void run() throws Refusal {
            for (step = 0; step < STEPS && !space.ended(); step++) {
                switch (random.nextInt(20)) {
                    case 0, 1 -> invited(Door.WEBSOCKET);
                    case 2 -> invited(random.nextBoolean() ? Door.WHIP : Door.WHEP);
                    case 3, 4 -> person(Door.WEBSOCKET);
                    case 5 -> person(random.nextBoolean() ? Door.WHIP : Door.WHEP);
                    case 6, 7 -> resume();
                    case 8 -> lose();
                    case 9 -> pass();
                    case 10 -> burst();
                    case 11 -> {
                        if (random.nextInt(5) == 0) {
                            restart();
                        }
                    }
                    default -> command();
                }
                compare();
            }
        }

        private Role anyRole() {
            return ROLES.get(random.nextInt(ROLES.size()));
        }

        private void invited(Door door) {
            enter(door, Grant.invitation(space.id(), anyRole(), null), null, false);
        }

        private void person(Door door) {
            int who = random.nextInt(SUBS.size());
            String sub = SUBS.get(who);
            boolean changed = !sub.equals(Grant.HOST_SUB) && random.nextInt(4) == 0;
            Role role = changed ? anyRole() : SUB_ROLES.get(who);
            enter(door, new Grant(space.id(), role, null, sub), null, false);
        }

        private void resume() {
            List<Person> known = model.known(person -> person.resume != null);
            if (known.isEmpty()) {
                return;
            }
            Person person = known.get(random.nextInt(known.size()));
            Grant grant = random.nextInt(3) == 0 ? Grant.invitation(space.id(), anyRole(), null) : null;
            enter(Door.WEBSOCKET, grant, person.resume, random.nextBoolean());
        }

        private void enter(Door door, @Nullable Grant grant, @Nullable String resume, boolean keepMedia) {
            log.add(door + " " + grant + (resume == null ? "" : " resumes") + (keepMedia ? " keeps media" : ""));
            Person expected = model.join(door, grant, resume, keepMedia);
            Client client = null;
            try {
                client = server.join(space, new JoinRequest(door, grant, resume, null, null, keepMedia));
            } catch (Refusal refusal) {
                log.add(refusal.code().text());
            }
            assertEquals(expected != null, client != null, "who is let in");
            if (client != null && expected != null) {
                if (expected.client != null && expected.client != client) {
                    assertTrue(!expected.client.session.open(), "an old session is over");
                }
                if (expected.id.isEmpty()) {
                    expected.id = client.id();
                }
                expected.client = client;
                if (door == Door.WEBSOCKET) {
                    expected.resume = client.session.resume();
                }
                assertEquals(expected.id, client.id());
            }
        }

        private void lose() throws Refusal {
            List<Person> present = model.known(person -> person.present && (person.connected || person.media));
            if (present.isEmpty()) {
                return;
            }
            Person person = present.get(random.nextInt(present.size()));
            Client client = person.client;
            if (client == null) {
                return;
            }
            int what = random.nextInt(3);
            log.add(person.id + " loses " + what);
            if (what != 1 && person.connected) {
                client.disconnects();
                model.disconnected(person, server.nowNs);
            }
            if (what != 0 && person.media) {
                client.losesMedia();
                model.mediaLost(person, server.nowNs);
            }
            server.turn();
        }

        private void pass() {
            int seconds = random.nextInt(45);
            log.add(seconds + " s pass");
            server.pass(Duration.ofSeconds(seconds));
            model.passed(server.nowNs);
        }

        private void restart() throws Refusal {
            log.add("restart");
            server.restart();
            space = server.spaces.require(space.id());
            model.restarted(server.nowNs);
        }

        private @Nullable Person actor() {
            List<Person> able = model.known(person -> person.connected);
            return able.isEmpty() ? null : able.get(random.nextInt(able.size()));
        }

        private String target() {
            List<Person> known = model.known(_ -> true);
            return random.nextInt(20) == 0 ? "p_nobody" : known.get(random.nextInt(known.size())).id;
        }

        private Command anyCommand() {
            return switch (random.nextInt(random.nextInt(60) == 0 ? 22 : 20)) {
                case 0, 1, 2 -> new Command.RaiseHand();
                case 3 -> new Command.LowerHand(random.nextBoolean() ? null : target());
                case 4, 5, 6, 7 -> new Command.Promote(target(), random.nextInt(3) == 0 ? anyRole() : Role.SPEAKER);
                case 8, 9, 10 -> new Command.Demote(target(), random.nextInt(3) == 0 ? anyRole() : Role.LISTENER);
                case 11, 12 -> new Command.Mute(random.nextBoolean() ? null : target(), anySource());
                case 13, 14, 15 -> new Command.Unmute(anySource());
                case 16 -> new Command.Remove(target(), random.nextBoolean(), false);
                case 17 -> new Command.SetName("name " + random.nextInt(5));
                case 18 ->
                    new Command.SetSlots(
                            random.nextBoolean() ? null : random.nextInt(-1, Command.SetSlots.MOST + 2),
                            List.of(new Command.SlotWish("7", target(), Media.Source.CAMERA, 180, false)));
                case 19 -> new Command.Leave();
                default -> new Command.End();
            };
        }

        private Media.Source anySource() {
            return List.of(Media.Source.MICROPHONE, Media.Source.CAMERA, Media.Source.SCREEN)
                    .get(random.nextInt(3));
        }

        private void command() {
            Person actor = actor();
            if (actor != null) {
                finish(List.of(begin(actor, anyCommand())));
            }
        }

        /** Several at once, while the media side takes its time. */
        private void burst() {
            server.media.hold();
            List<Begun> begun = new ArrayList<>();
            for (int i = 1 + random.nextInt(6); i > 0; i--) {
                Person actor = actor();
                if (actor != null && !model.ended) {
                    begun.add(begin(actor, anyCommand()));
                }
            }
            server.media.confirm();
            finish(begun);
        }

        private record Begun(Command command, boolean allowed, CompletableFuture<Boolean> result) {}

        private Begun begin(Person actor, Command command) {
            log.add(actor.id + " (" + actor.role + ") " + command);
            Client client = actor.client;
            if (client == null) {
                throw new AssertionError("connected without a client");
            }
            CompletableFuture<Boolean> result = client.start(command).toCompletableFuture();
            boolean allowed = model.command(actor, command);
            return new Begun(command, allowed, result);
        }

        private void finish(List<Begun> begun) {
            server.turn();
            for (Begun one : begun) {
                commands++;
                assertTrue(one.result().isDone(), one.command() + " has no result");
                assertEquals(
                        one.allowed(),
                        !one.result().isCompletedExceptionally(),
                        one.command().toString());
                carriedOut += one.allowed() ? 1 : 0;
            }
        }

        private void compare() {
            assertEquals(model.ended, space.ended());
            Set<String> expected = new TreeSet<>();
            model.present().forEach(person -> {
                if (person.role.onStage()) {
                    expected.add(person.id + " " + person.role + (person.muted ? " muted" : "")
                            + (person.camera ? " camera" : "") + (person.screen ? " screen" : "")
                            + (person.away() ? " away" : ""));
                }
            });
            Set<String> stage = new TreeSet<>();
            for (Participant participant : space.stage()) {
                stage.add(participant.id() + " " + participant.role() + (participant.muted() ? " muted" : "")
                        + (participant.camera() ? " camera" : "") + (participant.screen() ? " screen" : "")
                        + (participant.away() ? " away" : ""));
            }
            assertEquals(expected, stage);
            assertEquals(
                    model.present().stream()
                            .filter(person -> !person.role.onStage())
                            .count(),
                    space.listeners());
            invariants();
            for (Person person : model.known(_ -> true)) {
                Client client = person.client;
                if (client == null || !person.present) {
                    continue;
                }
                boolean heard = person.media && person.role.onStage() && !person.muted && person.publishes;
                assertEquals(heard, client.heard(), () -> person.id + " is heard");
                boolean shows = person.media && person.role.onStage() && person.publishes && model.video;
                assertEquals(shows && person.camera, client.shown(Media.Source.CAMERA), () -> person.id + " is seen");
                boolean screen = shows && person.screen && person.door == Door.WEBSOCKET;
                assertEquals(screen, client.shown(Media.Source.SCREEN), () -> person.id + "'s screen is seen");
                assertEquals(screen, client.shown(Media.Source.SCREEN_AUDIO), () -> person.id + "'s screen is heard");
                if (client.session.open()) {
                    Participant seen = client.session.participant();
                    assertEquals(person.role, seen.role());
                    assertEquals(person.hand, seen.hand());
                    assertEquals(person.muted, seen.muted());
                }
            }
            hands();
        }

        private void hands() {
            List<String> raised = model.known(person -> person.present && person.hand).stream()
                    .map(person -> person.id)
                    .sorted()
                    .toList();
            for (Person person : model.known(person -> person.connected && person.role.may(Permission.SEE_HANDS))) {
                Client client = person.client;
                if (client != null) {
                    assertEquals(
                            raised,
                            client.session.snapshot().participants().stream()
                                    .filter(Participant::hand)
                                    .map(Participant::id)
                                    .sorted()
                                    .toList());
                }
            }
        }

        private void invariants() {
            List<Participant> stage = space.stage();
            assertTrue(stage.stream().filter(one -> one.role() == Role.HOST).count() <= 1, "one host");
            assertTrue(stage.stream().filter(one -> one.role() == Role.COHOST).count() <= COHOSTS, "cohosts");
            assertTrue(stage.stream().filter(Participant::screen).count() <= 1, "screens");
            assertTrue(stage.stream().filter(one -> one.role() == Role.SPEAKER).count() <= SPEAKERS, "speakers");
            Set<Integer> csrcs = new HashSet<>();
            for (Participant participant : stage) {
                assertTrue(participant.csrc() != 0 && csrcs.add(participant.csrc()), "csrc");
                assertEquals(0, participant.csrc() & 3, "room for the source");
            }
            // Whatever the media side forwards belongs to somebody on the stage who isn't muted.
            Set<String> permitted = new HashSet<>();
            for (Person person : model.present()) {
                boolean anything = !person.muted || person.camera || person.screen;
                if (person.role.onStage() && anything && person.client != null) {
                    permitted.add(person.client.endpoint());
                }
            }
            for (String endpoint : server.media.forwarding()) {
                assertTrue(permitted.contains(endpoint), () -> endpoint + " is forwarded and must not be");
            }
        }
    }
}
