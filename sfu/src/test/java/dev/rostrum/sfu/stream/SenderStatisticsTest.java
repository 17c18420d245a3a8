package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpFault;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpMessage.SenderReport;
import dev.rostrum.sfu.rtcp.RtcpReader;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SenderStatisticsTest {

    private static final long MS = 1_000_000L;

    @Test
    void ntpTimeCountsFrom1900() {
        // RFC 3550 §6.4.1, figure 2: NTP b44d:b705 2000:0000 is 1995-11-10 11:33:25.125 UTC.
        long unixNs = Instant.parse("1995-11-10T11:33:25.125Z").toEpochMilli() * MS;
        assertEquals(0xB44D_B705_2000_0000L, new NtpClock(unixNs).ntp(0));
        assertEquals(0xB44D_B705_2000_0000L, new NtpClock(unixNs - 77 * MS).ntp(77 * MS));
        assertEquals(0xB44D_B705_2000_0000L, new NtpClock(unixNs + 77 * MS).ntp(-77 * MS));
        assertEquals(0xB705_2000, NtpClock.compact(0xB44D_B705_2000_0000L));
    }

    @Test
    void compactDurationsAreOf65536thSeconds() {
        assertEquals(0x0005_4000, NtpClock.compactDuration(5_250 * MS));
        assertEquals(5_250 * MS, NtpClock.durationNs(0x0005_4000));
        assertEquals(-1, NtpClock.compactDuration(Long.MAX_VALUE));
        assertEquals(0, NtpClock.compactDuration(-1));
    }

    @Test
    void theRoundTripTimeIsThatOfFigure2() {
        // Figure 2: A = b710:8000, LSR = b705:2000, DLSR = 0005:4000: the round trip took 6.125 s.
        SenderStatistics statistics = new SenderStatistics();
        assertEquals(-1, statistics.roundTripNs());
        long sentNs = Instant.parse("1995-11-10T11:33:25.125Z").toEpochMilli() * MS;
        NtpClock clock = new NtpClock(sentNs);
        ReportBlock block = new ReportBlock(1, 12, 34, 56, 78, 0xB705_2000, 0x0005_4000);
        statistics.onReportBlock(block, clock, 11_375 * MS);
        assertEquals(0xB710_8000, NtpClock.compact(clock.ntp(11_375 * MS)));
        assertEquals(6_125 * MS, statistics.roundTripNs());
        assertEquals(12, statistics.fractionLost());
        assertEquals(34, statistics.cumulativeLost());
        statistics.onReportBlock(new ReportBlock(1, 0, 0, 0, 0, 0xB705_2000, 0x7000_0000), clock, 11_375 * MS);
        assertEquals(6_125 * MS, statistics.roundTripNs(), "a delay longer than the time is a lie");
    }

    @Test
    void aReportShowsWhatWasSentAndOneClock() {
        SenderStatistics statistics = new SenderStatistics();
        RtpRewriter rewriter = new RtpRewriter(48_000, 960, 0, 1_000);
        NtpClock clock = new NtpClock(0);
        rewriter.select(1);
        rewriter.rewrite(1, 5, 99, false, 0);
        assertFalse(statistics.sentSinceReport());
        assertTrue(statistics.onSent(100), "the first since the last report makes one due");
        assertFalse(statistics.onSent(60));
        assertTrue(statistics.sentSinceReport());
        ReportBlock block = new ReportBlock(1, 12, 34, 56, 78, 0xB705_2000, 0x0005_4000);
        ByteBuffer out = ByteBuffer.allocate(1_000);
        RtcpWriter writer = new RtcpWriter();
        writer.beginReducedSize(out, 0, 1_000);
        statistics.report(writer, stream(7, rewriter, statistics), clock, 1_500 * MS, List.of(block));
        List<RtcpMessage> messages = new ArrayList<>();
        assertEquals(RtcpFault.NONE, new RtcpReader().read(out, 0, writer.end(), messages::add));
        assertEquals(
                List.of(new SenderReport(7, clock.ntp(1_500 * MS), 1_000 + 72_000, 2, 160, List.of(block))), messages);
        assertFalse(statistics.sentSinceReport());
    }

    private static ReportedStream stream(int ssrc, RtpRewriter rewriter, SenderStatistics statistics) {
        return new ReportedStream() {
            @Override
            public int ssrc() {
                return ssrc;
            }

            @Override
            public SenderStatistics statistics() {
                return statistics;
            }

            @Override
            public int timestampAt(long nowNs) {
                return rewriter.timestampAt(nowNs);
            }
        };
    }
}
