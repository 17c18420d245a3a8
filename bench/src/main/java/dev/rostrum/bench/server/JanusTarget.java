package dev.rostrum.bench.server;

import dev.rostrum.bench.client.JanusClient;
import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A room of a Janus that this class starts: the {@code janus} of the system's packages, ICE-lite, with event loops
 * instead of a thread per handle, which is faster, and nothing loaded but the videoroom and the WebSocket API.
 *
 * <p>Safe for any thread. Janus gathers no loopback addresses: it needs one of an interface.
 */
public final class JanusTarget implements Target {

    private static final long ROOM = 1;
    private static final int START_PATIENCE_MS = 15_000;

    private final Process process;
    private final Path directory;
    private final URI server;
    private final ProcessWatch watch;
    private final String description;
    private final List<String> prefix;
    private volatile @Nullable JanusClient publisher;

    private JanusTarget(Process process, Path directory, URI server, List<String> prefix, String description) {
        this.process = process;
        this.directory = directory;
        this.server = server;
        this.description = description;
        this.prefix = prefix;
        watch = new ProcessWatch(process.pid());
    }

    /** What is missing for it, and how to get it; null if it can be started. */
    public static @Nullable String missing() throws IOException {
        if (!Files.isExecutable(Path.of("/usr/bin/janus")) || pluginFolder() == null) {
            return "Janus is not installed (Debian, Ubuntu: apt-get install --no-install-recommends janus)";
        }
        if (interfaceAddress() == null) {
            return "Janus gathers no loopback addresses, and this machine has no interface with another IPv4 address";
        }
        return null;
    }

    /** An IPv4 address of this machine that is not loopback, for both sides of a comparison; null if there is none. */
    public static @Nullable String interfaceAddress() throws IOException {
        for (NetworkInterface link : NetworkInterface.networkInterfaces().toList()) {
            if (link.isUp() && !link.isLoopback()) {
                for (InetAddress address : link.inetAddresses().toList()) {
                    if (address instanceof Inet4Address) {
                        return address.getHostAddress();
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable Path pluginFolder() throws IOException {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve("janus"))
                    .filter(Files::isDirectory)
                    .findFirst()
                    .orElse(null);
        }
    }

    /**
     * Starts it.
     *
     * @param eventLoops its threads for media
     */
    public static JanusTarget start(String host, Cores cores, int eventLoops) throws IOException, InterruptedException {
        Path libraries = pluginFolder();
        if (libraries == null) {
            throw new IOException(missing());
        }
        Path directory = Files.createTempDirectory("janus-bench");
        int port = ServerProcess.freePort();
        Files.writeString(directory.resolve("janus.jcfg"), """
            general: {
              plugins_folder = "%1$s/plugins"
              transports_folder = "%1$s/transports"
              events_folder = "%1$s/events"
              loggers_folder = "%1$s/loggers"
              debug_level = 2
              event_loops = %2$d
              session_timeout = 120
            }
            media: { rtp_port_range = "20000-60000" }
            nat: { ice_lite = true, ice_enforce_list = "%3$s" }
            plugins: { disable = "libjanus_audiobridge.so,libjanus_duktape.so,libjanus_echotest.so,libjanus_lua.so,\
            libjanus_nosip.so,libjanus_recordplay.so,libjanus_sip.so,libjanus_streaming.so,libjanus_textroom.so,\
            libjanus_videocall.so,libjanus_voicemail.so" }
            transports: { disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_nanomsg.so,libjanus_pfunix.so,\
            libjanus_rabbitmq.so" }
            events: { broadcast = false }
            """.formatted(libraries, eventLoops, host));
        Files.writeString(directory.resolve("janus.transport.websockets.jcfg"), """
            general: { json = "plain", ws = true, ws_port = %d, ws_ip = "%s", wss = false }
            admin: { admin_ws = false, admin_wss = false }
            """.formatted(port, host));
        Files.writeString(directory.resolve("janus.plugin.videoroom.jcfg"), """
            general: {}
            room-%d: { description = "bench", publishers = 20, audiocodec = "opus", record = false }
            """.formatted(ROOM));
        List<String> command = new ArrayList<>(cores.serverPrefix());
        command.addAll(List.of("/usr/bin/janus", "-F", directory.toString()));
        Path log = directory.resolve("janus.log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        JanusTarget target = new JanusTarget(
                process,
                directory,
                URI.create("ws://" + host + ":" + port + "/"),
                cores.serverPrefix(),
                "Janus " + version() + ", videoroom, ICE-lite, event_loops = " + eventLoops
                        + ", the distribution's libsrtp (Debian's is built on NSS, which understates Janus)");
        if (!target.awaitPort(host, port)) {
            String said = Files.readString(log);
            target.close();
            throw new IOException("Janus did not start:\n" + said);
        }
        return target;
    }

    private static String version() throws IOException {
        Process asked = new ProcessBuilder("/usr/bin/janus", "--version")
                .redirectErrorStream(true)
                .start();
        try (Stream<String> lines = asked.inputReader().lines()) {
            return lines.filter(line -> line.matches("Janus version: [0-9]+ \\([0-9.]+\\).*"))
                    .map(line -> line.replaceAll(".*\\(([0-9.]+)\\).*", "$1"))
                    .findFirst()
                    .orElse("(unknown version)");
        }
    }

    private boolean awaitPort(String host, int port) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_PATIENCE_MS);
        while (System.nanoTime() < endNs && process.isAlive()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(host, port), 500);
                return true;
            } catch (IOException e) {
                Thread.sleep(50);
            }
        }
        return false;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public LoadClient speaker(LoadClients clients, int number, int group) {
        JanusClient speaker = clients.janusPublisher(server, ROOM, group);
        if (number == 0) {
            publisher = speaker;
        }
        return speaker;
    }

    /** A subscriber of the first speaker. */
    @Override
    public LoadClient listener(LoadClients clients, Door door, int group) {
        JanusClient heard = publisher;
        if (heard == null) {
            throw new IllegalStateException("nobody to hear: the speaker comes first");
        }
        return clients.janusSubscriber(server, ROOM, heard, group);
    }

    @Override
    public ProcessWatch process() {
        return watch;
    }

    @Override
    public List<String> prefix() {
        return prefix;
    }

    @Override
    public List<URI> pages() {
        return List.of();
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
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                boolean ignored = file.toFile().delete();
            });
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(JanusTarget.class).warn("{} could not be deleted", directory, e);
        }
    }
}
