package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Every field of RFC 9628 §4.2, figures 3 to 5, in vectors derived by hand. */
class Vp9DescriptorRfcTest {

    private final Vp9Descriptor descriptor = new Vp9Descriptor();

    private boolean parse(String hex) {
        ByteBuffer bytes = Bits.hex("EEEE" + hex + "EE");
        return descriptor.parse(bytes, 2, bytes.capacity() - 3);
    }

    @Test
    void aNonFlexibleKeyPictureWithThreeSpatialLayersAndAGroupOfPictures() {
        assertTrue(parse(
                "AA" // I=1 P=0 L=1 F=0 B=1 E=0 V=1 Z=0
                        + "9267" // M=1 PICTURE ID=4711
                        + "10" // TID=0 U=1 SID=0 D=0
                        + "2A" // TL0PICIDX=42
                        + "58" // N_S=2 (3 layers) Y=1 G=1
                        + "014000B4" // 320 x 180
                        + "02800168" // 640 x 360
                        + "050002D0" // 1280 x 720
                        + "02" // N_G=2
                        + "14" // TID=0 U=1 R=1
                        + "02" // P_DIFF=2
                        + "38" // TID=1 U=1 R=2
                        + "0102" // P_DIFF=1, 2
                        + "82")); // VP9 payload
        assertFalse(descriptor.interPicturePredicted() || descriptor.flexible() || descriptor.notForInterLayer());
        assertTrue(descriptor.startOfFrame());
        assertFalse(descriptor.endOfFrame());
        assertEquals(4711, descriptor.pictureId());
        assertEquals(15, descriptor.pictureIdBits());
        assertEquals(1, descriptor.pictureIdAt());
        assertEquals(0, descriptor.temporalLayer());
        assertTrue(descriptor.switchingUpPoint());
        assertEquals(0, descriptor.spatialLayer());
        assertFalse(descriptor.interLayerPredicted());
        assertEquals(42, descriptor.tl0PicIdx());
        assertEquals(4, descriptor.tl0PicIdxAt());
        assertEquals(0, descriptor.referenceCount());
        assertEquals(3, descriptor.spatialLayers());
        assertEquals(320, descriptor.width(0));
        assertEquals(180, descriptor.height(0));
        assertEquals(1280, descriptor.width(2));
        assertEquals(720, descriptor.height(2));
        assertEquals(0, descriptor.width(3));
    }

    @Test
    void aFlexibleInterFrameWithThreeReferences() {
        assertTrue(parse(
                "F5" // I=1 P=1 L=1 F=1 B=0 E=1 V=0 Z=1
                        + "11" // M=0 PICTURE ID=17
                        + "53" // TID=2 U=1 SID=1 D=1
                        + "03" // P_DIFF=1 N=1
                        + "07" // P_DIFF=3 N=1
                        + "FE" // P_DIFF=127 N=0
                        + "82"));
        assertTrue(descriptor.interPicturePredicted() && descriptor.flexible() && descriptor.endOfFrame());
        assertTrue(descriptor.notForInterLayer() && descriptor.interLayerPredicted() && descriptor.switchingUpPoint());
        assertFalse(descriptor.startOfFrame());
        assertEquals(17, descriptor.pictureId());
        assertEquals(7, descriptor.pictureIdBits());
        assertEquals(2, descriptor.temporalLayer());
        assertEquals(1, descriptor.spatialLayer());
        assertEquals(-1, descriptor.tl0PicIdx()); // the flexible mode has none
        assertEquals(3, descriptor.referenceCount());
        assertEquals(1, descriptor.reference(0));
        assertEquals(3, descriptor.reference(1));
        assertEquals(127, descriptor.reference(2));
        assertEquals(0, descriptor.spatialLayers());
    }

    @Test
    void aPacketWithoutAnyOptionalField() {
        assertTrue(parse("0C" /* B=1 E=1 */ + "82"));
        assertTrue(descriptor.startOfFrame() && descriptor.endOfFrame());
        assertEquals(-1, descriptor.pictureId());
        assertEquals(-1, descriptor.spatialLayer());
        assertEquals(-1, descriptor.temporalLayer());
    }

    @Test
    void aStructureWithoutResolutions() {
        assertTrue(parse("02" /* V=1 */ + "20" /* N_S=1 Y=0 G=0 */ + "82"));
        assertEquals(2, descriptor.spatialLayers());
        assertEquals(0, descriptor.width(0));
    }

    @Test
    void aDescriptorThatRunsOverTheEndIsRefused() {
        for (String hex : new String[] {
            "",
            "0C",
            "80",
            "8092",
            "809267",
            "A011",
            "A01100",
            "A011002A",
            "50",
            "5003",
            "500305",
            "5003050782",
            "02",
            "0258014000B4",
            "0208",
            "020802",
            "02080214",
            "0208021402",
            "0208021402380102"
        }) {
            assertFalse(parse(hex), hex);
        }
    }
}
