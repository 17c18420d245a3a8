package dev.rostrum.signaling.web;

import dev.rostrum.sfu.Sfu;
import dev.rostrum.signaling.admission.AddressRate;
import dev.rostrum.signaling.admission.Doorkeeper;
import dev.rostrum.signaling.http.ConnectionGuard;
import dev.rostrum.signaling.http.CrossOrigin;
import dev.rostrum.signaling.http.HttpConfig;
import dev.rostrum.signaling.http.HttpLimits;
import dev.rostrum.signaling.http.IpAddresses;
import dev.rostrum.signaling.http.Problem;
import dev.rostrum.signaling.http.PublicAddress;
import dev.rostrum.signaling.http.Replies;
import dev.rostrum.signaling.http.Routes;
import dev.rostrum.signaling.metrics.Metrics;
import dev.rostrum.signaling.metrics.MetricsSource.Metric;
import dev.rostrum.signaling.space.Spaces;
import dev.rostrum.signaling.tls.TlsIdentity;
import dev.rostrum.signaling.tls.TlsSource;
import dev.rostrum.signaling.token.ApiKey;
import dev.rostrum.signaling.token.Tokens;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.Http2ServerConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.WebSocketServerConfig;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server: all doors and the page, on several event loops.
 *
 * <p>Safe for any thread.
 */
public final class WebServer {

    private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
    private static final Duration LOOK_AT_CERTIFICATE = Duration.ofSeconds(5);
    private static final Duration LOOK_AT_WEB_SOCKETS = Duration.ofMillis(20);
    private static final int MOST_EVENT_LOOPS = 16;
    private static final String EVERYWHERE = "0.0.0.0"; // Java's sockets then listen on IPv6 as well

    /**
     * What the doors open to.
     *
     * @param tls null for plain HTTP
     * @param apiKeys what creating a space needs one of; none in the open mode
     */
    public record Parts(
            Vertx vertx,
            HttpConfig http,
            @Nullable TlsSource tls,
            SignalingLoop loop,
            Spaces spaces,
            MediaSessions media,
            Doorkeeper doorkeeper,
            Sfu sfu,
            Tokens tokens,
            List<ApiKey> apiKeys,
            IceServers iceServers,
            Metrics metrics,
            HealthDoors health,
            SecureRandom random,
            InstantSource wallClock) {

        public Parts {
            apiKeys = List.copyOf(apiKeys);
        }
    }

    private final Parts parts;
    private final Vertx vertx;
    private final HttpConfig config;
    private final @Nullable TlsSource tls;
    private final CrossOrigin crossOrigin;
    private final SpaceDoors spaceDoors;
    private final MediaDoors mediaDoors;
    private final JoinSocket joinSocket;
    private final Drain drain = new Drain();
    private final StaticPages pages = new StaticPages();
    private final ConnectionGuard.Counters counters = new ConnectionGuard.Counters();
    private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
    private final List<Context> loops = new CopyOnWriteArrayList<>();
    private volatile @Nullable TlsIdentity identity;
    private volatile int port;

    public WebServer(Parts parts) {
        this.parts = parts;
        this.vertx = parts.vertx();
        this.config = parts.http();
        this.tls = parts.tls();
        this.crossOrigin = new CrossOrigin(config.corsOrigins());
        PublicAddress publicAddress = new PublicAddress(config.publicUrl(), config.trustedProxies());
        Access access = new Access(parts.tokens(), parts.apiKeys(), parts.wallClock());
        SpaceViews views = new SpaceViews(vertx, parts.spaces(), parts.loop());
        // Whoever has an API key may create as many spaces as there may be.
        AddressRate creations = new AddressRate(parts.apiKeys().isEmpty() ? config.newSpacesPerMinute() : 0);
        this.spaceDoors = new SpaceDoors(
                parts.spaces(), parts.loop(), access, publicAddress, views, creations, parts.wallClock());
        this.mediaDoors = new MediaDoors(
                parts.spaces(),
                parts.loop(),
                parts.media(),
                parts.doorkeeper(),
                parts.sfu(),
                access,
                publicAddress,
                parts.iceServers(),
                drain,
                parts.random(),
                parts.wallClock());
        this.joinSocket = new JoinSocket(
                vertx,
                parts.spaces(),
                parts.loop(),
                parts.media(),
                parts.doorkeeper(),
                access,
                parts.iceServers(),
                config.limits(),
                parts.wallClock(),
                publicAddress,
                crossOrigin,
                drain);
        parts.metrics().add(this::metrics);
    }

    private List<Metric> metrics() {
        return List.of(
                Metric.gauge("rostrum_http_connections", "TCP connections of HTTP clients", counters.open()),
                Metric.gauge("rostrum_websockets", "WebSockets that are open", joinSocket.size()),
                Metric.counter(
                        "rostrum_http_connections_refused",
                        "TCP connections that were closed at once because there were too many",
                        counters.tooMany()),
                Metric.counter(
                        "rostrum_http_connections_slow",
                        "TCP connections that were closed because a request or an answer took too long",
                        counters.tooSlow()));
    }

    /** Listens. Fails if an address can't be bound. */
    public Future<Void> start() {
        int loops = Math.max(1, Math.min(MOST_EVENT_LOOPS, Runtime.getRuntime().availableProcessors()));
        Future<Void> first = vertx.executeBlocking(() -> {
            port = config.port() == 0 ? freePort() : config.port();
            identity = tls == null ? null : tls.first();
            return null;
        });
        return first.compose(_ -> vertx.deployVerticle(EventLoop::new, new DeploymentOptions().setInstances(loops)))
                .map(_ -> {
                    if (tls != null) {
                        vertx.setPeriodic(LOOK_AT_CERTIFICATE.toMillis(), _ -> lookAtCertificate());
                    }
                    return null;
                });
    }

    /** The event loops that requests are served on. */
    public List<Context> loops() {
        return List.copyOf(loops);
    }

    /** The port that it listens on; the configured one unless that was 0. */
    public int port() {
        return port;
    }

    /** All event loops share one port, so a free one must be known before the first of them listens. */
    private int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(
                    config.bind().isEmpty() ? null : config.bind().getFirst(), 0));
            return probe.getLocalPort();
        }
    }

    /**
     * Lets nobody in any more, says goodbye to WebSockets, stops listening when they are gone, lets answers end, and cuts
     * what is still open after a while.
     */
    public Future<Void> stop(Duration patience) {
        long deadlineNs = SignalingLoop.nowNs() + patience.toNanos();
        drain.begin(joinSocket.size());
        joinSocket.drain();
        mediaDoors.drain();
        return webSocketsGone(deadlineNs).compose(_ -> {
            Duration left = Duration.ofNanos(Math.max(0, deadlineNs - SignalingLoop.nowNs()));
            List<Future<Void>> stops = new ArrayList<>();
            servers.forEach(server -> stops.add(server.shutdown(left)));
            return Future.join(stops).mapEmpty();
        });
    }

    private Future<Void> webSocketsGone(long deadlineNs) {
        if (joinSocket.size() == 0 || SignalingLoop.nowNs() - deadlineNs >= 0) {
            return Future.succeededFuture();
        }
        return vertx.timer(LOOK_AT_WEB_SOCKETS.toMillis(), TimeUnit.MILLISECONDS)
                .compose(_ -> webSocketsGone(deadlineNs));
    }

    /** Looks whether there is a new certificate, off the event loops, and puts it to use. */
    public Future<Void> lookAtCertificate() {
        if (tls == null) {
            return Future.succeededFuture();
        }
        Future<@Nullable TlsIdentity> looked = vertx.executeBlocking(() -> {
            synchronized (tls) { // which is for one thread at a time
                return tls.changed();
            }
        });
        return looked.compose(changed -> {
            if (changed == null) {
                return Future.succeededFuture();
            }
            List<Future<Boolean>> updates = new ArrayList<>();
            servers.forEach(server -> updates.add(server.updateSSLOptions(changed.options(), true)));
            return Future.all(updates)
                    .<Void>mapEmpty()
                    .onFailure(e -> LOG.error("The new certificate could not be put to use", e));
        });
    }

    /** One event loop with its servers, one for each address; they share their sockets with those of the other loops. */
    private final class EventLoop extends VerticleBase {

        @Override
        public Future<?> start() {
            loops.add(context);
            ConnectionGuard guard = new ConnectionGuard(vertx, config.limits(), config.maxConnections(), counters);
            Portions portions = new Portions(context);
            Router router = router(guard, portions);
            List<Future<HttpServer>> listening = new ArrayList<>();
            List<String> hosts = config.bind().isEmpty()
                    ? List.of(EVERYWHERE)
                    : config.bind().stream().map(IpAddresses::text).toList();
            for (String host : hosts) {
                HttpServer server = identity == null
                        ? vertx.createHttpServer(options(host))
                        : vertx.createHttpServer(options(host), identity.options());
                server.requestHandler(request -> {
                            if (JoinSocket.mayWait(request)) {
                                request.pause();
                                portions.execute(() -> router.handle(request));
                            } else {
                                router.handle(request);
                            }
                        })
                        .invalidRequestHandler(WebServer::refuseInvalid)
                        .connectionHandler(guard::onConnection)
                        .exceptionHandler(e -> LOG.debug("A connection failed", e));
                listening.add(server.listen().onSuccess(servers::add));
            }
            return Future.all(listening);
        }
    }

    private HttpServerConfig options(String host) {
        HttpServerConfig options = new HttpServerConfig();
        options.setPort(port).setHost(host);
        options.setVersions(
                identity == null
                        ? Set.of(HttpVersion.HTTP_1_0, HttpVersion.HTTP_1_1)
                        : Set.of(HttpVersion.HTTP_1_0, HttpVersion.HTTP_1_1, HttpVersion.HTTP_2));
        options.getTcpConfig().setSsl(identity != null).setAcceptBacklog(4096);
        options.setIdleTimeout(config.limits().answer().multipliedBy(2)); // all else is the guard's
        options.setHandle100ContinueAutomatically(false);
        options.setHttp1Config(new Http1ServerConfig()
                .setMaxInitialLineLength(HttpLimits.MAX_REQUEST_LINE_BYTES)
                .setMaxHeaderSize(HttpLimits.MAX_HEADER_BYTES));
        options.setHttp2Config(new Http2ServerConfig()
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(100)
                        .setMaxHeaderListSize(HttpLimits.MAX_HEADER_BYTES)));
        options.setWebSocketConfig(new WebSocketServerConfig()
                .setMaxFrameSize(HttpLimits.MAX_WEB_SOCKET_MESSAGE_BYTES)
                .setMaxMessageSize(HttpLimits.MAX_WEB_SOCKET_MESSAGE_BYTES)
                .setUsePerFrameCompression(false)
                .setUsePerMessageCompression(false)
                .setClosingTimeout(config.limits().slowClose()));
        return options;
    }

    private Router router(ConnectionGuard guard, Portions portions) {
        Router router = Router.router(vertx);
        router.route().handler(guard::onRequest);
        router.route().handler(ctx -> {
            ctx.addEndHandler(_ -> parts.metrics().count(ctx));
            ctx.response().putHeader("X-Content-Type-Options", "nosniff");
            crossOrigin.mark(ctx.request(), ctx.response());
            ctx.next();
        });
        router.route("/v1/*").handler(drain::onRequest);
        router.route().failureHandler(Replies::problem);
        Routes routes = new Routes(router, crossOrigin);
        routes.at("/metrics").on(HttpMethod.GET, parts.metrics()::serve).end();
        parts.health().install(routes);
        spaceDoors.install(routes);
        mediaDoors.install(routes, portions);
        joinSocket.install(routes, guard, portions);
        routes.at("/*").on(HttpMethod.GET, pages::serve).end();
        return router;
    }

    /** Answers what is not even a request. */
    private static void refuseInvalid(HttpServerRequest request) {
        Throwable cause =
                request.decoderResult() == null ? null : request.decoderResult().cause();
        Problem problem =
                switch (cause) {
                    case TooLongHttpLineException _ ->
                        Problem.of(
                                414,
                                "too-large",
                                "The address of the request is too long; at most " + HttpLimits.MAX_REQUEST_LINE_BYTES
                                        + " bytes are read.");
                    case TooLongHttpHeaderException _ ->
                        Problem.of(
                                431,
                                "too-large",
                                "The header lines are too long; at most " + HttpLimits.MAX_HEADER_BYTES
                                        + " bytes are read.");
                    case null, default -> Problem.of(400, "malformed", "This is not an HTTP request (RFC 9112).");
                };
        request.response()
                .setStatusCode(problem.status())
                .setStatusMessage(problem.title())
                .putHeader("Content-Type", Problem.CONTENT_TYPE)
                .putHeader("Connection", "close")
                .end(Buffer.buffer(Replies.encode(problem)))
                .onComplete(_ -> request.connection().close());
    }
}
