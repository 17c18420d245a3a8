package dev.rostrum.sfu;

import dev.rostrum.dtls.DtlsCrypto;
import dev.rostrum.dtls.DtlsHandshakes;
import dev.rostrum.dtls.DtlsIdentity;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.load.ShardTimes;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardClock;
import dev.rostrum.sfu.loop.ShardGroup;
import dev.rostrum.sfu.routing.Admission;
import dev.rostrum.sfu.routing.Endpoint;
import dev.rostrum.sfu.routing.RouterEnvironment;
import dev.rostrum.sfu.routing.SfuShard;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.Claims;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.HandshakeSession;
import dev.rostrum.sfu.transport.TransportEnvironment;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.SrtpCipherProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running SFU: the only door between signaling and media.
 *
 * <p>Safe for any thread. No method blocks on a shard, except {@link #close}.
 */
public final class Sfu implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Sfu.class);

    private static final long CONNECT_WITHIN_NS = 30_000_000_000L;
    private static final long CLOSE_WAIT_MS = 1000;

    private final SfuConfig config;
    private final SfuListener listener;
    private final ShardGroup group;
    private final SrtpCipherProvider ciphers;
    private final DtlsIdentity identity;
    private final DtlsHandshakes handshakes;
    private final SecureRandom random;
    private final List<SfuShard> shards = new ArrayList<>();
    private final Claims<Admission, Endpoint> claims = new Claims<>();
    private final ConcurrentHashMap<String, Registration<Admission, Endpoint>> registrations =
            new ConcurrentHashMap<>();
    /** The latest credentials of an endpoint that restarted ICE; only they tell of a claim that nobody has used. */
    private final ConcurrentHashMap<String, IceCredentials> restarts = new ConcurrentHashMap<>();

    private final ShardTimes times;
    private final ConcurrentHashMap<String, SpaceNumber> spaces = new ConcurrentHashMap<>();
    private final AtomicInteger nextSpaceKey = new AtomicInteger();
    /** What shards have not confirmed yet, by number. */
    private final ConcurrentHashMap<Long, CompletableFuture<Void>> unconfirmed = new ConcurrentHashMap<>();

    private final AtomicLong nextConfirmation = new AtomicLong();

    private volatile boolean closed;

    /** The number of a space, and how many endpoints hold it. */
    private record SpaceNumber(int key, int endpoints) {}

    private Sfu(
            SfuConfig config,
            SfuListener listener,
            ShardGroup group,
            SrtpCipherProvider ciphers,
            SecureRandom random,
            DtlsIdentity identity,
            DtlsHandshakes handshakes) {
        this.config = config;
        this.listener = listener;
        this.group = group;
        this.ciphers = ciphers;
        this.random = random;
        this.identity = identity;
        this.handshakes = handshakes;
        this.times = new ShardTimes(group.shards());
    }

    /**
     * Binds all sockets and starts the shards.
     *
     * @throws IOException if an address can't be bound; the message names it and says what to do
     */
    public static Sfu start(SfuConfig config, SfuListener listener) throws IOException {
        int cores = Runtime.getRuntime().availableProcessors();
        int shards = Math.min(config.shards() > 0 ? config.shards() : cores, SfuShard.MAX_SHARDS);
        ShardClock clock = ShardClock.system();
        ShardGroup group = ShardGroup.bind(config.bind(), config.mediaPort(), shards, config.portable(), clock);
        SrtpCipherProvider ciphers = SrtpCipherProvider.select();
        SecureRandom random = new SecureRandom();
        DtlsIdentity identity = DtlsIdentity.generate(random);
        Sfu sfu = new Sfu(config, listener, group, ciphers, random, identity, new DtlsHandshakes(DtlsCrypto.select()));
        sfu.startShards(clock);
        return sfu;
    }

    private void startShards(ShardClock clock) {
        TransportEnvironment transport = new TransportEnvironment(
                ciphers, (spec, shard, sink) -> new HandshakeSession(spec, shard, sink, handshakes, identity));
        NtpClock ntpClock = new NtpClock(clock.unixNsAtZero());
        SfuListener forgetting = new SfuListener() {
            @Override
            public void onConnected(String endpointId) {
                listener.onConnected(endpointId);
            }

            @Override
            public void onClosed(String endpointId, CloseReason reason, String detail) {
                forget(endpointId);
                listener.onClosed(endpointId, reason, detail);
            }

            @Override
            public void onPublishing(String endpointId, String mid) {
                listener.onPublishing(endpointId, mid);
            }

            @Override
            public void onVideo(String endpointId, String mid, int csrc, VideoNotice notice) {
                listener.onVideo(endpointId, mid, csrc, notice);
            }
        };
        group.start(shard -> {
            SfuShard sfuShard = new SfuShard(
                    shard,
                    claims,
                    new RouterEnvironment(
                            forgetting,
                            transport,
                            ntpClock,
                            new SplittableRandom(random.nextLong()),
                            config.speakers()));
            shards.add(sfuShard);
            return sfuShard;
        });
    }

    /** One line for the start message: shards, UDP port kind, cipher, handshakes. */
    public String description() {
        return group.description() + "; SRTP by " + ciphers.description() + "; DTLS by " + handshakes.description();
    }

    /** The fingerprint of this server's certificate, for answers. */
    public Fingerprint fingerprint() {
        return identity.fingerprint();
    }

    /** The UDP port of all media. */
    public int mediaPort() {
        return group.mediaPort();
    }

    /** The host candidates for answers, best first. */
    public List<InetSocketAddress> candidates() {
        if (config.advertise().isEmpty()) {
            return group.locals();
        }
        return config.advertise().stream()
                .map(address ->
                        address.getPort() == 0 ? new InetSocketAddress(address.getAddress(), mediaPort()) : address)
                .toList();
    }

    /** New local credentials, for an answer. */
    public IceCredentials newCredentials() {
        return IceCredentials.random(random);
    }

    /**
     * Lets an endpoint connect; it has 30 s for it.
     *
     * @throws IllegalArgumentException if there is an endpoint with that id, or with that ufrag
     */
    public void add(EndpointSpec spec) {
        Registration<Admission, Endpoint> registration =
                new Registration<>(new Admission(spec, holdSpace(spec.spaceId())));
        if (registrations.putIfAbsent(spec.id(), registration) != null) {
            releaseSpace(spec.spaceId());
            throw new IllegalArgumentException("there is an endpoint " + spec.id() + " already");
        }
        if (!claims.add(spec.local(), registration)) {
            forget(spec.id());
            throw new IllegalArgumentException("the ufrag " + spec.local().ufrag() + " is taken");
        }
        Shard keeper = group.shards().getFirst();
        keeper.execute(() -> keeper.deadlines()
                .schedule(
                        new Deadline(_ ->
                                withdraw(registration, CloseReason.NEVER_CONNECTED, "nobody connected within 30 s")),
                        keeper.nowNs() + CONNECT_WITHIN_NS));
    }

    private boolean withdraw(Registration<Admission, Endpoint> registration, CloseReason reason, String detail) {
        if (!registration.withdraw()) {
            return false;
        }
        EndpointSpec spec = registration.spec().spec();
        claims.remove(spec.local().ufrag());
        forget(spec.id());
        listener.onClosed(spec.id(), reason, detail);
        return true;
    }

    private void forget(String endpointId) {
        Registration<Admission, Endpoint> registration = registrations.remove(endpointId);
        if (registration != null) {
            releaseSpace(registration.spec().spec().spaceId());
        }
        forgetRestart(endpointId);
    }

    private void forgetRestart(String endpointId) {
        IceCredentials restarted = restarts.remove(endpointId);
        if (restarted != null) {
            claims.remove(restarted.ufrag());
        }
    }

    private int holdSpace(String spaceId) {
        SpaceNumber number = spaces.compute(
                spaceId,
                (_, held) -> held == null
                        ? new SpaceNumber(nextSpaceKey.getAndIncrement(), 1)
                        : new SpaceNumber(held.key(), held.endpoints() + 1));
        return number.key();
    }

    private void releaseSpace(String spaceId) {
        spaces.computeIfPresent(
                spaceId, (_, held) -> held.endpoints() == 1 ? null : new SpaceNumber(held.key(), held.endpoints() - 1));
    }

    /** Ends an endpoint. Does nothing if there is none. */
    public void remove(String endpointId) {
        Registration<Admission, Endpoint> registration = registrations.get(endpointId);
        if (registration != null && !withdraw(registration, CloseReason.CLOSED_HERE, "closed by signaling")) {
            registration.execute(endpoint -> endpoint.close(CloseReason.CLOSED_HERE, "closed by signaling"));
        }
    }

    /**
     * Lets an endpoint restart ICE: new credentials beside the old ones, which hold until the new ones are used.
     *
     * @return whether there is such an endpoint
     */
    public boolean restartIce(String endpointId, IceCredentials local, IceCredentials remote) {
        Registration<Admission, Endpoint> registration = registrations.get(endpointId);
        if (registration == null || !claims.add(local, registration)) {
            return false;
        }
        if (!registration.execute(endpoint -> endpoint.restartIce(local))) {
            claims.remove(local.ufrag());
            return false;
        }
        IceCredentials unused = restarts.put(endpointId, local);
        if (unused != null && registration.shard() == null) {
            claims.remove(unused.ufrag()); // as soon as there is an agent, it retires them itself
        }
        if (registration.ended()) {
            forgetRestart(endpointId);
        }
        return true;
    }

    /**
     * Changes whether a publication is forwarded. Once the stage completes after a change to false, no packet of the
     * publication leaves the server any more. That is so at once while nobody has connected, and when the endpoint or
     * the whole SFU has ended.
     */
    public CompletionStage<Void> permit(String endpointId, String mid, boolean permitted) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        long number = nextConfirmation.getAndIncrement();
        unconfirmed.put(number, done);
        Registration<Admission, Endpoint> registration = registrations.get(endpointId);
        if (registration == null || !registration.execute(endpoint -> permit(endpoint, mid, permitted, done))) {
            done.complete(null); // nothing is forwarded for an endpoint that is gone
        } else if (registration.endpoint() == null) {
            done.complete(null); // nor before it begins, which it does with what was changed until then
        }
        if (closed) {
            done.complete(null); // no shard will run it any more
        }
        return done.whenComplete((_, _) -> unconfirmed.remove(number));
    }

    private static void permit(Endpoint endpoint, String mid, boolean permitted, CompletableFuture<Void> done) {
        try {
            endpoint.permit(mid, permitted, done);
        } catch (RuntimeException e) {
            endpoint.onFault(e);
            done.complete(null); // it has ended
        }
    }

    /**
     * Says how many audio slots an endpoint wants filled, with the loudest speakers; all of them from the start. More
     * than it has mean all.
     *
     * @return whether there is such an endpoint
     */
    public boolean fillAudioSlots(String endpointId, int count) {
        Registration<Admission, Endpoint> registration = registrations.get(endpointId);
        return registration != null && registration.execute(endpoint -> endpoint.fillAudioSlots(count));
    }

    /**
     * Says what an endpoint wants to see in its video slots. A slot that is not named carries nothing, unless it was
     * never named: such slots show screens, then the loudest speakers' cameras. Does nothing if there is no such
     * endpoint.
     */
    public void setVideoWishes(String endpointId, List<VideoWish> wishes) {
        List<VideoWish> copy = List.copyOf(wishes);
        Registration<Admission, Endpoint> registration = registrations.get(endpointId);
        if (registration != null) {
            registration.execute(endpoint -> endpoint.wish(copy));
        }
    }

    /**
     * What the SFU takes of the machine. For one reader, at regular times: each reading begins new maxima, and has the
     * threads that serve no packets (handshakes, HTTP, the compiler) yield to the shards where the system lets it.
     */
    public SfuLoad load(long nowNs) {
        synchronized (times) {
            times.yieldToShards(nowNs);
            List<SfuLoad.ShardLoad> loads = times.read().stream()
                    .map(reading -> new SfuLoad.ShardLoad(
                            reading.busyNs(),
                            reading.longestTurnNs(),
                            reading.cpuNs(),
                            reading.runDelayNs(),
                            reading.runs(),
                            reading.sent(),
                            reading.dropped()))
                    .toList();
            return new SfuLoad(
                    loads,
                    registrations.size(),
                    handshakes.inFlight(),
                    handshakes.waiting(),
                    handshakes.completed(),
                    times.handshakeCpuNs(),
                    handshakes.takeLongestDelayNs(),
                    times.signalingCpuNs());
        }
    }

    /** What the SFU counts and measures, as it is now. */
    public List<SfuFigure> figures() {
        List<SfuFigure> figures = new ArrayList<>();
        figures.add(SfuFigure.count(
                "endpoints", "Endpoints that may connect or are connected", false, registrations.size()));
        figures.add(SfuFigure.count("handshakes_in_flight", "DTLS handshakes under way", false, handshakes.inFlight()));
        figures.add(SfuFigure.count(
                "handshakes_waiting", "DTLS handshakes that wait for a place", false, handshakes.waiting()));
        figures.add(SfuFigure.count(
                "handshakes_completed", "DTLS handshakes that ended with keys", true, handshakes.completed()));
        figures.add(SfuFigure.count("handshakes_failed", "DTLS handshakes that failed", true, handshakes.failed()));
        for (DropReason reason : DropReason.values()) {
            long dropped = shards.stream()
                    .mapToLong(shard -> shard.drops().get(reason))
                    .sum();
            figures.add(SfuFigure.reasonCount("dropped_packets", "Packets that were not passed on", reason, dropped));
        }
        group.shards().forEach(shard -> addFigures(shard, figures));
        return figures;
    }

    private static void addFigures(Shard shard, List<SfuFigure> figures) {
        int index = shard.index();
        for (UdpPort.Counter counter : UdpPort.Counter.values()) {
            String name = "udp_" + counter.name().toLowerCase(Locale.ROOT);
            long count = shard.port().counters().get(counter);
            figures.add(SfuFigure.shardCount(name, counter.help(), index, count));
        }
        Counters<Shard.Counter> counters = shard.counters();
        figures.add(SfuFigure.shardSeconds(
                "shard_longest_turn_seconds",
                "The longest turn of a shard so far",
                false,
                index,
                counters.get(Shard.Counter.LONGEST_TURN_NS)));
        figures.add(SfuFigure.shardSeconds(
                "shard_busy_seconds", "How long a shard has worked", true, index, counters.get(Shard.Counter.BUSY_NS)));
        figures.add(SfuFigure.shardCount(
                "shard_slow_turns",
                "Turns of a shard that took more than 5 ms",
                index,
                counters.get(Shard.Counter.SLOW_TURNS)));
        figures.add(SfuFigure.shardCount(
                "shard_escaped_errors",
                "Errors of the server's own that a shard has survived",
                index,
                counters.get(Shard.Counter.ESCAPED_ERRORS)));
    }

    /** Ends all endpoints, says goodbye to their peers, and closes the sockets. */
    @Override
    public void close() {
        registrations
                .values()
                .forEach(registration -> withdraw(registration, CloseReason.CLOSED_HERE, "the server is stopping"));
        CountDownLatch ended = new CountDownLatch(shards.size());
        for (int i = 0; i < shards.size(); i++) {
            SfuShard shard = shards.get(i);
            group.shards().get(i).execute(() -> {
                shard.closeAll();
                ended.countDown();
            });
        }
        try {
            if (!ended.await(CLOSE_WAIT_MS, TimeUnit.MILLISECONDS)) {
                LOG.warn("not all shards said goodbye to their peers within {} ms", CLOSE_WAIT_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        handshakes.close();
        group.close();
        synchronized (times) {
            times.close();
        }
        closed = true;
        unconfirmed.values().forEach(one -> one.complete(null));
    }
}
