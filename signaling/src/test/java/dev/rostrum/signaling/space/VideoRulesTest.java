package dev.rostrum.signaling.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Media.Wish;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Refusal.Code;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceEvent.VideoState;
import dev.rostrum.signaling.model.SpaceStore;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import dev.rostrum.signaling.space.SimServer.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Cameras and screens: who shows them, who takes them off, and who sees what. */
class VideoRulesTest {

    private final SimServer server = new SimServer();
    private final Space space = server.videoSpace();

    private static final Command CAMERA_ON = new Command.Unmute(Source.CAMERA);
    private static final Command CAMERA_OFF = new Command.Mute(null, Source.CAMERA);
    private static final Command SCREEN_ON = new Command.Unmute(Source.SCREEN);
    private static final Command SCREEN_OFF = new Command.Mute(null, Source.SCREEN);

    @Test
    void nothingIsSeenUntilItsOwnerShowsIt() throws Refusal {
        Client host = server.host(space);
        assertFalse(host.shown(Source.CAMERA) || host.shown(Source.SCREEN) || host.shown(Source.SCREEN_AUDIO));
        host.does(CAMERA_ON);
        assertTrue(host.shown(Source.CAMERA));
        assertFalse(host.shown(Source.SCREEN));
        assertTrue(host.session.participant().camera());
        host.does(CAMERA_OFF);
        assertFalse(host.shown(Source.CAMERA));
    }

    @Test
    void aScreenBringsItsSound() throws Refusal {
        Client host = server.host(space);
        host.does(SCREEN_ON);
        assertTrue(host.shown(Source.SCREEN) && host.shown(Source.SCREEN_AUDIO));
        host.does(new Command.Mute(null));
        assertFalse(host.heard());
        assertTrue(host.shown(Source.SCREEN_AUDIO), "a muted voice does not mute the film");
        host.does(SCREEN_OFF);
        assertFalse(host.shown(Source.SCREEN) || host.shown(Source.SCREEN_AUDIO));
    }

    @Test
    void everybodyIsToldWhoShowsWhat() throws Refusal {
        Client host = server.host(space);
        Client listener = server.invited(space, Role.LISTENER);
        host.does(CAMERA_ON);
        host.does(SCREEN_ON);
        List<SpaceEvent.Stage> told = listener.heardOf(SpaceEvent.Stage.class);
        assertEquals(2, told.size());
        assertTrue(told.getFirst().participant().camera()
                && !told.getFirst().participant().screen());
        assertTrue(told.getLast().participant().screen());
        host.does(SCREEN_ON);
        assertEquals(2, listener.heardOf(SpaceEvent.Stage.class).size(), "nothing changed");
    }

    @Test
    void aListenerShowsNothing() throws Refusal {
        Client listener = server.invited(space, Role.LISTENER);
        assertEquals(Code.NOT_ON_STAGE, listener.refused(CAMERA_ON).code());
        assertFalse(listener.shown(Source.CAMERA));
    }

    @Test
    void whoeverLeavesTheStageShowsNothingAndComesBackWithoutCamera() throws Refusal {
        Client host = server.host(space);
        Client speaker = server.invited(space, Role.SPEAKER);
        speaker.does(CAMERA_ON);
        speaker.does(SCREEN_ON);
        host.does(new Command.Demote(speaker.id(), Role.LISTENER));
        assertFalse(speaker.shown(Source.CAMERA) || speaker.shown(Source.SCREEN));
        host.does(new Command.Promote(speaker.id(), Role.SPEAKER));
        assertFalse(speaker.shown(Source.CAMERA), "no camera opens without its owner's will");
    }

    @Test
    void theHostTakesACameraOffAndItsOwnerIsTold() throws Refusal {
        Client host = server.host(space);
        Client speaker = server.invited(space, Role.SPEAKER);
        speaker.does(CAMERA_ON);
        host.does(new Command.Mute(speaker.id(), Source.CAMERA));
        assertFalse(speaker.shown(Source.CAMERA));
        assertTrue(speaker.heard());
        assertEquals(List.of(new SpaceEvent.Muted(host.id(), Source.CAMERA)), speaker.heardOf(SpaceEvent.Muted.class));
        assertEquals(
                Code.FORBIDDEN,
                speaker.refused(new Command.Mute(host.id(), Source.CAMERA)).code());
    }

    @Test
    void oneScreenIsShownAtATime() throws Refusal {
        Client host = server.host(space);
        Client speaker = server.invited(space, Role.SPEAKER);
        speaker.does(SCREEN_ON);
        Refusal refusal = host.refused(SCREEN_ON);
        assertEquals(Code.SCREEN_TAKEN, refusal.code());
        assertEquals("source", refusal.field());
        assertTrue(speaker.shown(Source.SCREEN));
        host.does(new Command.Mute(speaker.id(), Source.SCREEN));
        host.does(SCREEN_ON);
        assertTrue(host.shown(Source.SCREEN));
    }

    @Test
    void theScreenOfSomebodyWhoWasLostMakesRoom() throws Refusal {
        Client host = server.host(space);
        Client speaker = server.invited(space, Role.SPEAKER);
        speaker.does(SCREEN_ON);
        speaker.isLost();
        host.does(SCREEN_ON);
        assertTrue(host.shown(Source.SCREEN));
        Client back = server.resumed(space, speaker.session.resume());
        assertFalse(back.session.participant().screen());
        assertFalse(back.shown(Source.SCREEN));
    }

    @Test
    void aCameraStaysOnOverAReconnectAndNotOverALongAbsence() throws Refusal {
        Client speaker = server.invited(space, Role.SPEAKER);
        speaker.does(CAMERA_ON);
        speaker.isLost();
        Client back = server.resumed(space, speaker.session.resume());
        assertTrue(back.shown(Source.CAMERA));
        back.isLost();
        server.pass(Duration.ofSeconds(31));
        assertFalse(server.resumed(space, back.session.resume()).shown(Source.CAMERA));
    }

    @Test
    void whereThereIsNoVideoNothingIsShown() throws Refusal {
        Client host = server.host(server.space());
        assertEquals(Code.CANNOT_PUBLISH, host.refused(CAMERA_ON).code());
        assertFalse(host.session.participant().camera());
    }

    @Test
    void aWhipPublishersCameraIsShownAtOnceAndHasNoScreen() throws Refusal {
        Client whip =
                server.join(space, JoinRequest.whip(Grant.invitation(space.id(), Role.SPEAKER, null), "192.0.2.1"));
        assertTrue(whip.heard() && whip.shown(Source.CAMERA));
        assertTrue(space.stage().getFirst().camera());
        Space audio = server.space();
        Client inAudio =
                server.join(audio, JoinRequest.whip(Grant.invitation(audio.id(), Role.SPEAKER, null), "192.0.2.1"));
        assertFalse(inAudio.session.participant().camera());
        assertTrue(inAudio.heard());
    }

    @Test
    void wishesNameParticipantsAndReachTheMediaSideAsPublications() throws Refusal {
        Client host = server.host(space);
        Client listener = server.invited(space, Role.LISTENER);
        int csrc = host.session.participant().csrc();
        listener.does(new Command.SetSlots(
                null,
                List.of(
                        new Command.SlotWish("7", host.id(), Source.CAMERA, 360, false),
                        new Command.SlotWish("8", host.id(), Source.SCREEN, 1080, true),
                        new Command.SlotWish("9", null, Source.CAMERA, 0, false),
                        new Command.SlotWish("10", "p_gone", Source.CAMERA, 180, false))));
        assertEquals(
                List.of(
                        new Wish("7", csrc | 1, 360, false),
                        new Wish("8", csrc | 2, 1080, true),
                        new Wish("9", 0, 0, false),
                        new Wish("10", 0, 180, false)),
                server.media.wishes.get(listener.endpoint()));
    }

    @Test
    void wishesThatCantBeAreRefused() throws Refusal {
        Client listener = server.invited(space, Role.LISTENER);
        for (Command.SlotWish wish : List.of(
                new Command.SlotWish("7", null, Source.MICROPHONE, 0, false),
                new Command.SlotWish("7", null, Source.CAMERA, -1, false),
                new Command.SlotWish("7", null, Source.CAMERA, 100_000, false))) {
            Refusal refusal = listener.refused(new Command.SetSlots(null, List.of(wish)));
            assertEquals(Code.INVALID_FIELD, refusal.code());
        }
        List<Command.SlotWish> many = new ArrayList<>();
        for (int i = 0; i <= Command.SetSlots.MOST; i++) {
            many.add(new Command.SlotWish("m" + i, null, Source.CAMERA, 0, false));
        }
        assertEquals(
                Code.INVALID_FIELD,
                listener.refused(new Command.SetSlots(null, many)).code());
        listener.losesMedia();
        assertEquals(
                Code.NO_MEDIA,
                listener.refused(new Command.SetSlots(null, List.of())).code());
    }

    @Test
    void whatASlotCarriesIsToldWithItsOwner() throws Refusal {
        Client host = server.host(space);
        Client listener = server.invited(space, Role.LISTENER);
        int csrc = host.session.participant().csrc();
        server.spaces.endpointVideo(listener.endpoint(), "7", csrc | 1, VideoState.CARRIED);
        server.spaces.endpointVideo(listener.endpoint(), "8", csrc | 2, VideoState.PAUSED);
        server.spaces.endpointVideo(listener.endpoint(), "8", csrc + 4, VideoState.ENDED);
        server.spaces.endpointVideo("nobody", "8", csrc, VideoState.ENDED);
        assertEquals(
                List.of(
                        new SpaceEvent.Video("7", host.id(), Source.CAMERA, VideoState.CARRIED),
                        new SpaceEvent.Video("8", host.id(), Source.SCREEN, VideoState.PAUSED),
                        new SpaceEvent.Video("8", null, null, VideoState.ENDED)),
                listener.heardOf(SpaceEvent.Video.class));
        assertEquals(List.of(), host.heardOf(SpaceEvent.Video.class));
    }

    @Test
    void aCsrcHasRoomForTheSourceAndOldOnesAreMadeAnew() throws Refusal {
        Set<Integer> csrcs = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            int csrc =
                    server.invited(space, Role.LISTENER).session.participant().csrc();
            assertTrue(csrc != 0 && (csrc & 3) == 0 && csrcs.add(csrc));
        }
        StoredIdentity old = new StoredIdentity(
                space.id(),
                "p_old",
                "ada",
                Role.SPEAKER,
                Role.SPEAKER,
                "Ada",
                false,
                7,
                false,
                false,
                null,
                null,
                null);
        StoredIdentity older = new StoredIdentity(
                space.id(),
                "p_older",
                "ben",
                Role.SPEAKER,
                Role.SPEAKER,
                "Ben",
                false,
                8,
                false,
                false,
                null,
                null,
                null);
        server.store.save(List.of(new SpaceStore.Change.PutIdentity(old), new SpaceStore.Change.PutIdentity(older)));
        server.restart();
        List<Participant> stage = server.spaces.require(space.id()).stage();
        assertEquals(2, stage.size());
        for (Participant participant : stage) {
            assertEquals(0, participant.csrc() & 3);
            assertTrue(participant.csrc() == 8 || participant.id().equals("p_old"));
        }
    }

    @Test
    void aSourceIsWhatTheLowestBitsSay() {
        for (Source source : Source.values()) {
            assertEquals(source, Source.of(source.csrc(0xFFFF_FFF0)));
            assertEquals(source, Source.of(source.csrc(0x10)));
        }
    }

    @Test
    void aPlayerSeesAndShowsNothing() throws Refusal {
        Client player = server.join(space, JoinRequest.whep(null, "192.0.2.1"));
        assertEquals(Door.WHEP, JoinRequest.whep(null, null).door());
        assertFalse(player.shown(Source.CAMERA));
    }
}
