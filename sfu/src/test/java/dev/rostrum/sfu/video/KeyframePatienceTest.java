package dev.rostrum.sfu.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KeyframePatienceTest {

    private static final long SECOND_NS = 1_000_000_000L;

    @Test
    void aFloodOfRequestsBecomesAFewAndThenOneNowAndThen() {
        KeyframePatience patience = new KeyframePatience();
        int passed = 0;
        for (long nowNs = 100 * SECOND_NS; nowNs < 160 * SECOND_NS; nowNs += SECOND_NS / 1000) {
            passed += patience.permits(nowNs) ? 1 : 0;
        }
        assertEquals(5 + 14, passed, 2);
    }

    @Test
    void whoAsksNowAndThenIsAlwaysHeard() {
        KeyframePatience patience = new KeyframePatience();
        for (long i = 1; i < 100; i++) {
            assertTrue(patience.permits(i * 5 * SECOND_NS));
        }
    }
}
