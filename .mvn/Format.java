import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks (or, with {@code write}, mends) the format of every Java file below a folder. The build runs it on the JDK 25
 * of the toolchain, because the formatter parses with the compiler of the JVM that it runs on, and Maven's own JVM may
 * be too old for this project's syntax.
 */
void main(String[] args) throws Exception {
    boolean write = args[0].equals("write");
    Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .build());
    List<Path> sources = new ArrayList<>();
    for (String folder : List.of("src/main/java", "src/test/java")) {
        Path root = Path.of(args[1], folder);
        if (Files.isDirectory(root)) {
            try (var walk = Files.walk(root)) {
                walk.filter(path -> path.toString().endsWith(".java")).sorted().forEach(sources::add);
            }
        }
    }
    Path stamp = Path.of(args[1], "target", "formatted");
    long checkedAtMs = Files.exists(stamp) ? Files.getLastModifiedTime(stamp).toMillis() : Long.MIN_VALUE;
    List<Path> wrong = new ArrayList<>();
    for (Path source : sources) {
        if (Files.getLastModifiedTime(source).toMillis() <= checkedAtMs) {
            continue;
        }
        String before = Files.readString(source);
        String after;
        try {
            after = formatter.formatSourceAndFixImports(before);
        } catch (com.palantir.javaformat.java.FormatterException e) {
            System.err.println(source + ": " + e.getMessage());
            System.exit(1);
            return;
        }
        if (!after.equals(before)) {
            wrong.add(source);
            if (write) {
                Files.writeString(source, after);
            }
        }
    }
    if (!write && !wrong.isEmpty()) {
        wrong.forEach(source -> System.err.println("not formatted: " + source));
        System.err.println("Run './rostrum format' (or 'mvn process-sources -Drostrum.format=write') to format them.");
        System.exit(1);
    }
    Files.createDirectories(stamp.getParent());
    Files.writeString(stamp, "");
}
