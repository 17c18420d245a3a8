package dev.rostrum.signaling.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.SfuLoad;
import dev.rostrum.sfu.SfuLoad.ShardLoad;
import java.util.List;
import org.junit.jupiter.api.Test;

final class JoinCostTest {

    private static final double SECONDS_EACH = 0.005;

    private final JoinCost cost = new JoinCost();

    private void joins(int readings, double each, double otherWorkSeconds) {
        for (int i = 0; i < readings; i++) {
            cost.add(50, 50 * each + otherWorkSeconds);
        }
    }

    @Test
    void whatTheThreadsDoBesidesIsNotTakenForTheCostOfJoins() {
        joins(3, SECONDS_EACH, 0);
        joins(5, SECONDS_EACH, 0.9);

        assertEquals(SECONDS_EACH, cost.seconds(), 1e-9);
    }

    @Test
    void joinsThatBecomeCheaperAreKnownAfterThreeReadings() {
        joins(10, 0.02, 0);
        joins(3, SECONDS_EACH, 0);

        assertEquals(SECONDS_EACH, cost.seconds(), 1e-9);
    }

    @Test
    void aMachineThatBecameSlowerIsKnownWhenNoReadingIsLeftOfBefore() {
        joins(10, SECONDS_EACH, 0);
        joins(12, 0.02, 0);

        assertEquals(0.02, cost.seconds(), 1e-9);
    }

    @Test
    void joinsWhoseEndIsCountedAfterTheirCostAreNotTakenForCheapOnes() {
        cost.add(20, 0.25);
        cost.add(80, 0.25);

        assertEquals(SECONDS_EACH, cost.seconds(), 1e-9);
    }

    @Test
    void aWrongCostLeavesTheDoorWideEnoughToMeasureItAnew() {
        Headroom headroom = new Headroom(AdmissionConfig.DEFAULT);
        Pace pace = new Pace();
        double joins = 0;
        double spentSeconds = 0;
        // At first each join seems to take a whole processor for 50 ms, and more of it than the bound leaves.
        for (int tenths = 0; tenths < 200; tenths++) {
            boolean later = tenths >= 50;
            double joined = later ? 0.1 * pace.perSecond() : 2;
            joins += joined;
            spentSeconds += later ? joined * SECONDS_EACH : 0.1;
            headroom.onSample(sample(tenths * 100_000_000L, (long) joins, spentSeconds), 0);
            while (pace.take()) {
                // Somebody always waits.
            }
            pace.onHeadroom(headroom, 0.1);
            pace.onTime(0.1);
        }

        assertEquals(SECONDS_EACH, headroom.joinSeconds(), 0.001);
        assertTrue(pace.perSecond() > 100, () -> pace.perSecond() + " joins a second");
    }

    private static LoadSample sample(long atNs, long joins, double spentSeconds) {
        ShardLoad idle = new ShardLoad(0, 0, 0, 0, 0, 0, 0);
        SfuLoad load = new SfuLoad(List.of(idle), 0, 0, 0, joins, 0, 0, (long) (spentSeconds * 1e9));
        return new LoadSample(atNs, load, 1, 0);
    }
}
