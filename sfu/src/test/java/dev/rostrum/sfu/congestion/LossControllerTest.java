package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LossControllerTest {

    private static final long MS = 1_000_000;
    private static final int PACKET_BYTES = 1_000;

    private final LossController loss = new LossController(30_000);
    private final SplittableRandom random = new SplittableRandom(3);
    private long nowNs = 1_000 * MS;

    /** Sends so much, of which a share is lost and more above the capacity; the last bound. */
    private long run(int seconds, long sentBps, double share, long capacityBps, long delayBps) {
        long bound = delayBps;
        double excess = Math.max(0, 1 - (double) capacityBps / sentBps);
        for (int feedback = 0; feedback < 10 * seconds; feedback++) {
            int packets = (int) (sentBps / 8 / 10 / PACKET_BYTES);
            for (int i = 0; i < packets; i++) {
                boolean lost = random.nextDouble() < share || random.nextDouble() < excess;
                loss.onPacket(nowNs + i * 100L * MS / packets, PACKET_BYTES, !lost);
            }
            nowNs += 100 * MS;
            bound = loss.update(delayBps, (long) (Math.min(sentBps, capacityBps) * (1 - share)), nowNs);
        }
        return bound;
    }

    @Test
    void withoutLossTheDelayDecides() {
        assertEquals(2_000_000, run(10, 1_900_000, 0, 10_000_000, 2_000_000));
        assertFalse(loss.limited());
    }

    @Test
    void randomLossLowersNothing() {
        assertTrue(run(20, 1_500_000, 0.05, 10_000_000, 2_000_000) >= 1_600_000);
        assertEquals(0.05, loss.lossShare(), 0.03);
    }

    @Test
    void lossOfTooMuchTrafficLowersToWhatIsCarried() {
        run(5, 900_000, 0, 1_000_000, 2_000_000);
        long bound = run(10, 2_000_000, 0, 1_000_000, 2_000_000);
        assertTrue(loss.limited());
        assertTrue(bound < 1_300_000, "" + bound);
    }

    @Test
    void whenTheLossEndsTheBoundGoes() {
        run(10, 2_000_000, 0, 1_000_000, 2_000_000);
        long bound = 0;
        for (int second = 0; second < 60; second++) {
            bound = run(1, Math.max(300_000, bound), 0, 10_000_000, 2_000_000);
        }
        assertTrue(bound > 1_500_000, "" + bound);
    }

    @Test
    void aProbeThatCameThroughEndsTheBound() {
        run(10, 2_000_000, 0, 500_000, 2_000_000);
        assertTrue(loss.limited());
        loss.onProbe();
        assertEquals(2_000_000, loss.update(2_000_000, 500_000, nowNs));
    }

    @Test
    void totalLossLeavesTheLeast() {
        long bound = run(30, 2_000_000, 1, 10_000_000, 2_000_000);
        assertTrue(bound >= 30_000 && bound < 200_000, "" + bound);
    }

    @Test
    void whatComesLateWasNotLost() {
        run(5, 1_000_000, 0, 10_000_000, 2_000_000);
        loss.onPacket(nowNs, PACKET_BYTES, false);
        loss.onRecovered(PACKET_BYTES);
        run(1, 1_000_000, 0, 10_000_000, 2_000_000);
        assertEquals(0, loss.lossShare(), 1e-9);
    }
}
