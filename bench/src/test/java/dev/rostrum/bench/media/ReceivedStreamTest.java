package dev.rostrum.bench.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ReceivedStreamTest {

    private static final long MS = 1_000_000L;

    private final ReceivedStream stream = new ReceivedStream(1, 65534, 0, 7, 0);

    @Test
    void sequenceNumbersGoOnOverTheirEnd() {
        for (int i = 1; i <= 10; i++) {
            assertTrue(stream.onPacket(65534 + i & 0xffff, 960 * i, 7, 20 * MS * i));
        }
        assertEquals(11, stream.expected());
        assertEquals(0, stream.lost());
        assertEquals(20 * MS, stream.longestGapNs());
    }

    @Test
    void whatIsMissingIsLostUntilItComesLate() {
        stream.onPacket(1, 960 * 3, 7, 60 * MS);
        assertEquals(2, stream.lost());
        assertTrue(stream.onPacket(0, 960 * 2, 7, 61 * MS));
        assertFalse(stream.onPacket(0, 960 * 2, 7, 62 * MS));
        assertEquals(1, stream.lost());
        assertEquals(1, stream.duplicates());
        assertEquals(1, stream.reordered());
    }

    @Test
    void aSpeakersPauseIsNoGapButAStallIs() {
        stream.onPacket(65535, 48_000, 7, 1_000 * MS);
        assertEquals(20 * MS, stream.longestGapNs());
        stream.onPacket(0, 48_960, 7, 1_150 * MS);
        assertEquals(150 * MS, stream.longestGapNs());
    }

    @Test
    void aNewVoiceOnTheSameSlotIsNoBreak() {
        stream.onPacket(65535, 960, 8, 20 * MS);
        assertEquals(1, stream.figures().csrcChanges());
        assertEquals(0, stream.lost());
    }
}
