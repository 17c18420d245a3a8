package dev.rostrum.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command as a user types it, on all cores. */
@Timeout(120)
class RunCommandIT {

    private static final String SMALL = """
        name: small
        about: one speaker, five listeners
        variables: {loss: 0}
        steps:
          - talk: steady
          - join: {listeners: 5}
          - measure: {name: m, for: 2s}
        assert:
          - join.joined = 5
          - m.loss <= ${loss}
        """;

    @TempDir
    private Path directory;

    private int run(StringWriter said, String... more) throws Exception {
        Path file = Files.writeString(directory.resolve("small.yaml"), SMALL);
        String[] own = {file.toString(), "--server-cores", "", "--generator-cores", "", "--out", directory.toString()};
        String[] all = Stream.concat(Stream.of(own), Stream.of(more)).toArray(String[]::new);
        return new CommandLine(new RunCommand())
                .setOut(new PrintWriter(said, true))
                .execute(all);
    }

    @Test
    void theExitCodeSaysWhetherAllHolds() throws Exception {
        StringWriter said = new StringWriter();
        assertEquals(0, run(said), said::toString);
        assertTrue(said.toString().contains("pass  m.loss <= 0"), said::toString);
        assertTrue(said.toString().contains("written: "), said::toString);
        said = new StringWriter();
        assertEquals(1, run(said, "--set", "loss=-1"), said::toString);
        assertTrue(said.toString().contains("FAIL  m.loss <= -1"), said::toString);
        assertEquals(2, run(new StringWriter(), "--set", "no-such-variable=1"));
    }
}
