package dev.rostrum.signaling;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The raw values of all settings and where each came from. A flag wins over an environment variable, that over the YAML
 * file, and that over the default.
 *
 * <p>Immutable; any thread.
 */
final class Configuration {

    /** The flag and the variable that name the YAML file. */
    static final String FILE_FLAG = "--config";

    static final String FILE_VARIABLE = "ROSTRUM_CONFIG";

    private static final String DEFAULT_SOURCE = "the default";

    /**
     * The value of one setting.
     *
     * @param texts the texts as given; several only for lists, none if nothing was said
     * @param source who said so, in words that a person finds again: a flag, a variable, a key in a file
     */
    record Value(Setting setting, List<String> texts, String source) {

        Value {
            texts = List.copyOf(texts);
        }

        boolean isEmpty() {
            return texts.isEmpty();
        }

        /** Whether somebody said something, if only an empty text. */
        boolean isGiven() {
            return !source.equals(DEFAULT_SOURCE);
        }

        String text() {
            return texts.isEmpty() ? "" : texts.getLast();
        }

        /** What to throw if the value is wrong. */
        ConfigurationException wrong(String what) {
            return wrong(text(), what);
        }

        /** What to throw if one text of a list is wrong. */
        ConfigurationException wrong(String text, String what) {
            return new ConfigurationException(
                    setting.secret() ? source + ": " + what : source + " is '" + text + "': " + what);
        }
    }

    private final EnumMap<Setting, Value> values;

    private Configuration(EnumMap<Setting, Value> values) {
        this.values = values;
    }

    Value value(Setting setting) {
        Value value = values.get(setting);
        return value != null ? value : new Value(setting, split(setting, setting.defaultValue()), DEFAULT_SOURCE);
    }

    /**
     * Puts the four sources together.
     *
     * @param flags what the command line said
     * @param environment all environment variables
     * @param file the YAML file that the command line named, or null
     * @throws ConfigurationException if the file can't be read or has keys or shapes that are not known
     */
    static Configuration of(Map<Setting, List<String>> flags, Map<String, String> environment, @Nullable Path file)
            throws ConfigurationException {
        EnumMap<Setting, Value> values = new EnumMap<>(Setting.class);
        String named = environment.get(FILE_VARIABLE);
        Path yaml = file == null && named != null && !named.isBlank() ? Path.of(named.strip()) : file;
        if (yaml != null) {
            readYaml(yaml, values);
        }
        for (Setting setting : Setting.values()) {
            String variable = environment.get(setting.variable());
            if (variable != null && !variable.isBlank()) {
                values.put(setting, new Value(setting, split(setting, variable), setting.variable()));
            }
            List<String> flag = flags.get(setting);
            if (flag != null) {
                List<String> texts =
                        flag.stream().flatMap(t -> split(setting, t).stream()).toList();
                values.put(setting, new Value(setting, texts, setting.flag()));
            }
        }
        return new Configuration(values);
    }

    private static List<String> split(Setting setting, String text) {
        Stream<String> texts = setting.list() ? Arrays.stream(text.split(",")) : Stream.of(text);
        return texts.map(String::strip).filter(t -> !t.isEmpty()).toList();
    }

    private static void readYaml(Path file, EnumMap<Setting, Value> values) throws ConfigurationException {
        JsonNode root;
        try {
            String text = Files.readString(file);
            root = text.isBlank()
                    ? YAMLMapper.shared().createObjectNode()
                    : YAMLMapper.shared().readTree(text);
        } catch (NoSuchFileException e) {
            throw unreadable(file, "there is no such file");
        } catch (AccessDeniedException e) {
            throw unreadable(file, "this user may not read it");
        } catch (MalformedInputException e) {
            throw unreadable(file, "it is not UTF-8 text");
        } catch (IOException e) {
            throw unreadable(file, "reading failed: " + firstLine(e));
        } catch (JacksonException e) {
            throw unreadable(file, "it is not YAML: " + firstLine(e));
        }
        if (root.isNull() || root.isMissingNode()) { // a file of nothing but comments
            return;
        }
        if (!root.isObject()) {
            throw unreadable(file, "it must hold lines like 'http-port: 8080'");
        }
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            String key = entry.getKey();
            Setting setting = Setting.ofKey(key)
                    .orElseThrow(() -> new ConfigurationException("the file " + file + " has the unknown key '" + key
                            + "'" + suggestion(key) + "; docs/configuration.md lists all keys"));
            String source = key + " in " + file;
            if (!entry.getValue().isNull()) { // a key without a value says nothing
                values.put(setting, new Value(setting, texts(setting, entry.getValue(), source), source));
            }
        }
    }

    private static List<String> texts(Setting setting, JsonNode node, String source) throws ConfigurationException {
        if (node.isValueNode()) {
            return split(setting, node.asString());
        }
        if (!setting.list() || !node.isArray()) {
            throw new ConfigurationException(source + " must be "
                    + (setting.list() ? "one value or a list of values" : "one value") + ", not a structure");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : node) {
            if (!element.isValueNode() || element.isNull()) {
                throw new ConfigurationException(source + " must be a list of plain values");
            }
            texts.addAll(split(setting, element.asString()));
        }
        return texts;
    }

    private static ConfigurationException unreadable(Path file, String why) {
        return new ConfigurationException("can't use the configuration file " + file + ": " + why + " (it was named by "
                + FILE_FLAG + " or " + FILE_VARIABLE + ")");
    }

    private static String firstLine(Exception e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    private static String suggestion(String key) {
        String normal =
                key.replace("_", "-").replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(java.util.Locale.ROOT);
        return Arrays.stream(Setting.values())
                .map(Setting::key)
                .filter(k -> distance(k, normal) <= 2)
                .findFirst()
                .map(k -> " (did you mean '" + k + "'?)")
                .orElse("");
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
