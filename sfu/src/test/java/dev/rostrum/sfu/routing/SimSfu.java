package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoNotice;
import dev.rostrum.sfu.VideoWish;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.sim.SimHost;
import dev.rostrum.sfu.sim.SimShards;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.Claims;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.DtlsSession;
import dev.rostrum.sfu.transport.TransportEnvironment;
import dev.rostrum.srtp.SrtpCipherProvider;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** A whole SFU in a simulated network: everything but DTLS, for which keys are injected. */
final class SimSfu {

    static final InetSocketAddress ADDRESS = new InetSocketAddress("10.0.0.1", 7000);

    final SimShards world;
    final List<SfuShard> shards = new ArrayList<>();
    final Map<String, CloseReason> closed = new HashMap<>();
    final List<String> publishing = new ArrayList<>();
    final List<Notice> notices = new ArrayList<>();

    /** Who makes the server fail whenever it says something of one of their video slots. */
    final Set<String> troubled = new HashSet<>();

    /** Who makes the server fail when it says that they have ended. */
    final Set<String> unended = new HashSet<>();

    /** Whose DTLS association the server fails to open. */
    final Set<String> unopenable = new HashSet<>();

    /** What the server has said of a video slot. */
    record Notice(String endpointId, String mid, int csrc, VideoNotice notice) {}

    private final Claims<Admission, Endpoint> claims = new Claims<>();
    private final Map<String, Registration<Admission, Endpoint>> registrations = new HashMap<>();
    private final SplittableRandom random;
    private int nextHost = 1;

    SimSfu(long seed, int shardCount) {
        world = new SimShards(seed, shardCount, List.of(ADDRESS));
        random = new SplittableRandom(seed);
        SfuListener listener = new SfuListener() {
            @Override
            public void onConnected(String endpointId) {}

            @Override
            public void onClosed(String endpointId, CloseReason reason, String detail) {
                if (closed.put(endpointId, reason) != null) {
                    throw new AssertionError(endpointId + " closed twice");
                }
                if (unended.contains(endpointId)) {
                    throw new IllegalStateException("trouble with the end of " + endpointId);
                }
            }

            @Override
            public void onPublishing(String endpointId, String mid) {
                publishing.add(endpointId);
            }

            @Override
            public void onVideo(String endpointId, String mid, int csrc, VideoNotice notice) {
                if (troubled.contains(endpointId)) {
                    throw new IllegalStateException("trouble with " + endpointId);
                }
                notices.add(new Notice(endpointId, mid, csrc, notice));
            }
        };
        TransportEnvironment transport = new TransportEnvironment(SrtpCipherProvider.select(), (spec, shard, sink) -> {
            if (unopenable.contains(spec.id())) {
                throw new IllegalStateException("trouble with " + spec.id());
            }
            return new InjectedKeys(spec.id(), shard, sink);
        });
        world.start(shard -> {
            SfuShard sfuShard = new SfuShard(
                    shard,
                    claims,
                    new RouterEnvironment(
                            listener,
                            transport,
                            new NtpClock(world.clock().unixNsAtZero()),
                            new SplittableRandom(random.nextLong()),
                            3));
            shards.add(sfuShard);
            return sfuShard;
        });
    }

    /** A client that may connect. */
    SimPeer peer(String id, int spaceKey, int csrc, int slots) {
        return admit(
                spaceKey,
                new SimPeer(id, "space-" + spaceKey, csrc, slots, List.of(), host(), ADDRESS, random.nextLong()));
    }

    /** A client of whom signaling has said more than a voice and slots. */
    SimPeer peer(String id, int spaceKey, int csrc, List<StreamSpec> more) {
        return admit(spaceKey, new SimPeer(id, "space-" + spaceKey, csrc, 1, more, host(), ADDRESS, random.nextLong()));
    }

    /** A client with video that may connect. */
    VideoSimPeer video(String id, int spaceKey, int voice, int audioSlots, List<StreamSpec> video) {
        SimPeer peer =
                new SimPeer(id, "space-" + spaceKey, voice, audioSlots, video, host(), ADDRESS, random.nextLong());
        return new VideoSimPeer(admit(spaceKey, peer), random.nextLong());
    }

    private SimHost host() {
        int number = nextHost++;
        return world.host(new InetSocketAddress("10.1." + number / 250 + "." + (1 + number % 250), 5000));
    }

    private SimPeer admit(int spaceKey, SimPeer peer) {
        Registration<Admission, Endpoint> registration = new Registration<>(new Admission(peer.spec, spaceKey));
        registrations.put(peer.spec.id(), registration);
        claims.add(peer.spec.local(), registration);
        return peer;
    }

    /** A client says what it wants to see. */
    void wish(VideoSimPeer peer, VideoWish... wishes) {
        registration(peer.peer()).execute(endpoint -> endpoint.wish(List.of(wishes)));
    }

    Registration<Admission, Endpoint> registration(SimPeer peer) {
        Registration<Admission, Endpoint> registration = registrations.get(peer.spec.id());
        if (registration == null) {
            throw new AssertionError("no such peer: " + peer.spec.id());
        }
        return registration;
    }

    IceCredentials restartIce(SimPeer peer) {
        IceCredentials fresh = IceCredentials.random(random);
        claims.add(fresh, registration(peer));
        registration(peer).execute(endpoint -> endpoint.restartIce(fresh));
        return fresh;
    }

    CompletableFuture<Void> permit(SimPeer peer, boolean permitted) {
        return permit(peer, "mic", permitted);
    }

    CompletableFuture<Void> permit(SimPeer peer, String mid, boolean permitted) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        registration(peer).execute(endpoint -> endpoint.permit(mid, permitted, done));
        return done;
    }

    int shardOf(SimPeer peer) {
        Shard shard = registration(peer).shard();
        return shard == null ? -1 : shard.index();
    }

    /** How many endpoints are open on all shards. */
    int openEndpoints() {
        return shards.stream().mapToInt(SfuShard::endpointCount).sum();
    }

    int openRouters() {
        return shards.stream()
                .mapToInt(shard -> shard.switchboard().routerCount())
                .sum();
    }

    long drops(DropReason reason) {
        return shards.stream().mapToLong(shard -> shard.drops().get(reason)).sum();
    }

    /** Keys come after a round trip, without a handshake. */
    private static final class InjectedKeys implements DtlsSession {

        private final String id;
        private final Shard shard;
        private final Deadline agreed;

        InjectedKeys(String id, Shard shard, Sink sink) {
            this.id = id;
            this.shard = shard;
            this.agreed = new Deadline(_ -> sink.onDtlsConnected(SimPeer.keys(id, false)));
        }

        @Override
        public void start() {
            if (id.startsWith("mute-peer")) {
                return; // never says hello
            }
            shard.deadlines().schedule(agreed, shard.nowNs() + 20_000_000);
        }

        @Override
        public void onDatagram(ByteBuffer source, int offset, int lengthBytes) {}

        @Override
        public void close() {
            shard.deadlines().cancel(agreed);
        }
    }
}
