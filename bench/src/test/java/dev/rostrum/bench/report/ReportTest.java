package dev.rostrum.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.scenario.Assertion;
import dev.rostrum.bench.scenario.ResultFile;
import dev.rostrum.bench.server.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    private static ResultFile result(String target, double cpuPerPacket) {
        return new ResultFile(
                ResultFile.SCHEMA,
                "2026-11-21T10:00:00.123Z",
                "./rostrum bench run fanout --target <any>",
                new Machine("a processor", 2, 8_000_000_000L, "Linux", "Java", 0.5),
                "server on core 0, generator on core 1",
                target,
                "compare",
                Map.of("few", "200"),
                Map.of(
                        "fanout.cpu-per-packet", cpuPerPacket,
                        "fanout.latency-p50", 0.001,
                        "fanout.latency-p99", 0.004,
                        "fanout.listeners.latency-p50", 0.001),
                List.of(
                        new Assertion.Outcome("fanout.latency-p99 <= 5 ms", 0.004, true),
                        new Assertion.Outcome("fanout.gap <= 100 ms", null, false)),
                List.of(
                        Map.of("at", 1.0, "connected", 10.0, "server-rss", 1e8),
                        Map.of("at", 2.0, "connected", 20.0, "server-rss", 1.1e8),
                        Map.of("at", 2.5, "live-heap", 1e7)));
    }

    @Test
    void thePageLinksToNothingAndShowsWhatWasAsserted() {
        String html = Report.html(List.of(result("Rostrum, started", 2e-6)));

        assertFalse(html.contains("src="), "a source");
        assertFalse(html.contains("href="), "a link");
        assertFalse(html.contains("<any>"), "text is not markup");
        assertTrue(html.contains("1 run; 1 of 2 assertions hold."));
        assertTrue(html.contains("fanout.latency-p99 &lt;= 5 ms"));
        assertTrue(html.contains("was not measured"));
        assertTrue(html.contains("aria-label=\"Clients\""));
        assertTrue(html.contains("aria-label=\"Server: resident memory\""));
        assertFalse(html.contains("aria-label=\"Server: threads\""), "of what there is nothing");
        assertFalse(html.contains("Side by side"));
    }

    @Test
    void serversUnderTheSameScenarioAreSideBySideWithTheirMedians() {
        String html = Report.html(List.of(
                result("Janus 1.1.2", 20e-6),
                result("Rostrum, started", 3e-6),
                result("Rostrum, started", 1e-6),
                result("Rostrum, started", 2e-6)));

        assertTrue(html.contains("Side by side: compare"));
        assertTrue(html.contains("<th class=\"number\">Rostrum</th><th class=\"number\">Janus</th>"));
        assertTrue(html.contains("<td class=\"number\">2.00 us</td><td class=\"number\">20.00 us</td>"));
    }

    @Test
    void aResultComesBackFromItsFile(@TempDir Path directory) throws IOException {
        ResultFile written = result("Rostrum", 2e-6);
        Path file = written.write(directory.resolve("new").resolve("one.json"));

        assertEquals(written, ResultFile.read(file));
        assertTrue(written.write(directory).getFileName().toString().startsWith("compare-20261121-100000"));
        Path other = Files.writeString(directory.resolve("other.json"), "{\"schema\": 99}");
        assertThrows(IOException.class, () -> ResultFile.read(other));
    }

    @Test
    void axesHaveRoundNumbersThatCoverEverything() {
        assertEquals(List.of(0.0, 1.0), Plot.steps(0));
        assertEquals(List.of(0.0, 250.0, 500.0, 750.0, 1000.0), Plot.steps(1000));
        assertTrue(Plot.steps(1001).getLast() >= 1001);
    }

    @Test
    void numbersAreShort() {
        assertEquals("1.5 ms", Unit.SECONDS.text(0.0015));
        assertEquals("20 µs", Unit.SECONDS.text(20e-6));
        assertEquals("12.3 MB", Unit.BYTES.text(12_345_678));
        assertEquals("10 k", Unit.COUNT.text(10_000));
        assertEquals("100", Unit.COUNT.text(100));
    }
}
