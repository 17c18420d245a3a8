package dev.rostrum.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.server.Cores;
import dev.rostrum.bench.server.Machine;
import dev.rostrum.bench.server.RostrumTarget;
import dev.rostrum.bench.server.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every kind of step once, on a server of its own; what is measured must be what happened. */
@Timeout(120)
class ScenarioRunIT {

    private static final String ALL = """
        name: all
        variables: {listeners: 12}
        server: ["--shards", "1"]
        ice4j: 0.25
        stage: {speakers: 3, talking: 1.5}
        steps:
          - talk: silent
          - join: {name: silent, listeners: "${listeners}", door: page}
          - talk: model
          - join: {name: heard, group: crowd, listeners: "${listeners}", times: 2, of: silent}
          - measure: {name: m, for: 2s, memory: true}
          - churn: {name: churn, group: crowd, rate: 5, for: 2s}
          - promote: {name: promote, people: 2, rate: 4, for: 2s}
          - leave: {group: crowd}
          - talk: steady
          - search: {name: search, group: others, first: 3, by: 3, last: 6, for: 1s}
        assert:
          - silent.joined = ${listeners}
          - heard.joined = ${listeners}
          - silent.ice4j = 3
          - m.ice4j = 6
          - m.loss = 0
          - churn.failed = 0
          - churn.joined = 10
          - promote.refused = 0
          - promote.renegotiated = 0
          - search.most = 6
          - search-6.ice4j = 5
          - nothing.of-the-kind = 1
        """;

    @Test
    void eachStepIsDoneAndMeasured(@TempDir Path results) throws Exception {
        Scenario scenario = ScenarioReader.parse(ALL, Map.of());
        try (Target target = RostrumTarget.start(new Cores("", ""), List.of(), scenario.server());
                LoadClients clients = new LoadClients(MediaSettings.defaults().withIce4jShare(scenario.ice4j()), 1)) {
            ScenarioRun.Result result = ScenarioRun.run(scenario, target, clients, _ -> {}, _ -> {});
            for (Assertion.Outcome outcome : result.outcomes()) {
                assertEquals(!outcome.text().startsWith("nothing"), outcome.passed(), outcome::line);
            }
            assertFalse(result.passed(), "what was not measured does not hold");
            assertTrue(result.figures().getOrDefault("m.cpu-per-packet", 0.0) > 0);
            assertTrue(result.figures().getOrDefault("m.live-heap", 0.0) > 0);
            assertTrue(result.figures().getOrDefault("m.latency-p99", 0.0) > 0);
            Path file = ResultFile.of(result, "test", Machine.present(), "", target.description())
                    .write(results);
            JsonNode json = JsonMapper.shared().readTree(Files.readString(file));
            assertEquals(1, json.path("schema").asInt());
            assertEquals(12, json.path("figures").path("silent.joined").asInt());
            assertFalse(json.path("series").isEmpty());
        }
    }

    @Test
    void whoMeasuresAStageOfThirteenHasThirteenOnIt() throws Exception {
        assertEquals("", whyNot("speakers: 13"));
        String why = whyNot("speakers: 14");
        assertTrue(why.contains("13 seats and not 14") && why.contains("--max-speakers"), why);
    }

    private static String whyNot(String stage) throws Exception {
        Scenario scenario = ScenarioReader.parse("""
            name: stage
            stage: {%s}
            steps:
              - talk: turns
              - measure: {name: m, for: 1s}
            assert:
              - m.stage.connected = 13
            """.formatted(stage), Map.of());
        try (Target target = RostrumTarget.start(new Cores("", ""), List.of(), List.of());
                LoadClients clients = new LoadClients(MediaSettings.defaults(), 1)) {
            return ScenarioRun.run(scenario, target, clients, _ -> {}, _ -> {}).passed() ? "" : "did not pass";
        } catch (ScenarioException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
