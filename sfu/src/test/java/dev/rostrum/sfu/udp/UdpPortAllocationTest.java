package dev.rostrum.sfu.udp;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UdpPortAllocationTest {

    private static final int BATCH = 50;
    private static final int ROUNDS = 2000;
    private static final int WINDOWS = 20;

    @Test
    void receivingAndSendingOnLinuxAllocatesNothing() throws IOException {
        assumeTrue(LinuxUdpPort.supported(), "only Linux has this port");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (UdpPort port = LinuxUdpPort.bind(List.of(Literal.at("127.0.0.1", 0), Literal.at(Literal.IPV6_OR_4, 0)))) {
            PeerAddress[] peers = {PeerAddress.of(port.local(0), 0), PeerAddress.of(port.local(1), 1)};
            // What is allocated while the code is still being compiled is not ours: the best window counts.
            long least = Long.MAX_VALUE;
            for (int window = 0; window < WINDOWS && least > 0; window++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                exchange(port, peers, ROUNDS);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            long packets = (long) ROUNDS * BATCH;
            assertTrue(least < packets / 100, least + " bytes for " + packets + " packets");
        }
    }

    /** Sends batches to the port itself, by turns to one address and to both, and receives them. */
    private static void exchange(UdpPort port, PeerAddress[] peers, int rounds) {
        long sum = 0;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < BATCH; i++) {
                int at = port.reserve();
                port.outgoing().bytes().putLong(at, i);
                port.commit(130, peers[i & round & 1]);
            }
            port.flush();
            int left = BATCH;
            while (left > 0) {
                int count = port.receive(1_000_000_000);
                for (int i = 0; i < count; i++) {
                    sum += port.received().bytes().getLong(port.receivedOffset(i))
                            + port.receivedHi(i)
                            + port.receivedLo(i)
                            + port.receivedPort(i)
                            + port.receivedLocal(i);
                }
                left -= count;
            }
        }
        assertTrue(sum != 0);
    }
}
