package dev.rostrum.sfu.routing;

import com.sun.management.ThreadMXBean;
import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.ice.StunClient;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardClock;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.Claims;
import dev.rostrum.sfu.transport.DtlsSession;
import dev.rostrum.sfu.transport.TransportEnvironment;
import dev.rostrum.sfu.udp.LinuxUdpPort;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import dev.rostrum.srtp.SrtpSender;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A real shard with a real port, in virtual time, that the test's own thread turns: one who sends by a socket, and any
 * number who receive. DTLS is left out; keys are injected, and checks are handed in as if they had come by the network.
 */
final class OneShard implements AutoCloseable {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<EndpointSpec> specs = new ArrayList<>();
    private final List<PeerAddress> addresses = new ArrayList<>();
    private final Claims<Admission, Endpoint> claims = new Claims<>();
    private final Slab check = Slab.allocate(2048);
    private final VirtualClock clock = new VirtualClock();
    private final Listener listener = new Listener();
    private final UdpPort port;
    private final DatagramSocket unread;
    private final DatagramSocket source;
    private final Shard shard;
    private final SfuShard sfu;
    private final SrtpSender sender;

    /** Real time would decide how many reports and decisions fall into a measurement. */
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
            shard.execute(() -> sink.onDtlsConnected(SimPeer.keys(spec.id(), false)));
        }

        @Override
        public void onDatagram(ByteBuffer source, int offset, int lengthBytes) {}

        @Override
        public void close() {}
    }

    private static final class Listener implements SfuListener {

        private int connected;

        @Override
        public void onConnected(String endpointId) {
            connected++;
        }

        @Override
        public void onClosed(String endpointId, CloseReason reason, String detail) {
            throw new AssertionError(endpointId + " was closed: " + reason + ", " + detail);
        }

        @Override
        public void onPublishing(String endpointId, String mid) {}
    }

    /** A shard with the one who sends these streams, and nobody else. */
    OneShard(List<StreamSpec> streams) throws IOException {
        port = LinuxUdpPort.bind(List.of(new InetSocketAddress(LOOPBACK, 0)));
        unread = new DatagramSocket(0);
        source = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        shard = Shard.linked(List.of(port), clock).getFirst();
        TransportEnvironment transport = new TransportEnvironment(SrtpCipherProvider.OPENSSL, InjectedKeys::new);
        sfu = new SfuShard(
                shard, claims, new RouterEnvironment(listener, transport, new NtpClock(0), new SplittableRandom(2), 3));
        shard.setHandler(sfu);
        sender = new SrtpSender(SimPeer.keys("source", true), SrtpCipherProvider.OPENSSL);
        admit("source", streams, (InetSocketAddress) source.getLocalSocketAddress());
    }

    /** Admits one who receives; one socket that nobody reads is all of them, at as many addresses. */
    void admit(List<StreamSpec> streams) {
        int i = specs.size() - 1;
        InetAddress address = InetAddress.ofLiteral("127.1." + i / 250 + "." + (1 + i % 250));
        admit("sink" + i, streams, new InetSocketAddress(address, unread.getLocalPort()));
    }

    private void admit(String id, List<StreamSpec> streams, InetSocketAddress address) {
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

    int nextSsrc() {
        return random.nextInt();
    }

    /** How many have got their keys. */
    int connected() {
        return listener.connected;
    }

    long counted(UdpPort.Counter what) {
        return port.counters().get(what);
    }

    long escapedErrors() {
        return shard.counters().get(Shard.Counter.ESCAPED_ERRORS);
    }

    /** Everybody checks, as if the datagram had come from their address: nobody's consent expires. */
    void consent() {
        for (int i = 0; i < specs.size(); i++) {
            byte[] bytes = StunClient.check(
                    StunClient.transactionId(random), specs.get(i).local(), 1_853_824_767L, true);
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

    void pass(long timeNs) {
        clock.nowNs += timeNs;
    }

    /** Does what is due and nothing that has come; returns the bytes that it allocated. */
    long doWhatIsDue() {
        long before = threads.getCurrentThreadAllocatedBytes();
        shard.turn(0);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    /**
     * Sends a packet that lies at the slab's beginning by the source's socket, and lets the shard turn until it has come;
     * returns the bytes that the shard allocated.
     */
    long send(Slab packet, int headerLengthBytes, int payloadLengthBytes) throws IOException {
        byte[] datagram = new byte
                [sender.protectRtp(packet, 0, headerLengthBytes, packet, headerLengthBytes, payloadLengthBytes)];
        packet.bytes().get(0, datagram);
        source.send(new DatagramPacket(datagram, datagram.length, port.local(0)));
        long received = counted(UdpPort.Counter.RECEIVED);
        long before = threads.getCurrentThreadAllocatedBytes();
        while (counted(UdpPort.Counter.RECEIVED) == received) {
            shard.turn(1_000_000);
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    @Override
    public void close() {
        sender.close();
        port.close();
        unread.close();
        source.close();
    }
}
