package dev.rostrum.sfu.rtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.rtcp.RtcpMessage.ExtendedReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.FullIntraRequest;
import dev.rostrum.sfu.rtcp.RtcpMessage.Goodbye;
import dev.rostrum.sfu.rtcp.RtcpMessage.Nack;
import dev.rostrum.sfu.rtcp.RtcpMessage.PictureLossIndication;
import dev.rostrum.sfu.rtcp.RtcpMessage.ReceiverEstimatedMaximumBitrate;
import dev.rostrum.sfu.rtcp.RtcpMessage.ReceiverReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.SenderReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.SourceDescription;
import dev.rostrum.sfu.rtcp.RtcpMessage.SourceDescription.Chunk;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The packet formats as the RFCs define them, field by field, read and written back to the same bytes. */
class RtcpRfcTest {

    private static void readsAndWrites(RtcpMessage message, String hex) {
        assertEquals(message, read(hex));
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        ByteBuffer out = ByteBuffer.allocate(1_500);
        RtcpWriter writer = new RtcpWriter();
        writer.beginReducedSize(out, 4, bytes.length);
        assertTrue(writer.add(message));
        assertEquals(bytes.length, writer.end());
        assertEquals(HexFormat.of().formatHex(bytes), HexFormat.of().formatHex(out.array(), 4, 4 + bytes.length));
    }

    private static RtcpMessage read(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        List<RtcpMessage> messages = new ArrayList<>();
        assertEquals(RtcpFault.NONE, new RtcpReader().read(ByteBuffer.wrap(bytes), 0, bytes.length, messages::add));
        assertEquals(1, messages.size());
        return messages.getFirst();
    }

    @Test
    void rfc3550Section6Point4Point1SenderReport() {
        readsAndWrites(
                new SenderReport(
                        0x01020304,
                        0xB44D_B705_2000_0000L,
                        0x11223344,
                        100,
                        -2,
                        List.of(
                                new ReportBlock(0xA, 0x40, 77, 0x0001_FFFE, 12, 0xB705_2000, 0x0005_4000),
                                new ReportBlock(0xB, 0, -1, 5, 0, 0, 0))),
                "82" // V=2, P=0, RC=2
                        + "C8" // PT=SR=200
                        + "0012" // 76 bytes
                        + "01020304" // SSRC of sender
                        + "B44DB705 20000000" // NTP timestamp
                        + "11223344" // RTP timestamp
                        + "00000064" // sender's packet count
                        + "FFFFFFFE" // sender's octet count
                        + "0000000A" // SSRC_1
                        + "40 00004D" // fraction lost, cumulative number of packets lost
                        + "0001FFFE" // extended highest sequence number received
                        + "0000000C" // interarrival jitter
                        + "B7052000" // last SR
                        + "00054000" // delay since last SR
                        + "0000000B 00FFFFFF 00000005 00000000 00000000 00000000");
    }

    @Test
    void rfc3550Section6Point4Point2ReceiverReport() {
        readsAndWrites(
                new ReceiverReport(0xFEDCBA98, List.of(new ReportBlock(1, 255, -0x80_0000, -1, -1, -1, -1))),
                "81 C9 0007 FEDCBA98 00000001 FF 800000 FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF");
        readsAndWrites(new ReceiverReport(1, List.of()), "80 C9 0001 00000001");
    }

    @Test
    void rfc3550Section6Point5SourceDescription() {
        readsAndWrites(
                new SourceDescription(List.of(new Chunk(1, "ab"), new Chunk(2, "a"), new Chunk(3, ""))),
                "83 CA 0007" // SC=3
                        + "00000001 01 02 6162 00000000" // CNAME, then the null octet and its padding
                        + "00000002 01 01 61 00"
                        + "00000003 00000000"); // no items
    }

    @Test
    void aSourceDescriptionWithOtherItemsGivesTheCname() {
        // NAME (2), CNAME (1), PRIV (8)
        assertEquals(
                new SourceDescription(List.of(new Chunk(1, "c"))),
                read("81 CA 0005 00000001 02 03 426F62 01 01 63 08 02 0158 00 000000"));
    }

    @Test
    void rfc3550Section6Point6Goodbye() {
        readsAndWrites(new Goodbye(List.of(1, -1), ""), "82 CB 0002 00000001 FFFFFFFF");
        readsAndWrites(new Goodbye(List.of(1), "end"), "81 CB 0002 00000001 03656E64");
        readsAndWrites(new Goodbye(List.of(), "over"), "80 CB 0002 04 6F766572 000000");
    }

    @Test
    void rfc4585Section6Point2Point1Nack() {
        // PID 1000 and, in the bitmask, the 1st and the 16th behind it; then a PID that wraps.
        readsAndWrites(
                new Nack(1, 2, List.of(1_000, 1_001, 1_016, 65_535, 0)),
                "81 CD 0004 00000001 00000002 03E8 8001 FFFF 0001");
    }

    @Test
    void rfc4585Section6Point3Point1PictureLossIndication() {
        readsAndWrites(new PictureLossIndication(1, 2), "81 CE 0002 00000001 00000002");
    }

    @Test
    void rfc5104Section4Point3Point1FullIntraRequest() {
        // The SSRC of the media source is unused and 0; each entry has its SSRC and its number.
        readsAndWrites(
                new FullIntraRequest(
                        1, List.of(new FullIntraRequest.Request(9, 255), new FullIntraRequest.Request(10, 0))),
                "84 CE 0006 00000001 00000000 00000009 FF000000 0000000A 00000000");
    }

    @Test
    void theEstimateOfItsDraft() {
        // "REMB", one SSRC, exponent 2, mantissa 250,000: 1 Mbit/s
        readsAndWrites(
                new ReceiverEstimatedMaximumBitrate(1, 1_000_000, List.of(0x12345678)),
                "8F CE 0005 00000001 00000000 52454D42 01 0B D090 12345678");
        readsAndWrites(
                new ReceiverEstimatedMaximumBitrate(1, 0, List.of()),
                "8F CE 0004 00000001 00000000 52454D42 00 000000");
    }

    @Test
    void rfc3611ExtendedReport() {
        readsAndWrites(
                new ExtendedReport(
                        1, 0xB44D_B705_2000_0000L, List.of(new ExtendedReport.Delay(2, 0xB7052000, 0x00054000))),
                "80 CF 0008 00000001"
                        + "04 00 0002 B44DB705 20000000" // receiver reference time
                        + "05 00 0003 00000002 B7052000 00054000"); // DLRR
    }

    @Test
    void otherBlocksOfAnExtendedReportAreSkipped() {
        assertEquals(
                new ExtendedReport(1, 0, List.of(new ExtendedReport.Delay(2, 3, 4))),
                read("80 CF 0007 00000001 2A 00 0001 DEADBEEF 05 00 0003 00000002 00000003 00000004"));
    }

    @Test
    void transportFeedbackInAStatusVectorOfTwoBitSymbols() {
        readsAndWrites(
                new TransportFeedback(
                        1,
                        2,
                        65_534,
                        7,
                        -2,
                        9,
                        List.of(new Arrival(65_534, 0), new Arrival(1, -1), new Arrival(4, 255))),
                "8F CD 0006 00000001 00000002"
                        + "FFFE" // base sequence number
                        + "0007" // packet status count
                        + "FFFFFE" // reference time
                        + "09" // feedback packet count
                        + "D081" // vector, two-bit symbols: small, -, -, large, -, -, small
                        + "00" // 0 µs
                        + "FFFF" // -250 µs
                        + "FF" // 63.75 ms
                        + "0000"); // padding
    }

    @Test
    void transportFeedbackInRunsAndOneBitSymbols() {
        assertEquals(
                new TransportFeedback(
                        1,
                        2,
                        100,
                        25,
                        1,
                        0,
                        List.of(
                                new Arrival(100, 4),
                                new Arrival(101, 5),
                                new Arrival(102, 6),
                                new Arrival(111, 0x1234),
                                new Arrival(112, 7),
                                new Arrival(124, 8))),
                read("8F CD 0008 00000001 00000002 0064 0019 000001 00"
                        + "2003" // a run of 3 with small deltas
                        + "0008" // a run of 8 not received
                        + "4001" // a run of 1 with a large delta
                        + "A003" // a vector of one-bit symbols: received, 11 not, received, and one beyond the count
                        + "04 05 06 1234 07 08 00"));
    }
}
