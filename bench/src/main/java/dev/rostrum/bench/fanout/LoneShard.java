package dev.rostrum.bench.fanout;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardClock;
import dev.rostrum.sfu.routing.Admission;
import dev.rostrum.sfu.routing.Endpoint;
import dev.rostrum.sfu.routing.RouterEnvironment;
import dev.rostrum.sfu.routing.SfuShard;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.Claims;
import dev.rostrum.sfu.transport.DtlsSession;
import dev.rostrum.sfu.transport.TransportEnvironment;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpProfile;
import dev.rostrum.srtp.SrtpSender;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One real shard with a space of its own, which runs where its turns are called: all of the SFU but the handshakes, for
 * which keys are injected, and in virtual time.
 *
 * <p>Owned by one thread; the shard's port is its maker's.
 */
final class LoneShard {

    private static final SrtpProfile PROFILE = SrtpProfile.AEAD_AES_128_GCM;
    private static final int SLOTS = 3;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Claims<Admission, Endpoint> claims = new Claims<>();
    private final List<EndpointSpec> specs = new ArrayList<>();
    private final List<PeerAddress> addresses = new ArrayList<>();
    private final Connections connections = new Connections();
    private final SrtpCipherProvider ciphers = SrtpCipherProvider.select();
    private final Slab arrived = Slab.allocate(2048);
    private final Shard shard;
    private final SfuShard sfu;

    /** Moves on when somebody says so. */
    static final class VirtualClock implements ShardClock {

        private long nowNs;

        @Override
        public long nowNs() {
            return nowNs;
        }

        @Override
        public long unixNsAtZero() {
            return 0;
        }

        void advance(long byNs) {
            nowNs += byNs;
        }
    }

    private record InjectedKeys(EndpointSpec spec, Shard shard, Sink sink) implements DtlsSession {

        @Override
        public void start() {
            shard.execute(() -> sink.onDtlsConnected(keys(spec.id(), false)));
        }

        @Override
        public void onDatagram(ByteBuffer source, int offset, int lengthBytes) {}

        @Override
        public void close() {}
    }

    private static final class Connections implements SfuListener {

        private int open;

        @Override
        public void onConnected(String endpointId) {
            open++;
        }

        @Override
        public void onClosed(String endpointId, CloseReason reason, String detail) {
            open--;
        }

        @Override
        public void onPublishing(String endpointId, String mid) {}
    }

    LoneShard(Shard shard) {
        this.shard = shard;
        sfu = new SfuShard(
                shard,
                claims,
                new RouterEnvironment(
                        connections,
                        new TransportEnvironment(ciphers, InjectedKeys::new),
                        new NtpClock(0),
                        new SplittableRandom(2),
                        SLOTS));
        shard.setHandler(sfu);
    }

    private static SrtpKeys keys(String id, boolean client) {
        byte[] material = new byte[PROFILE.keyingMaterialLengthBytes()];
        new SplittableRandom(id.hashCode()).nextBytes(material);
        return SrtpKeys.fromKeyingMaterial(PROFILE, material, client);
    }

    /** What that endpoint's client protects its packets with. */
    SrtpSender senderOf(String id) {
        return new SrtpSender(keys(id, true), ciphers);
    }

    /** An SSRC that nobody has chosen. */
    int ssrc() {
        return random.nextInt();
    }

    /** Lets an endpoint in, whose client is at that address; {@link #connect} connects it. */
    void admit(String id, List<StreamSpec> streams, InetSocketAddress address) {
        EndpointSpec spec = new EndpointSpec(
                id,
                "space",
                IceCredentials.random(random),
                new IceCredentials("peer", "peerpeerpeerpeerpeerpeer"),
                new Fingerprint(new byte[32]),
                DtlsRole.SERVER,
                "cname",
                streams);
        claims.add(spec.local(), new Registration<>(new Admission(spec, 0)));
        specs.add(spec);
        addresses.add(PeerAddress.of(address, 0));
    }

    /** Connects all that were let in. */
    void connect() {
        consent();
        if (connections.open != specs.size()) {
            throw new IllegalStateException(connections.open + " of " + specs.size() + " connected");
        }
    }

    /** Lets everybody check, as if the datagram had come from their address: consent lasts for 30 s. */
    void consent() {
        for (int i = 0; i < specs.size(); i++) {
            arrive(BareCheck.of(specs.get(i).local(), random), i);
        }
        while (shard.hasWork()) {
            shard.turn(0);
        }
    }

    /** Lets a datagram arrive in the next turn, as if an endpoint's client had sent it; the first that was let in is 0. */
    void arrive(byte[] bytes, int endpoint) {
        PeerAddress from = addresses.get(endpoint);
        shard.execute(() -> {
            arrived.bytes().put(0, bytes);
            sfu.onDatagram(
                    arrived, 0, bytes.length, from.hi(), from.lo(), from.port(), from.localIndex(), shard.nowNs());
        });
    }

    /** What the shard takes and sends now. */
    void turn() {
        shard.turn(0);
    }

    /** The ciphers, for the reader of figures. */
    String ciphers() {
        return ciphers.description();
    }
}
