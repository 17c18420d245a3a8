package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * People who talk, breathe, cough and type in virtual time, over networks that lose packets. The levels follow a plain
 * model of speech: bursts of some hundred milliseconds, modulated by syllables, with pauses between them.
 */
class SpeakerRankingSimTest {

    private static final long MS = 1_000_000L;
    private static final int SLOTS = 3;
    private static final int SEEDS = 100;
    private static final int FRAME_MS = 20;

    /** One person: {@link #level} is called once per 20 ms. */
    private abstract static class Person {

        final long key;
        final Random random;
        final double levelDb;
        boolean sounds;
        int sinceMs;
        int untilMs;

        Person(long key, Random random, double levelDb) {
            this.key = key;
            this.random = random;
            this.levelDb = levelDb;
        }

        /** How long the sound or the pause that begins lasts. */
        abstract int nextMs(boolean sound);

        int level(int nowMs) {
            while (nowMs >= untilMs) {
                sounds = !sounds;
                sinceMs = nowMs;
                untilMs = nowMs + Math.max(FRAME_MS, nextMs(sounds));
            }
            double db = sounds
                    ? levelDb + 5 * Math.sin(nowMs * 2 * Math.PI / 230 + key) + 3 * random.nextGaussian()
                    : -80 + 3 * random.nextGaussian();
            return (int) Math.clamp(-db, 0, 127);
        }

        int between(int from, int to) {
            return random.nextInt(from, to);
        }
    }

    /** Talks without end, with breaths. */
    private static final class Talker extends Person {

        private final int longestPauseMs;

        Talker(long key, Random random, double levelDb, int longestPauseMs) {
            super(key, random, levelDb);
            this.longestPauseMs = longestPauseMs;
        }

        @Override
        int nextMs(boolean sound) {
            return sound ? between(300, 2_500) : between(40, longestPauseMs);
        }
    }

    /** Makes short sounds now and then. */
    private static final class Cougher extends Person {

        private final int longestMs;
        private final int pauseMs;

        Cougher(long key, Random random, double levelDb, int longestMs, int pauseMs) {
            super(key, random, levelDb);
            this.longestMs = longestMs;
            this.pauseMs = pauseMs;
        }

        @Override
        int nextMs(boolean sound) {
            return sound ? between(40, longestMs + 1) : between(pauseMs / 2, pauseMs * 2);
        }
    }

    /** Takes turns of some seconds, with breaths in them, and listens for long between. */
    private static final class Guest extends Person {

        private int turnEndsMs;

        Guest(long key, Random random, double levelDb) {
            super(key, random, levelDb);
        }

        @Override
        int nextMs(boolean sound) {
            int nowMs = untilMs;
            if (sound) {
                if (nowMs >= turnEndsMs) {
                    turnEndsMs = nowMs + between(1_000, 20_000);
                }
                return between(300, 2_000);
            }
            return nowMs < turnEndsMs ? between(40, 700) : between(2_000, 40_000);
        }
    }

    /** Some people, the network between, and the ranking. */
    private static final class Space {

        final List<Person> people = new ArrayList<>();
        private final SpeakerRanking ranking = new SpeakerRanking(SLOTS);
        private final Random network;

        Space(long seed) {
            network = new Random(seed);
        }

        private Set<Long> heard() {
            Set<Long> heard = new HashSet<>();
            for (int i = 0; i < Math.min(SLOTS, ranking.size()); i++) {
                heard.add(ranking.key(i));
            }
            return heard;
        }

        void run(int forMs, double loss, Frame frame) {
            for (int nowMs = 0; nowMs < forMs; nowMs += FRAME_MS) {
                Set<Long> before = heard();
                for (Person person : people) {
                    int level = person.level(nowMs);
                    if (network.nextDouble() >= loss) {
                        ranking.onLevel(person.key, level, network.nextBoolean(), (nowMs + person.key % 20) * MS);
                    }
                }
                frame.onFrame(nowMs, before, heard());
                ranking.tick((nowMs + FRAME_MS) * MS);
            }
        }
    }

    /** Looks at who was heard before the packets of these 20 ms, and who is with them. */
    private interface Frame {

        void onFrame(int nowMs, Set<Long> before, Set<Long> after);
    }

    private static double levelDb(Random random) {
        return -random.nextDouble(15, 40);
    }

    @Test
    void noCoughAndNoKeyboardEverCutsOneOfThreeTalkersOff() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Space space = new Space(seed);
            for (long key = 1; key <= SLOTS; key++) {
                space.people.add(new Talker(key, random, levelDb(random), 400));
            }
            Set<Long> talkers = Set.of(1L, 2L, 3L);
            for (long key = 4; key <= 6; key++) {
                space.people.add(new Cougher(key, random, -random.nextDouble(3, 20), 300, 1_500));
            }
            space.people.add(new Cougher(7, random, -random.nextDouble(15, 40), 60, 160)); // types
            String name = "seed " + seed;
            int[] missed = new int[1];
            space.run(120_000, 0.05, (nowMs, _, after) -> {
                if (nowMs > 5_000 && !after.containsAll(talkers)) {
                    missed[0]++;
                }
            });
            assertEquals(0, missed[0], name + ": frames with a talker cut off");
        }
    }

    @Test
    void whileThereAreSlotsForAllNobodyIsEverCutOff() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Space space = new Space(seed);
            for (long key = 1; key <= SLOTS; key++) {
                space.people.add(new Guest(key, random, levelDb(random)));
            }
            String name = "seed " + seed;
            space.run(300_000, 0, (nowMs, before, after) -> {
                for (Person person : space.people) {
                    // The modulation of a quiet voice may dip below what is audible; then it is not a cut.
                    if (person.sounds && person.untilMs - nowMs < 200) {
                        assertTrue(after.contains(person.key), name + " at " + nowMs);
                    }
                }
                assertTrue(after.containsAll(before), name + ": a slot is lost only by silence");
            });
        }
    }

    @Test
    void inALivelyTalkOfSixHardlyAnyWordIsLostAndSlotsDoNotFlap() {
        long speech = 0;
        long unheard = 0;
        int changes = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Space space = new Space(seed);
            for (long key = 1; key <= 6; key++) {
                space.people.add(new Guest(key, random, levelDb(random)));
            }
            long[] counts = new long[3];
            space.run(120_000, 0.02, (nowMs, before, after) -> {
                // Breathing counts as talking: a slot is not worth more than a sentence that isn't over.
                long talking = space.people.stream()
                        .filter(person -> person.sounds || nowMs - person.sinceMs < 400)
                        .count();
                if (talking <= SLOTS) {
                    for (Person person : space.people) {
                        if (person.sounds) {
                            counts[0]++;
                            counts[1] += after.contains(person.key) ? 0 : 1;
                        }
                    }
                }
                counts[2] += before.containsAll(after) ? 0 : 1;
            });
            speech += counts[0];
            unheard += counts[1];
            changes += (int) counts[2];
        }
        double unheardShare = (double) unheard / speech;
        double changesPerMinute = changes / (2.0 * SEEDS);
        String result = String.format(
                "%.2f %% of speech unheard while at most three talk, %.1f slot changes a minute",
                100 * unheardShare, changesPerMinute);
        System.out.println(result);
        assertTrue(unheardShare < 0.03, result);
        assertTrue(changesPerMinute < 12, result);
    }

    @Test
    void fiveWhoTalkAllAtOnceShareTheSlotsWithoutHaste() {
        int changes = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Space space = new Space(seed);
            for (long key = 1; key <= 5; key++) {
                space.people.add(new Talker(key, random, -25, 400));
            }
            int[] count = new int[1];
            space.run(120_000, 0.02, (_, before, after) -> count[0] += before.equals(after) ? 0 : 1);
            changes += count[0];
        }
        double changesPerMinute = changes / (2.0 * SEEDS);
        System.out.println(changesPerMinute + " slot changes a minute while five equals talk at once");
        assertTrue(changesPerMinute < 2, changesPerMinute + " changes a minute");
    }

    @Test
    void theQuietestOfFourTalkersIsTheOneWhoIsNotHeard() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Random random = new Random(seed);
            Space space = new Space(seed);
            space.people.add(new Talker(1, random, -38, 400));
            for (long key = 2; key <= 4; key++) {
                space.people.add(new Talker(key, random, -random.nextDouble(18, 28), 400));
            }
            int[] frames = new int[1];
            space.run(60_000, 0.02, (nowMs, _, after) -> frames[0] += nowMs > 6_000 && after.contains(1L) ? 1 : 0);
            assertTrue(frames[0] < 2_700 / 20, "seed " + seed + ": heard in " + frames[0] + " of 2700 frames");
        }
    }
}
