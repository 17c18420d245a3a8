package dev.rostrum.bench.scenario;

import dev.rostrum.bench.server.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A run as it is written to a file: all that is needed to draw, to compare and to repeat it. The form is described in
 * bench/README.md.
 *
 * <p>Immutable.
 *
 * @param schema grows when the meaning of a field changes
 * @param command what was typed
 * @param cores where server and generator ran
 */
public record ResultFile(
        int schema,
        String at,
        String command,
        Machine machine,
        String cores,
        String target,
        String scenario,
        Map<String, String> variables,
        Map<String, Double> figures,
        List<Assertion.Outcome> asserts,
        List<Map<String, Double>> series) {

    /** The present schema. */
    public static final int SCHEMA = 1;

    public ResultFile {
        figures = Map.copyOf(figures);
        asserts = List.copyOf(asserts);
        series = List.copyOf(series);
    }

    /** Of a run that has just ended. */
    public static ResultFile of(
            ScenarioRun.Result result, String command, Machine machine, String cores, String target) {
        return new ResultFile(
                SCHEMA,
                Instant.now().toString(),
                command,
                machine,
                cores,
                target,
                result.scenario().name(),
                result.scenario().variables(),
                new java.util.TreeMap<>(result.figures()),
                result.outcomes(),
                result.series());
    }

    /** Writes it into a directory, under a name of its own; returns the file. */
    public Path write(Path directory) throws IOException {
        Files.createDirectories(directory);
        String time = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
                .withZone(ZoneOffset.UTC)
                .format(Instant.parse(at));
        Path file = directory.resolve(scenario + "-" + time + ".json");
        JsonMapper mapper = JsonMapper.builder()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .build();
        Files.writeString(file, mapper.writeValueAsString(this) + "\n");
        return file;
    }
}
