package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

class Vp9DescriptorFuzzTest {

    @FuzzTest
    void whateverIsReadLiesWithinThePayload(byte[] data) {
        String read = read(data, 0);
        assertEquals(read, read(data, 0xFF));
        assertEquals(read, read(data, 0x5A));
    }

    private static String read(byte[] data, int filler) {
        Vp9Descriptor descriptor = new Vp9Descriptor();
        if (!descriptor.parse(Framed.between(data, filler), Framed.BEFORE, data.length)) {
            return "";
        }
        StringBuilder read = new StringBuilder();
        assertTrue(descriptor.pictureIdAt() + descriptor.pictureIdBits() / 8 < data.length);
        assertTrue(descriptor.tl0PicIdxAt() < data.length);
        assertTrue(descriptor.spatialLayer() < 8 && descriptor.temporalLayer() < 8);
        for (int i = 0; i < descriptor.referenceCount(); i++) {
            read.append(descriptor.reference(i)).append(' ');
        }
        for (int i = 0; i <= descriptor.spatialLayers(); i++) {
            read.append(descriptor.width(i)).append('x').append(descriptor.height(i));
        }
        return read
                + " %d %d %d %d %b %b"
                        .formatted(
                                descriptor.pictureId(),
                                descriptor.tl0PicIdx(),
                                descriptor.temporalLayer(),
                                descriptor.spatialLayer(),
                                descriptor.startOfFrame(),
                                descriptor.endOfFrame());
    }
}
