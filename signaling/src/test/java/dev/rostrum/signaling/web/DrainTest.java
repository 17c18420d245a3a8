package dev.rostrum.signaling.web;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class DrainTest {

    private static final int TRIES = 10_000;

    @Test
    void theStageComesBackBeforeTheFirstOfTheCrowd() {
        Drain drain = new Drain();
        assertFalse(drain.begun());
        drain.begin(10);

        assertTrue(drain.begun());
        long stageLast = LongStream.generate(() -> drain.comeBackAfterMs(true))
                .limit(TRIES)
                .max()
                .orElseThrow();
        long crowdFirst = LongStream.generate(() -> drain.comeBackAfterMs(false))
                .limit(TRIES)
                .min()
                .orElseThrow();
        assertTrue(stageLast < crowdFirst, stageLast + " " + crowdFirst);
    }

    @Test
    void theBiggerTheCrowdTheLongerItsReturnTakes() {
        Drain small = new Drain();
        small.begin(100);
        Drain big = new Drain();
        big.begin(20_000);

        assertTrue(spread(small) < 4_100, "a few are back soon");
        assertTrue(spread(big) > 35_000, "20,000 must not come within a few seconds");
        assertTrue(spread(big) < 40_100);
    }

    private static long spread(Drain drain) {
        long[] times = LongStream.generate(() -> drain.comeBackAfterMs(false))
                .limit(TRIES)
                .sorted()
                .toArray();
        return times[TRIES - 1] - times[0];
    }
}
