package dev.rostrum.bench.server;

import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.client.SpaceAdmin;
import dev.rostrum.bench.client.SpaceAdmin.CreatedSpace;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A space on a Rostrum server: one that this class starts, or one that runs already.
 *
 * <p>Safe for any thread.
 */
public final class RostrumTarget implements Target {

    /** So many are co-hosts, after the first, who is the host: a stage has seats for each of the roles. */
    private static final int COHOSTS = 2;

    private final CreatedSpace space;
    private final boolean cameras;
    private final @Nullable ServerProcess process;
    private final @Nullable Path dataDir;
    private final @Nullable ProcessWatch watch;
    private final String description;
    private final List<String> prefix;

    private RostrumTarget(
            CreatedSpace space,
            boolean cameras,
            @Nullable ServerProcess process,
            @Nullable Path dataDir,
            @Nullable ProcessWatch watch,
            List<String> prefix,
            String description) {
        this.space = space;
        this.cameras = cameras;
        this.process = process;
        this.dataDir = dataDir;
        this.watch = watch;
        this.description = description;
        this.prefix = prefix;
    }

    /** Starts a server on the server's cores, in a data directory that is deleted at the end. */
    public static RostrumTarget start(Cores cores, List<String> javaOptions, List<String> options)
            throws IOException, InterruptedException {
        return start("127.0.0.1", cores, javaOptions, options, false);
    }

    /**
     * The same at another address of this machine.
     *
     * @param cameras whether the space has video, and speakers come by WHIP with a camera
     */
    public static RostrumTarget start(
            String host, Cores cores, List<String> javaOptions, List<String> options, boolean cameras)
            throws IOException, InterruptedException {
        Path dataDir = Files.createTempDirectory("rostrum-bench");
        ServerProcess.Launch launch = ServerProcess.Launch.of(dataDir, options.toArray(String[]::new))
                .on(host)
                .withJavaOptions(javaOptions)
                .behind(cores.serverPrefix());
        ServerProcess server = ServerProcess.start(launch);
        return new RostrumTarget(
                SpaceAdmin.create(server.address(), "bench", cameras, null),
                cameras,
                server,
                dataDir,
                new ProcessWatch(server.pid()),
                cores.serverPrefix(),
                "Rostrum, started as java " + String.join(" ", launch.javaOptions()) + " … serve "
                        + String.join(" ", options));
    }

    /** Uses a server that runs. */
    public static RostrumTarget at(URI server, @Nullable String apiKey, @Nullable Long pid, boolean cameras)
            throws IOException, InterruptedException {
        return new RostrumTarget(
                SpaceAdmin.create(server, "bench", cameras, apiKey),
                cameras,
                null,
                null,
                pid == null ? null : new ProcessWatch(pid),
                List.of(),
                "the server at " + server);
    }

    @Override
    public String description() {
        return description;
    }

    /** The first is the host, the next are co-hosts; with cameras, all are speakers by WHIP. */
    @Override
    public LoadClient speaker(LoadClients clients, int number, int group) {
        if (cameras) {
            return clients.filming(space.address().whip(), space.speaker(), group);
        }
        String token = number == 0 ? space.host() : number <= COHOSTS ? space.cohost() : space.speaker();
        return clients.participant(space.address(), token, "speaker " + number, group);
    }

    @Override
    public LoadClient listener(LoadClients clients, Door door, int group) {
        return switch (door) {
            case PAGE -> clients.participant(space.address(), space.listener(), "listener", group);
            case WHEP -> clients.player(space.address().whep(), space.listener(), 3, group);
            case VIEWER -> clients.viewer(space.address().whep(), space.listener(), 3, group);
        };
    }

    @Override
    public @Nullable ProcessWatch process() {
        return watch;
    }

    @Override
    public List<String> prefix() {
        return prefix;
    }

    @Override
    public List<URI> pages() {
        URI server = space.address().server();
        return List.of(
                server.resolve("/"),
                server.resolve("/v1/spaces/" + space.address().id()));
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
        if (dataDir != null) {
            try (Stream<Path> files = Files.walk(dataDir)) {
                files.sorted(Comparator.reverseOrder()).forEach(file -> {
                    boolean ignored = file.toFile().delete();
                });
            } catch (IOException e) {
                org.slf4j.LoggerFactory.getLogger(RostrumTarget.class).warn("{} could not be deleted", dataDir, e);
            }
        }
    }
}
