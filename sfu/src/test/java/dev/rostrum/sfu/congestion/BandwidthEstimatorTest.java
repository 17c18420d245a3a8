package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import dev.rostrum.sfu.rtcp.TransportArrivals;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BandwidthEstimatorTest {

    private static final long MS = 1_000_000;
    private static final BandwidthEstimator.Limits LIMITS = new BandwidthEstimator.Limits(50_000, 300_000, 5_000_000);

    private long nowNs = 1_000 * MS;
    private final BandwidthEstimator estimator = new BandwidthEstimator(LIMITS, nowNs);
    private int number = 65_000;
    private int feedbacks;

    /** Packets of 1,000 bytes, all told as arrived 30 ms later; sent so fast for so long. */
    private void run(long bps, int forMs) {
        for (int done = 0; done < forMs; done += 100) {
            int first = number;
            int packets = (int) (bps / 8 / 1_000 / 10) + 1;
            long sentNs = nowNs;
            List<Arrival> arrivals = new ArrayList<>();
            long reference = (sentNs + 30 * MS) / (64 * MS);
            long lastTicks = reference * 256;
            for (int i = 0; i < packets; i++) {
                long atNs = sentNs + i * 100L * MS / packets;
                estimator.onPacketSent(number, 1_000, atNs, estimator.probe() != null);
                long ticks = (atNs + 30 * MS) / 250_000;
                arrivals.add(new Arrival(number, (int) (ticks - lastTicks)));
                lastTicks = ticks;
                number = (number + 1) & 0xFFFF;
            }
            nowNs += 100 * MS;
            estimator.onFeedback(feedback(first, packets, (int) reference, arrivals), nowNs + 60 * MS);
        }
    }

    private TransportArrivals feedback(int base, int count, int reference, List<Arrival> arrivals) {
        return TransportArrivals.of(new TransportFeedback(1, 2, base, count, reference, feedbacks++ & 0xFF, arrivals));
    }

    @Test
    void whatIsUsedGrowsAcrossTheWrapOfNumbers() {
        for (int second = 0; second < 30; second++) {
            run(estimator.targetBps(), 1_000);
        }
        assertTrue(estimator.targetBps() > 1_000_000, "" + estimator.targetBps());
        assertTrue(Math.abs(estimator.rttNs() - 60 * MS) < 20 * MS, "" + estimator.rttNs());
        assertEquals(0, estimator.lossShare());
    }

    @Test
    void aProbeIsOfferedOnceMoreIsUseful() {
        assertNull(estimator.probe());
        estimator.onWish(2_000_000, nowNs);
        assertNotNull(estimator.probe());
        estimator.onPacketSent(1, 1_200, nowNs, true);
        for (int i = 2; i < 10 && estimator.probe() != null; i++) {
            estimator.onPacketSent(i, 1_200, nowNs, true);
        }
        assertNull(estimator.probe());
    }

    @Test
    void withoutFeedbackTheReceiversOwnEstimateCounts() {
        estimator.onRemb(800_000, nowNs);
        assertEquals(800_000, estimator.targetBps());
        estimator.onRemb(0, nowNs);
        assertEquals(50_000, estimator.targetBps());
        estimator.onRemb(Long.MAX_VALUE, nowNs);
        assertEquals(5_000_000, estimator.targetBps());
    }

    @Test
    void withoutFeedbackLossesLowerTheTarget() {
        estimator.onRemb(2_000_000, nowNs);
        for (int i = 0; i < 20; i++) {
            nowNs += 1_000 * MS;
            estimator.onReceiverReport(80, 40 * MS, nowNs);
        }
        assertTrue(estimator.targetBps() < 200_000, "" + estimator.targetBps());
        assertEquals(40 * MS, estimator.rttNs());
        for (int i = 0; i < 60; i++) {
            nowNs += 1_000 * MS;
            estimator.onReceiverReport(0, 40 * MS, nowNs);
        }
        assertEquals(2_000_000, estimator.targetBps(), "and grow to what the receiver estimates");
    }

    @Test
    void withFeedbackOtherReportsChangeNothing() {
        run(300_000, 2_000);
        long before = estimator.targetBps();
        estimator.onRemb(0, nowNs);
        estimator.onRemb(Long.MAX_VALUE, nowNs);
        estimator.onReceiverReport(255, Long.MAX_VALUE, nowNs);
        assertEquals(before, estimator.targetBps());
    }

    @Test
    void feedbackForPacketsNeverSentChangesNothing() {
        List<Arrival> arrivals = List.of(new Arrival(100, 1), new Arrival(101, 1));
        estimator.onFeedback(feedback(100, 2, 0, arrivals), nowNs);
        run(300_000, 2_000);
        long before = estimator.targetBps();
        int ahead = (number + 500) & 0xFFFF;
        estimator.onFeedback(feedback(ahead, 2, 5, List.of(new Arrival(ahead, 1))), nowNs);
        int behind = (number - 30_000) & 0xFFFF;
        estimator.onFeedback(feedback(behind, 2, 5, List.of(new Arrival(behind, 1))), nowNs);
        assertEquals(before, estimator.targetBps());
        assertEquals(0, estimator.lossShare());
    }

    @Test
    void aFloodOfTheSameFeedbackCountsOnce() {
        run(300_000, 2_000);
        estimator.onPacketSent(number, 1_000, nowNs, false);
        TransportArrivals same = feedback(number, 1, 40, List.of(new Arrival(number, 10)));
        estimator.onFeedback(same, nowNs);
        long target = estimator.targetBps();
        long rtt = estimator.rttNs();
        for (int i = 0; i < 10_000; i++) {
            estimator.onFeedback(same, nowNs + i * MS);
        }
        assertEquals(target, estimator.targetBps());
        assertEquals(rtt, estimator.rttNs());
    }

    @Test
    void allLostLowersOnlyToTheLeast() {
        run(300_000, 2_000);
        for (int i = 0; i < 600; i++) {
            int first = number;
            for (int packet = 0; packet < 10; packet++) {
                estimator.onPacketSent(number, 1_000, nowNs + packet * 10L * MS, false);
                number = (number + 1) & 0xFFFF;
            }
            nowNs += 100 * MS;
            int last = (number - 1) & 0xFFFF;
            // One of ten arrives, or nothing would be said at all.
            estimator.onFeedback(feedback(first, 10, (int) (nowNs / (64 * MS)), List.of(new Arrival(last, 1))), nowNs);
        }
        assertTrue(estimator.targetBps() >= 50_000 && estimator.targetBps() < 300_000, "" + estimator.targetBps());
        assertTrue(estimator.lossShare() > 0.5);
    }

    @Test
    void aReceiversClockMayJump() {
        run(300_000, 2_000);
        long before = estimator.targetBps();
        for (int jump : new int[] {0x7FFFFF, -0x800000, 0, 12_345}) {
            for (int i = 0; i < 10; i++) {
                estimator.onPacketSent(number, 1_000, nowNs, false);
                estimator.onFeedback(feedback(number, 1, jump, List.of(new Arrival(number, 1))), nowNs + 60 * MS);
                number = (number + 1) & 0xFFFF;
                nowNs += 20 * MS;
            }
        }
        assertTrue(estimator.targetBps() >= before / 2, before + " to " + estimator.targetBps());
    }

    @Test
    void ifFeedbackStopsTheTargetFalls() {
        run(300_000, 2_000);
        long before = estimator.targetBps();
        for (int i = 0; i < 50; i++) {
            estimator.onPacketSent(number, 1_000, nowNs, false);
            number = (number + 1) & 0xFFFF;
            nowNs += 100 * MS;
            if (estimator.deadlineNs() <= nowNs) {
                estimator.onDeadline(nowNs);
                assertTrue(estimator.deadlineNs() > nowNs);
            }
        }
        assertTrue(estimator.targetBps() < before / 2, before + " to " + estimator.targetBps());
        assertTrue(estimator.targetBps() >= 50_000);
    }

    @Test
    void ifNothingIsSentNoFeedbackIsMissed() {
        run(300_000, 2_000);
        long before = estimator.targetBps();
        for (int i = 0; i < 100; i++) {
            nowNs += 100 * MS;
            if (estimator.deadlineNs() <= nowNs) {
                estimator.onDeadline(nowNs);
            }
        }
        assertEquals(before, estimator.targetBps());
    }

    @Test
    void limitsThatMakeNoSenseAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BandwidthEstimator.Limits(0, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> new BandwidthEstimator.Limits(50_000, 40_000, 60_000));
        assertThrows(IllegalArgumentException.class, () -> new BandwidthEstimator.Limits(50_000, 60_000, 55_000));
    }
}
