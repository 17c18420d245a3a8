package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.rtcp.ReportBlock;
import org.junit.jupiter.api.Test;

/** RFC 3550 §6.4.1 and appendices A.1, A.3, A.8. */
class ReceptionStatisticsRfcTest {

    private static final long MS = 1_000_000L;

    private final ReceptionStatistics statistics = new ReceptionStatistics(8_000);

    private long receive(int sequenceNumber) {
        return statistics.onPacket(sequenceNumber & 0xFFFF, 160 * sequenceNumber, 20 * MS * sequenceNumber);
    }

    @Test
    void lossIsCountedOverTheWrap() {
        assertFalse(statistics.started());
        for (int i = 65_500; i < 65_600; i++) {
            if (i % 10 != 0) {
                receive(i);
            }
        }
        assertTrue(statistics.started());
        ReportBlock block = statistics.report(5, 0);
        assertEquals(5, block.ssrc());
        assertEquals(9, block.cumulativeLost(), "65500 came before the first");
        assertEquals((9 << 8) / 99, block.fractionLost());
        assertEquals(65_599 & 0xFFFF, block.highestSequenceNumber() & 0xFFFF);
        assertEquals(65_501 >>> 16, (block.highestSequenceNumber() >>> 16) - 2, "one cycle since the first");
        assertEquals(0, block.jitter());
    }

    @Test
    void theFractionIsOfTheLastIntervalOnly() {
        receive(0);
        receive(2);
        assertEquals((1 << 8) / 3, statistics.report(1, 0).fractionLost());
        receive(3);
        receive(4);
        ReportBlock block = statistics.report(1, 0);
        assertEquals(0, block.fractionLost());
        assertEquals(1, block.cumulativeLost());
        assertEquals(0, statistics.report(1, 0).fractionLost(), "nothing expected, nothing lost");
    }

    @Test
    void duplicatesMakeTheLossNegativeAndTheFractionZero() {
        receive(0);
        receive(1);
        receive(1);
        receive(1);
        ReportBlock block = statistics.report(1, 0);
        assertEquals(-2, block.cumulativeLost());
        assertEquals(0, block.fractionLost());
    }

    @Test
    void reorderedPacketsAreNotLost() {
        long first = receive(10);
        assertEquals(first + 2, receive(12));
        assertEquals(first + 1, receive(11));
        assertEquals(first - 1, receive(9), "sent before the first that came");
        assertEquals(0, statistics.report(1, 0).cumulativeLost());
        assertEquals(4, statistics.received());
        assertEquals(first + 2, statistics.highest());
    }

    @Test
    void everythingLostIsAFractionOf255() {
        receive(0);
        statistics.report(1, 0);
        receive(2_900);
        assertEquals(255, statistics.report(1, 0).fractionLost());
    }

    @Test
    void theCumulativeLossIsClampedTo24Bits() {
        long sequence = 0;
        for (int i = 0; i < 3_000; i++) {
            sequence += 2_999;
            receive((int) sequence & 0xFFFF);
        }
        assertEquals(0x7F_FFFF, statistics.cumulativeLost());
    }

    @Test
    void aDistantPacketIsBelievedOnlyWhenTheNextOneFollowsIt() {
        long first = receive(1_000);
        assertEquals(ReceptionStatistics.OUT_OF_RANGE, receive(40_000));
        assertEquals(first + 1, receive(1_001));
        assertEquals(ReceptionStatistics.OUT_OF_RANGE, receive(30_000));
        long restarted = receive(30_001);
        assertEquals(30_001, restarted & 0xFFFF);
        assertTrue(restarted > first + 3_000);
        assertEquals(restarted + 1, receive(30_002));
        assertEquals(0, statistics.report(1, 0).cumulativeLost());
        assertEquals(ReceptionStatistics.OUT_OF_RANGE, receive(29_000), "backwards too");
        assertTrue(receive(29_001) > restarted + 3_000);
    }

    @Test
    void jitterIsTheSmoothedDifferenceOfTransitTimes() {
        // A.8 with every second packet 10 ms late at 8 kHz: the differences are 80 ticks, and J nears 80.
        double expected = 0;
        for (int i = 0; i < 200; i++) {
            statistics.onPacket(i, 160 * i, (20L * i + (i % 2) * 10L) * MS);
            if (i > 0) {
                expected += (80 - expected) / 16;
            }
            assertEquals(expected, statistics.jitter(), 2.0);
        }
        assertEquals(80, statistics.jitter(), 1);
    }

    @Test
    void theJitterOfTheTimestampsWrapIsNone() {
        for (int i = -5; i < 5; i++) {
            statistics.onPacket(i & 0xFFFF, 160 * i, 20 * MS * (i + 5));
        }
        assertEquals(0, statistics.jitter());
    }

    @Test
    void theLastSenderReportIsEchoedWithItsDelay() {
        receive(0);
        assertEquals(0, statistics.report(1, 0).lastSenderReport());
        assertEquals(0, statistics.report(1, 0).delay());
        // The numbers of figure 2 in §6.4.1: NTP b44d:b705 2000:0000, DLSR 5.250 s.
        statistics.onSenderReport(0xB44D_B705_2000_0000L, 1_000 * MS);
        ReportBlock block = statistics.report(1, 6_250 * MS);
        assertEquals(0xB705_2000, block.lastSenderReport());
        assertEquals(0x0005_4000, block.delay());
    }
}
