package dev.rostrum.sfu.rtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.rtcp.RtcpMessage.Goodbye;
import dev.rostrum.sfu.rtcp.RtcpMessage.PictureLossIndication;
import dev.rostrum.sfu.rtcp.RtcpMessage.ReceiverReport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class RtcpReaderTest {

    private static final String EMPTY_REPORT = "80C9 0001 00000007";
    private static final RtcpMessage EMPTY_REPORT_READ = new ReceiverReport(7, List.of());

    private final List<RtcpMessage> read = new ArrayList<>();

    private RtcpFault read(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        ByteBuffer buffer = ByteBuffer.allocate(3 + bytes.length + 9);
        buffer.put(3, bytes);
        read.clear();
        return new RtcpReader().read(buffer, 3, bytes.length, read::add);
    }

    private void brokenBehindAReport(RtcpFault fault, String hex) {
        assertEquals(fault, read(EMPTY_REPORT + hex));
        assertEquals(List.of(EMPTY_REPORT_READ), read, "what came before holds");
    }

    @Test
    void aBrokenTailIsNamed() {
        brokenBehindAReport(RtcpFault.TRUNCATED, "80CB00");
        brokenBehindAReport(RtcpFault.BAD_VERSION, "40CB 0000");
        brokenBehindAReport(RtcpFault.NOT_RTCP, "806F 0000");
        brokenBehindAReport(RtcpFault.LENGTH_OVERRUN, "80CB 0001");
        brokenBehindAReport(RtcpFault.BAD_PADDING, "A0CB 0001 00000000");
        brokenBehindAReport(RtcpFault.BAD_PADDING, "A0CB 0001 00000005");
        brokenBehindAReport(RtcpFault.BAD_PADDING, "A0CB 0000");
    }

    @Test
    void aBodyTooShortForItsHeaderIsNamed() {
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "80C8 0005 00000001 00000000 00000000 00000000 00000000");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "81C9 0001 00000001");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "81CA 0000");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "81CA 0001 00000001");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "82CB 0001 00000001");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "81CD 0002 00000001 00000002");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "81CE 0001 00000001");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "84CE 0002 00000001 00000000");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "8FCE 0003 00000001 00000000 52454D42");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "8FCE 0004 00000001 00000000 52454D42 01000000");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "8FCD 0003 00000001 00000002 00010001");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "8FCD 0004 00000001 00000002 00010001 00000000");
        brokenBehindAReport(RtcpFault.BODY_TOO_SHORT, "80CF 0000");
    }

    @Test
    void aBodyThatContradictsItselfIsNamed() {
        brokenBehindAReport(RtcpFault.BAD_BODY, "81CA 0002 00000001 01030000"); // an item over the end
        brokenBehindAReport(RtcpFault.BAD_BODY, "81CA 0002 00000001 01024141"); // items without an end
        brokenBehindAReport(RtcpFault.BAD_BODY, "80CB 0001 04414141"); // a reason over the end
        brokenBehindAReport(RtcpFault.BAD_BODY, "8FCE 0004 00000001 00000000 52454D42 00FFFFFF"); // 2^81 bit/s
        brokenBehindAReport(RtcpFault.BAD_BODY, "80CF 0002 00000001 04000002"); // a block over the end
        brokenBehindAReport(
                RtcpFault.BAD_BODY, "8FCD 0005 00000001 00000002 00010001 00000000 F0000000"); // the reserved symbol
    }

    @Test
    void aBadBodyHidesNothingBehindIt() {
        String pictureLoss = "81CE 0002 00000001 00000002";
        for (String bad : List.of(
                "81CA 0002 00000001 01024141", // a name without the end that RFC 3550 §6.5 asks for
                "81C9 0001 00000001", // a report without its block
                "A0CB 0001 00000000")) { // padding that does not count itself
            assertTrue(read(EMPTY_REPORT + bad + pictureLoss) != RtcpFault.NONE, bad);
            assertEquals(List.of(EMPTY_REPORT_READ, new PictureLossIndication(1, 2)), read, bad);
        }
    }

    @Test
    void whatIsUnknownIsSkipped() {
        String applicationDefined = "80CC 0002 00000001 41424344";
        String unknownType = "80D2 0001 FFFFFFFF";
        String unknownTransportFormat = "82CD 0000";
        String unknownPayloadFormat = "82CE 0000";
        String otherApplicationFeedback = "8FCE 0003 00000001 00000000 41424344";
        String pictureLoss = "81CE 0002 00000001 00000002";
        assertEquals(
                RtcpFault.NONE,
                read(EMPTY_REPORT
                        + applicationDefined
                        + unknownType
                        + unknownTransportFormat
                        + unknownPayloadFormat
                        + otherApplicationFeedback
                        + pictureLoss));
        assertEquals(List.of(EMPTY_REPORT_READ, new PictureLossIndication(1, 2)), read);
    }

    @Test
    void aReducedSizeDatagramNeedsNoReport() {
        assertEquals(RtcpFault.NONE, read("81CE 0002 00000001 00000002"));
        assertEquals(List.of(new PictureLossIndication(1, 2)), read);
        assertEquals(RtcpFault.TRUNCATED, read(""));
    }

    @Test
    void paddingAndProfileSpecificTailsAreNotRead() {
        assertEquals(RtcpFault.NONE, read("A1CB 0002 00000009 00000004"));
        assertEquals(List.of(new Goodbye(List.of(9), "")), read);
        assertEquals(RtcpFault.NONE, read("80C9 0002 00000007 DEADBEEF"));
        assertEquals(List.of(EMPTY_REPORT_READ), read);
    }

    @Test
    void tenThousandsOfLostPacketsCostNothing() {
        // 65,535 statuses in eight runs of 8,191 and one of 7: nothing of it arrived.
        String runs = "1FFF".repeat(8) + "0007" + "0000";
        assertEquals(RtcpFault.NONE, read("8FCD 0009 00000001 00000002 0000FFFF 00000000" + runs));
        assertEquals(1, read.size());
        assertEquals(
                0, ((RtcpMessage.TransportFeedback) read.getFirst()).arrivals().size());
    }
}
