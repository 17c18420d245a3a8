package dev.rostrum.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GrowthTest {

    @Test
    void oneReadingThatIsFarOffIsNoGrowth() {
        long[] values = {100, 101, 180, 99, 100, 102, 100, 98, 103, 250};

        assertEquals(2, Growth.growth(values, 5));
    }

    @Test
    void whatGrowsSlowlyIsSeen() {
        long[] values = {100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200};

        assertEquals(60, Growth.growth(values, 5));
    }

    @Test
    void aShortStepIsReadAtItsEndsOnly() {
        assertEquals(7, Growth.growth(new long[] {100, 107}, 1));
    }
}
