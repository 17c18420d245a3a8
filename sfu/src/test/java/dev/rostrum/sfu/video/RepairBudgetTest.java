package dev.rostrum.sfu.video;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RepairBudgetTest {

    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void aNackFloodGetsAShareOfWhatTheNetworkCarriesAndNoMore() {
        RepairBudget budget = new RepairBudget();
        long taken = 0;
        for (long nowNs = 0; nowNs < 10 * SECOND_NS; nowNs += 10_000) { // 100,000 requests a second
            taken += budget.take(1000, 1_000_000, nowNs) ? 1000 : 0;
        }
        long allowed = 10 * 1_000_000 / 8 / 2 + 64 * 1024;
        assertTrue(Math.abs(taken - allowed) <= 2000, taken + " bytes, allowed " + allowed);
    }

    @Test
    void whoAsksSeldomIsNeverRefused() {
        RepairBudget budget = new RepairBudget();
        for (long i = 1; i < 1000; i++) {
            assertTrue(budget.take(1200, 300_000, i * 100_000_000L));
        }
    }

    @Test
    void anEndlessEstimateIsNoEndlessBudget() {
        RepairBudget budget = new RepairBudget();
        long taken = 0;
        for (long nowNs = 0; nowNs < SECOND_NS; nowNs += 10_000) {
            taken += budget.take(1000, Long.MAX_VALUE, nowNs) ? 1000 : 0;
        }
        assertTrue(taken < 1_400_000, taken + " bytes in a second");
    }
}
