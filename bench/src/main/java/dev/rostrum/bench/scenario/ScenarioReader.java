package dev.rostrum.bench.scenario;

import dev.rostrum.bench.server.Target.Door;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads scenarios; the schema is in bench/README.md. What is unknown or missing is an error that names it.
 *
 * <p>Stateless.
 */
public final class ScenarioReader {

    /** Scenarios that come with the product. */
    public static final List<String> EMBEDDED = List.of(
            "fanout",
            "capacity",
            "stage",
            "joins",
            "memory",
            "flash-crowd",
            "flash-crowd-full",
            "churn",
            "promote",
            "simulcast",
            "soak",
            "compare");

    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([a-z-]+)}");
    private static final Pattern DURATION = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*(ms|s|m|h)");
    private static final Set<String> TOP =
            Set.of("name", "about", "variables", "server", "java", "ice4j", "stage", "steps", "assert");

    private ScenarioReader() {}

    /**
     * Reads an embedded scenario by its name, or a file.
     *
     * @param settings values for its variables; each must be one that it has
     */
    public static Scenario read(String nameOrFile, Map<String, String> settings) throws ScenarioException {
        String text;
        try {
            if (EMBEDDED.contains(nameOrFile)) {
                text = embedded(nameOrFile);
            } else if (Files.isRegularFile(Path.of(nameOrFile))) {
                text = Files.readString(Path.of(nameOrFile));
            } else if (Files.isDirectory(Path.of(nameOrFile))) {
                throw new ScenarioException(nameOrFile + " is a directory; a scenario is a YAML file");
            } else {
                throw new ScenarioException("there is no file " + nameOrFile
                        + ", nor a scenario of that name; there are " + String.join(", ", EMBEDDED));
            }
        } catch (MalformedInputException e) {
            throw new ScenarioException(nameOrFile + " can't be read: it is not UTF-8 text", e);
        } catch (IOException e) {
            throw new ScenarioException(nameOrFile + " can't be read: " + e.getMessage(), e);
        }
        return parse(text, settings);
    }

    private static String embedded(String name) throws IOException {
        try (InputStream in = ScenarioReader.class.getResourceAsStream(name + ".yaml")) {
            if (in == null) {
                throw new IOException("it is missing in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    static Scenario parse(String text, Map<String, String> settings) throws ScenarioException {
        YAMLMapper yaml = YAMLMapper.builder(YAMLFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .build();
        try {
            Map<String, String> variables = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> variable :
                    yaml.readTree(text).path("variables").properties()) {
                variables.put(variable.getKey(), variable.getValue().asString());
            }
            for (Map.Entry<String, String> setting : settings.entrySet()) {
                if (variables.replace(setting.getKey(), setting.getValue()) == null) {
                    throw new ScenarioException("this scenario has no variable " + setting.getKey() + "; it has "
                            + String.join(", ", variables.keySet()));
                }
            }
            return scenario(yaml.readTree(substitute(text, variables)), variables);
        } catch (JacksonException e) {
            String line =
                    e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
            throw new ScenarioException("this is no scenario: " + e.getOriginalMessage() + line, e);
        }
    }

    private static String substitute(String text, Map<String, String> variables) throws ScenarioException {
        Matcher matcher = VARIABLE.matcher(text);
        StringBuilder out = new StringBuilder();
        while (matcher.find()) {
            String value = variables.get(matcher.group(1));
            if (value == null) {
                throw new ScenarioException("${" + matcher.group(1) + "} is not among the variables");
            }
            matcher.appendReplacement(out, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(out).toString();
    }

    private static Scenario scenario(JsonNode root, Map<String, String> variables) throws ScenarioException {
        known(root, "the scenario", TOP);
        List<Step> steps = new ArrayList<>();
        for (JsonNode step : root.path("steps").values()) {
            steps.add(step(step, steps.size() + 1));
        }
        List<Assertion> asserts = new ArrayList<>();
        for (String line : strings(root.path("assert"))) {
            asserts.add(Assertion.parse(line));
        }
        if (steps.isEmpty() || asserts.isEmpty()) {
            throw new ScenarioException("a scenario has steps, and asserts something");
        }
        JsonNode stage = root.path("stage");
        known(stage, "stage", Set.of("speakers", "cameras", "talking"));
        Scenario scenario = new Scenario(
                root.path("name").asString("unnamed"),
                root.path("about").asString(""),
                variables,
                strings(root.path("server")),
                strings(root.path("java")),
                0,
                stage.has("speakers") ? count(stage, "stage", "speakers") : 1,
                stage.path("cameras").asBoolean(false),
                number(stage, "stage", "talking", 1.3),
                steps,
                asserts);
        return scenario.withIce4j(number(root, "the scenario", "ice4j", 0.0));
    }

    private static List<String> strings(JsonNode array) {
        List<String> list = new ArrayList<>();
        array.values().forEach(value -> list.add(value.asString()));
        return list;
    }

    private static void known(JsonNode node, String where, Set<String> names) throws ScenarioException {
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            if (!names.contains(property.getKey())) {
                throw new ScenarioException(where + " has a field " + property.getKey() + "; there are "
                        + String.join(", ", names.stream().sorted().toList()));
            }
        }
    }

    private static Step step(JsonNode node, int number) throws ScenarioException {
        if (node.properties().size() != 1) {
            throw new ScenarioException("step " + number + " must have exactly one field: its kind");
        }
        Map.Entry<String, JsonNode> only = node.properties().iterator().next();
        JsonNode fields = only.getValue();
        String where = "step " + number + " (" + only.getKey() + ")";
        String name = fields.path("name").asString(only.getKey());
        String group = fields.path("group").asString("listeners");
        switch (only.getKey()) {
            case "talk" -> {
                try {
                    return new Step.Talk(
                            "talk", Step.Talk.Mode.valueOf(fields.asString().toUpperCase(Locale.ROOT)));
                } catch (IllegalArgumentException e) {
                    throw new ScenarioException(where + " must be silent, steady, model or turns", e);
                }
            }
            case "join" -> {
                known(fields, where, Set.of("name", "group", "listeners", "door", "rate", "times", "of", "patience"));
                return new Step.Join(
                        name,
                        group,
                        count(fields, where, "listeners"),
                        door(fields, where),
                        number(fields, where, "rate", 0.0),
                        number(fields, where, "times", 0.0),
                        fields.path("of").asString(""),
                        duration(fields, where, "patience", "60s"));
            }
            case "leave" -> {
                known(fields, where, Set.of("name", "group", "listeners"));
                return new Step.Leave(name, group, fields.has("listeners") ? count(fields, where, "listeners") : -1);
            }
            case "pause" -> {
                known(fields, where, Set.of("for"));
                return new Step.Pause(name, duration(fields, where, "for", null));
            }
            case "measure" -> {
                known(fields, where, Set.of("name", "for", "memory"));
                return new Step.Measure(
                        name,
                        duration(fields, where, "for", null),
                        fields.path("memory").asBoolean(false));
            }
            case "yardstick" -> {
                known(fields, where, Set.of("name", "of", "for"));
                return new Step.Yardstick(name, fields.path("of").asString(""), duration(fields, where, "for", null));
            }
            case "churn" -> {
                known(fields, where, Set.of("name", "group", "rate", "for", "door"));
                return new Step.Churn(
                        name,
                        group,
                        number(fields, where, "rate", null),
                        duration(fields, where, "for", null),
                        door(fields, where));
            }
            case "promote" -> {
                known(fields, where, Set.of("name", "people", "rate", "for"));
                return new Step.Promote(
                        name,
                        count(fields, where, "people"),
                        number(fields, where, "rate", null),
                        duration(fields, where, "for", null));
            }
            case "search" -> {
                known(fields, where, Set.of("name", "group", "first", "by", "last", "for", "door"));
                return new Step.Search(
                        name,
                        group,
                        count(fields, where, "first"),
                        count(fields, where, "by"),
                        count(fields, where, "last"),
                        duration(fields, where, "for", null),
                        door(fields, where));
            }
            default ->
                throw new ScenarioException(where
                        + " is of no known kind; there are talk, join, leave, pause, measure, yardstick,"
                        + " churn, promote, search");
        }
    }

    private static Door door(JsonNode fields, String where) throws ScenarioException {
        try {
            return Door.valueOf(fields.path("door").asString("whep").toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new ScenarioException(where + ": door must be page, whep or viewer", e);
        }
    }

    private static int count(JsonNode fields, String where, String name) throws ScenarioException {
        double value = number(fields, where, name, null);
        if (value < 1 || value > 1_000_000 || value != Math.rint(value)) {
            throw new ScenarioException(where + ": " + name + " must be a whole number from 1 to 1,000,000");
        }
        return (int) value;
    }

    private static double number(JsonNode fields, String where, String name, @Nullable Double otherwise)
            throws ScenarioException {
        JsonNode value = fields.path(name);
        if (value.isMissingNode() && otherwise != null) {
            return otherwise;
        }
        try {
            return Double.parseDouble(value.asString(""));
        } catch (NumberFormatException e) {
            throw new ScenarioException(where + " needs a number " + name, e);
        }
    }

    private static Duration duration(JsonNode fields, String where, String name, @Nullable String otherwise)
            throws ScenarioException {
        Matcher matcher = DURATION.matcher(fields.path(name).asString(otherwise == null ? "" : otherwise));
        if (!matcher.matches()) {
            throw new ScenarioException(where + " needs " + name + ", a time such as 500ms, 20s or 30m");
        }
        double ms = Double.parseDouble(matcher.group(1))
                * switch (matcher.group(2)) {
                    case "ms" -> 1;
                    case "s" -> 1_000;
                    case "m" -> 60_000;
                    default -> 3_600_000;
                };
        return Duration.ofMillis(Math.round(ms));
    }
}
