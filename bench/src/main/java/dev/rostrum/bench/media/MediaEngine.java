package dev.rostrum.bench.media;

import dev.rostrum.dtls.DtlsCrypto;
import dev.rostrum.dtls.DtlsHandshakes;
import dev.rostrum.dtls.DtlsIdentity;
import dev.rostrum.dtls.DtlsLimits;
import dev.rostrum.srtp.SrtpCipherProvider;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The media of all simulated clients of a process: loops, handshakes, one certificate.
 *
 * <p>Safe for any thread.
 */
public final class MediaEngine implements AutoCloseable {

    /** How many groups of clients are told apart. */
    public static final int GROUPS = 4;

    /** The group of those who speak. None of them is of the share that uses ice4j: it can be late with what is sent. */
    public static final int STAGE = 0;

    private final MediaSettings settings;
    private final Ice4jShare ice4j;
    private final List<MediaLoop> loops = new ArrayList<>();
    private final DtlsHandshakes handshakes = new DtlsHandshakes(
            DtlsCrypto.select(), new DtlsLimits(10_000, 100_000, Duration.ofSeconds(30), Duration.ofMillis(250)));
    private final DtlsIdentity identity = DtlsIdentity.generate(new SecureRandom());
    private final SrtpCipherProvider ciphers = SrtpCipherProvider.select();
    private final Map<InetAddress, InetAddress> locals = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final SplittableRandom seeds;

    public MediaEngine(MediaSettings settings, long seed) {
        this.settings = settings;
        ice4j = new Ice4jShare(settings.ice4jShare());
        seeds = new SplittableRandom(seed);
        for (int i = 0; i < settings.loops(); i++) {
            loops.add(new MediaLoop("load-" + i, settings, seeds.nextLong()));
        }
    }

    /** A place for a client, whose figures are summed up with those of its group, 0 to {@link #GROUPS} − 1. */
    public Seat seat(int group) {
        return new Seat(ids.getAndIncrement(), group, group != STAGE && ice4j.takesNext());
    }

    /** New randomness, for one thread. */
    public synchronized SplittableRandom random() {
        return seeds.split();
    }

    /** What each group has heard so far; the histograms cover the time since this was asked before. */
    public List<LoadTotals> groups() {
        List<CompletableFuture<LoadTotals.Sum[]>> parts =
                loops.stream().map(MediaLoop::snapshot).toList();
        List<LoadTotals> groups = new ArrayList<>();
        for (int group = 0; group < GROUPS; group++) {
            LoadTotals.Sum sum = new LoadTotals.Sum();
            for (CompletableFuture<LoadTotals.Sum[]> part : parts) {
                sum.add(part.join()[group]);
            }
            groups.add(sum.totals(MediaLoop.clockNs()));
        }
        return groups;
    }

    /** What all have heard so far; its histograms cover the time since this or {@link #groups} was asked before. */
    public LoadTotals totals() {
        return LoadTotals.sum(groups());
    }

    /** Longest gaps and silences of all clients count from here. */
    public void forgetExtremes() {
        loops.forEach(MediaLoop::forgetExtremes);
    }

    /** The local address from which this machine reaches another. */
    private InetAddress localFor(InetAddress remote) {
        return locals.computeIfAbsent(remote, host -> {
            try (DatagramSocket probe = new DatagramSocket()) {
                probe.connect(new InetSocketAddress(host, 9));
                return probe.getLocalAddress();
            } catch (SocketException e) {
                throw new IllegalArgumentException("there is no route to " + host.getHostAddress(), e);
            }
        });
    }

    @Override
    public void close() {
        loops.forEach(MediaLoop::close);
        ice4j.close();
        handshakes.close();
    }

    /**
     * One client's place: all its connections are on one loop, and what it hears is counted together.
     *
     * <p>Safe for any thread.
     */
    public final class Seat {

        private final int id;
        private final MediaLoop loop;
        private final Hearing hearing;
        private final SplittableRandom random = random();
        private final boolean byIce4j;

        private Seat(int id, int group, boolean byIce4j) {
            this.id = id;
            this.byIce4j = byIce4j;
            loop = loops.get(id % loops.size());
            hearing = new Hearing(id, group, settings.observer());
            loop.execute(() -> loop.add(hearing));
        }

        public int id() {
            return id;
        }

        /** Opens the socket of a new connection to a server at this address. */
        public MediaConnection open(InetAddress server, MediaOwner owner) throws IOException {
            InetAddress localHost = localFor(server);
            IcePath path = byIce4j ? ice4j.open(loop, localHost) : null;
            MediaConnection connection;
            synchronized (random) {
                path = path == null ? new LightPath(loop, localHost, random) : path;
                connection = new MediaConnection(
                        loop, hearing, owner, handshakes, identity, ciphers, path, random.nextInt());
            }
            loop.execute(() -> loop.enter(connection));
            return connection;
        }

        /** Renews the credentials of a connection, for an ICE restart. */
        public void renewCredentials(MediaConnection connection) throws IOException {
            synchronized (random) {
                connection.renewCredentials(random);
            }
        }

        /** What the client has heard so far. */
        public CompletableFuture<ClientFigures> figures() {
            CompletableFuture<ClientFigures> future = new CompletableFuture<>();
            loop.execute(() -> future.complete(hearing.figures(MediaLoop.clockNs())));
            return future;
        }

        /** Longest silences count from here. */
        public void forgetExtremes() {
            loop.execute(hearing::forgetExtremes);
        }
    }
}
