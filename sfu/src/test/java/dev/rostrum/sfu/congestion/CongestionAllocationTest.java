package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class CongestionAllocationTest {

    private static final long MS = 1_000_000L;
    private static final int PACKETS = 10_000;
    private static final int WINDOWS = 200;

    /** Sends by the estimator, as an endpoint does. */
    private static final class Endpoint implements Pacer.Sink {
        private final BandwidthEstimator estimator = new BandwidthEstimator(BandwidthEstimator.Limits.DEFAULT, 0);
        private final Pacer pacer = new Pacer(this, 256);
        private int number;

        @Override
        public int send(long token, boolean probe, long nowNs) {
            estimator.onPacketSent(number, 1_000, nowNs, probe);
            number = (number + 1) & 0xFFFF;
            return 1_000;
        }

        @Override
        public int sendPadding(int lengthBytes, boolean probe, long nowNs) {
            return 0;
        }
    }

    @Test
    void sendingPacingAndRecordingAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Endpoint endpoint = new Endpoint();
        ArrivalRecorder recorder = new ArrivalRecorder(1);
        endpoint.pacer.setRate(2_000_000, 0);
        // What is allocated while the code is still being compiled is not ours: the best window counts.
        long least = Long.MAX_VALUE;
        long nowNs = 0;
        int sent = 0;
        for (int window = 0; window < WINDOWS && least > 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < PACKETS; i++, sent++) {
                nowNs += sent % 30 == 0 ? 120 * MS : 10_000; // frames of 30 packets
                endpoint.pacer.enqueue(sent, 1_000, Pacer.Priority.VIDEO, nowNs);
                if (endpoint.pacer.deadlineNs() <= nowNs) {
                    endpoint.pacer.onDeadline(nowNs);
                }
                recorder.onPacket(sent & 0xFFFF, 1_000, 1, nowNs);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(endpoint.number > 0);
        assertEquals(0, least, "bytes for " + PACKETS + " packets");
    }
}
