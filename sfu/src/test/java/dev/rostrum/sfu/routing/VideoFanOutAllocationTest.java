package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The whole way of a video packet, from a socket to a socket: one camera with three encodings, 200 subscribers of the
 * highest, with picture ids, transport-wide numbers, pacing and a cache for repairs. Only DTLS is left out.
 *
 * <p>What is decided a few times a second, such as who gets which layer, is measured apart.
 */
final class VideoFanOutAllocationTest {

    private static final int SUBSCRIBERS = 200;
    private static final int FRAMES = 600; // of the camera; each is one packet for each subscriber
    private static final int WARM_UP_FRAMES = 600;
    private static final int WINDOWS = 6;
    private static final long FRAME_NS = 50_000_000;
    private static final int CAMERA_CSRC = 500;
    private static final int[] PAYLOAD_BYTES = {300, 600, 1150};

    /** Bytes per subscriber and second that decisions and reports may take; they are garbage at once. */
    private static final long MAX_CONTROL_BYTES = 24_000;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<EndpointSpec> specs = new ArrayList<>();
    private final List<PeerAddress> addresses = new ArrayList<>();
    private final Claims<Admission, Endpoint> claims = new Claims<>();
    private final Slab out = Slab.allocate(2048);
    private final Slab check = Slab.allocate(2048);
    private final VirtualClock clock = new VirtualClock();
    private final int[] sequenceNumbers = new int[3];
    private int frames;
    private long packetBytes;
    private long controlBytes;

    /** Real time would decide how many decisions fall into the measurement. */
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
    void theWholeWayOfAVideoPacketAllocatesNothing() throws IOException {
        assumeTrue(LinuxUdpPort.supported(), "only Linux has a port that allocates nothing");
        assumeTrue(SrtpCipherProvider.select() == SrtpCipherProvider.OPENSSL, "only OpenSSL allocates nothing");
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        // One socket that nobody reads is all subscribers: the loopback has as many addresses as one likes.
        try (UdpPort port = LinuxUdpPort.bind(List.of(new InetSocketAddress(loopback, 0)));
                DatagramSocket unread = new DatagramSocket(0);
                DatagramSocket camera = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
            Shard shard = Shard.linked(List.of(port), clock).getFirst();
            Listener listener = new Listener();
            TransportEnvironment transport = new TransportEnvironment(SrtpCipherProvider.OPENSSL, InjectedKeys::new);
            SfuShard sfu = new SfuShard(
                    shard,
                    claims,
                    new RouterEnvironment(listener, transport, new NtpClock(0), new SplittableRandom(2), 3));
            shard.setHandler(sfu);
            admit("camera", List.of(VideoSimPeer.camera(CAMERA_CSRC)), (InetSocketAddress)
                    camera.getLocalSocketAddress());
            for (int i = 0; i < SUBSCRIBERS; i++) {
                InetAddress address = InetAddress.ofLiteral("127.1.0." + (1 + i));
                admit("viewer" + i, VideoSimPeer.slots(2), new InetSocketAddress(address, unread.getLocalPort()));
            }
            SrtpSender sender = new SrtpSender(SimPeer.keys("camera", true), SrtpCipherProvider.OPENSSL);
            consent(shard, sfu);
            assertEquals(SUBSCRIBERS + 1, listener.connected);
            film(WARM_UP_FRAMES, shard, camera, port.local(0), sender, sfu);

            double bytesPerPacket = Double.MAX_VALUE;
            // What is allocated while the code is still being compiled is not ours: the best window counts.
            for (int window = 0; window < WINDOWS && bytesPerPacket >= 0.01; window++) {
                long before = port.counters().get(UdpPort.Counter.SENT);
                long bytesBefore = port.counters().get(UdpPort.Counter.SENT_BYTES);
                packetBytes = 0;
                controlBytes = 0;
                film(FRAMES, shard, camera, port.local(0), sender, sfu);
                long sent = port.counters().get(UdpPort.Counter.SENT) - before;
                long sentBytes = port.counters().get(UdpPort.Counter.SENT_BYTES) - bytesBefore;
                assertTrue(sent >= (long) FRAMES * SUBSCRIBERS, sent + " packets were sent");
                assertTrue(sentBytes > 1_150L * FRAMES * SUBSCRIBERS, "of smaller layers");
                bytesPerPacket = (double) packetBytes / ((long) FRAMES * SUBSCRIBERS);
            }
            assertTrue(bytesPerPacket < 0.01, bytesPerPacket + " bytes per forwarded packet");
            long perSecond = controlBytes / SUBSCRIBERS * 1_000_000_000L / (FRAMES * FRAME_NS);
            assertTrue(perSecond < MAX_CONTROL_BYTES, perSecond + " bytes per subscriber and second");
            assertEquals(0, shard.counters().get(Shard.Counter.ESCAPED_ERRORS));
            sender.close();
        }
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

    private void film(
            int count, Shard shard, DatagramSocket camera, InetSocketAddress server, SrtpSender sender, SfuShard sfu)
            throws IOException {
        for (int i = 0; i < count; i++) {
            if (frames % 200 == 0) {
                consent(shard, sfu);
            }
            clock.nowNs += FRAME_NS;
            long before = threads.getCurrentThreadAllocatedBytes();
            shard.turn(0); // what is due, and nothing that has come
            controlBytes += threads.getCurrentThreadAllocatedBytes() - before;
            for (int encoding = 0; encoding < 3; encoding++) {
                byte[] datagram = packet(encoding, sender);
                camera.send(new DatagramPacket(datagram, datagram.length, server));
                long received = shard.port().counters().get(UdpPort.Counter.RECEIVED);
                before = threads.getCurrentThreadAllocatedBytes();
                while (shard.port().counters().get(UdpPort.Counter.RECEIVED) == received) {
                    shard.turn(1_000_000);
                }
                packetBytes += threads.getCurrentThreadAllocatedBytes() - before;
            }
            frames++;
        }
    }

    /** A frame of one packet; now and then a key frame. */
    private byte[] packet(int encoding, SrtpSender sender) {
        ByteBuffer bytes = out.bytes();
        int number = sequenceNumbers[encoding]++ & 0xFFFF;
        bytes.putShort(0, (short) (0x9080 | VideoSimPeer.VP8)).putShort(2, (short) number);
        bytes.putInt(4, frames * 4500).putInt(8, 4711 + encoding);
        bytes.putShort(12, (short) 0xBEDE).putShort(14, (short) 2);
        bytes.put(16, (byte) (VideoSimPeer.EXTENSIONS.mid() << 4 | 2));
        bytes.put(17, "cam".getBytes(StandardCharsets.US_ASCII));
        bytes.put(20, (byte) (VideoSimPeer.EXTENSIONS.rid() << 4));
        bytes.put(21, VideoSimPeer.RIDS.get(encoding).getBytes(StandardCharsets.US_ASCII));
        bytes.putShort(22, (short) 0);
        boolean key = frames % 100 < 3;
        bytes.put(24, (byte) 0x90).put(25, (byte) 0xE0).putShort(26, (short) (0x8000 | (number & 0x7FFF)));
        bytes.put(28, (byte) number).put(29, (byte) 0);
        bytes.put(30, (byte) (key ? 0x10 : 0x11)).putShort(31, (short) 0);
        bytes.put(33, (byte) 0x9D).put(34, (byte) 0x01).put(35, (byte) 0x2A);
        bytes.putShort(36, Short.reverseBytes((short) (320 << encoding)));
        bytes.putShort(38, Short.reverseBytes((short) (180 << encoding)));
        byte[] datagram = new byte[sender.protectRtp(out, 0, 24, out, 24, PAYLOAD_BYTES[encoding])];
        bytes.get(0, datagram);
        return datagram;
    }
}
