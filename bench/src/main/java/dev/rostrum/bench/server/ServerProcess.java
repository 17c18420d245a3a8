package dev.rostrum.bench.server;

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

/**
 * A Rostrum server as a process of its own, with the class path of this one.
 *
 * <p>Safe for any thread; whoever started it closes it.
 */
public final class ServerProcess implements AutoCloseable {

    private static final int MAX_LINES = 1_000;

    private final Process process;
    private final String host;
    private final int httpPort;
    private final List<String> output = new ArrayList<>();
    private final CountDownLatch ready = new CountDownLatch(1);
    private volatile boolean saidReady;

    private ServerProcess(Process process, String host, int httpPort) {
        this.process = process;
        this.host = host;
        this.httpPort = httpPort;
    }

    /**
     * How a server is started.
     *
     * <p>Immutable.
     *
     * @param host the address that it is bound to
     * @param httpPort 0 takes a free one
     * @param mediaPort 0 takes a free one
     * @param prefix what comes before {@code java}, such as {@code taskset -c 0}
     * @param javaOptions options of the JVM
     * @param options of {@code rostrum serve}
     */
    public record Launch(
            Path dataDir,
            String host,
            int httpPort,
            int mediaPort,
            List<String> prefix,
            List<String> javaOptions,
            List<String> options) {

        public Launch {
            prefix = List.copyOf(prefix);
            javaOptions = List.copyOf(javaOptions);
            options = List.copyOf(options);
        }

        /** On free ports, with the launcher's options for the JVM. */
        public static Launch of(Path dataDir, String... options) {
            return new Launch(
                    dataDir,
                    "127.0.0.1",
                    0,
                    0,
                    List.of(),
                    List.of(
                            "-Djdk.virtualThreadScheduler.parallelism=1",
                            "-XX:+UseZGC",
                            "-XX:+UseCompactObjectHeaders"),
                    List.of(options));
        }

        /** The same, behind a command such as {@code taskset -c 0}. */
        public Launch behind(List<String> command) {
            return new Launch(dataDir, host, httpPort, mediaPort, command, javaOptions, options);
        }

        /** The same bound to another address of this machine. */
        public Launch on(String address) {
            return new Launch(dataDir, address, httpPort, mediaPort, prefix, javaOptions, options);
        }

        /** The same with these options of the JVM besides the launcher's. */
        public Launch withJavaOptions(List<String> more) {
            List<String> all = new ArrayList<>(javaOptions);
            all.addAll(more);
            return new Launch(dataDir, host, httpPort, mediaPort, prefix, all, options);
        }

        /** The same with these ports, so that it comes back where it was. */
        public Launch at(int http, int media) {
            return new Launch(dataDir, host, http, media, prefix, javaOptions, options);
        }
    }

    /** Starts a server; returns once it says that it is ready. */
    public static ServerProcess start(Launch launch) throws IOException, InterruptedException {
        int httpPort = launch.httpPort == 0 ? freePort() : launch.httpPort;
        List<String> command = new ArrayList<>(launch.prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(launch.javaOptions);
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "dev.rostrum.signaling.Rostrum",
                "serve",
                "--bind",
                launch.host,
                "--http-port",
                Integer.toString(httpPort),
                "--media-port",
                Integer.toString(launch.mediaPort),
                "--data-dir",
                launch.dataDir.toString()));
        command.addAll(launch.options);
        ServerProcess server = new ServerProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start(), launch.host, httpPort);
        Thread reader = new Thread(server::readOutput, "server output");
        reader.setDaemon(true);
        reader.start();
        if (!server.ready.await(60, TimeUnit.SECONDS) || !server.saidReady) {
            server.close();
            throw new IOException("the server did not start:\n" + server.output());
        }
        return server;
    }

    /** A TCP port that is free now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void readOutput() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                add(line);
                if (line.strip().startsWith("ready")) {
                    saidReady = true;
                    ready.countDown();
                }
            }
        } catch (IOException e) {
            add("(the server's output ends here: " + e.getMessage() + ")");
        } finally {
            ready.countDown();
        }
    }

    private void add(String line) {
        synchronized (output) {
            if (output.size() < MAX_LINES) {
                output.add(line);
            }
        }
    }

    /** Its address by HTTP. */
    public URI address() {
        return URI.create("http://" + host + ":" + httpPort);
    }

    public int httpPort() {
        return httpPort;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed so far. */
    public String output() {
        synchronized (output) {
            return String.join("\n", output);
        }
    }

    /** Ends it as {@code kill -9} does, and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
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
