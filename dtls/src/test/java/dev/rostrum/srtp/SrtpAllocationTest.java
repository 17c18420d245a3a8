package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nothing is allocated per packet, once the virtual machine has compiled the way of a packet. */
class SrtpAllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int PACKETS = 1_000_000;
    private static final int WARM_UP_ROUND = 20_000;
    private static final int WARM_UP_ROUNDS = 200;
    private static final double MAXIMUM_BYTES_PER_PACKET = 0.01;
    private static final int HEADER = 20;
    private static final int PAYLOAD = 100;
    private static final int STREAMS = 3;

    private final Slab shared = Slab.allocate(PAYLOAD);
    private final Slab slab = Slab.allocate(256);
    private int packets;

    @ParameterizedTest
    @EnumSource
    void opensslAllocatesNothingPerPacket(SrtpProfile profile) {
        try (SrtpSender sender = new SrtpSender(TestPackets.clientKeys(profile, 4), SrtpCipherProvider.OPENSSL);
                SrtpReceiver receiver =
                        new SrtpReceiver(TestPackets.serverKeys(profile, 4), SrtpCipherProvider.OPENSSL)) {
            int rounds = 0;
            while (allocated(sender, receiver, WARM_UP_ROUND) > 0 && rounds++ < WARM_UP_ROUNDS) {
                // not everything is compiled yet
            }

            double bytesPerPacket = (double) allocated(sender, receiver, PACKETS) / PACKETS;

            assertTrue(bytesPerPacket < MAXIMUM_BYTES_PER_PACKET, bytesPerPacket + " bytes per packet");
        }
    }

    /** Bytes allocated while so many packets are protected and unprotected, with an RTCP packet for every tenth. */
    private long allocated(SrtpSender sender, SrtpReceiver receiver, int count) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        int wrong = 0;
        for (int i = 0; i < count; i++) {
            ByteBuffer bytes = slab.bytes();
            int ssrc = packets % STREAMS;
            bytes.putInt(0, 0x90600000 | (packets / STREAMS & 0xffff));
            bytes.putInt(4, 960 * packets);
            bytes.putInt(8, ssrc);
            bytes.putInt(12, 0xbede0001);
            packets++;
            int length = sender.protectRtp(slab, 0, HEADER, shared, 0, PAYLOAD);
            if (receiver.unprotectRtp(slab, 0, length) != HEADER + PAYLOAD) {
                wrong++;
            }
            if (i % 10 == 0) {
                bytes.putInt(0, 0x80c80006);
                bytes.putInt(4, ssrc);
                int rtcpLength = sender.protectRtcp(slab, 0, 28);
                if (receiver.unprotectRtcp(slab, 0, rtcpLength) != 28) {
                    wrong++;
                }
            }
        }
        long after = THREADS.getCurrentThreadAllocatedBytes();
        assertEquals(0, wrong);
        return after - before;
    }
}
