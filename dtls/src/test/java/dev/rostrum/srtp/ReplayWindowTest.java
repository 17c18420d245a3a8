package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayWindowTest {

    private static final int NEW = 0;
    private static final int REPLAYED = SrtpFailure.REPLAYED.code();
    private static final int TOO_OLD = SrtpFailure.TOO_OLD.code();

    @Test
    void anIndexIsNewOnce() {
        ReplayWindow window = new ReplayWindow(1, 128);

        assertEquals(NEW, window.check(40_000));
        window.accept(40_000);
        assertEquals(REPLAYED, window.check(40_000));
        assertEquals(40_000, window.highest());
    }

    @Test
    void checkingChangesNothing() {
        ReplayWindow window = new ReplayWindow(1, 128);
        window.accept(5);

        assertEquals(NEW, window.check(1_000_000));
        assertEquals(NEW, window.check(4));
        assertEquals(NEW, window.check(4));
        assertEquals(5, window.highest());
    }

    @Test
    void theWindowReachesBackAsFarAsItSays() {
        ReplayWindow window = new ReplayWindow(1, 128);
        window.accept(1000);

        assertEquals(NEW, window.check(1000 - 127));
        assertEquals(TOO_OLD, window.check(1000 - 128));
    }

    @Test
    void indexesBeforeZeroAreTooOld() {
        ReplayWindow window = new ReplayWindow(1, 128);
        window.accept(3);

        assertEquals(NEW, window.check(0));
        assertEquals(TOO_OLD, window.check(-1));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theWindowAgreesWithASetOfAllIndexes(long seed) {
        Random random = new Random(seed);
        int size = 64 << random.nextInt(5);
        ReplayWindow window = new ReplayWindow(1, size);
        Set<Long> accepted = new HashSet<>();
        long highest = -1;
        for (int i = 0; i < 50_000; i++) {
            long index = Math.max(0, highest + random.nextInt(-size - 10, 8));
            if (random.nextInt(500) == 0) {
                index += random.nextInt(3 * size);
            }
            int expected = index > highest
                    ? NEW
                    : index <= highest - size ? TOO_OLD : accepted.contains(index) ? REPLAYED : NEW;
            assertEquals(expected, window.check(index), "seed " + seed + ", step " + i);
            if (expected == NEW) {
                window.accept(index);
                accepted.add(index);
                highest = Math.max(highest, index);
            }
            assertEquals(highest, window.highest());
        }
    }
}
