package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The tables of {@code docs/configuration.md} say what {@link Setting} says. With {@code -Drostrum.docs=write} the test
 * writes them anew.
 */
final class ConfigurationDocumentTest {

    private static final String BEGIN = "<!-- settings: written by ConfigurationDocumentTest -->";
    private static final String END = "<!-- end of settings -->";

    @Test
    void theDocumentListsEverySettingAsItIs() throws IOException {
        Path document = Path.of("..", "docs", "configuration.md");
        String text = Files.readString(document);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        String right = text.substring(0, begin) + "\n" + tables() + text.substring(end);
        if (System.getProperty("rostrum.docs", "").equals("write")) {
            Files.writeString(document, right);
        }

        assertEquals(right, Files.readString(document), "run the tests of signaling with -Drostrum.docs=write");
    }

    private static String tables() {
        StringBuilder tables = new StringBuilder();
        for (Setting.Group group : Setting.Group.values()) {
            tables.append("\n### ").append(group.title()).append("\n\n");
            tables.append("| flag | variable | default | meaning |\n|---|---|---|---|\n");
            for (Setting setting : Setting.of(group)) {
                String value = setting.defaultValue().isEmpty() ? "" : "`" + setting.defaultValue() + "`";
                tables.append("| `")
                        .append(setting.flag())
                        .append(' ')
                        .append(setting.valueLabel().replace("|", "\\|"))
                        .append("` | `")
                        .append(setting.variable())
                        .append("` | ")
                        .append(value)
                        .append(" | ")
                        .append(setting.meaning())
                        .append(" |\n");
            }
        }
        return tables.append('\n').toString();
    }
}
