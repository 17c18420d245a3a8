package dev.rostrum.bench.fanout;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoFeedback;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import dev.rostrum.sfu.udp.LinuxUdpPort;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpSender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One simulcast camera and many subscribers of its highest encoding on one real shard, which runs where its turns are
 * called: all of the SFU but the handshakes, for which keys are injected. Every subscriber sends transport-wide feedback
 * ten times a second, as browsers do, about packets that all arrive.
 *
 * <p>Owned by one thread. Time is virtual: frames come 30 times a second and packets leave when the pacer says, so that
 * feedback, decisions and reports are as frequent as in life, however fast all that runs.
 */
final class VideoFanOutSpace implements AutoCloseable {

    private static final ExtensionIds EXTENSIONS = new ExtensionIds(4, 0, 0, 5, 10, 11, 0, 0, 0);
    private static final VideoFeedback FEEDBACK = new VideoFeedback(true, true, true, false, true);
    private static final int PAYLOAD_TYPE = 96;
    private static final List<String> RIDS = List.of("q", "h", "f");
    private static final int CAMERA_CSRC = 77;
    private static final int CAMERA_SSRC = 4711;
    private static final int CAMERA_HEADER_BYTES = 28;
    private static final long STEP_NS = 2_083_333;
    private static final int STEPS_PER_FRAME = 16;
    private static final int FRAMES_PER_FEEDBACK = 3;
    private static final long TRANSIT_NS = 20_000_000;
    private static final long TICK_NS = 250_000;
    private static final long REFERENCE_NS = 64_000_000;
    /** Consent lasts for 30 s; it is renewed outside of what is measured. */
    private static final int FRAMES_PER_CONSENT = 300;

    /** For so long key frames are frequent, so that subscribers rise as soon as their estimates do. */
    static final int FIRST_FRAMES = 1500;

    /** The packets of a frame, by encoding, and the length of their payloads. */
    private static final int[] PACKETS = {1, 2, 6};

    private static final int[] PAYLOAD_BYTES = {300, 700, 1168};

    /** The length of the header that subscribers get: one CSRC, a mid and a transport-wide number. */
    static final int HEADER_BYTES = 28;

    /** The length of most payloads. */
    static final int PAYLOAD_LENGTH_BYTES = 1168;

    private final LoneShard.VirtualClock clock = new LoneShard.VirtualClock();
    private final List<SrtpSender> reporters = new ArrayList<>();
    private final RtcpWriter writer = new RtcpWriter();
    private final Slab out = Slab.allocate(2048);
    private final WatchedPort port;
    private final LoneShard space;
    private final DatagramChannel camera;
    private final SrtpSender sender;
    private final int[] told;
    private final int[] sequenceNumbers = new int[PACKETS.length];
    private int frames;
    private int feedbacks;

    /** A space whose subscribers are at these addresses. */
    VideoFanOutSpace(List<InetSocketAddress> subscribers) throws IOException {
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        port = new WatchedPort(
                LinuxUdpPort.bind(List.of(new InetSocketAddress(loopback, 0))), clock, PAYLOAD_TYPE, subscribers);
        space = new LoneShard(Shard.linked(List.of(port), clock).getFirst());
        camera = DatagramChannel.open();
        camera.setOption(StandardSocketOptions.SO_RCVBUF, 4096); // what comes back is not read
        camera.bind(new InetSocketAddress(loopback, 0)).connect(port.local(0));
        sender = space.senderOf("camera");
        told = new int[subscribers.size()];
        VideoFormat format = new VideoFormat(VideoCodec.VP8, PAYLOAD_TYPE, PAYLOAD_TYPE + 1);
        space.admit(
                "camera",
                List.of(new StreamSpec.VideoPublish(
                        "c",
                        List.of(format),
                        EXTENSIONS,
                        List.of(),
                        Map.of(),
                        RIDS,
                        FEEDBACK,
                        false,
                        CAMERA_CSRC,
                        true)),
                (InetSocketAddress) camera.getLocalAddress());
        for (int i = 0; i < subscribers.size(); i++) {
            space.admit(
                    "subscriber" + i,
                    List.of(new StreamSpec.VideoSlot(
                            "v0", List.of(format), EXTENSIONS, 0x10000 + i, 0x20000 + i, FEEDBACK)),
                    subscribers.get(i));
            reporters.add(space.senderOf("subscriber" + i));
        }
        space.connect();
    }

    /** What the shard uses, for the reader of figures. */
    String description() {
        return space.ciphers() + ", " + port.description();
    }

    /** How many of those went to subscribers. */
    long delivered() {
        return port.delivered();
    }

    /** How many datagrams the shard has handed to the system so far. */
    long sent() {
        return port.counters().get(UdpPort.Counter.SENT);
    }

    /** The bytes of those, without the headers of UDP and IP. */
    long sentBytes() {
        return port.counters().get(UdpPort.Counter.SENT_BYTES);
    }

    /** How many packets of media it has forwarded so far. */
    long forwarded() {
        return port.media();
    }

    /** Lets the camera send a frame in each encoding, and subscribers tell of what has arrived; turns take them in. */
    void film() throws IOException {
        if (frames % FRAMES_PER_CONSENT == FRAMES_PER_CONSENT - 1) {
            space.consent();
        }
        if (frames % FRAMES_PER_FEEDBACK == FRAMES_PER_FEEDBACK - 1) {
            for (int i = 0; i < told.length; i++) {
                tell(i);
            }
        }
        boolean key = frames < FIRST_FRAMES ? frames % 30 == 0 : frames % 300 == 0;
        for (int encoding = 0; encoding < PACKETS.length; encoding++) {
            for (int part = 0; part < PACKETS[encoding]; part++) {
                send(encoding, part, key);
            }
        }
        frames++;
    }

    private void send(int encoding, int part, boolean key) throws IOException {
        ByteBuffer bytes = out.bytes();
        boolean last = part == PACKETS[encoding] - 1;
        bytes.putShort(0, (short) (0x9000 | (last ? 0x80 : 0) | PAYLOAD_TYPE));
        bytes.putShort(2, (short) sequenceNumbers[encoding]++);
        bytes.putInt(4, frames * 3000).putInt(8, CAMERA_SSRC + encoding);
        bytes.putShort(12, (short) 0xBEDE).putShort(14, (short) 3);
        bytes.putLong(20, 0).put(16, (byte) (EXTENSIONS.mid() << 4)).put(17, (byte) 'c');
        bytes.put(18, (byte) (EXTENSIONS.rid() << 4));
        bytes.put(19, RIDS.get(encoding).getBytes(StandardCharsets.US_ASCII));
        int at = CAMERA_HEADER_BYTES;
        bytes.put(at, (byte) (part == 0 ? 0x90 : 0x80)).put(at + 1, (byte) 0xE0);
        bytes.putShort(at + 2, (short) (0x8000 | (frames & 0x7FFF)));
        bytes.put(at + 4, (byte) frames).put(at + 5, (byte) 0);
        bytes.put(at + 6, (byte) (key ? 0x10 : 0x11)).putShort(at + 7, (short) 0);
        bytes.put(at + 9, (byte) 0x9D).put(at + 10, (byte) 0x01).put(at + 11, (byte) 0x2A);
        bytes.putShort(at + 12, Short.reverseBytes((short) (320 << encoding)));
        bytes.putShort(at + 14, Short.reverseBytes((short) (180 << encoding)));
        int length = sender.protectRtp(out, 0, at, out, at, PAYLOAD_BYTES[encoding]);
        camera.write(bytes.slice(0, length));
    }

    /** A subscriber tells when the packets arrived that were sent since it told last: alone (RFC 5506), as browsers do. */
    private void tell(int subscriber) {
        int from = told[subscriber];
        int to = port.sentTo(subscriber);
        if (from == to) {
            return;
        }
        told[subscriber] = to;
        long firstNs = port.sentNs(subscriber, from) + TRANSIT_NS;
        long reference = firstNs / REFERENCE_NS;
        long ticks = reference * (REFERENCE_NS / TICK_NS);
        List<Arrival> arrivals = new ArrayList<>();
        for (int number = from; number < to; number++) {
            long arrivedTicks = (port.sentNs(subscriber, number) + TRANSIT_NS) / TICK_NS;
            arrivals.add(new Arrival(number & 0xFFFF, (int) (arrivedTicks - ticks)));
            ticks = arrivedTicks;
        }
        writer.beginReducedSize(out.bytes(), 0, 1400);
        writer.add(new RtcpMessage.TransportFeedback(
                1, 0x10000 + subscriber, from & 0xFFFF, to - from, (int) reference, feedbacks++ & 0xFF, arrivals));
        byte[] datagram = new byte[reporters.get(subscriber).protectRtcp(out, 0, writer.end())];
        out.bytes().get(0, datagram);
        space.arrive(datagram, 1 + subscriber);
    }

    /** The turns of the shard until the next frame. */
    void turns() {
        for (int step = 0; step < STEPS_PER_FRAME; step++) {
            space.turn();
            clock.advance(STEP_NS);
        }
    }

    @Override
    public void close() throws IOException {
        port.close();
        camera.close();
        sender.close();
        reporters.forEach(SrtpSender::close);
    }
}
