package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The packetization of RFC 6184 §5 and the sequence parameter set of H.264 §7.3.2.1.1, derived by hand. */
class H264PayloadRfcTest {

    private final H264Payload payload = new H264Payload();

    private boolean parse(String hex) {
        ByteBuffer bytes = Bits.hex("EEEE" + hex + "EE");
        return payload.parse(bytes, 2, bytes.capacity() - 3);
    }

    /** Constrained baseline, 640 x 360: 40 x 23 macroblocks, of which 8 rows are cropped. */
    private static String baseline() {
        return HexFormat.of()
                .formatHex(new Bits()
                        .f(8, 0x67) // forbidden_zero_bit=0 nal_ref_idc=3 nal_unit_type=7
                        .f(8, 66) // profile_idc: baseline
                        .f(8, 0xC0) // constraint_set0_flag, constraint_set1_flag
                        .f(8, 31) // level_idc
                        .ue(0) // seq_parameter_set_id
                        .ue(12) // log2_max_frame_num_minus4
                        .ue(2) // pic_order_cnt_type
                        .ue(1) // max_num_ref_frames
                        .f(1, 0) // gaps_in_frame_num_value_allowed_flag
                        .ue(39) // pic_width_in_mbs_minus1
                        .ue(22) // pic_height_in_map_units_minus1
                        .f(1, 1) // frame_mbs_only_flag
                        .f(1, 1) // direct_8x8_inference_flag
                        .f(1, 1) // frame_cropping_flag
                        .ue(0) // left
                        .ue(0) // right
                        .ue(0) // top
                        .ue(4) // bottom, in units of two rows
                        .f(1, 0) // vui_parameters_present_flag
                        .f(1, 1) // rbsp_stop_one_bit
                        .bytes());
    }

    @Test
    void aSingleSequenceParameterSetTellsTheSize() {
        assertTrue(parse(baseline()));
        assertTrue(payload.parameterSet() && payload.keyFrame() && payload.startOfFrame());
        assertFalse(payload.nonReference());
        assertEquals(640, payload.width());
        assertEquals(360, payload.height());
    }

    @Test
    void theSizeOfAHighProfileIsFoundBehindScalingListsAndInterlacing() {
        byte[] sps = new Bits()
                .f(8, 0x67)
                .f(8, 100) // profile_idc: high
                .f(8, 0)
                .f(8, 40)
                .ue(0) // seq_parameter_set_id
                .ue(1) // chroma_format_idc: 4:2:0
                .ue(0) // bit_depth_luma_minus8
                .ue(0) // bit_depth_chroma_minus8
                .f(1, 0) // qpprime_y_zero_transform_bypass_flag
                .f(1, 1) // seq_scaling_matrix_present_flag
                .f(1, 1) // the first list is there:
                .ue(1) // delta_scale +1: next scale 9
                .ue(18) // delta_scale -9: next scale 0, so no further deltas
                .f(7, 0) // the other lists are not
                .ue(0) // log2_max_frame_num_minus4
                .ue(1) // pic_order_cnt_type
                .f(1, 0) // delta_pic_order_always_zero_flag
                .ue(0) // offset_for_non_ref_pic
                .ue(0) // offset_for_top_to_bottom_field
                .ue(2) // num_ref_frames_in_pic_order_cnt_cycle
                .ue(3)
                .ue(4)
                .ue(4) // max_num_ref_frames
                .f(1, 0)
                .ue(119) // 1920
                .ue(33) // 34 map units of two rows of macroblocks: 1088
                .f(1, 0) // frame_mbs_only_flag
                .f(1, 1) // mb_adaptive_frame_field_flag
                .f(1, 1) // direct_8x8_inference_flag
                .f(1, 1) // frame_cropping_flag
                .ue(0)
                .ue(0)
                .ue(0)
                .ue(2) // bottom, in units of four rows
                .f(1, 0)
                .f(1, 1)
                .bytes();
        assertTrue(parse(HexFormat.of().formatHex(sps)));
        assertEquals(1920, payload.width());
        assertEquals(1080, payload.height());
    }

    /** H.264 §7.4.1: 00 00 03 stands for 00 00. */
    @Test
    void emulationPreventionIsTakenOut() {
        byte[] sps = new Bits()
                .f(8, 0x67)
                .f(8, 66)
                .f(8, 0)
                .f(8, 0) // 00 00, and the next byte is below 4 if nothing prevents it
                .f(8, 3) // emulation_prevention_three_byte
                .ue(6) // 00111…
                .ue(12)
                .ue(2)
                .ue(1)
                .f(1, 0)
                .ue(19)
                .ue(14)
                .f(4, 0b1100) // frames only, direct inference, no cropping, no VUI
                .f(1, 1)
                .bytes();
        assertTrue(parse(HexFormat.of().formatHex(sps)));
        assertEquals(320, payload.width());
        assertEquals(240, payload.height());
    }

    /** §5.7.1, figure 7: what browsers send before an IDR picture. */
    @Test
    void anAggregateOfParameterSetsStartsAKeyFrame() {
        String sps = baseline();
        assertTrue(parse(
                "78" // nal_ref_idc=3 type=24
                        + HexFormat.of().toHexDigits((short) (sps.length() / 2)) // NALU 1 size
                        + sps
                        + "0004" // NALU 2 size
                        + "68CE3C80")); // PPS
        assertTrue(payload.parameterSet() && payload.keyFrame() && payload.startOfFrame());
        assertEquals(360, payload.height());
    }

    /** §5.8, figures 14 and 15. */
    @Test
    void fragmentsOfAnIdrPictureBelongToAKeyFrame() {
        assertTrue(parse(
                "7C" // F=0 NRI=3 type=28
                        + "85" // S=1 E=0 R=0 type=5
                        + "88")); // first_mb_in_slice=0 slice_type=7
        assertTrue(payload.startOfFrame() && payload.keyFrame());
        assertFalse(payload.parameterSet()); // nobody can begin here
        assertTrue(parse("7C" + "05" + "88"));
        assertFalse(payload.startOfFrame());
        assertTrue(payload.keyFrame());
        assertTrue(parse("7C" + "45" + "88")); // E=1
        assertFalse(payload.startOfFrame());
    }

    @Test
    void aSliceOfAnInterPicture() {
        assertTrue(parse("01" /* NRI=0 type=1 */ + "9A")); // first_mb_in_slice=0
        assertTrue(payload.startOfFrame() && payload.nonReference());
        assertFalse(payload.keyFrame());
        assertTrue(parse("41" /* NRI=2 type=1 */ + "5A")); // first_mb_in_slice=1: a further slice
        assertFalse(payload.startOfFrame() || payload.nonReference() || payload.keyFrame());
    }

    @Test
    void otherModesAndBrokenPacketsAreRefused() {
        for (String hex : new String[] {
            "", "65", "00FF", "1900000165", "7C", "78", "7800", "780000", "780003FFFF", "7800016500", "1DFFFF", "1FFFFF"
        }) {
            assertFalse(parse(hex), hex);
        }
    }
}
