package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

class Vp8DescriptorFuzzTest {

    @FuzzTest
    void whateverIsReadLiesWithinThePayload(byte[] data) {
        String read = read(data, 0);
        assertEquals(read, read(data, 0xFF));
        assertEquals(read, read(data, 0x90));
    }

    private static String read(byte[] data, int filler) {
        Vp8Descriptor descriptor = new Vp8Descriptor();
        if (!descriptor.parse(Framed.between(data, filler), Framed.BEFORE, data.length)) {
            return "";
        }
        assertTrue(descriptor.pictureIdAt() + descriptor.pictureIdBits() / 8 < data.length);
        assertTrue(descriptor.tl0PicIdxAt() < data.length && descriptor.keyIdxAt() < data.length);
        assertTrue(descriptor.pictureId() >= -1 && descriptor.pictureId() < 0x8000);
        assertTrue(descriptor.temporalLayer() >= -1 && descriptor.temporalLayer() < 4);
        assertTrue(descriptor.width() >= 0 && descriptor.width() < 0x4000);
        return "%d %d %d %d %d %d %b %b %d"
                .formatted(
                        descriptor.pictureIdAt(),
                        descriptor.pictureId(),
                        descriptor.tl0PicIdx(),
                        descriptor.temporalLayer(),
                        descriptor.keyIdx(),
                        descriptor.width(),
                        descriptor.keyFrame(),
                        descriptor.startOfFrame(),
                        descriptor.height());
    }
}
