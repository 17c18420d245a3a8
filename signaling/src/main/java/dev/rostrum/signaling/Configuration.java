package dev.rostrum.signaling;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    /** Of shorter names others are too near: ROSTRUM_ID is not meant to be ROSTRUM_BIND. */
    private static final int LETTERS_PER_TYPO = 4;

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
     * @throws ConfigurationException if the file can't be read or has keys or shapes that are not known, or a key twice
     */
    static Configuration of(Map<Setting, List<String>> flags, Map<String, String> environment, @Nullable Path file)
            throws ConfigurationException {
        EnumMap<Setting, Value> values = new EnumMap<>(Setting.class);
        String named = environment.get(FILE_VARIABLE);
        Path yaml = file == null && named != null && !named.isBlank() ? Path.of(named.strip()) : file;
        if (yaml != null) {
            values.putAll(ConfigurationFile.read(yaml));
        }
        refuseMisspelt(environment);
        for (Setting setting : Setting.values()) {
            String variable = environment.get(setting.variable());
            if (variable != null && (!variable.isBlank() || setting.neverEmpty())) {
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

    /**
     * A misspelt ROSTRUM_API_KEY would leave the server open. Other variables that begin alike are no business of ours:
     * Kubernetes sets some for a service of this name.
     */
    private static void refuseMisspelt(Map<String, String> environment) throws ConfigurationException {
        for (String name : environment.keySet()) {
            String key =
                    name.startsWith(Setting.VARIABLE_PREFIX) ? name.substring(Setting.VARIABLE_PREFIX.length()) : "";
            Setting near = Setting.nearest(key, key.length() / LETTERS_PER_TYPO).orElse(null);
            if (near != null && !known(name)) {
                throw new ConfigurationException(
                        name + " is the variable of no setting; did you mean " + near.variable() + "?");
            }
        }
    }

    private static boolean known(String variable) {
        return Arrays.stream(Setting.values())
                .anyMatch(setting -> setting.variable().equals(variable));
    }

    /** The texts in a text: of a list those between its commas, without those that are empty. */
    static List<String> split(Setting setting, String text) {
        Stream<String> texts = setting.list() ? Arrays.stream(text.split(",")) : Stream.of(text);
        return texts.map(String::strip).filter(t -> !t.isEmpty()).toList();
    }
}
