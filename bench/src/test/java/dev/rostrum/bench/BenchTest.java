package dev.rostrum.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.client.SpaceAdmin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands, as a person sees them who gets something wrong. */
final class BenchTest {

    @TempDir
    private Path directory;

    private static String refusal(String... arguments) {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said, true);
        assertEquals(2, Bench.run(arguments, writer, writer), said.toString());
        assertTrue(said.toString().startsWith("rostrum bench: "), said.toString());
        assertEquals(1, said.toString().lines().count(), said.toString());
        return said.toString();
    }

    private static String message(Exception e) {
        return String.valueOf(e.getMessage());
    }

    @Test
    void aServerThatDoesNotAnswerAndAnAddressThatIsNoneAreSaid() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = closed.getLocalPort();
        }
        URI nobody = URI.create("http://127.0.0.1:" + port);

        String unanswered = message(assertThrows(IOException.class, () -> SpaceAdmin.create(nobody, "bench", null)));
        String noAddress = message(
                assertThrows(IOException.class, () -> SpaceAdmin.create(URI.create("nonsense"), "bench", null)));

        assertTrue(unanswered.contains("nobody answers at " + nobody), unanswered);
        assertTrue(noAddress.contains("nonsense is no address of a server"), noAddress);
    }

    @Test
    void aWordThatIsNeitherACommandNorABenchmarkIsSaid() {
        assertTrue(refusal("fanuot").contains("neither a command nor a benchmark fanuot"));
    }

    @Test
    void everyCommandTellsTheVersion() {
        for (String[] arguments : new String[][] {{"-V"}, {"run", "-V"}, {"gate", "--version"}}) {
            StringWriter said = new StringWriter();
            PrintWriter writer = new PrintWriter(said, true);
            assertEquals(0, Bench.run(arguments, writer, writer));
            assertTrue(said.toString().startsWith("rostrum bench "), said.toString());
        }
    }

    @Test
    void numbersThatWouldMeasureNothingAreRefused() {
        assertTrue(refusal("run", "fanout", "--check-every", "0").contains("--check-every must be 1 or more"));
        assertTrue(refusal("run", "fanout", "--loops", "0").contains("--loops"));
    }

    @Test
    void resultsThatAreNoneAreNamedInOneLine() throws IOException {
        String missing = directory.resolve("missing.json").toString();
        Path other = Files.writeString(directory.resolve("other.json"), "{\"schema\": 1}");

        assertTrue(refusal("report", missing).contains("there is no file " + missing));
        assertTrue(refusal("plan", "--listeners", "10", "--from", missing).contains("there is no file " + missing));
        assertTrue(refusal("report", other.toString()).contains(other + " is no result of a run"));
    }
}
