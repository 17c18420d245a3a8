package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.rtp.AudioLevel;

/**
 * The home's view of who speaks in a space: feeds the ranking with levels from all shards and tells the router when the
 * ranked speakers change.
 *
 * <p>Owned by the router of the space's home shard.
 */
final class Stage {

    private final Router router;
    private final Shard shard;
    private final SpeakerRanking ranking;
    private final Deadline tick = new Deadline(this::onTick);

    Stage(Router router, Shard shard, int speakers) {
        this.router = router;
        this.shard = shard;
        this.ranking = new SpeakerRanking(speakers);
    }

    /**
     * A packet of a publication has come in.
     *
     * @param level the value of the audio level extension, or {@link AudioLevel#ABSENT}
     */
    void onLevel(int csrc, int level, int payloadLengthBytes, long nowNs) {
        long key = Integer.toUnsignedLong(csrc);
        boolean changed = level == AudioLevel.ABSENT
                ? ranking.onUnknownLevel(key, payloadLengthBytes, nowNs)
                : ranking.onLevel(key, AudioLevel.levelDbov(level), AudioLevel.voice(level), nowNs);
        after(changed);
    }

    void onSilent(int csrc) {
        after(ranking.remove(Integer.toUnsignedLong(csrc)));
    }

    private void onTick(long nowNs) {
        after(ranking.tick(nowNs));
    }

    private void after(boolean changed) {
        if (changed) {
            long[] first = ranking.first();
            int[] csrcs = new int[first.length];
            for (int i = 0; i < csrcs.length; i++) {
                csrcs[i] = (int) first[i];
            }
            router.onRanked(new RankedSpeakers(csrcs));
        }
        if (!tick.scheduled() && ranking.size() > 0) {
            shard.deadlines().schedule(tick, ranking.deadlineNs());
        }
    }

    void close() {
        shard.deadlines().cancel(tick);
    }
}
