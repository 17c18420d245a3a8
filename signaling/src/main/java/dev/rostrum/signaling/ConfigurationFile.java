package dev.rostrum.signaling;

import dev.rostrum.signaling.Configuration.Value;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The YAML file with settings: each key once, each value as it was written. YAML would make a number of a key such as
 * {@code 1234567890123456e2}, and another text of that number.
 *
 * <p>Used by one thread, once.
 */
final class ConfigurationFile {

    private static final Pattern PLACE = Pattern.compile(" in reader, line ([0-9]+), column [0-9]+:");

    private static final int MOST_TYPOS = 2;

    private final Path file;
    private final Map<Setting, Integer> lines = new EnumMap<>(Setting.class);
    private final Map<Setting, Value> values = new EnumMap<>(Setting.class);

    private ConfigurationFile(Path file) {
        this.file = file;
    }

    /**
     * The values in a file, each with its key as the source.
     *
     * @throws ConfigurationException if the file can't be read, or has keys or shapes that are not known, or a key twice
     */
    static Map<Setting, Value> read(Path file) throws ConfigurationException {
        ConfigurationFile reader = new ConfigurationFile(file);
        try (JsonParser parser = YAMLMapper.shared().createParser(Files.readString(file))) {
            reader.read(parser);
        } catch (NoSuchFileException e) {
            throw reader.unusable("there is no such file");
        } catch (AccessDeniedException e) {
            throw reader.unusable("this user may not read it");
        } catch (MalformedInputException e) {
            throw reader.unusable("it is not UTF-8 text");
        } catch (IOException e) {
            throw reader.unusable("reading failed: " + e.getMessage());
        } catch (JacksonException e) {
            throw reader.unusable("it is not YAML: " + why(e));
        }
        return reader.values;
    }

    private void read(JsonParser parser) throws ConfigurationException {
        JsonToken first = parser.nextToken();
        if (first == null) { // nothing, or nothing but comments
            return;
        }
        if (first != JsonToken.START_OBJECT) {
            throw unusable("it must hold lines like 'http-port: 8080'");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            readEntry(parser);
        }
        if (parser.nextToken() != null) {
            throw unusable("something follows behind '---' or '...'; only one document is read");
        }
    }

    private void readEntry(JsonParser parser) throws ConfigurationException {
        String key = parser.currentName();
        int line = parser.currentTokenLocation().getLineNr();
        Setting setting = Setting.ofKey(key)
                .orElseThrow(() -> new ConfigurationException("the file " + file + " has the unknown key '" + key
                        + "' in line " + line + suggestion(key) + "; docs/configuration.md lists all keys"));
        Integer before = lines.put(setting, line);
        if (before != null) {
            throw new ConfigurationException("the file " + file + " has the key '" + key + "' twice, in line " + before
                    + " and in line " + line + "; leave one of them out");
        }
        String source = key + " in " + file;
        JsonToken token = parser.nextToken();
        if (token != JsonToken.VALUE_NULL || setting.neverEmpty()) { // else a key without a value says nothing
            values.put(setting, new Value(setting, texts(setting, parser, source), source));
        }
    }

    private static List<String> texts(Setting setting, JsonParser parser, String source) throws ConfigurationException {
        if (parser.currentToken().isScalarValue()) {
            return Configuration.split(setting, parser.getString());
        }
        if (!setting.list() || parser.currentToken() != JsonToken.START_ARRAY) {
            throw new ConfigurationException(source + " must be "
                    + (setting.list() ? "one value or a list of values" : "one value") + ", not a structure");
        }
        List<String> texts = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (!token.isScalarValue() || token == JsonToken.VALUE_NULL) {
                throw new ConfigurationException(source + " must be a list of plain values");
            }
            texts.addAll(Configuration.split(setting, parser.getString()));
        }
        return texts;
    }

    private ConfigurationException unusable(String why) {
        return new ConfigurationException("can't use the configuration file " + file + ": " + why + " (it was named by "
                + Configuration.FILE_FLAG + " or " + Configuration.FILE_VARIABLE + ")");
    }

    /** What the parser says and where, in one line, without the lines of the file that it shows: they may be secrets. */
    private static String why(JacksonException e) {
        String message = String.valueOf(e.getOriginalMessage());
        String what = message.lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .collect(Collectors.joining(", "));
        String line = "";
        for (Matcher place = PLACE.matcher(message); place.find(); ) { // the last one is where it gave up
            line = " (line " + place.group(1) + ")";
        }
        return what + line;
    }

    private static String suggestion(String key) {
        return Setting.nearest(key, MOST_TYPOS)
                .map(setting -> " (did you mean '" + setting.key() + "'?)")
                .orElse("");
    }
}
