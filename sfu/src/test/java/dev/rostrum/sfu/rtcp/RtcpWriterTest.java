package dev.rostrum.sfu.rtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RtcpWriterTest {

    private static final SourceDescription NAMED = new SourceDescription(List.of(new Chunk(1, "cname")));

    private final ByteBuffer out = ByteBuffer.allocateDirect(4_000);
    private final RtcpWriter writer = new RtcpWriter();

    private List<RtcpMessage> readBack() {
        List<RtcpMessage> messages = new ArrayList<>();
        assertEquals(RtcpFault.NONE, new RtcpReader().read(out, 9, writer.end(), messages::add));
        return messages;
    }

    private static ReportBlock block(int ssrc) {
        return new ReportBlock(ssrc, 1, 2, 3, 4, 5, 6);
    }

    private static List<ReportBlock> blocks(int from, int to) {
        return IntStream.range(from, to).mapToObj(RtcpWriterTest::block).toList();
    }

    @Test
    void aCompoundDatagramStartsWithAReportAndHasACname() {
        writer.begin(out, 9, 1_200);
        assertThrows(IllegalStateException.class, () -> writer.add(NAMED));
        assertThrows(IllegalStateException.class, () -> writer.add(new PictureLossIndication(1, 2)));
        SenderReport report = new SenderReport(1, 2, 3, 4, 5, List.of(block(9)));
        assertTrue(writer.add(report));
        assertThrows(IllegalStateException.class, writer::end);
        assertTrue(writer.add(NAMED));
        assertTrue(writer.add(new Goodbye(List.of(1), "the space has ended")));
        assertEquals(List.of(report, NAMED, new Goodbye(List.of(1), "the space has ended")), readBack());
    }

    @Test
    void reportsAndNamesWithoutObjectsAreTheSameOnTheWire() {
        byte[] cname = "cname".getBytes(StandardCharsets.UTF_8);
        writer.begin(out, 9, 1_200);
        assertThrows(IllegalStateException.class, () -> writer.addName(1, cname));
        assertTrue(writer.addSenderReport(1, 2, 3, 4, 5, List.of(block(9))));
        assertTrue(writer.addSenderReport(6, 2, 3, 4, 5, List.of()));
        assertTrue(writer.addName(1, cname));
        assertTrue(writer.addName(6, cname));
        assertTrue(writer.add(new Goodbye(List.of(1), "")));
        assertTrue(writer.addName(1, new byte[0]));
        assertEquals(
                List.of(
                        new SenderReport(1, 2, 3, 4, 5, List.of(block(9))),
                        new SenderReport(6, 2, 3, 4, 5, List.of()),
                        new SourceDescription(List.of(new Chunk(1, "cname"), new Chunk(6, "cname"))),
                        new Goodbye(List.of(1), ""),
                        new SourceDescription(List.of(new Chunk(1, "")))),
                readBack());
        writer.begin(out, 9, 28 + 12);
        assertTrue(writer.addSenderReport(1, 2, 3, 4, 5, List.of()));
        assertFalse(writer.addName(1, cname), "it has no room");
        assertFalse(writer.addSenderReport(1, 2, 3, 4, 5, List.of()));
        assertThrows(IllegalArgumentException.class, () -> writer.addName(1, new byte[256]));
        assertEquals(28, writer.lengthBytes());
    }

    @Test
    void aReducedSizeDatagramHoldsAnything() {
        writer.beginReducedSize(out, 9, 1_200);
        assertEquals(0, writer.lengthBytes());
        assertTrue(writer.add(new PictureLossIndication(1, 2)));
        assertEquals(12, writer.lengthBytes());
        assertEquals(List.of(new PictureLossIndication(1, 2)), readBack());
    }

    @Test
    void moreThanThirtyOneBlocksGoOnInReceiverReports() {
        writer.begin(out, 9, 4_000 - 9);
        assertTrue(writer.add(new SenderReport(1, 2, 3, 4, 5, blocks(0, 70))));
        assertTrue(writer.add(NAMED));
        assertEquals(
                List.of(
                        new SenderReport(1, 2, 3, 4, 5, blocks(0, 31)),
                        new ReceiverReport(1, blocks(31, 62)),
                        new ReceiverReport(1, blocks(62, 70)),
                        NAMED),
                readBack());
        writer.begin(out, 9, 4_000 - 9);
        assertTrue(writer.add(new ReceiverReport(1, blocks(0, 62))));
        assertTrue(writer.add(NAMED));
        assertEquals(
                List.of(new ReceiverReport(1, blocks(0, 31)), new ReceiverReport(1, blocks(31, 62)), NAMED),
                readBack());
    }

    @Test
    void whatHasNoRoomIsLeftOutAndNothingIsWrittenBehindTheRoom() {
        List<RtcpMessage> messages = List.of(
                new SenderReport(1, 2, 3, 4, 5, blocks(0, 40)),
                new ReceiverReport(1, blocks(0, 40)),
                NAMED,
                new Goodbye(List.of(1, 2), "bye"),
                new Nack(1, 2, List.of(1, 50, 100)),
                new PictureLossIndication(1, 2),
                new FullIntraRequest(1, List.of(new FullIntraRequest.Request(1, 2))),
                new ReceiverEstimatedMaximumBitrate(1, 2, List.of(3)),
                new TransportFeedback(1, 2, 3, 4, 5, 6, List.of(new Arrival(3, 4), new Arrival(6, 1_000))),
                new RtcpMessage.ExtendedReport(1, 2, List.of(new RtcpMessage.ExtendedReport.Delay(1, 2, 3))));
        for (RtcpMessage message : messages) {
            writer.beginReducedSize(out, 9, 2_000);
            assertTrue(writer.add(message));
            int needed = writer.end();
            for (int room = 0; room < needed; room++) {
                ByteBuffer exact = ByteBuffer.allocate(9 + room); // beyond it, a write would throw
                writer.beginReducedSize(exact, 9, room);
                assertFalse(writer.add(message), message + " in " + room);
                assertEquals(0, writer.lengthBytes());
            }
        }
    }

    @Test
    void whatCanNotBeWrittenIsRefused() {
        writer.beginReducedSize(out, 9, 4_000 - 9);
        List<RtcpMessage> impossible = List.of(
                new SourceDescription(List.of(new Chunk(1, "c".repeat(256)))),
                new SourceDescription(
                        IntStream.range(0, 32).mapToObj(i -> new Chunk(i, "c")).toList()),
                new Goodbye(IntStream.range(0, 32).boxed().toList(), ""),
                new Goodbye(List.of(), "r".repeat(256)),
                new Nack(1, 2, List.of()),
                new FullIntraRequest(1, List.of()),
                new ReceiverEstimatedMaximumBitrate(1, -1, List.of()),
                new TransportFeedback(1, 2, 3, 4, 5, 6, List.of(new Arrival(4, 0), new Arrival(3, 0))),
                new TransportFeedback(1, 2, 3, 4, 5, 6, List.of(new Arrival(7, 0))));
        for (RtcpMessage message : impossible) {
            assertThrows(IllegalArgumentException.class, () -> writer.add(message), message::toString);
        }
    }

    @Test
    void anEstimateKeepsItsEighteenHighestBits() {
        for (long bitrate : new long[] {1, 0x3FFFF, 0x40000, 2_500_001, Long.MAX_VALUE}) {
            writer.beginReducedSize(out, 9, 100);
            assertTrue(writer.add(new ReceiverEstimatedMaximumBitrate(1, bitrate, List.of())));
            long read = ((ReceiverEstimatedMaximumBitrate) readBack().getFirst()).bitrateBps();
            assertTrue(read <= bitrate && bitrate - read <= bitrate >> 17, bitrate + " became " + read);
        }
    }

    @Test
    void anyTransportFeedbackRoundTrips() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int base = random.nextInt(0x10000);
            int count = random.nextInt(1, seed % 3 == 0 ? 30_000 : 300);
            double received = random.nextDouble();
            List<Arrival> arrivals = new ArrayList<>();
            for (int i = 0; i < count && arrivals.size() < 1_000; i++) {
                if (random.nextDouble() < received) {
                    int delta = random.nextInt(4) == 0 ? random.nextInt(-0x8000, 0x8000) : random.nextInt(256);
                    arrivals.add(new Arrival((base + i) & 0xFFFF, delta));
                }
            }
            int time = random.nextInt(-0x80_0000, 0x80_0000);
            TransportFeedback feedback = new TransportFeedback(1, 2, base, count, time, random.nextInt(256), arrivals);
            writer.beginReducedSize(out, 9, 4_000 - 9);
            if (writer.add(feedback)) {
                assertEquals(List.of(feedback), readBack(), "seed " + seed);
            } else {
                assertTrue(count > 2_000, "seed " + seed);
            }
        }
    }
}
