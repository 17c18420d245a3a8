package dev.rostrum.bench.fanout;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardGroup;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpSender;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * One speaker and many listeners on one real shard, which runs where its turns are called: all of the SFU but the
 * handshakes, for which keys are injected.
 *
 * <p>Owned by one thread. Time is virtual: each packet of the speaker is 20 ms later than the one before, so that sender
 * reports are as frequent as in life, however fast the packets follow each other.
 */
final class FanOutSpace implements AutoCloseable {

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

    private final LoneShard.VirtualClock clock = new LoneShard.VirtualClock();
    private final Slab out = Slab.allocate(2048);
    private final int payloadLengthBytes;
    private final ShardGroup group;
    private final Shard shard;
    private final LoneShard space;
    private final DatagramChannel microphone;
    private final SrtpSender sender;
    private int sequenceNumber;

    /** A space whose listeners are at these addresses. */
    FanOutSpace(List<InetSocketAddress> listeners, int payloadLengthBytes) throws IOException {
        this.payloadLengthBytes = payloadLengthBytes;
        InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
        group = ShardGroup.bind(List.of(loopback), 0, 1, false, clock);
        shard = group.shards().getFirst();
        space = new LoneShard(shard);
        microphone = DatagramChannel.open();
        microphone.setOption(StandardSocketOptions.SO_RCVBUF, 4096); // what comes back is not read
        microphone
                .bind(new InetSocketAddress(loopback, 0))
                .connect(group.locals().getFirst());
        sender = space.senderOf("speaker");
        admit("speaker", SPEAKER_CSRC, (InetSocketAddress) microphone.getLocalAddress());
        for (int i = 0; i < listeners.size(); i++) {
            admit("listener" + i, 0, listeners.get(i));
        }
        space.connect();
    }

    private void admit(String id, int csrc, InetSocketAddress address) {
        List<StreamSpec> streams = new ArrayList<>();
        if (csrc != 0) {
            streams.add(new StreamSpec.Publish(
                    "mic", MediaKind.AUDIO, PAYLOAD_TYPE, 48_000, EXTENSIONS, List.of(), csrc, true));
        }
        for (int i = 0; i < SLOTS; i++) {
            streams.add(new StreamSpec.Slot("s" + i, MediaKind.AUDIO, PAYLOAD_TYPE, 48_000, EXTENSIONS, space.ssrc()));
        }
        space.admit(id, streams, address);
    }

    /** What the shard uses, for the reader of figures. */
    String description() {
        return space.ciphers() + ", " + group.description();
    }

    /** How many datagrams the shard has handed to the system so far. */
    long sent() {
        return shard.port().counters().get(UdpPort.Counter.SENT);
    }

    /** Lets the speaker send one packet: it lies in the shard's socket when this returns. */
    void speak() throws IOException {
        if (sequenceNumber % PACKETS_PER_CONSENT == PACKETS_PER_CONSENT - 1) {
            space.consent();
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
        clock.advance(PACKET_NS);
    }

    /** One turn of the shard: what lies in its socket goes to everybody. */
    void turn() {
        space.turn();
    }

    @Override
    public void close() throws IOException {
        group.close();
        microphone.close();
        sender.close();
    }
}
