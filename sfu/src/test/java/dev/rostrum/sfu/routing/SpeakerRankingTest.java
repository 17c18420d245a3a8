package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SpeakerRankingTest {

    private static final long MS = 1_000_000L;
    private static final int SLOTS = 3;

    private final SpeakerRanking ranking = new SpeakerRanking(SLOTS);
    private final Map<Long, Integer> levels = new HashMap<>();
    private long nowMs;

    /** Lets everyone send a packet every 20 ms, at the levels that are set. */
    private void run(int forMs) {
        for (long end = nowMs + forMs; nowMs < end; nowMs += 20) {
            levels.forEach((key, level) -> ranking.onLevel(key, level, false, (nowMs + key % 20) * MS));
            if (ranking.deadlineNs() <= (nowMs + 20) * MS) {
                ranking.tick((nowMs + 20) * MS);
            }
        }
    }

    private Set<Long> heard() {
        Set<Long> heard = new HashSet<>();
        for (int i = 0; i < Math.min(SLOTS, ranking.size()); i++) {
            heard.add(ranking.key(i));
        }
        return heard;
    }

    @Test
    void aNewVoiceGetsAFreeSlotWithItsFirstPacket() {
        assertEquals(Long.MAX_VALUE, ranking.deadlineNs());
        assertTrue(ranking.onLevel(7, 30, true, 0));
        assertArrayEquals(new long[] {7}, ranking.first());
        assertFalse(ranking.onLevel(7, 30, true, 20 * MS));
        assertTrue(ranking.onLevel(8, 59, false, 21 * MS));
        assertArrayEquals(new long[] {7, 8}, ranking.first());
        assertEquals(1, ranking.rank(8));
        assertEquals(-1, ranking.rank(9));
        assertThrows(IndexOutOfBoundsException.class, () -> ranking.key(2));
    }

    @Test
    void silenceIsNeverRanked() {
        assertFalse(ranking.onLevel(7, 127, false, 0));
        assertFalse(ranking.onLevel(7, 127, true, 0));
        assertFalse(ranking.onLevel(7, 61, false, 0));
        assertFalse(ranking.onUnknownLevel(7, 3, 0));
        assertEquals(0, ranking.size());
        assertEquals(Long.MAX_VALUE, ranking.deadlineNs(), "a silent space costs nothing");
    }

    @Test
    void whoFallsSilentKeepsTheSlotForAPauseAndThenLosesIt() {
        levels.put(1L, 30);
        run(1_000);
        levels.put(1L, 90);
        run(1_800);
        assertEquals(Set.of(1L), heard());
        run(400);
        assertEquals(Set.of(), heard());
        assertEquals(Long.MAX_VALUE, ranking.deadlineNs());
        levels.put(1L, 30);
        run(20);
        assertEquals(Set.of(1L), heard());
    }

    @Test
    void whoStopsSendingLosesTheSlotToo() {
        levels.put(1L, 30);
        run(1_000);
        levels.clear();
        run(2_200);
        assertEquals(0, ranking.size());
    }

    @Test
    void whoIsMutedIsGoneAtOnce() {
        levels.put(1L, 30);
        levels.put(2L, 30);
        run(500);
        assertTrue(ranking.remove(1));
        assertEquals(Set.of(2L), heard());
        assertFalse(ranking.remove(1));
    }

    @Test
    void ofFiveTonesTheThreeLoudestAreHeard() {
        levels.putAll(Map.of(1L, 36, 2L, 30, 3L, 24, 4L, 18, 5L, 12));
        run(3_000);
        assertEquals(Set.of(3L, 4L, 5L), heard());
        assertEquals(5, ranking.key(0));
        assertEquals(2, ranking.key(3), "the next one, for those who are heard themselves");
    }

    @Test
    void aFourthToneThatGetsLouderReplacesTheQuietestWithinASecond() {
        levels.putAll(Map.of(1L, 36, 2L, 30, 3L, 24, 4L, 18, 5L, 12));
        run(5_000);
        levels.put(1L, 15);
        run(300);
        assertEquals(Set.of(3L, 4L, 5L), heard());
        run(800);
        assertEquals(Set.of(1L, 4L, 5L), heard());
        run(60_000);
        assertEquals(Set.of(1L, 4L, 5L), heard());
    }

    @Test
    void aSmallDifferenceIsEnoughInTheLongRun() {
        levels.putAll(Map.of(1L, 30, 2L, 30, 3L, 30));
        run(2_000);
        levels.put(4L, 27);
        run(1_500);
        assertEquals(Set.of(1L, 2L, 3L), heard());
        run(2_000);
        assertTrue(heard().contains(4L));
    }

    @Test
    void aCoughDisplacesNoTalker() {
        levels.putAll(Map.of(1L, 40, 2L, 40, 3L, 40));
        run(3_000);
        for (int i = 0; i < 10; i++) {
            levels.put(4L, 5);
            run(300);
            assertEquals(Set.of(1L, 2L, 3L), heard());
            levels.put(4L, 127);
            run(1_000);
            assertEquals(Set.of(1L, 2L, 3L), heard());
        }
    }

    @Test
    void aCoughInTheBreathOfATalkerTakesNothing() {
        levels.putAll(Map.of(1L, 40, 2L, 40, 3L, 40));
        run(3_000);
        levels.put(3L, 90);
        run(400);
        levels.put(4L, 5);
        run(300);
        levels.put(4L, 127);
        levels.put(3L, 40);
        run(20);
        assertEquals(Set.of(1L, 2L, 3L), heard());
    }

    @Test
    void aCoughInALongPauseIsHeardButGivesTheSlotBackAtOnce() {
        levels.putAll(Map.of(1L, 40, 2L, 40, 3L, 40));
        run(3_000);
        levels.put(3L, 90);
        run(1_200);
        levels.put(4L, 5);
        run(200);
        assertEquals(Set.of(1L, 2L, 4L), heard());
        levels.put(4L, 127);
        run(200);
        levels.put(3L, 40);
        run(20);
        assertEquals(Set.of(1L, 2L, 3L), heard());
    }

    @Test
    void whoPausesGivesWayToATalker() {
        levels.putAll(Map.of(1L, 20, 2L, 20, 3L, 20));
        run(3_000);
        levels.put(2L, 127);
        levels.put(4L, 50);
        run(1_000);
        assertEquals(Set.of(1L, 3L, 4L), heard());
    }

    @Test
    void aPauserWhoIsFirstDragsNobodyElseOut() {
        levels.put(1L, 10);
        run(1_000);
        levels.putAll(Map.of(2L, 40, 3L, 41));
        run(3_000);
        assertEquals(1, ranking.key(0));
        levels.put(4L, 39);
        levels.put(1L, 127);
        for (int i = 0; i < 100; i++) {
            run(20);
            assertTrue(heard().containsAll(Set.of(2L, 3L)), () -> "at " + nowMs + ": " + heard());
        }
        assertTrue(heard().contains(4L));
    }

    @Test
    void equalVoicesDoNotFlap() {
        levels.putAll(Map.of(1L, 30, 2L, 30, 3L, 30, 4L, 30, 5L, 30));
        run(100);
        long[] before = ranking.first();
        run(60_000);
        assertArrayEquals(before, ranking.first());
    }

    @Test
    void aSlotThatFallsFreeGoesToTheNext() {
        levels.putAll(Map.of(1L, 20, 2L, 20, 3L, 20, 4L, 40));
        run(3_000);
        assertEquals(Set.of(1L, 2L, 3L), heard());
        assertTrue(ranking.remove(2));
        levels.remove(2L);
        assertEquals(Set.of(1L, 3L, 4L), heard());
    }

    @Test
    void aPublicationWithoutLevelsIsHeardWhileItSendsMoreThanSilence() {
        assertTrue(ranking.onUnknownLevel(9, 80, 0));
        for (int i = 1; i < 50; i++) {
            assertFalse(ranking.onUnknownLevel(9, 80, i * 20L * MS));
            assertFalse(ranking.tick(i * 20L * MS));
        }
        boolean changed = false;
        for (int i = 50; i < 200; i++) {
            ranking.onUnknownLevel(9, 3, i * 20L * MS);
            changed |= ranking.tick(i * 20L * MS);
        }
        assertTrue(changed);
        assertEquals(0, ranking.size());
    }

    @Test
    void changesBehindTheNextPlaceAreNobodysBusiness() {
        for (long key = 1; key <= 4; key++) {
            assertTrue(ranking.onLevel(key, 20, true, 0));
        }
        assertFalse(ranking.onLevel(5, 20, true, 0));
        assertFalse(ranking.remove(5));
        assertTrue(ranking.remove(4));
    }

    @Test
    void aHundredSoundsAtOnceAreRanked() {
        for (long key = 0; key < 100; key++) {
            levels.put(key, 59 - (int) key / 2);
        }
        run(6_000);
        assertEquals(100, ranking.size());
        Set<Long> loudest = Set.of(99L, 98L, 97L, 96L);
        assertTrue(
                loudest.containsAll(
                        Arrays.stream(ranking.first()).boxed().limit(3).toList()),
                () -> Arrays.toString(ranking.first()));
    }
}
