package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamTableTest {

    @Test
    void anEmptyTableKnowsNothing() {
        assertNull(new StreamTable(64, 128).get(0));
    }

    @Test
    void everySsrcKeepsItsOwnWindow() {
        Random random = new Random(64);
        StreamTable table = new StreamTable(64, 128);
        Map<Integer, ReplayWindow> added = new HashMap<>();
        while (!table.full()) {
            // Also neighbours, zero, and numbers that differ in their high bits only.
            int ssrc = added.size() < 20
                    ? added.size()
                    : added.size() < 40 ? added.size() << 26 | 0xffff : random.nextInt() | 1 << 25;
            if (!added.containsKey(ssrc)) {
                assertNull(table.get(ssrc));
                added.put(ssrc, table.add(ssrc));
            }
        }

        assertEquals(64, added.size());
        added.forEach((ssrc, window) -> {
            assertSame(window, table.get(ssrc));
            assertEquals(ssrc, window.ssrc());
        });
        assertNull(table.get(0x7654_3210));
    }

    @Test
    void theTableIsFullAtItsMaximum() {
        StreamTable table = new StreamTable(2, 128);
        table.add(7);
        assertFalse(table.full());
        table.add(8);
        assertTrue(table.full());
    }
}
