package dev.rostrum.signaling.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.SfuLoad;
import dev.rostrum.sfu.SfuLoad.ShardLoad;
import dev.rostrum.signaling.admission.AdmissionConfig;
import dev.rostrum.signaling.admission.Doorkeeper;
import dev.rostrum.signaling.admission.Hold;
import dev.rostrum.signaling.admission.LoadSample;
import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.model.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Players at a real doorkeeper, in virtual time, on a machine whose load the test sets. */
final class PlayerTurnTest {

    private static final String SPACE = "talk";
    private static final long MS = 1_000_000;
    private static final int TICK_MS = 20;
    private static final int SAMPLE_MS = 100;

    private boolean ended;
    private boolean busy;
    private long nowNs;
    private long busyNs;
    private final Doorkeeper doorkeeper = new Doorkeeper(AdmissionConfig.DEFAULT, new SplittableRandom(1), _ -> !ended);

    PlayerTurnTest() {
        sample();
    }

    private void sample() {
        ShardLoad shard = new ShardLoad(busyNs, MS, busyNs, 0, nowNs / MS, 0, 0);
        doorkeeper.onSample(new LoadSample(nowNs, new SfuLoad(List.of(shard), 0, 0, 0, 0, 0, 0, 0), 2, MS));
    }

    private void pass(int ms) {
        for (int passed = 0; passed < ms; passed += TICK_MS) {
            nowNs += TICK_MS * MS;
            busyNs += busy ? TICK_MS * MS : 0;
            doorkeeper.onTick(nowNs);
            if (nowNs % (SAMPLE_MS * MS) == 0) {
                sample();
            }
        }
    }

    private final class Player {
        final PlayerTurn turn;
        final CompletableFuture<PlayerTurn.Entry> entry;

        Player(@Nullable String ticket) {
            turn = new PlayerTurn(doorkeeper, SPACE, false, null, ticket);
            entry = turn.knock(nowNs).toCompletableFuture();
        }

        Hold hold() {
            assertTrue(entry.isDone(), "is still at the door");
            return Objects.requireNonNull(entry.join().hold());
        }

        Throwable failure() {
            assertTrue(entry.isDone(), "is still at the door");
            return Objects.requireNonNull(
                    assertThrows(CompletionException.class, entry::join).getCause());
        }

        ProblemException toldToComeBack() {
            ProblemException told = assertInstanceOf(ProblemException.class, failure());
            assertEquals("queued", told.problem().code());
            assertNotNull(told.headers().get("Retry-After"));
            return told;
        }
    }

    /** All who come at once and are let in at once, and the first who is not. */
    private Player firstWhoWaits() {
        for (int i = 0; i < 2_000; i++) {
            Player player = new Player(null);
            if (player.turn.waiting()) {
                return player;
            }
            player.hold();
        }
        throw new AssertionError("2,000 came in at once");
    }

    /** The first for whom the line is too long to wait in the request. */
    private Player firstWhoIsSentAway() {
        Player last = firstWhoWaits();
        while (last.turn.waiting()) {
            last = new Player(null);
        }
        return last;
    }

    /** The last of so many that all of them wait in their requests. */
    private Player lastOfAFewSeconds() {
        Player last = firstWhoWaits();
        for (int i = 0; i < 2_000; i++) {
            last = new Player(null);
            assertTrue(last.turn.waiting());
        }
        return last;
    }

    @Test
    void ofTwoRequestsWithOneTicketTheLaterOneWaitsAndTheOtherIsTold() {
        String ticket = Objects.requireNonNull(
                firstWhoIsSentAway().toldToComeBack().headers().get(PlayerTurn.TICKET));
        while (true) {
            Player first = new Player(ticket);
            if (first.turn.waiting()) {
                Player second = new Player(ticket);

                Refusal told = assertInstanceOf(Refusal.class, first.failure());
                assertEquals(Refusal.Code.SESSION_OVER, told.code());
                first.turn.onPatienceEnd(nowNs);
                first.turn.lost(nowNs);
                pass(PlayerTurn.PATIENCE_SECONDS * 1_000);
                second.hold();
                return;
            }
            first.toldToComeBack();
            pass(1_000);
        }
    }

    @Test
    void whoeverComesToAnOpenDoorIsInAtOnce() {
        Player player = new Player(null);
        assertFalse(player.turn.waiting());
        player.hold().connected();
    }

    @Test
    void aShortWaitIsSpentInTheRequest() {
        Player player = firstWhoWaits();
        pass(200);
        player.hold().connected();
        player.turn.onPatienceEnd(nowNs); // of long ago: says nothing any more
        assertEquals(0, doorkeeper.figures().waiting());
    }

    @Test
    void allWhoWaitInTheirRequestsComeInInTheirOrder() {
        List<Player> players = new ArrayList<>(List.of(firstWhoWaits()));
        for (int i = 0; i < 300; i++) {
            players.add(new Player(null));
        }
        for (int ms = 0; ms < 2_000; ms += TICK_MS) {
            pass(TICK_MS);
            boolean earlierWait = false;
            for (Player player : players) {
                assertFalse(earlierWait && !player.turn.waiting(), "came in before one who came first");
                earlierWait |= player.turn.waiting();
            }
        }
        players.forEach(Player::hold);
    }

    @Test
    void aLongWaitIsToldAtOnceWithATicketThatKeepsThePlace() {
        Player last = firstWhoIsSentAway();
        ProblemException told = last.toldToComeBack();
        String ticket = Objects.requireNonNull(told.headers().get(PlayerTurn.TICKET));
        Integer estimateSeconds = told.problem().estimateSeconds();
        assertEquals(PlayerTurn.PATIENCE_SECONDS + 1, estimateSeconds);

        pass(1_500); // sooner than Retry-After says
        Player again = new Player(ticket);
        assertTrue(again.turn.waiting(), "the rest of the wait is short");
        pass(4_000);
        again.hold();
    }

    @Test
    void whoeverWaitsLongerThanItSeemedIsToldItsPlaceWhenPatienceEnds() {
        Player player = lastOfAFewSeconds();
        busy = true;
        pass(PlayerTurn.PATIENCE_SECONDS * 1_000);
        assertTrue(player.turn.waiting());
        player.turn.onPatienceEnd(nowNs);
        String ticket = Objects.requireNonNull(player.toldToComeBack().headers().get(PlayerTurn.TICKET));

        busy = false;
        pass(5_000);
        new Player(ticket).hold();
    }

    @Test
    void aPlayerThatIsGoneIsNotLetIn() {
        Player gone = firstWhoWaits();
        Player next = new Player(null);
        gone.turn.lost(nowNs);
        pass(500);
        assertTrue(gone.entry.isCompletedExceptionally());
        next.hold();
        assertEquals(0, doorkeeper.figures().waiting());
        assertEquals(0, doorkeeper.figures().called(), "no place waits for it either");
    }

    @Test
    void whoeverWaitsIsToldThatTheServerStops() {
        Player player = firstWhoWaits();
        player.turn.refuse(new ProblemException(503, "draining", "The server is stopping."), nowNs);
        assertEquals(
                "draining",
                assertInstanceOf(ProblemException.class, player.failure())
                        .problem()
                        .code());
        pass(200);
        assertEquals(0, doorkeeper.figures().waiting());
    }

    @Test
    void aPlayerThatWasToldItsTicketMayLoseItsConnectionForAMoment() {
        Player last = firstWhoIsSentAway();
        String ticket = Objects.requireNonNull(last.toldToComeBack().headers().get(PlayerTurn.TICKET));
        pass(3_000);
        Player again = new Player(ticket);
        again.turn.lost(nowNs);
        pass(5_000);
        new Player(ticket).hold();
    }

    @Test
    void whoeverWaitsHearsThatTheSpaceHasEnded() {
        Player player = lastOfAFewSeconds();
        ended = true;
        pass(1_500);
        assertEquals(
                Refusal.Code.SPACE_ENDED,
                assertInstanceOf(Refusal.class, player.failure()).code());
    }
}
