package dev.rostrum.bench.fanout;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.PeerAddress;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardClock;
import dev.rostrum.sfu.loop.ShardGroup;
import dev.rostrum.sfu.loop.UdpPort;
import dev.rostrum.sfu.routing.Admission;
import dev.rostrum.sfu.routing.Endpoint;
import dev.rostrum.sfu.routing.RouterEnvironment;
import dev.rostrum.sfu.routing.SfuShard;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.Claims;
import dev.rostrum.sfu.transport.DtlsSession;
import dev.rostrum.sfu.transport.TransportEnvironment;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpProfile;
import dev.rostrum.srtp.SrtpSender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One speaker and many listeners on one real shard, which runs where its turns are called: all of the SFU but the
 * handshakes, for which keys are injected.
 *
 * <p>Owned by one thread. Time is virtual: each packet of the speaker is 20 ms later than the one before, so that sender
 * reports are as frequent as in life, however fast the packets follow each other.
 */
final class FanOutSpace implements AutoCloseable {

    private static final SrtpProfile PROFILE = SrtpProfile.AEAD_AES_128_GCM;
    private static final ExtensionIds EXTENSIONS = new ExtensionIds(4, 1, 0, 0, 0, 0, 0, 0, 0);
    private static final int PAYLOAD_TYPE = 111;
    private static final int SLOTS = 3;
    private static final int SPEAKER_CSRC = 77;
    private static final int SPEAKER_SSRC = 4711;
    private static final int SPEAKER_HEADER_BYTES = 20;
    private static final long PACKET_NS = 20_000_000;
    /** Consent lasts for 30 s; it is renewed outside of what is measured. */
    private static final int PACKETS_PER_CONSENT = 1000;

    /** The length of the header that listeners get: one CSRC, a mid and an audio level. */
    static final int HEADER_BYTES = 28;

    private final SplittableRandom random = new SplittableRandom(1);
    private final VirtualClock clock = new VirtualClock();
    private final Claims<Admission, Endpoint> claims = new Claims<>();
    private final List<EndpointSpec> specs = new ArrayList<>();
    private final List<PeerAddress> addresses = new ArrayList<>();
    private final Connections connections = new Connections();
    private final SrtpCipherProvider ciphers = SrtpCipherProvider.select();
    private final Slab out = Slab.allocate(2048);
    private final Slab check = Slab.allocate(2048);
    private final int payloadLengthBytes;
    private final ShardGroup group;
    private final Shard shard;
    private final SfuShard sfu;
    private final DatagramChannel microphone;
    private final SrtpSender sender;
    private int sequenceNumber;

    private static final class VirtualClock implements ShardClock {

        private long nowNs;

        @Override
        public long nowNs() {
            return nowNs;
        }

        @Override
        public long unixNsAtZero() {
            return 0;
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

    /** A space whose listeners are at these addresses. */
    FanOutSpace(List<InetSocketAddress> listeners, int payloadLengthBytes) throws IOException {
        this.payloadLengthBytes = payloadLengthBytes;
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        group = ShardGroup.bind(List.of(loopback), 0, 1, false, clock);
        shard = group.shards().getFirst();
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
        microphone = DatagramChannel.open();
        microphone.setOption(StandardSocketOptions.SO_RCVBUF, 4096); // what comes back is not read
        microphone
                .bind(new InetSocketAddress(loopback, 0))
                .connect(group.locals().getFirst());
        sender = new SrtpSender(keys("speaker", true), ciphers);
        admit("speaker", SPEAKER_CSRC, (InetSocketAddress) microphone.getLocalAddress());
        for (int i = 0; i < listeners.size(); i++) {
            admit("listener" + i, 0, listeners.get(i));
        }
        consent();
        if (connections.open != specs.size()) {
            throw new IllegalStateException(connections.open + " of " + specs.size() + " connected");
        }
    }

    private static SrtpKeys keys(String id, boolean client) {
        byte[] material = new byte[PROFILE.keyingMaterialLengthBytes()];
        new SplittableRandom(id.hashCode()).nextBytes(material);
        return SrtpKeys.fromKeyingMaterial(PROFILE, material, client);
    }

    private void admit(String id, int csrc, InetSocketAddress address) {
        List<StreamSpec> streams = new ArrayList<>();
        if (csrc != 0) {
            streams.add(new StreamSpec.Publish(
                    "mic", MediaKind.AUDIO, PAYLOAD_TYPE, 48_000, EXTENSIONS, List.of(), csrc, true));
        }
        for (int i = 0; i < SLOTS; i++) {
            streams.add(
                    new StreamSpec.Slot("s" + i, MediaKind.AUDIO, PAYLOAD_TYPE, 48_000, EXTENSIONS, random.nextInt()));
        }
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

    /** Lets everybody check, as if the datagram had come from their address. */
    private void consent() {
        for (int i = 0; i < specs.size(); i++) {
            byte[] bytes = BareCheck.of(specs.get(i).local(), random);
            PeerAddress from = addresses.get(i);
            shard.execute(() -> {
                check.bytes().put(0, bytes);
                sfu.onDatagram(
                        check, 0, bytes.length, from.hi(), from.lo(), from.port(), from.localIndex(), shard.nowNs());
            });
        }
        while (shard.hasWork()) {
            shard.turn(0);
        }
    }

    /** What the shard uses, for the reader of figures. */
    String description() {
        return ciphers.description() + ", " + group.description();
    }

    /** How many datagrams the shard has handed to the system so far. */
    long sent() {
        return shard.port().counters().get(UdpPort.Counter.SENT);
    }

    /** Lets the speaker send one packet: it lies in the shard's socket when this returns. */
    void speak() throws IOException {
        if (sequenceNumber % PACKETS_PER_CONSENT == PACKETS_PER_CONSENT - 1) {
            consent();
        }
        ByteBuffer bytes = out.bytes();
        bytes.putInt(0, 0x9000_0000 | PAYLOAD_TYPE << 16 | (sequenceNumber & 0xFFFF));
        bytes.putInt(4, sequenceNumber * 960);
        bytes.putInt(8, SPEAKER_SSRC);
        bytes.putInt(12, 0xBEDE0001);
        bytes.putInt(16, EXTENSIONS.audioLevel() << 28 | (0x80 | 20) << 16);
        sequenceNumber++;
        int length = sender.protectRtp(out, 0, SPEAKER_HEADER_BYTES, out, SPEAKER_HEADER_BYTES, payloadLengthBytes);
        microphone.write(bytes.slice(0, length));
        clock.nowNs += PACKET_NS;
    }

    /** One turn of the shard: what lies in its socket goes to everybody. */
    void turn() {
        shard.turn(0);
    }

    @Override
    public void close() throws IOException {
        group.close();
        microphone.close();
        sender.close();
    }
}
