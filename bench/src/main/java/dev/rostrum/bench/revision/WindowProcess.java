package dev.rostrum.bench.revision;

import dev.rostrum.bench.fanout.Contest;
import dev.rostrum.bench.fanout.FanOut;
import dev.rostrum.bench.fanout.WindowServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A {@link WindowServer} of some build, in a JVM of its own; it works only while a window of it is awaited.
 *
 * <p>Owned by one thread, which closes it.
 */
final class WindowProcess implements AutoCloseable {

    private static final long LONGEST_LIFE_S = 600;

    private final String name;
    private final Process process;
    private final Path complaints;
    private final Writer requests;
    private final BufferedReader answers;

    /**
     * Starts one.
     *
     * @param name of the build, for people
     * @param directory for what it says beside its answers
     */
    WindowProcess(String name, String classPath, FanOut fanOut, Path directory) throws IOException {
        this.name = name;
        complaints = Files.createTempFile(directory, "windows-", ".err");
        process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        classPath,
                        WindowServer.class.getName(),
                        fanOut.title()))
                .redirectError(complaints.toFile())
                .start();
        var _ = process.onExit()
                .orTimeout(LONGEST_LIFE_S, TimeUnit.SECONDS)
                .exceptionally(_ -> process.destroyForcibly());
        requests = process.outputWriter(StandardCharsets.US_ASCII);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Waits until everybody is connected. */
    void awaitReady() throws IOException, InterruptedException {
        String greeting = answer();
        if (!greeting.startsWith(WindowServer.GREETING + " ")) {
            throw new IOException(name + " speaks another protocol: '" + greeting + "'");
        }
    }

    /** Lets it work for one window. */
    Contest.Window product() throws IOException, InterruptedException {
        try {
            requests.write(WindowServer.PRODUCT + "\n");
            requests.flush();
        } catch (IOException e) {
            throw ended(e);
        }
        return WindowServer.window(answer());
    }

    private String answer() throws IOException, InterruptedException {
        String line = answers.readLine();
        if (line == null) {
            throw ended(null);
        }
        return line;
    }

    private IOException ended(@Nullable IOException cause) throws IOException, InterruptedException {
        process.waitFor(5, TimeUnit.SECONDS);
        String said = Files.readString(complaints)
                .lines()
                .filter(line -> !line.startsWith("SLF4J")) // that nobody logs is meant to be so
                .findFirst()
                .map(line -> ": " + line)
                .orElse("");
        return new IOException(name + " ended in the middle" + said, cause);
    }

    @Override
    public void close() throws IOException {
        requests.close(); // the end of requests ends it
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        answers.close();
        Files.deleteIfExists(complaints);
    }
}
