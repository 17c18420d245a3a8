package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rostrum.sfu.udp.LinuxUdpPort;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

    private final Slab out = Slab.allocate(2048);
    private final int[] sequenceNumbers = new int[3];
    private int frames;
    private long packetBytes;
    private long controlBytes;

    @Test
    void theWholeWayOfAVideoPacketAllocatesNothing() throws IOException {
        assumeTrue(LinuxUdpPort.supported(), "only Linux has a port that allocates nothing");
        assumeTrue(SrtpCipherProvider.select() == SrtpCipherProvider.OPENSSL, "only OpenSSL allocates nothing");
        try (OneShard shard = new OneShard(List.of(VideoSimPeer.camera(CAMERA_CSRC)))) {
            for (int i = 0; i < SUBSCRIBERS; i++) {
                shard.admit(VideoSimPeer.slots(2));
            }
            shard.consent();
            assertEquals(SUBSCRIBERS + 1, shard.connected());
            film(WARM_UP_FRAMES, shard);

            double bytesPerPacket = Double.MAX_VALUE;
            // What is allocated while the code is still being compiled is not ours: the best window counts.
            for (int window = 0; window < WINDOWS && bytesPerPacket >= 0.01; window++) {
                long before = shard.counted(UdpPort.Counter.SENT);
                long bytesBefore = shard.counted(UdpPort.Counter.SENT_BYTES);
                packetBytes = 0;
                controlBytes = 0;
                film(FRAMES, shard);
                long sent = shard.counted(UdpPort.Counter.SENT) - before;
                long sentBytes = shard.counted(UdpPort.Counter.SENT_BYTES) - bytesBefore;
                assertTrue(sent >= (long) FRAMES * SUBSCRIBERS, sent + " packets were sent");
                assertTrue(sentBytes > 1_150L * FRAMES * SUBSCRIBERS, "of smaller layers");
                bytesPerPacket = (double) packetBytes / ((long) FRAMES * SUBSCRIBERS);
            }
            assertTrue(bytesPerPacket < 0.01, bytesPerPacket + " bytes per forwarded packet");
            long perSecond = controlBytes / SUBSCRIBERS * 1_000_000_000L / (FRAMES * FRAME_NS);
            assertTrue(perSecond < MAX_CONTROL_BYTES, perSecond + " bytes per subscriber and second");
            assertEquals(0, shard.escapedErrors());
        }
    }

    private void film(int count, OneShard shard) throws IOException {
        for (int i = 0; i < count; i++) {
            if (frames % 200 == 0) {
                shard.consent();
            }
            shard.pass(FRAME_NS);
            controlBytes += shard.doWhatIsDue();
            for (int encoding = 0; encoding < 3; encoding++) {
                write(encoding);
                packetBytes += shard.send(out, 24, PAYLOAD_BYTES[encoding]);
            }
            frames++;
        }
    }

    /** A frame of one packet; now and then a key frame. */
    private void write(int encoding) {
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
    }
}
