package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class UnwrapperTest {

    @Test
    void sequenceNumbersGoOnOverTheWrapAndBack() {
        SequenceUnwrapper unwrapper = new SequenceUnwrapper();
        long first = unwrapper.unwrap(65_534);
        assertEquals(65_534, first & 0xFFFF);
        assertEquals(first + 1, unwrapper.unwrap(65_535));
        assertEquals(first + 3, unwrapper.unwrap(1));
        assertEquals(first + 2, unwrapper.unwrap(0));
        assertEquals(first - 4, unwrapper.unwrap(65_530), "late, over the wrap");
        assertEquals(first + 3, unwrapper.highest());
        assertEquals(first + 4, unwrapper.unwrap(2), "a late one changes nothing");
    }

    @Test
    void sequenceNumbersBeforeTheFirstAreNotNegative() {
        SequenceUnwrapper unwrapper = new SequenceUnwrapper();
        assertEquals(-1, unwrapper.highest());
        long first = unwrapper.unwrap(0);
        assertEquals(first - 1, unwrapper.unwrap(65_535));
        assertTrue(unwrapper.unwrap(40_000) > 0);
    }

    @Test
    void manyCyclesOfSequenceNumbersStayExact() {
        SequenceUnwrapper unwrapper = new SequenceUnwrapper();
        long base = unwrapper.unwrap(7) - 7;
        for (long n = 7; n < 1_000_000; n += 997) {
            assertEquals(base + n, unwrapper.unwrap((int) n & 0xFFFF));
        }
    }

    @Test
    void timestampsGoOnOverTheWrapAndBack() {
        TimestampUnwrapper unwrapper = new TimestampUnwrapper();
        long first = unwrapper.unwrap(-480);
        assertEquals(-480, (int) first);
        assertTrue(first > 0);
        assertEquals(first + 960, unwrapper.unwrap(480));
        assertEquals(first - 960, unwrapper.unwrap(-480 - 960));
        assertEquals(first + 960, unwrapper.highest());
        assertEquals(first + 960 + Integer.MAX_VALUE, unwrapper.unwrap(Integer.MIN_VALUE + 479));
    }
}
