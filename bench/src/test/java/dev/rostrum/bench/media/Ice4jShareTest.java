package dev.rostrum.bench.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rostrum.bench.media.IcePath.State;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class Ice4jShareTest {

    private static List<Long> chosen(long listeners, double share) {
        return LongStream.range(0, listeners)
                .filter(number -> Ice4jShare.isChosen(number, share))
                .boxed()
                .toList();
    }

    @Test
    void theShareIsSpreadEvenly() {
        assertEquals(List.of(), chosen(1000, 0));
        assertEquals(LongStream.range(0, 50).boxed().toList(), chosen(50, 1));
        assertEquals(List.of(3L, 7L, 11L), chosen(12, 0.25));
        assertEquals(10, chosen(200, 0.05).size());
        assertEquals(333, chosen(1000, 1 / 3.0).size());
    }

    @Test
    void aShareIsAPartOfOne() {
        for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> MediaSettings.defaults()
                    .withIce4jShare(share));
        }
    }

    @Test
    void aPathThatStaysQuietForLongIsDisconnectedThenFailed() {
        State state = Ice4jPath.after(State.CONNECTED, 7_000_000_000L);
        assertEquals(State.CONNECTED, state, "consent checks may be 6 s apart");
        state = Ice4jPath.after(state, 9_000_000_000L);
        assertEquals(State.DISCONNECTED, state);
        assertEquals(State.CONNECTED, Ice4jPath.after(state, 0), "it has come back");
        assertEquals(State.DISCONNECTED, Ice4jPath.after(state, 23_000_000_000L));
        assertEquals(State.FAILED, Ice4jPath.after(state, 24_000_000_000L));
        assertEquals(
                State.DISCONNECTED,
                Ice4jPath.after(State.CONNECTED, 60_000_000_000L),
                "a generator that slept says so first");
    }
}
