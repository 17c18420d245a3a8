package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

class H264PayloadFuzzTest {

    @FuzzTest
    void whateverIsReadLiesWithinThePayload(byte[] data) {
        String read = read(data, 0);
        assertEquals(read, read(data, 0xFF));
        assertEquals(read, read(data, 0x67));
    }

    private static String read(byte[] data, int filler) {
        H264Payload payload = new H264Payload();
        if (!payload.parse(Framed.between(data, filler), Framed.BEFORE, data.length)) {
            return "";
        }
        assertTrue(payload.width() >= 0 && payload.width() <= 0x10000);
        assertTrue(payload.height() >= 0 && payload.height() <= 2 * 0x10000);
        assertTrue(payload.keyFrame() || !payload.parameterSet());
        return "%b %b %b %b %d %d"
                .formatted(
                        payload.startOfFrame(),
                        payload.keyFrame(),
                        payload.parameterSet(),
                        payload.nonReference(),
                        payload.width(),
                        payload.height());
    }
}
