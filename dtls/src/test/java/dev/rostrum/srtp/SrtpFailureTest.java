package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SrtpFailureTest {

    @Test
    void everyFailureHasItsOwnNegativeCode() {
        for (SrtpFailure failure : SrtpFailure.values()) {
            assertTrue(failure.code() < 0);
            assertEquals(failure, SrtpFailure.of(failure.code()));
        }
    }

    @Test
    void aLengthIsNoFailure() {
        assertThrows(IllegalArgumentException.class, () -> SrtpFailure.of(0));
        assertThrows(IllegalArgumentException.class, () -> SrtpFailure.of(-SrtpFailure.values().length - 1));
    }
}
