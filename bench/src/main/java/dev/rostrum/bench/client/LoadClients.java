package dev.rostrum.bench.client;

import dev.rostrum.bench.media.LoadTotals;
import dev.rostrum.bench.media.MediaEngine;
import dev.rostrum.bench.media.MediaSettings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All simulated participants of a process, and what they share: media loops, an HTTP client, a WebSocket client.
 *
 * <p>Safe for any thread.
 */
public final class LoadClients implements AutoCloseable {

    private static final int MANY = 100_000;
    private static final int MAX_MESSAGE_BYTES = 1 << 20;

    private final MediaEngine media;
    private final Vertx vertx;
    private final HttpClientAgent http;
    private final WebSocketClient webSockets;
    private final ScheduledExecutorService signaling;

    /** With the usual settings. */
    public LoadClients() {
        this(MediaSettings.defaults(), 1);
    }

    /** @param seed of all that is random in clients, but for keys */
    public LoadClients(MediaSettings settings, long seed) {
        System.setProperty("vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        media = new MediaEngine(settings, seed);
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
        // Real clients come on connections of their own: so does each request here.
        http = vertx.createHttpClient(
                new HttpClientOptions().setKeepAlive(false).setTrustAll(true).setVerifyHost(false),
                new PoolOptions().setHttp1MaxSize(MANY));
        webSockets = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setMaxConnections(MANY)
                .setMaxFrameSize(MAX_MESSAGE_BYTES)
                .setMaxMessageSize(MAX_MESSAGE_BYTES)
                .setTrustAll(true)
                .setVerifyHost(false));
        signaling = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "load-signaling");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** A listener that plays by WHEP: as many speakers as it has slots. */
    public LoadClient player(URI whep, @Nullable String token, int slots, int group) {
        return new WhipWhepClient(this, whep, token, slots, false, group);
    }

    /** A speaker that publishes by WHIP. */
    public LoadClient publisher(URI whip, @Nullable String token, int group) {
        return new WhipWhepClient(this, whip, token, 0, false, group);
    }

    /** A listener by WHEP that also sees a camera. */
    public LoadClient viewer(URI whep, @Nullable String token, int slots, int group) {
        return new WhipWhepClient(this, whep, token, slots, true, group);
    }

    /** A speaker by WHIP with a camera in three encodings. */
    public LoadClient filming(URI whip, @Nullable String token, int group) {
        return new WhipWhepClient(this, whip, token, 0, true, group);
    }

    /** A participant as the page makes one: by the WebSocket, with a microphone and three slots. */
    public SpaceClient participant(SpaceAddress space, @Nullable String token, String name) {
        return participant(space, token, name, 0);
    }

    /** The same in a group of its own. */
    public SpaceClient participant(SpaceAddress space, @Nullable String token, String name, int group) {
        return new SpaceClient(this, space, token, name, group);
    }

    /** A publisher in a room of Janus' videoroom. */
    public JanusClient janusPublisher(URI janus, long room, int group) {
        return new JanusClient(this, janus, room, null, group);
    }

    /** A subscriber of such a publisher. */
    public LoadClient janusSubscriber(URI janus, long room, JanusClient publisher, int group) {
        return new JanusClient(this, janus, room, publisher, group);
    }

    /** What all have heard so far; its histograms cover the time since this was asked before. */
    public LoadTotals totals() {
        return media.totals();
    }

    /** What each group has heard so far; the histograms cover the time since this was asked before. */
    public List<LoadTotals> groups() {
        return media.groups();
    }

    /** Longest gaps and silences of all clients count from here. */
    public void forgetExtremes() {
        media.forgetExtremes();
    }

    MediaEngine media() {
        return media;
    }

    HttpClientAgent http() {
        return http;
    }

    WebSocketClient webSockets() {
        return webSockets;
    }

    ScheduledExecutorService signaling() {
        return signaling;
    }

    /** Runs a task on the signaling thread after a while, unless all is closed by then. */
    ScheduledFuture<?> after(long delayMs, Runnable task) {
        return signaling.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    static InetAddress host(URI address) {
        try {
            return InetAddress.getByName(address.getHost());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the host " + address.getHost() + " is not known", e);
        }
    }

    /** All clients vanish without a word. */
    @Override
    public void close() {
        signaling.shutdownNow();
        media.close();
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            org.slf4j.LoggerFactory.getLogger(LoadClients.class).debug("the HTTP client did not close", e);
        }
    }
}
