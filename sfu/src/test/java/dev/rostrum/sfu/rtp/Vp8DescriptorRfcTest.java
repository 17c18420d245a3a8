package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The examples of RFC 7741 §4.6, and every field of figures 2 and 3. */
class Vp8DescriptorRfcTest {

    private final Vp8Descriptor descriptor = new Vp8Descriptor();

    private boolean parse(String hex) {
        ByteBuffer bytes = Bits.hex("EEEE" + hex + "EE");
        return descriptor.parse(bytes, 2, bytes.capacity() - 3);
    }

    /** §4.6.1: key frame in a single RTP packet, with PictureID 17. */
    @Test
    void aKeyFrameInASinglePacket() {
        assertTrue(parse(
                "90" // X=1 N=0 S=1 PID=0
                        + "80" // I=1
                        + "11" // M=0 PictureID=17
                        + "F02A00" // Size0, H=1, VER=0, P=0: key frame
                        + "9D012A" // start code (RFC 6386 §9.1)
                        + "00C5" // width 1280 (14 bits, little-endian), horizontal scale 3
                        + "D002")); // height 720, vertical scale 0
        assertTrue(descriptor.startOfFrame() && descriptor.keyFrame());
        assertFalse(descriptor.nonReference() || descriptor.layerSync());
        assertEquals(17, descriptor.pictureId());
        assertEquals(7, descriptor.pictureIdBits());
        assertEquals(2, descriptor.pictureIdAt());
        assertEquals(-1, descriptor.tl0PicIdx());
        assertEquals(-1, descriptor.temporalLayer());
        assertEquals(-1, descriptor.keyIdx());
        assertEquals(1280, descriptor.width());
        assertEquals(720, descriptor.height());
    }

    /** §4.6.2: non-discardable inter frame in a single packet, no PictureID. */
    @Test
    void anInterFrameWithoutExtension() {
        assertTrue(parse(
                "10" // X=0 N=0 S=1 PID=0
                        + "F12A00")); // P=1
        assertTrue(descriptor.startOfFrame());
        assertFalse(descriptor.keyFrame() || descriptor.nonReference());
        assertEquals(-1, descriptor.pictureId());
        assertEquals(0, descriptor.pictureIdBits());
        assertEquals(0, descriptor.width());
    }

    /** §4.6.3: partitions in separate packets; the second starts partition 1, which is no start of a frame. */
    @Test
    void aSecondPartitionStartsNoFrame() {
        assertTrue(parse(
                "91" // X=1 N=0 S=1 PID=1
                        + "80" // I=1
                        + "11" // PictureID=17
                        + "00"));
        assertFalse(descriptor.startOfFrame() || descriptor.keyFrame());
    }

    /** §4.6.4: a frame fragmented across packets; the second continues partition 0. */
    @Test
    void aContinuationIsNoStartAndItsFirstByteNoFrameHeader() {
        assertTrue(parse(
                "80" // X=1 N=0 S=0 PID=0
                        + "80" // I=1
                        + "11" // PictureID=17
                        + "00")); // would be a key frame's first byte
        assertFalse(descriptor.startOfFrame() || descriptor.keyFrame());
    }

    /** §4.6.5: a frame with a long PictureID, 4711, and TL0PICIDX. */
    @Test
    void aLongPictureId() {
        assertTrue(parse(
                "B0" // X=1 N=1 S=1 PID=0
                        + "F0" // I=1 L=1 T=1 K=1
                        + "9267" // M=1 PictureID=4711
                        + "F1" // TL0PICIDX=241
                        + "B3" // TID=2 Y=1 KEYIDX=19
                        + "F1")); // P=1
        assertTrue(descriptor.nonReference() && descriptor.layerSync());
        assertEquals(4711, descriptor.pictureId());
        assertEquals(15, descriptor.pictureIdBits());
        assertEquals(2, descriptor.pictureIdAt());
        assertEquals(241, descriptor.tl0PicIdx());
        assertEquals(4, descriptor.tl0PicIdxAt());
        assertEquals(2, descriptor.temporalLayer());
        assertEquals(19, descriptor.keyIdx());
        assertEquals(5, descriptor.keyIdxAt());
    }

    /** Figure 2: T without K, and K without T, share one byte. */
    @Test
    void temporalLayerAndKeyIndexComeAlone() {
        assertTrue(parse("90" + "20" /* T */ + "7F" /* TID=1 Y=1 */ + "01"));
        assertEquals(1, descriptor.temporalLayer());
        assertEquals(-1, descriptor.keyIdx());
        assertTrue(parse("90" + "10" /* K */ + "7F" /* KEYIDX=31 */ + "01"));
        assertEquals(-1, descriptor.temporalLayer());
        assertFalse(descriptor.layerSync());
        assertEquals(31, descriptor.keyIdx());
    }

    @Test
    void aDescriptorThatRunsOverTheEndIsRefused() {
        for (String hex : new String[] {
            "",
            "10",
            "80",
            "9080",
            "908011",
            "90809267",
            "9040",
            "9040F1",
            "9020",
            "902000",
            "90F09267F1",
            "90F09267F1B3"
        }) {
            assertFalse(parse(hex), hex);
        }
    }
}
