package dev.rostrum.bench.revision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommandTest {

    private static Command shell(String script, Duration atMost) throws IOException, InterruptedException {
        return Command.run(Path.of("."), Map.of("COLOUR", "red"), atMost, List.of("sh", "-c", script));
    }

    @Test
    void outputAndComplaintsAreKeptApart() throws IOException, InterruptedException {
        Command command = shell("echo $COLOUR; echo blue >&2", Duration.ofMinutes(1));
        assertTrue(command.succeeded());
        assertEquals("red", command.output());
        assertEquals("blue", command.complaints());
    }

    @Test
    void theReasonIsTheEndOfWhatItSaid() throws IOException, InterruptedException {
        Command command = shell("seq 1 100; echo broken >&2; exit 3", Duration.ofMinutes(1));
        assertEquals(3, command.exitCode());
        assertTrue(command.reason().endsWith("100\nbroken"), command.reason());
        assertFalse(command.reason().contains("50"), command.reason());
    }

    @Test
    void whatTakesTooLongIsEnded() throws IOException, InterruptedException {
        Command command = shell("echo begun; sleep 60", Duration.ofMillis(300));
        assertFalse(command.succeeded());
        assertTrue(command.reason().startsWith("it took too long"), command.reason());
    }

    @Test
    void whatIsNotThereIsAnError() {
        assertThrows(
                IOException.class,
                () -> Command.run(Path.of("."), Map.of(), Duration.ofMinutes(1), List.of("no-such-command")));
    }
}
