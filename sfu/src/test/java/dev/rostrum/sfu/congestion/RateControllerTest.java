package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RateControllerTest {

    private static final long MS = 1_000_000;
    private static final long RTT_NS = 50 * MS;

    private final RateController rate = new RateController(30_000, 1_000_000, 5_000_000, 0);
    private long nowNs;

    private boolean update(NetworkUsage usage, long acknowledgedBps) {
        nowNs += 100 * MS;
        return rate.update(usage, acknowledgedBps, 0, false, RTT_NS, nowNs);
    }

    @Test
    void itGrowsByEightPercentASecondWhileItIsUsed() {
        for (int i = 0; i < 10; i++) {
            assertFalse(update(NetworkUsage.NORMAL, 1_000_000));
        }
        assertTrue(Math.abs(rate.bps() - 1_081_000) < 2_000, "" + rate.bps());
    }

    @Test
    void whatIsNotUsedDoesNotGrow() {
        for (int i = 0; i < 100; i++) {
            update(NetworkUsage.NORMAL, 300_000);
        }
        assertEquals(1_000_000, rate.bps());
    }

    @Test
    void overuseFallsBelowWhatArrives() {
        assertTrue(update(NetworkUsage.OVERUSE, 600_000));
        assertEquals(510_000, rate.bps());
        assertFalse(update(NetworkUsage.UNDERUSE, 600_000));
        assertEquals(510_000, rate.bps(), "while a queue empties, the bitrate holds");
    }

    @Test
    void aBurstShowsWhatTheNetworkCarriesIfLittleIsSent() {
        nowNs += 100 * MS;
        assertTrue(rate.update(NetworkUsage.OVERUSE, 200_000, 900_000, false, RTT_NS, nowNs));
        assertEquals(765_000, rate.bps());
    }

    @Test
    void othersQueuesLowerItStepByStep() {
        nowNs += 100 * MS;
        assertTrue(rate.update(NetworkUsage.OVERUSE, 150_000, 150_000, true, RTT_NS, nowNs));
        assertEquals(850_000, rate.bps());
        for (int i = 0; i < 20; i++) {
            nowNs += 100 * MS;
            rate.update(NetworkUsage.OVERUSE, 150_000, 150_000, true, RTT_NS, nowNs);
        }
        assertTrue(rate.bps() < 150_000);
    }

    @Test
    void eachReductionReduces() {
        for (int i = 0; i < 10; i++) {
            long before = rate.bps();
            assertTrue(update(NetworkUsage.OVERUSE, 3_000_000));
            assertTrue(rate.bps() <= 0.951 * before);
        }
    }

    @Test
    void reductionsWaitForTheirEffect() {
        assertTrue(update(NetworkUsage.OVERUSE, 900_000));
        nowNs += 10 * MS;
        assertFalse(rate.update(NetworkUsage.OVERUSE, 900_000, 0, false, RTT_NS, nowNs));
    }

    @Test
    void nearWhereTheNetworkWasFullItGrowsSlowly() {
        update(NetworkUsage.OVERUSE, 900_000);
        long before = rate.bps();
        for (int i = 0; i < 10; i++) {
            update(NetworkUsage.NORMAL, 760_000);
        }
        assertTrue(rate.bps() > before && rate.bps() < before + 60_000, before + " to " + rate.bps());
    }

    @Test
    void itStaysWithinItsLimits() {
        for (int i = 0; i < 1_000; i++) {
            update(NetworkUsage.NORMAL, 100_000_000);
        }
        assertEquals(5_000_000, rate.bps());
        for (int i = 0; i < 1_000; i++) {
            update(NetworkUsage.OVERUSE, 0);
        }
        assertEquals(30_000, rate.bps());
        rate.onProbe(Long.MAX_VALUE / 4, nowNs);
        assertEquals(5_000_000, rate.bps());
    }
}
