package dev.rostrum.sfu.rtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

class RtcpReaderFuzzTest {

    private static final int OFFSET = 5;

    @FuzzTest
    void whateverIsReadCanBeWrittenAndReadAgain(byte[] data) {
        ByteBuffer buffer = ByteBuffer.allocate(OFFSET + data.length + 8);
        buffer.put(OFFSET, data);
        List<RtcpMessage> messages = new ArrayList<>();
        RtcpFault fault = new RtcpReader().read(buffer, OFFSET, data.length, messages::add);
        assertTrue(data.length >= 4 || fault == RtcpFault.TRUNCATED);
        assertTrue(messages.size() <= data.length / 4);

        RtcpWriter writer = new RtcpWriter();
        ByteBuffer out = ByteBuffer.allocate(200_000);
        for (RtcpMessage message : messages) {
            if (!writable(message)) {
                continue;
            }
            writer.beginReducedSize(out, 0, out.capacity());
            assertTrue(writer.add(message));
            List<RtcpMessage> again = new ArrayList<>();
            assertEquals(RtcpFault.NONE, new RtcpReader().read(out, 0, writer.end(), again::add));
            assertEquals(List.of(message), again);
        }
    }

    /** What the reader tolerates, but the writer refuses or a datagram can't hold in our form. */
    private static boolean writable(RtcpMessage message) {
        return switch (message) {
            case RtcpMessage.Nack nack -> !nack.sequenceNumbers().isEmpty();
            // Bytes that are no UTF-8 become replacement characters, of three bytes each.
            case RtcpMessage.Goodbye goodbye -> !goodbye.reason().contains("\uFFFD");
            case RtcpMessage.SourceDescription description ->
                description.chunks().stream().noneMatch(chunk -> chunk.cname().contains("\uFFFD"));
            default -> true;
        };
    }
}
