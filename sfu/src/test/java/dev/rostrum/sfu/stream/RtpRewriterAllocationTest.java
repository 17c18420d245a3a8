package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class RtpRewriterAllocationTest {

    private static final long MS = 1_000_000L;
    private static final int PACKETS = 10_000;
    private static final int WINDOWS = 200;

    @Test
    void numberingAndCountingPacketsAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        RtpRewriter rewriter = new RtpRewriter(48_000, 960, 1, 2);
        ReceptionStatistics reception = new ReceptionStatistics(48_000);
        SenderStatistics sending = new SenderStatistics();
        // What is allocated while the code is still being compiled is not ours: the best window counts.
        long least = Long.MAX_VALUE;
        int sent = 0;
        for (int window = 0; window < WINDOWS && least > 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < PACKETS; i++, sent++) {
                rewriter.select(sent / 500 % 3);
                if (sent % 700 == 0) {
                    rewriter.nextSilence(sent * 20L * MS);
                }
                int late = sent % 11 == 0 ? 2 : 0;
                long sequence = reception.onPacket((sent - late) & 0xFFFF, 960 * (sent - late), sent * 20L * MS);
                RewriteResult result =
                        rewriter.rewrite(sent / 500 % 3, sequence, 960 * (sent - late), false, sent * 20L * MS);
                if (result == RewriteResult.FORWARD) {
                    sending.onSent(80);
                }
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(sending.packets() > PACKETS / 2);
        assertEquals(0, least, "bytes for " + PACKETS + " packets");
    }
}
