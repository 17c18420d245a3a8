package dev.rostrum.bench.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {

    private static Verdict of(double ratio, double bytes) {
        return new Verdict(
                "audio-fan-out",
                List.of(new Verdict.Figure("ratio", ratio, 1.3, 3), new Verdict.Figure("bytes", bytes, 0.01, 3)),
                "");
    }

    @Test
    void aGatePassesIfAllFiguresAreWithinTheirBounds() {
        assertTrue(of(1.3, 0).passed());
        assertEquals(
                "gate audio-fan-out  pass  ratio 1.150 (at most 1.3); bytes 0.000 (at most 0.01)",
                of(1.15, 0).line());
    }

    @Test
    void oneFigureTooManyFailsIt() {
        assertFalse(of(1.301, 0).passed());
        assertFalse(of(1.1, 0.02).passed());
        assertEquals(
                "gate audio-fan-out  FAIL  ratio 1.731 (at most 1.3); bytes 0.000 (at most 0.01)",
                of(1.731, 0).line());
    }

    @Test
    void whatCouldNotBeMeasuredFails() {
        assertFalse(of(Double.NaN, 0).passed());
    }
}
