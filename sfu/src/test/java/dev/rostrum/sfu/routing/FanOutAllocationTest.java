package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.udp.LinuxUdpPort;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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

    private final Slab out = Slab.allocate(2048);
    private long sequenceNumber;

    @Test
    void theWholeWayOfAPacketAllocatesNothing() throws IOException {
        assumeTrue(LinuxUdpPort.supported(), "only Linux has a port that allocates nothing");
        assumeTrue(SrtpCipherProvider.select() == SrtpCipherProvider.OPENSSL, "only OpenSSL allocates nothing");
        StreamSpec microphone = new StreamSpec.Publish(
                "mic",
                MediaKind.AUDIO,
                SimPeer.PAYLOAD_TYPE,
                48_000,
                SimPeer.EXTENSIONS,
                List.of(),
                SPEAKER_CSRC,
                true);
        try (OneShard shard = new OneShard(List.of(microphone))) {
            for (int i = 0; i < LISTENERS; i++) {
                shard.admit(slots(shard));
            }
            shard.consent();
            assertEquals(LISTENERS + 1, shard.connected());
            speak(WARM_UP_PACKETS, shard);

            double bytesPerPacket = Double.MAX_VALUE;
            // What is allocated while the code is still being compiled is not ours: the best window counts.
            for (int window = 0; window < WINDOWS && bytesPerPacket >= 0.01; window++) {
                shard.consent();
                long before = shard.counted(UdpPort.Counter.SENT);
                long allocatedBytes = speak(PACKETS, shard);
                long sent = shard.counted(UdpPort.Counter.SENT) - before;
                assertTrue(sent >= (long) PACKETS * LISTENERS, sent + " packets were sent");
                bytesPerPacket = (double) allocatedBytes / ((long) PACKETS * LISTENERS);
            }
            assertTrue(bytesPerPacket < 0.01, bytesPerPacket + " bytes per forwarded packet");
            assertEquals(0, shard.escapedErrors());
        }
    }

    private static List<StreamSpec> slots(OneShard shard) {
        List<StreamSpec> slots = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            slots.add(new StreamSpec.Slot(
                    "s" + i, MediaKind.AUDIO, SimPeer.PAYLOAD_TYPE, 48_000, SimPeer.EXTENSIONS, shard.nextSsrc()));
        }
        return slots;
    }

    private long speak(int packets, OneShard shard) throws IOException {
        long allocatedBytes = 0;
        for (int i = 0; i < packets; i++) {
            ByteBuffer bytes = out.bytes();
            bytes.putInt(0, 0x9000_0000 | SimPeer.PAYLOAD_TYPE << 16 | (int) (sequenceNumber & 0xFFFF));
            bytes.putInt(4, (int) (sequenceNumber * 960));
            bytes.putInt(8, 4711);
            bytes.putInt(12, 0xBEDE0001);
            bytes.putInt(16, SimPeer.EXTENSIONS.audioLevel() << 28 | (0x80 | 20) << 16);
            sequenceNumber++;
            shard.pass(PACKET_NS);
            allocatedBytes += shard.send(out, 20, 100);
        }
        return allocatedBytes;
    }
}
