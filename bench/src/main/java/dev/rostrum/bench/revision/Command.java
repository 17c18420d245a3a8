package dev.rostrum.bench.revision;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A command of the system that was run to its end.
 *
 * <p>Immutable.
 *
 * @param exitCode -1 if it took too long and was ended
 * @param output what it printed
 * @param complaints what it printed on the standard error output
 */
record Command(int exitCode, String output, String complaints) {

    private static final int TAIL_LINES = 15;

    /**
     * Runs one.
     *
     * @throws IOException if there is no such command
     */
    static Command run(Path directory, Map<String, String> environment, Duration atMost, List<String> words)
            throws IOException, InterruptedException {
        Path output = Files.createTempFile("rostrum-", ".out");
        Path complaints = Files.createTempFile("rostrum-", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(words)
                    .directory(directory.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectOutput(output.toFile())
                    .redirectError(complaints.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            int exitCode = -1;
            try {
                if (process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                    exitCode = process.exitValue();
                }
            } finally {
                if (exitCode == -1) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            }
            return new Command(exitCode, text(output), text(complaints));
        } finally {
            Files.deleteIfExists(output);
            Files.deleteIfExists(complaints);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).stripTrailing();
    }

    boolean succeeded() {
        return exitCode == 0;
    }

    /** Why it did not succeed: the end of what it said. */
    String reason() {
        String said = (output + "\n" + complaints).strip();
        List<String> lines = said.lines().toList();
        String end = String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        return exitCode == -1 ? "it took too long; the end of what it said: " + end : end;
    }
}
