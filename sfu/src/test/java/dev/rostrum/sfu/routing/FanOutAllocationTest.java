package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.ice.StunClient;
import dev.rostrum.sfu.loop.LinuxUdpPort;
import dev.rostrum.sfu.loop.PeerAddress;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardClock;
import dev.rostrum.sfu.loop.UdpPort;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.Claims;
import dev.rostrum.sfu.transport.DtlsSession;
import dev.rostrum.sfu.transport.TransportEnvironment;
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
import org.junit.jupiter.api.Test;

/**
 * The whole way of a packet, from a socket to a socket: one speaker, a thousand listeners, sender reports as often as in
 * life. Only DTLS is left out, for which keys are injected.
 */
final class FanOutAllocationTest {

    private static final int LISTENERS = 1000;
    private static final int PACKETS = 1000; // of the speaker; each goes to all listeners
    private static final int WARM_UP_PACKETS = 300;
    private static final int WINDOWS = 6;
    private static final long PACKET_NS = 20_000_000;
    private static final int SPEAKER_CSRC = 77;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<EndpointSpec> specs = new ArrayList<>();
    private final List<PeerAddress> addresses = new ArrayList<>();
    private final Claims<Admission, Endpoint> claims = new Claims<>();
    private final Slab out = Slab.allocate(2048);
    private final Slab check = Slab.allocate(2048);
    private final VirtualClock clock = new VirtualClock();
    private long sequenceNumber;
    private long allocatedBytes;

    /** Real time would decide how many reports fall into the measurement. */
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

    @Test
    void theWholeWayOfAPacketAllocatesNothing() throws IOException {
        assumeTrue(LinuxUdpPort.supported(), "only Linux has a port that allocates nothing");
        assumeTrue(SrtpCipherProvider.select() == SrtpCipherProvider.OPENSSL, "only OpenSSL allocates nothing");
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        // One socket that nobody reads is all listeners: the loopback has as many addresses as one likes.
        try (UdpPort port = LinuxUdpPort.bind(List.of(new InetSocketAddress(loopback, 0)));
                DatagramSocket unread = new DatagramSocket(0);
                DatagramSocket microphone = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
            Shard shard = Shard.linked(List.of(port), clock).getFirst();
            Listener listener = new Listener();
            TransportEnvironment transport = new TransportEnvironment(SrtpCipherProvider.OPENSSL, InjectedKeys::new);
            SfuShard sfu = new SfuShard(
                    shard,
                    claims,
                    new RouterEnvironment(listener, transport, new NtpClock(0), new SplittableRandom(2), 3));
            shard.setHandler(sfu);
            admit("speaker", SPEAKER_CSRC, (InetSocketAddress) microphone.getLocalSocketAddress());
            for (int i = 0; i < LISTENERS; i++) {
                InetAddress address = InetAddress.ofLiteral("127.1." + i / 250 + "." + (1 + i % 250));
                admit("listener" + i, 0, new InetSocketAddress(address, unread.getLocalPort()));
            }
            SrtpSender sender = new SrtpSender(SimPeer.keys("speaker", true), SrtpCipherProvider.OPENSSL);
            consent(shard, sfu);
            assertEquals(LISTENERS + 1, listener.connected);
            speak(WARM_UP_PACKETS, shard, microphone, port.local(0), sender);

            double bytesPerPacket = Double.MAX_VALUE;
            // What is allocated while the code is still being compiled is not ours: the best window counts.
            for (int window = 0; window < WINDOWS && bytesPerPacket >= 0.01; window++) {
                consent(shard, sfu);
                long before = port.counters().get(UdpPort.Counter.SENT);
                allocatedBytes = 0;
                speak(PACKETS, shard, microphone, port.local(0), sender);
                long sent = port.counters().get(UdpPort.Counter.SENT) - before;
                assertTrue(sent >= (long) PACKETS * LISTENERS, sent + " packets were sent");
                bytesPerPacket = (double) allocatedBytes / ((long) PACKETS * LISTENERS);
            }
            assertTrue(bytesPerPacket < 0.01, bytesPerPacket + " bytes per forwarded packet");
            assertEquals(0, shard.counters().get(Shard.Counter.ESCAPED_ERRORS));
            sender.close();
        }
    }

    private void admit(String id, int csrc, InetSocketAddress address) {
        List<StreamSpec> streams = new ArrayList<>();
        if (csrc != 0) {
            streams.add(new StreamSpec.Publish(
                    "mic", MediaKind.AUDIO, SimPeer.PAYLOAD_TYPE, 48_000, SimPeer.EXTENSIONS, List.of(), csrc, true));
        }
        for (int i = 0; i < 3; i++) {
            streams.add(new StreamSpec.Slot(
                    "s" + i, MediaKind.AUDIO, SimPeer.PAYLOAD_TYPE, 48_000, SimPeer.EXTENSIONS, random.nextInt()));
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

    /** Everybody checks, as if the datagram had come from their address: nobody's consent expires. */
    private void consent(Shard shard, SfuShard sfu) {
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

    private void speak(int packets, Shard shard, DatagramSocket microphone, InetSocketAddress server, SrtpSender sender)
            throws IOException {
        for (int i = 0; i < packets; i++) {
            ByteBuffer bytes = out.bytes();
            bytes.putInt(0, 0x9000_0000 | SimPeer.PAYLOAD_TYPE << 16 | (int) (sequenceNumber & 0xFFFF));
            bytes.putInt(4, (int) (sequenceNumber * 960));
            bytes.putInt(8, 4711);
            bytes.putInt(12, 0xBEDE0001);
            bytes.putInt(16, SimPeer.EXTENSIONS.audioLevel() << 28 | (0x80 | 20) << 16);
            sequenceNumber++;
            byte[] datagram = new byte[sender.protectRtp(out, 0, 20, out, 20, 100)];
            bytes.get(0, datagram);
            microphone.send(new DatagramPacket(datagram, datagram.length, server));
            clock.nowNs += PACKET_NS;
            long received = shard.port().counters().get(UdpPort.Counter.RECEIVED);
            long before = threads.getCurrentThreadAllocatedBytes();
            while (shard.port().counters().get(UdpPort.Counter.RECEIVED) == received) {
                shard.turn(1_000_000);
            }
            allocatedBytes += threads.getCurrentThreadAllocatedBytes() - before;
        }
    }
}
