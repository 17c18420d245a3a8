package dev.rostrum.signaling;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server as a user starts it: a process of its own, reached through its public doors only.
 *
 * <p>Owned by one test, which closes it.
 */
public final class RunningServer implements AutoCloseable {

    private static final Pattern MEDIA = Pattern.compile("media +UDP [^,]*:(\\d+)");

    private final Process process;
    private final String scheme;
    private final int httpPort;
    private final List<String> output = new ArrayList<>();
    private final CountDownLatch ready = new CountDownLatch(1);

    private RunningServer(Process process, String scheme, int httpPort) {
        this.process = process;
        this.scheme = scheme;
        this.httpPort = httpPort;
    }

    /** Starts a server on free ports with its data in the folder, and returns once it says that it is ready. */
    public static RunningServer start(Path dataDir, String... options) throws IOException, InterruptedException {
        int httpPort = freePort();
        List<String> command = new ArrayList<>(command());
        command.addAll(List.of(
                "--http-port", Integer.toString(httpPort), "--media-port", "0", "--data-dir", dataDir.toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String scheme = List.of(options).contains("--tls") ? "https" : "http";
        RunningServer server = new RunningServer(process, scheme, httpPort);
        Thread reader = new Thread(server::readOutput, "server output");
        reader.setDaemon(true);
        reader.start();
        if (!server.ready.await(60, TimeUnit.SECONDS) || !process.isAlive()) {
            server.close();
            throw new IllegalStateException("the server did not start:\n" + server.output());
        }
        return server;
    }

    /** The command that starts a server, without its ports. */
    static List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-ea",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.rostrum.signaling.Rostrum",
                "serve");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void readOutput() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (output) {
                    output.add(line);
                }
                if (line.strip().startsWith("ready")) {
                    ready.countDown();
                }
            }
        } catch (IOException e) {
            synchronized (output) {
                output.add("(the server's output ends here: " + e.getMessage() + ")");
            }
        } finally {
            ready.countDown();
        }
    }

    /** The server's address on a local IP address. */
    public URI address(String host) {
        return URI.create(scheme + "://" + host + ":" + httpPort);
    }

    /** The UDP port of its media, as it says when it starts. */
    public int mediaPort() {
        Matcher said = MEDIA.matcher(output());
        if (!said.find()) {
            throw new IllegalStateException("the server named no media port:\n" + output());
        }
        return Integer.parseInt(said.group(1));
    }

    /** What the server has printed so far. */
    public String output() {
        synchronized (output) {
            return String.join("\n", output);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
