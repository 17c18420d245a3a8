package dev.rostrum.signaling;

import ch.qos.logback.classic.LoggerContext;
import dev.rostrum.sfu.Sfu;
import dev.rostrum.sfu.SfuConfig;
import dev.rostrum.signaling.admission.Doorkeeper;
import dev.rostrum.signaling.http.IpAddresses;
import dev.rostrum.signaling.metrics.AdmissionMetrics;
import dev.rostrum.signaling.metrics.Metrics;
import dev.rostrum.signaling.metrics.MetricsSource.Metric;
import dev.rostrum.signaling.model.SpaceStore;
import dev.rostrum.signaling.model.SpacesConfig;
import dev.rostrum.signaling.offer.OpusSettings;
import dev.rostrum.signaling.space.Spaces;
import dev.rostrum.signaling.store.MvSpaceStore;
import dev.rostrum.signaling.tls.TlsMode;
import dev.rostrum.signaling.tls.TlsSource;
import dev.rostrum.signaling.token.ApiKey;
import dev.rostrum.signaling.token.TokenKey;
import dev.rostrum.signaling.token.Tokens;
import dev.rostrum.signaling.web.HealthDoors;
import dev.rostrum.signaling.web.LoadProbe;
import dev.rostrum.signaling.web.MediaSessions;
import dev.rostrum.signaling.web.SignalingLoop;
import dev.rostrum.signaling.web.WebServer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole server: media, spaces, their store, and HTTP.
 *
 * <p>Safe for any thread.
 */
final class Server implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration START_PATIENCE = Duration.ofSeconds(30);

    /** The server can't start; the message is one line that says why and what to do. */
    static final class StartException extends Exception {

        private static final long serialVersionUID = 1;

        StartException(String message) {
            super(message);
        }

        StartException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Something to do when the server stops. */
    private interface Step {
        void run() throws Exception;
    }

    private final ServerConfig config;
    private final Deque<Step> toStop = new ArrayDeque<>();
    private final HealthDoors health = new HealthDoors();
    private final Metrics metrics = new Metrics();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable WebServer web;
    private @Nullable MediaSessions media;
    private @Nullable SignalingLoop loop;
    private @Nullable Doorkeeper doorkeeper;

    private Server(ServerConfig config) {
        this.config = config;
    }

    /**
     * Starts everything, and says on {@code out} where it is.
     *
     * @throws StartException if something is in the way; nothing runs then
     */
    static Server start(ServerConfig config, PrintWriter out) throws StartException {
        long startNs = System.nanoTime();
        Server server = new Server(config);
        try {
            server.start(out);
        } catch (StartException e) {
            server.close();
            throw e;
        } catch (RuntimeException e) {
            server.close();
            throw new StartException("the server could not start: " + e, e);
        }
        out.printf("  ready in %.1f s%n", (System.nanoTime() - startNs) / 1e9);
        return server;
    }

    private void start(PrintWriter out) throws StartException {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger("dev.rostrum").setLevel(config.logLevel());
        }
        Path data = dataDirectory();
        SecureRandom random = new SecureRandom();
        Clock clock = Clock.systemUTC();
        List<InetAddress> addresses = mediaAddresses();
        requireFreeMediaPort(addresses);
        Tokens tokens = new Tokens(tokenKey(data, random));
        SpaceStore store = store(data);
        toStop.push(store::close);

        Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(false));
        toStop.push(() -> within(vertx.close(), Duration.ofSeconds(5)));
        SignalingLoop signaling = signalingLoop(vertx);
        loop = signaling;
        AtomicReference<Sfu> started = new AtomicReference<>();
        MediaSessions sessions = new MediaSessions(
                signaling,
                () -> requireStarted(started),
                opus(config.opus()),
                config.audioSlots(),
                config.videoSlots(),
                random);
        media = sessions;
        Sfu sfu = sfu(addresses, sessions);
        started.set(sfu);
        toStop.push(sfu::close);
        Spaces spaces = spaces(sessions, store, signaling, random, clock);
        measure(sfu);
        measure(spaces, signaling, store);

        Doorkeeper door = new Doorkeeper(config.admission(), random, id -> spaces.find(id)
                .map(space -> !space.ended())
                .orElse(false));
        doorkeeper = door;
        metrics.add(new AdmissionMetrics(door));
        WebServer server = new WebServer(new WebServer.Parts(
                vertx,
                config.http(),
                tls(data, random, clock),
                signaling,
                spaces,
                sessions,
                door,
                sfu,
                tokens,
                config.apiKeys().stream().map(ApiKey::new).toList(),
                config.iceServers(),
                metrics,
                health,
                random,
                clock));
        listen(server);
        toStop.push(() ->
                within(server.stop(config.drainTimeout()), config.drainTimeout().plusSeconds(2)));
        web = server;
        LoadProbe probe = new LoadProbe(sfu, signaling, server::loops, door);
        probe.start();
        toStop.push(probe::close);
        health.ready();
        StartMessage.print(out, config, sfu, addresses, server.port());
    }

    private static Sfu requireStarted(AtomicReference<Sfu> started) {
        Sfu sfu = started.get();
        if (sfu == null) {
            throw new IllegalStateException("asked for media before it was started");
        }
        return sfu;
    }

    /** The port that HTTP listens on. */
    int httpPort() {
        WebServer server = web;
        return server == null ? 0 : server.port();
    }

    /** The loop that owns the spaces. */
    SignalingLoop loop() {
        if (loop == null) {
            throw new IllegalStateException("not started");
        }
        return loop;
    }

    /** Who lets listeners in; for the loop that owns the spaces. */
    Doorkeeper doorkeeper() {
        if (doorkeeper == null) {
            throw new IllegalStateException("not started");
        }
        return doorkeeper;
    }

    /** Puts a changed certificate to use now, and not within some seconds. */
    void lookAtCertificate() throws ExecutionException, TimeoutException, InterruptedException {
        WebServer server = web;
        if (server != null) {
            within(server.lookAtCertificate(), START_PATIENCE);
        }
    }

    /** The endpoints of participants, which also hears what becomes of them. */
    MediaSessions media() {
        if (media == null) {
            throw new IllegalStateException("not started");
        }
        return media;
    }

    /** Where figures for {@code GET /metrics} are added. */
    Metrics metrics() {
        return metrics;
    }

    /** Waits until the server was stopped. */
    void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Stops everything in order, within bounded time; a second call waits for the first. */
    @Override
    public void close() {
        if (stopping.compareAndSet(false, true)) {
            health.stopping();
            while (!toStop.isEmpty()) {
                try {
                    toStop.pop().run();
                } catch (Exception e) {
                    LOG.warn("A part of the server did not stop in order", e);
                }
            }
            ended.countDown();
        } else {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Path dataDirectory() throws StartException {
        Path directory = config.dataDirectory();
        try {
            if (!Files.isDirectory(directory)) {
                boolean posix =
                        directory.getFileSystem().supportedFileAttributeViews().contains("posix");
                if (directory.toAbsolutePath().getParent() != null) {
                    Files.createDirectories(directory.toAbsolutePath().getParent());
                }
                if (posix) {
                    Files.createDirectory(
                            directory,
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.createDirectory(directory);
                }
            }
        } catch (IOException e) {
            throw new StartException(
                    "can't make the data directory " + directory + " (" + reason(e)
                            + "); choose another with --data-dir",
                    e);
        }
        if (!Files.isWritable(directory)) {
            throw new StartException("may not write in the data directory " + directory
                    + "; give it to this user or choose another with --data-dir");
        }
        return directory;
    }

    private static TokenKey tokenKey(Path data, SecureRandom random) throws StartException {
        try {
            return TokenKey.in(data, random);
        } catch (IOException e) {
            throw new StartException("can't use the token key in " + data + ": " + reason(e), e);
        }
    }

    private static SpaceStore store(Path data) throws StartException {
        try {
            return MvSpaceStore.open(data);
        } catch (IOException e) {
            throw new StartException("can't use the stored spaces in " + data + ": " + reason(e), e);
        }
    }

    private List<InetAddress> mediaAddresses() throws StartException {
        for (InetAddress address : config.http().bind()) {
            try {
                if (NetworkInterface.getByInetAddress(address) == null && !address.isLoopbackAddress()) {
                    throw new StartException("--bind " + IpAddresses.text(address)
                            + " is not an address of this machine; it has " + texts(NetworkAddresses.local()));
                }
            } catch (SocketException e) {
                throw new StartException("can't look at this machine's addresses: " + e.getMessage(), e);
            }
        }
        return config.http().bind().isEmpty()
                ? NetworkAddresses.local()
                : config.http().bind();
    }

    /** The shards' sockets share their port on purpose, and so would those of a second server unnoticed. */
    private void requireFreeMediaPort(List<InetAddress> addresses) throws StartException {
        for (InetAddress address : addresses) {
            if (config.mediaPort() == 0) {
                return;
            }
            try (DatagramSocket probe = new DatagramSocket(null)) {
                probe.setReuseAddress(false);
                probe.bind(new InetSocketAddress(address, config.mediaPort()));
            } catch (SocketException e) {
                throw new StartException(
                        "can't use the UDP media port " + config.mediaPort() + " on "
                                + IpAddresses.text(address) + " (" + reason(e)
                                + "): is another server running? Choose another port with --media-port",
                        e);
            }
        }
    }

    private SignalingLoop signalingLoop(Vertx vertx) throws StartException {
        CompletableFuture<SignalingLoop> loop = new CompletableFuture<>();
        await(
                vertx.deployVerticle(new VerticleBase() {
                    @Override
                    public Future<?> start() {
                        loop.complete(new SignalingLoop(vertx, context));
                        return Future.succeededFuture();
                    }
                }),
                "the signaling loop did not start");
        return loop.join();
    }

    private Sfu sfu(List<InetAddress> addresses, MediaSessions media) throws StartException {
        SfuConfig sfuConfig = new SfuConfig(
                addresses,
                config.mediaPort(),
                config.advertise(),
                config.shards(),
                config.portableUdp(),
                config.audioSlots());
        try {
            return Sfu.start(sfuConfig, media);
        } catch (IOException | RuntimeException e) {
            throw new StartException(
                    "media could not start on UDP port " + config.mediaPort() + " of " + texts(addresses) + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private Spaces spaces(MediaSessions media, SpaceStore store, SignalingLoop loop, SecureRandom random, Clock clock)
            throws StartException {
        SpacesConfig defaults = SpacesConfig.DEFAULT;
        SpacesConfig spacesConfig = new SpacesConfig(
                config.maxCohosts(),
                config.maxSpeakers(),
                config.maxScreens(),
                config.maxSpaces(),
                defaults.remembered(),
                defaults.hands(),
                config.open(),
                defaults.placeKept(),
                defaults.identityKept(),
                defaults.emptySpaceEnds(),
                defaults.endedSpaceKept(),
                defaults.commandsPerSecond(),
                defaults.commandBurst(),
                defaults.confirmWithin());
        CompletableFuture<Spaces> ready = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                Spaces spaces = new Spaces(spacesConfig, media, store, loop, random, clock);
                spaces.restore(store.load(), SignalingLoop.nowNs());
                media.tell(spaces);
                loop.watch(new SignalingLoop.Deadline() {
                    @Override
                    public long deadlineNs() {
                        return spaces.deadlineNs();
                    }

                    @Override
                    public void onDeadline(long nowNs) {
                        spaces.onDeadline(nowNs);
                    }
                });
                ready.complete(spaces);
            } catch (RuntimeException e) {
                ready.completeExceptionally(e);
            }
        });
        return await(Future.fromCompletionStage(ready), "the stored spaces could not be read");
    }

    private void measure(Sfu sfu) {
        metrics.add(() -> sfu.figures().stream()
                .map(figure -> new Metric(
                        "rostrum_" + figure.name(),
                        figure.help(),
                        figure.counter(),
                        figure.label().isEmpty() ? Map.of() : Map.of(figure.label(), figure.labelValue()),
                        figure.value()))
                .toList());
    }

    private void measure(Spaces spaces, SignalingLoop loop, SpaceStore store) {
        // Counted on their own loop after the scrape before, so that a scrape never waits for it.
        AtomicReference<List<Metric>> counted = new AtomicReference<>(List.of());
        metrics.add(() -> {
            loop.execute(() -> counted.set(List.of(
                    Metric.gauge("rostrum_spaces", "Spaces that have not ended", spaces.size()),
                    Metric.gauge("rostrum_participants", "Participants who are present", spaces.participants()))));
            List<Metric> all = new ArrayList<>(counted.get());
            all.add(Metric.gauge(
                    "rostrum_store_working",
                    "1 while spaces and identities can be written to disk, else 0",
                    store.trouble() == null ? 1 : 0));
            return all;
        });
    }

    private @Nullable TlsSource tls(Path data, SecureRandom random, Clock clock) {
        return switch (config.tls()) {
            case TlsMode.Off _ -> null;
            case TlsMode.Files files -> TlsSource.files(files.certificate(), files.key(), clock);
            case TlsMode.SelfSigned _ ->
                TlsSource.selfSigned(
                        data, NetworkAddresses::local, config.http().publicUrl(), random, clock);
        };
    }

    private void listen(WebServer server) throws StartException {
        int port = config.http().port();
        try {
            await(server.start(), "HTTP did not start");
        } catch (StartException e) {
            Throwable cause = e.getCause();
            if (cause instanceof BindException bind) {
                String why = reason(bind);
                throw new StartException(
                        why.contains("ermission")
                                ? "may not listen on the HTTP port " + port
                                        + ": ports below 1024 are for root; choose another with --http-port"
                                : "can't listen on the HTTP port " + port + " (" + why
                                        + "): stop the other program or choose another port with --http-port",
                        bind);
            }
            if (cause instanceof UnresolvedAddressException) {
                throw new StartException("an address of --bind can't be used for HTTP", cause);
            }
            throw e;
        }
    }

    private static OpusSettings opus(ServerConfig.Opus opus) {
        return new OpusSettings(true, !opus.music(), opus.music(), opus.bitrate(), opus.ptimeMs(), 0);
    }

    private static String texts(List<InetAddress> addresses) {
        return addresses.stream().map(IpAddresses::text).collect(Collectors.joining(", "));
    }

    private static String reason(Exception e) {
        String message = e.getMessage();
        return switch (e) { // of these the message is the file's name and no more
            case AccessDeniedException denied -> "this user may not use " + denied.getFile();
            case FileAlreadyExistsException there -> there.getFile() + " is there and is no directory";
            case NoSuchFileException missing -> "there is no " + missing.getFile();
            default ->
                message == null
                        ? e.getClass().getSimpleName()
                        : message.lines().findFirst().orElse("");
        };
    }

    private static <T> T await(Future<T> future, String what) throws StartException {
        try {
            return within(future, START_PATIENCE);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new StartException(
                    cause instanceof IOException io && io.getMessage() != null ? reason(io) : what + ": " + cause,
                    cause);
        } catch (TimeoutException e) {
            throw new StartException(what + " within " + START_PATIENCE.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("the start was interrupted", e);
        }
    }

    private static <T> T within(Future<T> future, Duration patience)
            throws ExecutionException, TimeoutException, InterruptedException {
        return future.toCompletionStage().toCompletableFuture().get(patience.toMillis(), TimeUnit.MILLISECONDS);
    }
}
