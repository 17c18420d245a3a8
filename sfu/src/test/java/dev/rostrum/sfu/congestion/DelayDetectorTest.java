package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DelayDetectorTest {

    private static final long MS = 1_000_000;
    private static final long CLOCKS_APART_NS = 77_000_000_000L;

    private final DelayDetector detector = new DelayDetector();
    private long sentNs = 1_000 * MS;
    private double queueMs;

    /** Packets 10 ms apart while the queue grows by so much per packet; whether an overuse was seen. */
    private boolean run(int packets, double growthMs) {
        boolean overuse = false;
        for (int i = 0; i < packets; i++) {
            sentNs += 10 * MS;
            queueMs = Math.max(0, queueMs + growthMs);
            arrive(queueMs);
            overuse |= detector.usage() == NetworkUsage.OVERUSE;
        }
        return overuse;
    }

    private void arrive(double delayMs) {
        long arrivalNs = sentNs + 30 * MS + (long) (delayMs * MS) + CLOCKS_APART_NS;
        detector.onArrival(sentNs, arrivalNs, sentNs + 80 * MS);
    }

    @Test
    void aSteadyDelayIsNormal() {
        assertFalse(run(1_000, 0));
        assertEquals(0, detector.queueMs(), 1e-9);
    }

    @Test
    void aQueueThatGrowsIsOveruse() {
        run(200, 0);
        assertTrue(run(50, 3)); // 30 % more than the network carries, for half a second
        assertTrue(detector.queueMs() > 50);
    }

    @Test
    void aQueueThatEmptiesIsUnderuse() {
        run(200, 0);
        run(60, 3);
        run(30, -3);
        assertEquals(NetworkUsage.UNDERUSE, detector.usage());
    }

    @Test
    void aKeyFramesShortQueueIsNoOveruse() {
        run(200, 0);
        for (int frame = 0; frame < 20; frame++) {
            boolean overuse = run(8, 10); // 80 ms of queue ...
            overuse |= run(8, -10); // ... that is soon gone
            overuse |= run(30, 0);
            assertFalse(overuse, "frame " + frame);
        }
    }

    @Test
    void jitterIsNoOveruse() {
        SplittableRandom random = new SplittableRandom(1);
        int overuses = 0;
        for (int i = 0; i < 3_000; i++) {
            sentNs += 10 * MS;
            arrive(20 * random.nextDouble());
            overuses += detector.usage() == NetworkUsage.OVERUSE ? 1 : 0;
        }
        assertEquals(0, overuses);
    }

    @Test
    void aClockThatJumpsBeginsAnew() {
        run(200, 0);
        for (int i = 0; i < 100; i++) {
            sentNs += 10 * MS;
            detector.onArrival(sentNs, sentNs + CLOCKS_APART_NS + 3_600_000 * MS, sentNs + 80 * MS);
            assertEquals(NetworkUsage.NORMAL, detector.usage());
        }
        assertTrue(detector.queueMs() < 1);
    }

    @Test
    void anyTimesAreBorne() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 10_000; i++) {
            sentNs += random.nextLong(100 * MS);
            detector.onArrival(sentNs, random.nextLong(Long.MIN_VALUE / 4, Long.MAX_VALUE / 4), sentNs);
            assertFalse(Double.isNaN(detector.trend()));
        }
    }
}
