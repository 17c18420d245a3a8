package dev.rostrum.signaling.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoutesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        */*                                   | true
        application/sdp                       | true
        Application/SDP; q=0.1                | true
        application/*                         | true
        text/html                             | false
        text/html, */*;q=0.1                  | true
        application/sdp;q=0, */*              | false
        */*;q=0, application/sdp              | true
        application/*;q=0.0, */*              | false
        application/trickle-ice-sdpfrag       | false
        """)
    void theMostExactRangeOfAcceptDecides(String accept, boolean accepted) {
        assertEquals(accepted, Routes.accepts(accept, "application/sdp"));
    }

    @Test
    void withoutAcceptEverythingIsTaken() {
        assertTrue(Routes.accepts(null, "application/sdp"));
        assertTrue(Routes.accepts(" ", "application/sdp"));
    }

    @Test
    void tagsAreComparedWeaklyToReadAndStronglyToChange() {
        assertTrue(ETags.matches("\"a\", W/\"b\"", "\"b\""));
        assertTrue(ETags.matches("*", "\"b\""));
        assertFalse(ETags.matches(null, "\"b\""));
        assertFalse(ETags.matches("b", "\"b\""));
        assertTrue(ETags.matchesStrongly("\"a\", \"b\"", "\"b\""));
        assertFalse(ETags.matchesStrongly("W/\"b\"", "\"b\""));
        assertFalse(ETags.matchesStrongly("*", "\"b\""));
        assertTrue(ETags.any(" * "));
        assertTrue(ETags.any("\"*\""));
        assertFalse(ETags.any("\"a\""));
    }
}
