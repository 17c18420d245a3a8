package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class SpeakerRankingAllocationTest {

    private static final int FRAMES = 5_000;
    private static final int WINDOWS = 100;

    @Test
    void levelsAndTicksOfRankedPublicationsAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        SpeakerRanking ranking = new SpeakerRanking(3);
        // What is allocated while the code is still being compiled is not ours: the best window counts.
        long least = Long.MAX_VALUE;
        long nowNs = 0;
        for (int window = 0; window < WINDOWS && least > 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int frame = 0; frame < FRAMES; frame++) {
                for (int key = 0; key < 10; key++) {
                    ranking.onLevel(key, 20 + (key * 7 + frame / 50) % 60, key % 2 == 0, nowNs);
                }
                ranking.onUnknownLevel(10, 80, nowNs);
                nowNs += SpeakerRanking.TICK_NS;
                ranking.tick(nowNs);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least, "bytes for " + FRAMES + " frames");
    }
}
