package dev.rostrum.bench.scenario;

import dev.rostrum.bench.server.Machine;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
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

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

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

    /** Reads one back; fails if it is none, or of a schema that this build does not know. */
    public static ResultFile read(Path file) throws IOException {
        try {
            ResultFile read = JSON.readValue(Files.readString(file), ResultFile.class);
            if (read.schema != SCHEMA) {
                throw new IOException(file + " has the schema " + read.schema + "; this build reads " + SCHEMA);
            }
            return read;
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file, e);
        } catch (MalformedInputException e) {
            throw new IOException(file + " is no result of a run: it is not UTF-8 text", e);
        } catch (JacksonException | NullPointerException e) {
            throw new IOException(file + " is no result of a run, as --out writes them", e);
        }
    }

    /** Writes it to a file that ends with {@code .json}, or into a directory under a name of its own; returns the file. */
    public Path write(Path fileOrDirectory) throws IOException {
        Path file = fileOrDirectory;
        if (!fileOrDirectory.toString().endsWith(".json")) {
            String time = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss")
                    .withZone(ZoneOffset.UTC)
                    .format(Instant.parse(at));
            file = fileOrDirectory.resolve(scenario + "-" + time + ".json");
        }
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        Files.writeString(file, json() + "\n");
        return file;
    }

    /** As it is in a file. */
    public String json() {
        return JSON.writeValueAsString(this);
    }
}
