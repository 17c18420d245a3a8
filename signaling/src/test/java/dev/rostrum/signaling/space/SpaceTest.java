package dev.rostrum.signaling.space;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Connection.Farewell;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Refusal.Code;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceState;
import dev.rostrum.signaling.model.SpacesConfig;
import dev.rostrum.signaling.model.Standing;
import dev.rostrum.signaling.space.SimServer.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class SpaceTest {

    private final SimServer server = new SimServer();
    private final Space space = server.space();

    private static Command promote(Client target) {
        return new Command.Promote(target.id(), Role.SPEAKER);
    }

    private static Command demote(Client target) {
        return new Command.Demote(target.id(), Role.LISTENER);
    }

    private static Code refusal(Executable join) {
        return assertThrows(Refusal.class, join).code();
    }

    @Nested
    final class Life {

        @Test
        void aSpaceGoesLiveWhenSomebodyWhoMayPublishJoins() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            assertEquals(SpaceState.SCHEDULED, space.info().state());
            server.host(space);
            assertEquals(SpaceState.LIVE, space.info().state());
            assertNotNull(space.info().startedAt());
            assertEquals(1, listener.heardOf(SpaceEvent.SpaceChanged.class).size());
        }

        @Test
        void aSpaceGoesOnWithoutItsHostWhoComesBackToTheSeat() throws Refusal {
            Client host = server.host(space);
            String id = host.id();
            Client speaker = server.invited(space, Role.SPEAKER);
            host.isLost();
            server.pass(Duration.ofHours(3));
            assertEquals(SpaceState.LIVE, space.info().state());
            assertTrue(speaker.heard());
            Client back = server.host(space);
            assertEquals(Role.HOST, back.role());
            assertEquals(id, back.id());
        }

        @Test
        void theHostEndsTheSpaceForEverybody() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            Client player = server.join(space, JoinRequest.whep(null, null));
            host.does(new Command.End());
            assertEquals(Farewell.ENDED, host.farewell);
            assertEquals(Farewell.ENDED, listener.farewell);
            assertEquals(Farewell.ENDED, player.farewell);
            assertFalse(server.media.has("e0"));
            assertFalse(server.media.has("e1"));
            assertFalse(server.media.has("e2"));
            assertEquals(SpaceState.ENDED, space.info().state());
            assertEquals(Code.SPACE_ENDED, refusal(() -> server.host(space)));
            assertEquals(
                    Code.SESSION_OVER, listener.refused(new Command.RaiseHand()).code());
            assertEquals(0, space.participants());
            assertEquals(List.of(), server.spaces.listed(10));
        }

        @Test
        void theResultOfEndGoesOutBeforeTheConnectionCloses() throws Refusal {
            Client host = server.host(space);
            var seen = new AtomicReference<Farewell>();
            var ignored = host.start(new Command.End()).thenRun(() -> seen.set(host.farewell));
            server.turn();
            assertNull(seen.get());
            assertEquals(Farewell.ENDED, host.farewell);
        }

        @Test
        void onlyTheHostEnds() throws Refusal {
            server.host(space);
            Client cohost = server.invited(space, Role.COHOST);
            assertEquals(Code.FORBIDDEN, cohost.refused(new Command.End()).code());
            assertEquals(
                    Code.FORBIDDEN,
                    refusal(() -> server.spaces.end(
                            space.id(), Grant.invitation(space.id(), Role.COHOST, null), server.nowNs)));
            server.spaces.end(space.id(), Grant.host(space.id()), server.nowNs);
            assertTrue(space.ended());
        }

        @Test
        void anEmptySpaceEndsAfterAGenerousTime() throws Refusal {
            Client host = server.host(space);
            server.pass(Duration.ofDays(6));
            host.isLost();
            server.pass(Duration.ofDays(6));
            assertFalse(space.ended());
            server.pass(Duration.ofDays(2));
            assertTrue(space.ended());
        }

        @Test
        void anAnnouncedSpaceWaitsForItsTime() throws Refusal {
            Space later = server.spaces
                    .create("Later", List.of(), false, server.wallClock().plus(Duration.ofDays(60)), server.nowNs)
                    .space();
            server.pass(Duration.ofDays(60));
            assertFalse(later.ended());
            server.pass(Duration.ofDays(15));
            assertTrue(later.ended());
        }

        @Test
        void anEndedSpaceIsForgottenAfterAWhile() throws Refusal {
            server.spaces.end(space.id(), null, server.nowNs);
            server.pass(Duration.ofDays(29));
            assertTrue(server.spaces.find(space.id()).isPresent());
            server.pass(Duration.ofDays(2));
            assertTrue(server.spaces.find(space.id()).isEmpty());
            assertEquals(0, server.store.load().spaces().size());
        }

        @Test
        void onlyListedSpacesAreListedNewestFirst() throws Refusal {
            Space second = server.space();
            server.spaces.create("Secret", List.of(), false, null, server.nowNs);
            assertEquals(List.of(second, space), server.spaces.listed(10));
            assertEquals(List.of(second), server.spaces.listed(1));
        }

        @Test
        void titlesAreShownAsTheyAreOrRefused() throws Refusal {
            assertEquals(
                    "A talk, again",
                    server.spaces
                            .create("  A  talk,\tagain ", List.of(), false, null, 0)
                            .space()
                            .info()
                            .title());
            assertEquals(
                    Code.INVALID_FIELD, refusal(() -> server.spaces.create("a\u0000b", List.of(), false, null, 0)));
            assertEquals(
                    Code.INVALID_FIELD,
                    refusal(() -> server.spaces.create("x".repeat(201), List.of(), false, null, 0)));
        }
    }

    @Nested
    final class Stage {

        @Test
        void theStageHasThirteenSeats() throws Refusal {
            server.host(space);
            for (int i = 0; i < 2; i++) {
                assertEquals(Role.COHOST, server.invited(space, Role.COHOST).role());
            }
            for (int i = 0; i < 10; i++) {
                assertEquals(Role.SPEAKER, server.invited(space, Role.SPEAKER).role());
            }
            assertEquals(13, space.stage().size());
            assertEquals(Role.LISTENER, server.invited(space, Role.SPEAKER).role());
            assertEquals(Role.LISTENER, server.invited(space, Role.COHOST).role());
            assertEquals(13, space.stage().size());
        }

        @Test
        void whoFindsTheirSeatTakenGetsTheNextLowerOne() throws Refusal {
            server.invited(space, Role.COHOST);
            server.invited(space, Role.COHOST);
            assertEquals(Role.SPEAKER, server.invited(space, Role.COHOST).role());
        }

        @Test
        void thereIsOneHostAtMost() throws Refusal {
            assertEquals(Role.HOST, server.person(space, "anna", Role.HOST).role());
            assertEquals(Role.COHOST, server.person(space, "ben", Role.HOST).role());
        }

        @Test
        void aPublisherWithoutASeatIsRefused() throws Refusal {
            for (int i = 0; i < 10; i++) {
                server.invited(space, Role.SPEAKER);
            }
            assertEquals(
                    Code.STAGE_FULL,
                    refusal(() -> server.join(
                            space, JoinRequest.whip(Grant.invitation(space.id(), Role.SPEAKER, null), null))));
            assertEquals(
                    Code.FORBIDDEN,
                    refusal(() -> server.join(
                            space, JoinRequest.whip(Grant.invitation(space.id(), Role.LISTENER, null), null))));
        }

        @Test
        void promotionIsHeardAtOnceByWhoAskedForIt() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            assertFalse(listener.heard());
            listener.does(new Command.RaiseHand());
            assertEquals(
                    listener.id(),
                    host.heardOf(SpaceEvent.Hand.class).getLast().participant().id());
            host.does(promote(listener));
            assertTrue(listener.heard());
            assertEquals(Role.SPEAKER, listener.role());
            assertEquals(
                    new SpaceEvent.RoleChanged(Role.SPEAKER, false, host.id()),
                    listener.heardOf(SpaceEvent.RoleChanged.class).getLast());
            assertFalse(
                    host.heardOf(SpaceEvent.Hand.class).getLast().participant().hand());
        }

        @Test
        void whoDidNotAskStartsMutedAndOpensTheirMicrophoneThemselves() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            host.does(promote(listener));
            assertEquals(Role.SPEAKER, listener.role());
            assertFalse(listener.heard());
            listener.does(new Command.Unmute());
            assertTrue(listener.heard());
        }

        @Test
        void promotionIsRefusedWhenTheStageIsFull() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            for (int i = 0; i < 10; i++) {
                server.invited(space, Role.SPEAKER);
            }
            assertEquals(Code.STAGE_FULL, host.refused(promote(listener)).code());
            host.does(new Command.Promote(listener.id(), Role.COHOST));
            assertEquals(Role.COHOST, listener.role());
        }

        @Test
        void aPlayerThatCanOnlyListenCantBePromoted() throws Refusal {
            Client host = server.host(space);
            Client player = server.join(space, JoinRequest.whep(null, null));
            assertEquals(Code.CANNOT_PUBLISH, host.refused(promote(player)).code());
        }

        @Test
        void demotionIsConfirmedOnlyWhenTheMediaSideConfirms() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            server.media.hold();
            CompletableFuture<Boolean> result = host.start(demote(speaker)).toCompletableFuture();
            server.turn();
            assertFalse(result.isDone());
            server.media.confirm();
            assertFalse(speaker.heard());
            assertFalse(result.isDone(), "the answer comes on the event loop");
            server.turn();
            assertTrue(result.join());
            assertEquals(Role.LISTENER, speaker.role());
        }

        @Test
        void whoseDemotionIsNotConfirmedInTimeIsCut() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            server.media.hold();
            CompletableFuture<Boolean> result = host.start(demote(speaker)).toCompletableFuture();
            server.pass(Duration.ofSeconds(5));
            CompletionException failure = assertThrows(CompletionException.class, result::join);
            assertEquals(
                    Code.UNCONFIRMED,
                    assertInstanceOf(Refusal.class, failure.getCause()).code());
            assertFalse(server.media.has(speaker.endpoint()));
        }

        @Test
        void whoseDemotionFailsIsCut() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            server.media.hold();
            CompletableFuture<Boolean> result = host.start(demote(speaker)).toCompletableFuture();
            server.media.fail();
            server.turn();
            assertTrue(result.join());
            assertFalse(server.media.has(speaker.endpoint()));
        }

        @Test
        void everybodyHearsOfTheStageInSmallDeltas() throws Refusal {
            Client host = server.host(space);
            Client watcher = server.invited(space, Role.LISTENER);
            Client speaker = server.invited(space, Role.SPEAKER);
            host.does(new Command.Mute(speaker.id()));
            host.does(demote(speaker));
            List<SpaceEvent> told = watcher.events.stream()
                    .filter(event -> !(event instanceof SpaceEvent.Counts))
                    .toList();
            assertEquals(3, told.size());
            assertFalse(assertInstanceOf(SpaceEvent.Stage.class, told.get(0))
                    .participant()
                    .muted());
            assertTrue(assertInstanceOf(SpaceEvent.Stage.class, told.get(1))
                    .participant()
                    .muted());
            assertEquals(new SpaceEvent.Left(speaker.id()), told.get(2));
        }

        @Test
        void theHostHandsTheSeatOver() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            host.does(new Command.Promote(speaker.id(), Role.HOST));
            assertEquals(Role.HOST, speaker.role());
            assertEquals(Role.COHOST, host.role());
            assertEquals(Code.FORBIDDEN, host.refused(new Command.End()).code());
            assertEquals(Role.COHOST, space.roleOf(Grant.host(space.id())));
        }

        @Test
        void aHandoverWithoutASeatForTheOldHostIsRefused() throws Refusal {
            SimServer small = new SimServer(SpacesConfig.DEFAULT.withStage(0, 0), 1);
            Space stage = small.space();
            Client host = small.host(stage);
            Client listener = small.invited(stage, Role.LISTENER);
            assertEquals(
                    Code.STAGE_FULL,
                    host.refused(new Command.Promote(listener.id(), Role.HOST)).code());
            assertEquals(Role.HOST, host.role());
        }

        @Test
        void aSpaceWhoseNewHostIsGoneGoesBackToItsCreator() throws Refusal {
            Client host = server.host(space);
            Client other = server.invited(space, Role.SPEAKER);
            host.does(new Command.Promote(other.id(), Role.HOST));
            other.does(new Command.Leave());
            assertEquals(Role.HOST, server.host(space).role());
        }

        @Test
        void theHostCantStepDownBeforeHandingOver() throws Refusal {
            Client host = server.host(space);
            assertEquals(Code.FORBIDDEN, host.refused(demote(host)).code());
        }

        @Test
        void aCohostMayDemoteSpeakersButNotTheirLike() throws Refusal {
            Client host = server.host(space);
            Client cohost = server.invited(space, Role.COHOST);
            Client other = server.invited(space, Role.COHOST);
            Client speaker = server.invited(space, Role.SPEAKER);
            assertEquals(Code.FORBIDDEN, cohost.refused(demote(other)).code());
            assertEquals(Code.FORBIDDEN, cohost.refused(demote(host)).code());
            assertEquals(Code.FORBIDDEN, speaker.refused(demote(cohost)).code());
            cohost.does(demote(speaker));
            assertEquals(Role.LISTENER, speaker.role());
            other.does(new Command.Demote(other.id(), Role.SPEAKER));
            assertEquals(Role.SPEAKER, other.role());
        }

        @Test
        void aCohostMakesSpeakersButNoCohosts() throws Refusal {
            server.host(space);
            Client cohost = server.invited(space, Role.COHOST);
            Client listener = server.invited(space, Role.LISTENER);
            assertEquals(
                    Code.FORBIDDEN,
                    cohost.refused(new Command.Promote(listener.id(), Role.COHOST))
                            .code());
            cohost.does(promote(listener));
            assertEquals("role", cohost.refused(promote(listener)).field());
        }

        @Test
        void csrcsAreUniqueAndNeverZero() throws Refusal {
            Set<Integer> csrcs = new HashSet<>();
            for (int i = 0; i < 1000; i++) {
                int csrc = server.invited(space, Role.LISTENER)
                        .session
                        .participant()
                        .csrc();
                assertNotEquals(0, csrc);
                assertTrue(csrcs.add(csrc));
            }
        }
    }

    @Nested
    final class Muting {

        @Test
        void oneMutesAndUnmutesOneself() throws Refusal {
            Client speaker = server.invited(space, Role.SPEAKER);
            assertTrue(speaker.heard());
            speaker.does(new Command.Mute(null));
            assertFalse(speaker.heard());
            speaker.does(new Command.Unmute());
            assertTrue(speaker.heard());
        }

        @Test
        void theHostMutesOthersWhoAreTold() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            host.does(new Command.Mute(speaker.id()));
            assertFalse(speaker.heard());
            assertEquals(
                    List.of(new SpaceEvent.Muted(host.id(), Media.Source.MICROPHONE)),
                    speaker.heardOf(SpaceEvent.Muted.class));
            assertEquals(
                    Code.FORBIDDEN, speaker.refused(new Command.Mute(host.id())).code());
        }

        @Test
        void aSecondMuteIsConfirmedOnlyWithTheFirst() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            server.media.hold();
            CompletableFuture<Boolean> first =
                    host.start(new Command.Mute(speaker.id())).toCompletableFuture();
            CompletableFuture<Boolean> second =
                    speaker.start(new Command.Mute(null)).toCompletableFuture();
            server.turn();
            assertFalse(first.isDone() || second.isDone());
            server.media.confirm();
            server.turn();
            assertTrue(first.join() && second.join());
        }

        @Test
        void onlyTheMicrophoneIsMuted() throws Refusal {
            Client speaker = server.invited(space, Role.SPEAKER);
            speaker.does(new Command.Mute(null));
            assertFalse(speaker.session.permitted(Media.Source.MICROPHONE));
            assertFalse(speaker.session.permitted(Media.Source.SCREEN_AUDIO), "nobody shows a screen unasked");
        }

        @Test
        void aListenerHasNothingToMute() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            assertEquals(
                    Code.NOT_ON_STAGE, listener.refused(new Command.Mute(null)).code());
            assertEquals(
                    Code.NOT_ON_STAGE, listener.refused(new Command.Unmute()).code());
        }

        @Test
        void aPermissionThatChangedBeforeTheEndpointWasThereHolds() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            server.media.add("late", speaker.session, SimServer.MIC);
            host.does(demote(speaker));
            speaker.session.attach("late", SimServer.MIC);
            assertFalse(server.media.forwards("late", "0"));
        }
    }

    @Nested
    final class Hands {

        @Test
        void handsAreSeenByModeratorsOnly() throws Refusal {
            Client host = server.host(space);
            Client cohost = server.invited(space, Role.COHOST);
            Client speaker = server.invited(space, Role.SPEAKER);
            Client listener = server.invited(space, Role.LISTENER);
            listener.does(new Command.RaiseHand());
            assertEquals(1, host.heardOf(SpaceEvent.Hand.class).size());
            assertEquals(1, cohost.heardOf(SpaceEvent.Hand.class).size());
            assertEquals(0, speaker.heardOf(SpaceEvent.Hand.class).size());
            assertEquals(4, host.session.snapshot().participants().size());
            assertEquals(3, speaker.session.snapshot().participants().size());
        }

        @Test
        void whoBecomesModeratorIsToldOfTheHands() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            Client listener = server.invited(space, Role.LISTENER);
            listener.does(new Command.RaiseHand());
            host.does(new Command.Promote(speaker.id(), Role.COHOST));
            assertEquals(
                    listener.id(),
                    speaker.heardOf(SpaceEvent.Hand.class)
                            .getLast()
                            .participant()
                            .id());
        }

        @Test
        void aModeratorLowersAHandAndItsOwnerIsTold() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            Client other = server.invited(space, Role.LISTENER);
            listener.does(new Command.RaiseHand());
            assertEquals(
                    Code.FORBIDDEN,
                    other.refused(new Command.LowerHand(listener.id())).code());
            host.does(new Command.LowerHand(listener.id()));
            assertFalse(listener.heardOf(SpaceEvent.Hand.class)
                    .getLast()
                    .participant()
                    .hand());
        }

        @Test
        void aHandGoesWithItsOwner() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            listener.does(new Command.RaiseHand());
            listener.does(new Command.Leave());
            assertFalse(
                    host.heardOf(SpaceEvent.Hand.class).getLast().participant().hand());
            assertEquals(1, host.session.snapshot().participants().size());
        }

        @Test
        void whoIsOnTheStageNeedsNoHand() throws Refusal {
            Client speaker = server.invited(space, Role.SPEAKER);
            assertEquals(Code.ON_STAGE, speaker.refused(new Command.RaiseHand()).code());
        }
    }

    @Nested
    final class Identity {

        @Test
        void eachUseOfAnInvitationIsANewParticipant() throws Refusal {
            Client first = server.invited(space, Role.LISTENER);
            Client second = server.invited(space, Role.LISTENER);
            assertNotEquals(first.id(), second.id());
            assertNotEquals(first.session.resume(), second.session.resume());
            assertNull(first.farewell);
        }

        @Test
        void aPersonsNewestSessionReplacesTheOldOne() throws Refusal {
            Client first = server.person(space, "anna", Role.SPEAKER);
            String oldEndpoint = first.endpoint();
            Client second = server.person(space, "anna", Role.SPEAKER);
            assertEquals(Farewell.REPLACED, first.farewell);
            assertFalse(server.media.has(oldEndpoint));
            assertEquals(first.id(), second.id());
            assertEquals(1, space.participants());
            assertEquals(Code.SESSION_OVER, first.refused(new Command.Leave()).code());
            first.session.disconnected(server.nowNs);
            first.session.leave(server.nowNs);
            assertEquals(1, space.participants());
            assertTrue(second.heard());
        }

        @Test
        void aResumeTokenBringsBackIdCsrcNameAndRole() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            listener.does(new Command.SetName("Ada"));
            host.does(promote(listener));
            Participant before = listener.session.participant();
            listener.isLost();
            server.pass(Duration.ofMinutes(5));
            Client back = server.resumed(space, listener.session.resume());
            assertEquals(before, back.session.participant());
            assertEquals(listener.session.resume(), back.session.resume());
        }

        /** How many of nobody's person are. */
        private long remembered() {
            return server.store.load().identities().stream()
                    .filter(identity -> identity.sub() == null)
                    .count();
        }

        @Test
        void whoNeverHadMediaIsNotRemembered() throws Refusal {
            server.host(space);
            JoinRequest withoutOffer = new JoinRequest(Door.WEBSOCKET, null, null, null, "192.0.2.2", true);
            Client passer = server.join(space, withoutOffer);
            passer.disconnects();
            server.pass(Duration.ofSeconds(31));
            assertEquals(0, remembered());
            Client listener = server.resumed(space, null);
            listener.isLost();
            server.pass(Duration.ofSeconds(31));
            assertEquals(1, remembered());
        }

        @Test
        void whoNeverHadMediaIsNotCountedWhenTheyAreGone() throws Refusal {
            Client host = server.host(space);
            for (int i = 0; i < 3; i++) {
                Client passer = server.join(space, new JoinRequest(Door.WEBSOCKET, null, null, null, null, true));
                passer.does(new Command.RaiseHand());
                assertEquals(1, space.listeners());
                passer.disconnects();
                assertEquals(0, space.listeners());
            }
            server.pass(Duration.ofSeconds(1));
            assertEquals(0, host.heardOf(SpaceEvent.Counts.class).getLast().listeners());
            assertFalse(
                    host.heardOf(SpaceEvent.Hand.class).getLast().participant().hand());
            assertEquals(1, host.session.snapshot().participants().size());
        }

        @Test
        void whoNeverHadMediaComesBackWithItAsWhoTheyAre() throws Refusal {
            Client first = server.join(space, new JoinRequest(Door.WEBSOCKET, null, null, "Ada", null, true));
            first.disconnects();
            server.pass(Duration.ofSeconds(29));
            Client back = server.resumed(space, first.session.resume());
            assertEquals(first.id(), back.id());
            server.pass(Duration.ofSeconds(2));
            assertEquals(1, space.listeners());
            assertEquals(first.id(), back.id());
        }

        @Test
        void whoeverIsRememberedAndComesBackWithoutMediaStaysSo() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            listener.isLost();
            server.pass(Duration.ofMinutes(5));
            String resume = listener.session.resume();
            Client waits = server.join(space, new JoinRequest(Door.WEBSOCKET, null, resume, null, null, true));
            waits.disconnects();
            server.pass(Duration.ofMinutes(5));
            assertEquals(listener.id(), server.resumed(space, resume).id());
        }

        @Test
        void whoIsBannedAfterGoingWithoutMediaStaysBanned() throws Refusal {
            Client host = server.host(space);
            Client troll = server.join(space, new JoinRequest(Door.WEBSOCKET, null, null, null, null, true));
            String id = troll.id();
            troll.disconnects();
            host.does(new Command.Remove(id, true, false));
            server.pass(Duration.ofMinutes(5));
            assertEquals(Code.BANNED, refusal(() -> server.resumed(space, troll.session.resume())));
        }

        @Test
        void aLostWebSocketComesBackWithoutTouchingMedia() throws Refusal {
            Client watcher = server.invited(space, Role.LISTENER);
            Client speaker = server.invited(space, Role.SPEAKER);
            String endpoint = speaker.endpoint();
            speaker.disconnects();
            server.pass(Duration.ofMinutes(10));
            assertTrue(server.media.forwards(endpoint, "0"));
            int told = watcher.heardOf(SpaceEvent.Stage.class).size();
            JoinRequest request = new JoinRequest(Door.WEBSOCKET, null, speaker.session.resume(), null, null, true);
            Client back = server.join(space, request);
            assertEquals(endpoint, back.session.endpointId());
            assertTrue(back.heard());
            assertEquals(told + 1, watcher.heardOf(SpaceEvent.Stage.class).size());
        }

        @Test
        void aPlaceIsKeptForAWhileAndThenGivenUp() throws Refusal {
            Client watcher = server.invited(space, Role.LISTENER);
            Client speaker = server.invited(space, Role.SPEAKER);
            speaker.isLost();
            assertTrue(watcher.heardOf(SpaceEvent.Stage.class)
                    .getLast()
                    .participant()
                    .away());
            server.pass(Duration.ofSeconds(29));
            assertEquals(1, space.stage().size());
            server.pass(Duration.ofSeconds(2));
            assertEquals(0, space.stage().size());
            assertEquals(
                    new SpaceEvent.Left(speaker.id()),
                    watcher.heardOf(SpaceEvent.Left.class).getLast());
        }

        @Test
        void whoComesBackTooLateForTheirSeatListens() throws Refusal {
            SimServer small = new SimServer(SpacesConfig.DEFAULT.withStage(0, 1), 1);
            Space stage = small.space();
            Client speaker = small.invited(stage, Role.SPEAKER);
            speaker.isLost();
            small.pass(Duration.ofMinutes(1));
            small.invited(stage, Role.SPEAKER);
            assertEquals(
                    Role.LISTENER,
                    small.resumed(stage, speaker.session.resume()).role());
        }

        @Test
        void anIdentityIsForgottenInTheEnd() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            server.invited(space, Role.LISTENER);
            listener.isLost();
            server.pass(Duration.ofHours(25));
            assertNotEquals(
                    listener.id(),
                    server.resumed(space, listener.session.resume()).id());
        }

        @Test
        void aDemotionHoldsWhenAPersonComesBack() throws Refusal {
            Client host = server.host(space);
            Client anna = server.person(space, "anna", Role.SPEAKER);
            host.does(demote(anna));
            assertEquals(
                    Role.LISTENER, server.person(space, "anna", Role.SPEAKER).role());
            server.person(space, "anna", Role.SPEAKER).does(new Command.Leave());
            assertEquals(
                    Role.LISTENER, server.person(space, "anna", Role.SPEAKER).role());
        }

        @Test
        void aPromotionHoldsWhenAPersonComesBackButNotWhenTheyLeft() throws Refusal {
            Client host = server.host(space);
            Client anna = server.person(space, "anna", Role.LISTENER);
            host.does(promote(anna));
            Client back = server.person(space, "anna", Role.LISTENER);
            assertEquals(Role.SPEAKER, back.role());
            back.does(new Command.Leave());
            assertEquals(
                    Role.LISTENER, server.person(space, "anna", Role.LISTENER).role());
        }

        @Test
        void aNewRoleInAPersonsTokenCounts() throws Refusal {
            Client watcher = server.invited(space, Role.LISTENER);
            Client anna = server.person(space, "anna", Role.SPEAKER);
            assertEquals(
                    Role.LISTENER, server.person(space, "anna", Role.LISTENER).role());
            assertEquals(List.of(new SpaceEvent.Left(anna.id())), watcher.heardOf(SpaceEvent.Left.class));
        }

        @Test
        void aBetterInvitationLiftsAndALowerOneDoesNot() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            String resume = listener.session.resume();
            Client lifted =
                    server.join(space, SimServer.page(Grant.invitation(space.id(), Role.SPEAKER, null), resume));
            assertEquals(listener.id(), lifted.id());
            assertEquals(Role.SPEAKER, lifted.role());
            Client same = server.join(space, SimServer.page(Grant.invitation(space.id(), Role.LISTENER, null), resume));
            assertEquals(Role.SPEAKER, same.role());
        }

        @Test
        void aDemotedSpeakerDoesNotComeBackUpByTheSameInvitation() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            host.does(demote(speaker));
            Client back = server.join(
                    space, SimServer.page(Grant.invitation(space.id(), Role.SPEAKER, null), speaker.session.resume()));
            assertEquals(Role.LISTENER, back.role());
        }

        @Test
        void anUnknownResumeTokenAloneIsAnAnonymousListenerOrRefused() throws Refusal {
            assertEquals(Role.LISTENER, server.resumed(space, "nonsense").role());
            SimServer closed = new SimServer(SpacesConfig.DEFAULT.withAnonymousListeners(false), 1);
            Space other = closed.space();
            assertEquals(Code.UNAUTHORIZED, refusal(() -> closed.resumed(other, "nonsense")));
            assertEquals(Code.UNAUTHORIZED, refusal(() -> closed.resumed(other, null)));
            assertEquals(Code.UNAUTHORIZED, refusal(() -> closed.join(other, JoinRequest.whep(null, null))));
        }

        @Test
        void aPersonsPlayerIsApartFromTheirSession() throws Refusal {
            Client anna = server.person(space, "anna", Role.SPEAKER);
            Grant grant = new Grant(space.id(), Role.SPEAKER, null, "anna");
            Client player = server.join(space, JoinRequest.whep(grant, null));
            assertEquals(Role.LISTENER, player.role());
            assertNull(anna.farewell);
            Client newer = server.join(space, JoinRequest.whep(grant, null));
            assertEquals(Farewell.REPLACED, player.farewell);
            assertEquals(2, space.participants());
            newer.losesMedia();
            assertEquals(1, space.participants());
        }

        @Test
        void aPublisherGoesWithItsMedia() throws Refusal {
            Client publisher =
                    server.join(space, JoinRequest.whip(Grant.invitation(space.id(), Role.SPEAKER, null), null));
            assertTrue(publisher.heard());
            assertNull(publisher.session.resume());
            publisher.losesMedia();
            assertEquals(0, space.participants());
        }

        @Test
        void aTokenForAnotherSpaceIsRefused() throws Refusal {
            Space other = server.space();
            assertEquals(
                    Code.FORBIDDEN,
                    refusal(() -> server.join(
                            space, SimServer.page(Grant.invitation(other.id(), Role.SPEAKER, null), null))));
        }

        @Test
        void namesComeFromATokenFirstForPersonsAndLastForInvitations() throws Refusal {
            JoinRequest person = new JoinRequest(
                    Door.WEBSOCKET, new Grant(space.id(), Role.LISTENER, "Anna", "anna"), null, "Queen", null, false);
            Client anna = server.join(space, person);
            assertEquals("Anna", anna.session.participant().name());
            assertEquals(
                    Code.FORBIDDEN, anna.refused(new Command.SetName("Queen")).code());
            JoinRequest guest = new JoinRequest(
                    Door.WEBSOCKET, Grant.invitation(space.id(), Role.LISTENER, "Guest"), null, " Ben ", null, false);
            assertEquals("Ben", server.join(space, guest).session.participant().name());
        }

        @Test
        void whoHearsFewerSpeakersIsTheOnlyOneWhoDoes() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            Client other = server.invited(space, Role.LISTENER);
            listener.does(new Command.SetSlots(1, null));
            assertEquals(1, server.media.filled(String.valueOf(listener.session.endpointId())));
            assertEquals(Integer.MAX_VALUE, server.media.filled(String.valueOf(other.session.endpointId())));
            assertEquals(
                    "audio", listener.refused(new Command.SetSlots(-1, null)).field());
            listener.losesMedia();
            assertEquals(
                    Code.NO_MEDIA,
                    listener.refused(new Command.SetSlots(1, null)).code());
        }

        @Test
        void namesThatCantBeShownAreRefused() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            assertEquals(
                    "name", listener.refused(new Command.SetName("a\u202Eb")).field());
            assertEquals("name", listener.refused(new Command.SetName("\uD800")).field());
            assertEquals(
                    "name",
                    listener.refused(new Command.SetName("x".repeat(65))).field());
            listener.does(new Command.SetName("\uD83D\uDC4B\uD83C\uDFFD".repeat(32)));
        }

        @Test
        void aListenerWhoseMediaIsLostHasAPlaceForAsLongAsPlacesAreKept() throws Refusal {
            Client lost = server.invited(space, Role.LISTENER);
            JoinRequest again = SimServer.page(null, lost.session.resume());
            lost.losesMedia();
            lost.disconnects();
            assertEquals(Standing.RETURNING, server.spaces.standing(space.id(), again));
            server.pass(Duration.ofSeconds(31));
            assertEquals(Standing.NEW, server.spaces.standing(space.id(), again));
        }

        @Test
        void aListenerWithoutMediaHasNoPlaceForItToComeBackTo() throws Refusal {
            Client never = server.join(space, new JoinRequest(Door.WEBSOCKET, null, null, null, "192.0.2.1", true));
            Client longAgo = server.invited(space, Role.LISTENER);
            longAgo.losesMedia();
            server.pass(Duration.ofSeconds(31));
            never.disconnects();
            longAgo.disconnects();
            for (Client client : List.of(never, longAgo)) {
                JoinRequest again = SimServer.page(null, client.session.resume());
                assertEquals(Standing.NEW, server.spaces.standing(space.id(), again));
            }
        }
    }

    @Nested
    final class Bans {

        @Test
        void aBannedPersonStaysOut() throws Refusal {
            Client host = server.host(space);
            Client troll = server.person(space, "troll", Role.SPEAKER);
            String endpoint = troll.endpoint();
            host.does(new Command.Remove(troll.id(), true, false));
            assertEquals(Farewell.BANNED, troll.farewell);
            assertFalse(server.media.has(endpoint));
            assertEquals(Code.BANNED, refusal(() -> server.person(space, "troll", Role.SPEAKER)));
            assertEquals(
                    Code.BANNED,
                    refusal(() -> server.join(
                            space, JoinRequest.whep(new Grant(space.id(), Role.LISTENER, null, "troll"), null))));
            assertEquals(Code.BANNED, refusal(() -> server.resumed(space, troll.session.resume())));
            server.pass(Duration.ofDays(3));
            server.restart();
            assertEquals(Code.BANNED, refusal(() -> server.person(space, "troll", Role.SPEAKER)));
        }

        @Test
        void aBannedPersonsPlayerIsPutOutAsWell() throws Refusal {
            Client host = server.host(space);
            Client troll = server.person(space, "troll", Role.LISTENER);
            Client player =
                    server.join(space, JoinRequest.whep(new Grant(space.id(), Role.LISTENER, null, "troll"), null));
            String endpoint = player.endpoint();
            host.does(new Command.Remove(troll.id(), true, false));
            assertEquals(Farewell.BANNED, player.farewell);
            assertFalse(server.media.has(endpoint));
            assertEquals(0, space.listeners());
        }

        @Test
        void somebodyRemovedWithoutABanMayComeBack() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.person(space, "anna", Role.SPEAKER);
            host.does(new Command.Remove(speaker.id(), false, false));
            assertEquals(Farewell.REMOVED, speaker.farewell);
            assertEquals(
                    Role.SPEAKER, server.person(space, "anna", Role.SPEAKER).role());
        }

        @Test
        void aRemovalDoesNotUndoADemotion() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.person(space, "anna", Role.SPEAKER);
            host.does(new Command.Demote(speaker.id(), Role.LISTENER));
            host.does(new Command.Remove(speaker.id(), false, false));
            assertEquals(
                    Role.LISTENER, server.person(space, "anna", Role.SPEAKER).role());
        }

        @Test
        void whoHandedTheSpaceOverAndWasRemovedDoesNotEndIt() throws Refusal {
            Client creator = server.host(space);
            Client heir = server.person(space, "anna", Role.SPEAKER);
            creator.does(new Command.Promote(heir.id(), Role.HOST));
            heir.does(new Command.Remove(creator.id(), false, false));
            assertEquals(
                    Code.FORBIDDEN, refusal(() -> server.spaces.end(space.id(), Grant.host(space.id()), server.nowNs)));
        }

        @Test
        void anAddressIsBannedOnlyOnRequest() throws Refusal {
            Client host = server.host(space);
            Client troll = server.invited(space, Role.LISTENER);
            Client neighbour = server.invited(space, Role.LISTENER);
            host.does(new Command.Remove(troll.id(), true, false));
            Client again = server.invited(space, Role.LISTENER);
            host.does(new Command.Remove(again.id(), true, true));
            assertEquals(Code.BANNED, refusal(() -> server.invited(space, Role.LISTENER)));
            assertNull(neighbour.farewell);
            server.resumed(space, neighbour.session.resume());
            server.person(space, "anna", Role.LISTENER);
            server.restart();
            Space same = server.spaces.require(space.id());
            assertEquals(Code.BANNED, refusal(() -> server.invited(same, Role.LISTENER)));
        }

        @Test
        void aBannedIpv6AddressIsBannedWithItsNetwork() throws Refusal {
            Client host = server.host(space);
            Client troll = server.join(space, JoinRequest.whep(null, "2001:db8::1"));
            host.does(new Command.Remove(troll.id(), true, true));
            assertEquals(
                    Code.BANNED, refusal(() -> server.join(space, JoinRequest.whep(null, "2001:db8::8a2e:370:7334"))));
            server.join(space, JoinRequest.whep(null, "2001:db8:0:1::1"));
        }

        @Test
        void removalIsConfirmedByTheMediaSide() throws Refusal {
            Client host = server.host(space);
            Client speaker = server.invited(space, Role.SPEAKER);
            server.media.hold();
            CompletableFuture<Boolean> result =
                    host.start(new Command.Remove(speaker.id(), true, false)).toCompletableFuture();
            server.turn();
            assertFalse(result.isDone());
            server.media.confirm();
            server.turn();
            assertTrue(result.join());
        }

        @Test
        void nobodyRemovesTheirLikeOrThemselves() throws Refusal {
            Client host = server.host(space);
            Client cohost = server.invited(space, Role.COHOST);
            Client other = server.invited(space, Role.COHOST);
            Client speaker = server.invited(space, Role.SPEAKER);
            for (Client target : List.of(host, other, cohost)) {
                assertEquals(
                        Code.FORBIDDEN,
                        cohost.refused(new Command.Remove(target.id(), true, false))
                                .code());
            }
            assertEquals(
                    Code.FORBIDDEN,
                    speaker.refused(new Command.Remove(speaker.id(), true, false))
                            .code());
            assertEquals(
                    Code.NO_SUCH_PARTICIPANT,
                    host.refused(new Command.Remove("p_nobody", true, false)).code());
        }

        @Test
        void somebodyWhoJustWentCanStillBeBanned() throws Refusal {
            Client host = server.host(space);
            Client troll = server.person(space, "troll", Role.LISTENER);
            troll.isLost();
            server.pass(Duration.ofMinutes(2));
            host.does(new Command.Remove(troll.id(), true, false));
            assertEquals(Code.BANNED, refusal(() -> server.person(space, "troll", Role.LISTENER)));
        }
    }

    @Nested
    final class Durability {

        @Test
        void everybodyComesBackAsWhoTheyWereAfterARestart() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            listener.does(new Command.SetName("Ada"));
            listener.does(new Command.RaiseHand());
            Client speaker = server.invited(space, Role.SPEAKER);
            host.does(new Command.Mute(speaker.id()));
            List<Participant> before =
                    List.of(host.session.participant(), listener.session.participant(), speaker.session.participant());
            server.restart();
            Space same = server.spaces.require(space.id());
            assertEquals(SpaceState.LIVE, same.info().state());
            Client ada = server.resumed(same, listener.session.resume());
            Client anna = server.host(same);
            Client muted = server.resumed(same, speaker.session.resume());
            assertEquals(
                    before,
                    List.of(anna.session.participant(), ada.session.participant(), muted.session.participant()));
            assertFalse(muted.heard());
        }

        @Test
        void seatsAreKeptForThoseWhoHadThemBeforeARestart() throws Refusal {
            SimServer small = new SimServer(SpacesConfig.DEFAULT.withStage(0, 1), 1);
            Space stage = small.space();
            Client speaker = small.invited(stage, Role.SPEAKER);
            small.restart();
            Space same = small.spaces.require(stage.id());
            assertTrue(same.stage().getFirst().away());
            assertEquals(Role.LISTENER, small.invited(same, Role.SPEAKER).role());
            assertEquals(
                    Role.SPEAKER, small.resumed(same, speaker.session.resume()).role());
        }

        @Test
        void aCommandIsConfirmedOnlyWhenItIsDurable() throws Refusal {
            Client host = server.host(space);
            Client anna = server.person(space, "anna", Role.LISTENER);
            server.store.hold();
            CompletableFuture<Boolean> result = host.start(promote(anna)).toCompletableFuture();
            server.turn();
            assertFalse(result.isDone());
            server.store.commit();
            server.turn();
            assertTrue(result.join());
        }

        @Test
        void whileTheStoreFailsSpacesGoOnAndSaySo() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            server.store.fail(true);
            listener.does(new Command.RaiseHand());
            assertFalse(host.does(promote(listener)));
            assertTrue(listener.heard());
            Client another = server.invited(space, Role.SPEAKER);
            assertFalse(another.session.stored().toCompletableFuture().getNow(true));
            assertTrue(another.heard());
        }

        @Test
        void aStoreThatHangsDelaysNobodyForLong() throws Refusal {
            Client host = server.host(space);
            Client listener = server.invited(space, Role.LISTENER);
            server.store.hold();
            CompletableFuture<Boolean> result = host.start(promote(listener)).toCompletableFuture();
            server.pass(Duration.ofSeconds(3));
            assertFalse(result.join());
            assertEquals(Role.SPEAKER, listener.role());
        }

        @Test
        void playersAndPublishersByInvitationAreNotStored() throws Refusal {
            server.join(space, JoinRequest.whep(null, null));
            server.join(space, JoinRequest.whip(Grant.invitation(space.id(), Role.SPEAKER, null), null));
            assertEquals(0, server.store.load().identities().size());
        }

        @Test
        void theStoreForgetsWhoLeft() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            assertEquals(1, server.store.load().identities().size());
            listener.does(new Command.Leave());
            assertEquals(Farewell.LEFT, listener.farewell);
            assertEquals(0, server.store.load().identities().size());
        }

        @Test
        void theStoreNeverSeesAResumeToken() throws Refusal {
            Client listener = server.invited(space, Role.LISTENER);
            String resume = listener.session.resume();
            assertNotNull(resume);
            assertFalse(server.store.load().toString().contains(resume));
        }
    }

    @Nested
    final class Crowds {

        @Test
        void aCrowdIsCountedAboutOnceASecond() throws Refusal {
            Client watcher = server.host(space);
            for (int i = 0; i < 500; i++) {
                server.invited(space, Role.LISTENER);
                server.pass(Duration.ofMillis(10));
            }
            server.pass(Duration.ofSeconds(3));
            List<SpaceEvent.Counts> counts = watcher.heardOf(SpaceEvent.Counts.class);
            assertEquals(500, counts.getLast().listeners());
            assertTrue(counts.size() <= 7, () -> counts.size() + " events in 5 s");
        }

        @Test
        void anEventIsOneObjectForAllItsReceivers() throws Refusal {
            Client first = server.invited(space, Role.LISTENER);
            Client second = server.invited(space, Role.LISTENER);
            server.host(space);
            assertSame(
                    first.heardOf(SpaceEvent.Stage.class).getLast(),
                    second.heardOf(SpaceEvent.Stage.class).getLast());
        }

        @Test
        void commandsThatComeTooFastAreRefused() throws Refusal {
            Client speaker = server.invited(space, Role.SPEAKER);
            for (int i = 0; i < 50; i++) {
                speaker.does(i % 2 == 0 ? new Command.Mute(null) : new Command.Unmute());
            }
            assertEquals(Code.TOO_FAST, speaker.refused(new Command.Mute(null)).code());
            server.pass(Duration.ofSeconds(1));
            speaker.does(new Command.Mute(null));
        }

        @Test
        void aServerHasOnlySoManySpaces() throws Refusal {
            SimServer small = new SimServer(few(10), 1);
            Space first = small.space();
            small.space();
            assertEquals(Code.FULL, refusal(() -> small.spaces.create("x", List.of(), false, null, small.nowNs)));
            small.spaces.end(first.id(), null, small.nowNs);
            Space third = small.space();
            small.invited(third, Role.LISTENER).does(new Command.RaiseHand());
            assertEquals(
                    Code.FULL,
                    small.invited(third, Role.LISTENER)
                            .refused(new Command.RaiseHand())
                            .code());
        }

        /** Two spaces and one hand at most. */
        private static SpacesConfig few(int remembered) {
            return new SpacesConfig(
                    2,
                    10,
                    1,
                    2,
                    remembered,
                    1,
                    true,
                    Duration.ofSeconds(30),
                    Duration.ofHours(1),
                    Duration.ofDays(1),
                    Duration.ofDays(1),
                    20,
                    50,
                    Duration.ofSeconds(2));
        }

        @Test
        void theLongestGoneIsForgottenFirst() throws Refusal {
            SimServer small = new SimServer(few(2), 1);
            Space crowd = small.space();
            List<Client> gone = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                gone.add(small.invited(crowd, Role.LISTENER));
                gone.getLast().isLost();
                small.pass(Duration.ofMinutes(1));
            }
            assertEquals(2, small.store.load().identities().size());
            assertEquals(
                    gone.getLast().id(),
                    small.resumed(crowd, gone.getLast().session.resume()).id());
            assertNotEquals(
                    gone.getFirst().id(),
                    small.resumed(crowd, gone.getFirst().session.resume()).id());
        }

        @Test
        void theLongestBannedIsForgottenFirst() throws Refusal {
            SimServer small = new SimServer(few(2), 1);
            Space crowd = small.space();
            Client host = small.host(crowd);
            for (String sub : List.of("first", "second", "third")) {
                host.does(new Command.Remove(
                        small.person(crowd, sub, Role.LISTENER).id(), true, false));
                small.pass(Duration.ofMinutes(1));
            }
            assertEquals(3, small.store.load().identities().size(), "the host and two who are banned");
            small.restart();
            Space same = small.spaces.require(crowd.id());
            assertEquals(Code.BANNED, refusal(() -> small.person(same, "second", Role.LISTENER)));
            assertEquals(Code.BANNED, refusal(() -> small.person(same, "third", Role.LISTENER)));
            small.person(same, "first", Role.LISTENER);
        }
    }

    @Nested
    final class Invitations {

        @Test
        void oneInvitesBelowOnesOwnRole() throws Refusal {
            Grant host = Grant.host(space.id());
            Grant cohost = Grant.invitation(space.id(), Role.COHOST, null);
            assertEquals(
                    Role.COHOST, space.invite(host, Role.COHOST, null, null).role());
            assertEquals(
                    "Ada", space.invite(cohost, Role.SPEAKER, " Ada ", null).name());
            assertEquals(Code.FORBIDDEN, refusal(() -> space.invite(host, Role.HOST, null, null)));
            assertEquals(Code.FORBIDDEN, refusal(() -> space.invite(cohost, Role.COHOST, null, null)));
            assertEquals(
                    Code.FORBIDDEN,
                    refusal(() ->
                            space.invite(Grant.invitation(space.id(), Role.SPEAKER, null), Role.LISTENER, null, null)));
        }

        @Test
        void nobodyInvitesInTheHostsName() throws Refusal {
            server.host(space);
            Client ben = server.person(space, "ben", Role.COHOST);
            Grant cohost = Grant.invitation(space.id(), Role.COHOST, null);
            assertEquals(Code.INVALID_FIELD, refusal(() -> space.invite(null, Role.SPEAKER, null, Grant.HOST_SUB)));
            assertEquals(Code.FORBIDDEN, refusal(() -> space.invite(cohost, Role.SPEAKER, null, "ben")));
            assertEquals(Role.COHOST, ben.role());
        }
    }
}
