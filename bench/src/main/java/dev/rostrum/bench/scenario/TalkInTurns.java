package dev.rostrum.bench.scenario;

import dev.rostrum.bench.media.Voice;

/**
 * People on a stage who let each other finish: at each moment just as many talk as are asked for, and the floor passes on
 * every few seconds. What the server forwards is the same in any ten seconds, so that two steps of a scenario can be told by
 * each other.
 *
 * <p>Makes voices, each for one client; they must begin together.
 */
final class TalkInTurns {

    private static final int TURN_FRAMES = 175;
    private static final int SILENCE_EVERY = 20;
    private static final int LOUDEST_DBOV = 20;

    private final int speakers;
    private final int always;
    private final long sometimesFrames;
    private int next;

    /** @param talking how many talk at once, at most all; of a fraction, somebody for that part of each turn */
    TalkInTurns(int speakers, double talking) {
        this.speakers = speakers;
        double most = Math.min(talking, speakers);
        always = (int) most;
        sometimesFrames = Math.round((most - always) * TURN_FRAMES);
    }

    /** That of the next of them. */
    synchronized Voice voice() {
        int speaker = next++ % speakers;
        return frame -> level(speaker, frame);
    }

    private int level(int speaker, long frame) {
        long turn = frame / TURN_FRAMES;
        int now = always + (frame % TURN_FRAMES < sometimesFrames ? 1 : 0);
        if (Math.floorMod(speaker - turn * Math.max(1, always), (long) speakers) < now) {
            return LOUDEST_DBOV + speaker % 10 + (int) (frame % 7);
        }
        return (frame + speaker) % SILENCE_EVERY == 0 ? Voice.SILENCE : Voice.NOTHING;
    }
}
