package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SentPacketsTest {

    private final SentPackets sent = new SentPackets();

    @Test
    void nothingIsFoundBeforeTheFirstPacket() {
        assertEquals(SentPackets.NONE, sent.unwrap(0));
        assertEquals(SentPackets.NONE, sent.find(5));
    }

    @Test
    void packetsAreFoundAcrossTheWrapOfTheirNumbers() {
        for (int i = 0; i < 100; i++) {
            sent.add((65_500 + i) & 0xFFFF, 1_000 + i, i, i % 3);
        }
        for (int i = 0; i < 100; i++) {
            int place = sent.find(sent.unwrap((65_500 + i) & 0xFFFF));
            assertNotEquals(SentPackets.NONE, place);
            assertEquals(1_000 + i, sent.lengthBytes(place));
            assertEquals(i, sent.sentNs(place));
            assertEquals(i % 3, sent.cluster(place));
        }
    }

    @Test
    void numbersThatWereLeftOutWereNeverSent() {
        sent.add(10, 100, 1, 0);
        sent.add(14, 100, 2, 0);
        assertEquals(SentPackets.NONE, sent.find(sent.unwrap(12)));
        assertNotEquals(SentPackets.NONE, sent.find(sent.unwrap(10)));
        assertEquals(SentPackets.NONE, sent.find(sent.unwrap(15)));
    }

    @Test
    void packetsOfLongAgoAreForgotten() {
        for (int i = 0; i <= SentPackets.CAPACITY; i++) {
            sent.add(i & 0xFFFF, 100, i, 0);
        }
        assertEquals(SentPackets.NONE, sent.find(sent.unwrap(0)));
        assertNotEquals(SentPackets.NONE, sent.find(sent.unwrap(1)));
    }

    @Test
    void aPacketArrivesOrIsMissing() {
        sent.add(1, 100, 1, 0);
        int place = sent.find(sent.unwrap(1));
        assertFalse(sent.arrived(place) || sent.missing(place));
        sent.markMissing(place);
        assertTrue(sent.missing(place));
        sent.markArrived(place);
        assertTrue(sent.arrived(place));
        assertFalse(sent.missing(place));
    }
}
