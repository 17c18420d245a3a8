package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RolloverCounterTest {

    private static final long HALF = 32_768;

    private static long index(long rollovers, long sequenceNumber) {
        return (rollovers << 16) + sequenceNumber;
    }

    @Test
    void theFirstPacketMayHaveAnySequenceNumber() {
        assertEquals(0, RolloverCounter.index(-1, 0));
        assertEquals(65535, RolloverCounter.index(-1, 65535));
    }

    @Test
    void theCounterGoesUpWhereTheSequenceNumberWraps() {
        assertEquals(index(1, 0), RolloverCounter.index(index(0, 65535), 0));
        assertEquals(index(8, 20_000), RolloverCounter.index(index(7, 60_000), 20_000));
    }

    @Test
    void aLatePacketFromBeforeTheWrapHasTheCounterFromBefore() {
        assertEquals(index(7, 65535), RolloverCounter.index(index(8, 0), 65535));
        assertEquals(index(7, 45_000), RolloverCounter.index(index(8, 10_000), 45_000));
    }

    @Test
    void aPacketFromBeforeTheFirstIndexHasANegativeOne() {
        assertEquals(-1, RolloverCounter.index(index(0, 3), 65535));
    }

    @Test
    void beyondTheLastIndexThereIsNone() {
        long last = RolloverCounter.INDEX_LIMIT - 1;

        assertEquals(last, RolloverCounter.index(last - 1, 65535));
        assertEquals(RolloverCounter.INDEX_LIMIT, RolloverCounter.index(last, 0));
    }

    /** The pseudocode of appendix A, written out again with 64-bit numbers, for every distance and a few places. */
    @Test
    void theGuessIsThatOfAppendixA() {
        Random random = new Random(3711);
        for (int distance = 0; distance < 1 << 16; distance++) {
            long rollovers = random.nextLong(1, 1000);
            long highest = random.nextInt(1 << 16);
            int sequenceNumber = (int) (highest + distance) & 0xffff;
            long expected;
            if (highest < HALF) {
                expected = sequenceNumber - highest > HALF ? rollovers - 1 : rollovers;
            } else {
                expected = highest - HALF > sequenceNumber ? rollovers + 1 : rollovers;
            }
            assertEquals(
                    expected * 65_536 + sequenceNumber,
                    RolloverCounter.index(index(rollovers, highest), sequenceNumber));
        }
    }

    @Test
    void anyIndexWithinHalfTheRangeIsFoundAgain() {
        Random random = new Random(32768);
        for (int i = 0; i < 100_000; i++) {
            long highest = random.nextLong(1 << 20, RolloverCounter.INDEX_LIMIT - (1 << 20));
            long index = highest + random.nextLong(-32_767, 32_768);
            assertEquals(index, RolloverCounter.index(highest, (int) index & 0xffff));
        }
    }
}
