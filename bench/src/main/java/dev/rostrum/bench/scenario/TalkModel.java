package dev.rostrum.bench.scenario;

import dev.rostrum.bench.media.Voice;
import java.util.SplittableRandom;

/**
 * How people on a stage talk: each for a while, then not for a while, independently of the others, so that there are
 * overlaps and silences. Within a turn there are short pauses and loud and quiet syllables. Who is silent sends a packet of
 * silence every 400 ms, as Opus does.
 *
 * <p>Makes voices, each for one client.
 */
final class TalkModel {

    private static final double TURN_S = 3.5;
    private static final double FRAMES_PER_S = 50;
    private static final int SILENCE_EVERY = 20;

    private final int speakers;
    private final double talking;
    private final SplittableRandom seeds;

    /** @param talking how many talk at once on average, less than {@code speakers} */
    TalkModel(int speakers, double talking, long seed) {
        this.speakers = speakers;
        this.talking = Math.min(talking, speakers * 0.95);
        seeds = new SplittableRandom(seed);
    }

    synchronized Voice voice() {
        return new Turns(seeds.split(), TURN_S * (speakers / talking - 1));
    }

    private static final class Turns implements Voice {

        private final SplittableRandom random;
        private final double restS;
        private final int baseDbov;
        private boolean talks;
        private long changeAt = -1;
        private long pauseUntil;

        Turns(SplittableRandom random, double restS) {
            this.random = random;
            this.restS = restS;
            baseDbov = 20 + random.nextInt(12);
        }

        @Override
        public int levelDbov(long frame) {
            if (changeAt < 0) {
                talks = random.nextDouble() < TURN_S / (TURN_S + restS);
                changeAt = frame + frames(talks ? TURN_S : restS);
            }
            while (frame >= changeAt) {
                talks = !talks;
                changeAt += frames(talks ? TURN_S : restS);
            }
            if (!talks) {
                return frame % SILENCE_EVERY == 0 ? SILENCE : NOTHING;
            }
            if (frame < pauseUntil) {
                return 75; // between two words, with the microphone open
            }
            if (random.nextInt(60) == 0) {
                pauseUntil = frame + 4 + random.nextInt(12);
            }
            return baseDbov + random.nextInt(10);
        }

        private long frames(double meanS) {
            return 1 + (long) (-Math.log(1 - random.nextDouble()) * meanS * FRAMES_PER_S);
        }
    }
}
