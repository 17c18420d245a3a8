package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Every field of the AV1 RTP specification's appendix A.8, in the structures that its appendix A.9 names. */
class DependencyDescriptorRfcTest {

    private final DependencyDescriptor descriptor = new DependencyDescriptor();
    private final DependencyTemplates templates = new DependencyTemplates();

    private boolean parse(byte[] element) {
        ByteBuffer bytes = ByteBuffer.allocate(element.length + 3);
        bytes.put(2, element).put(element.length + 2, (byte) 0xFF);
        return descriptor.parse(bytes, 2, element.length, templates);
    }

    /** L1T3 with one chain, and a resolution: A.9's first structure. */
    static Bits l1t3(int frameNumber) {
        return new Bits()
                .f(1, 1) // start_of_frame
                .f(1, 0) // end_of_frame
                .f(6, 61) // frame_dependency_template_id: the first template
                .f(16, frameNumber) // frame_number
                .f(1, 1) // template_dependency_structure_present_flag
                .f(1, 0) // active_decode_targets_present_flag
                .f(1, 0) // custom_dtis_flag
                .f(1, 0) // custom_fdiffs_flag
                .f(1, 0) // custom_chains_flag
                .f(6, 61) // template_id_offset
                .f(5, 2) // dt_cnt_minus_one: 3 decode targets
                // template_layers: next_layer_idc 0: same, 1: next temporal, 2: next spatial, 3: no more
                .f(2, 0) // T0 (key frame) -> T0
                .f(2, 1) // T0 -> T1
                .f(2, 1) // T1 -> T2
                .f(2, 0) // T2 -> T2
                .f(2, 3) // T2, the last
                // template_dtis, for targets T0, T0-T1, T0-T2: 0 not present, 1 discardable, 2 switch, 3 required
                .f(2, 2)
                .f(2, 2)
                .f(2, 2) // key frame: SSS
                .f(2, 2)
                .f(2, 2)
                .f(2, 2) // T0: SSS
                .f(2, 0)
                .f(2, 1)
                .f(2, 2) // T1: -DS
                .f(2, 0)
                .f(2, 0)
                .f(2, 1) // T2: --D
                .f(2, 0)
                .f(2, 0)
                .f(2, 1) // T2: --D
                // template_fdiffs: follows flag, fdiff_minus_one
                .f(1, 0) // none
                .f(1, 1)
                .f(4, 3)
                .f(1, 0) // 4
                .f(1, 1)
                .f(4, 1)
                .f(1, 0) // 2
                .f(1, 1)
                .f(4, 0)
                .f(1, 0) // 1
                .f(1, 1)
                .f(4, 0)
                .f(1, 0) // 1
                // template_chains
                .ns(4, 1) // chain_cnt
                .ns(1, 0)
                .ns(1, 0)
                .ns(1, 0) // decode_target_protected_by: no bits
                .f(4, 0) // template_chain_fdiff
                .f(4, 4)
                .f(4, 2)
                .f(4, 1)
                .f(4, 3)
                .f(1, 1) // resolutions_present_flag
                .f(16, 1279) // max_render_width_minus_1
                .f(16, 719); // max_render_height_minus_1
    }

    @Test
    void aStructureIsReadAndUsedByLaterPackets() {
        assertTrue(parse(l1t3(0xFFFE).bytes()));
        assertTrue(descriptor.startOfFrame() && descriptor.structureAttached());
        assertFalse(descriptor.endOfFrame());
        assertEquals(0xFFFE, descriptor.frameNumber());
        assertEquals(0, descriptor.referenceCount());
        assertEquals(0, descriptor.chainDifference(0));
        assertEquals(1, descriptor.chains());
        assertEquals(3, templates.decodeTargets());
        assertEquals(0b111, templates.activeDecodeTargets());
        assertEquals(1280, templates.width(0));
        assertEquals(720, templates.height(0));
        int[] temporal = new int[3];
        for (int target = 0; target < 3; target++) {
            temporal[target] = templates.temporalLayer(target);
            assertEquals(0, templates.spatialLayer(target));
            assertEquals(DependencyDescriptor.SWITCH, descriptor.indication(target));
        }
        assertArrayEquals(new int[] {0, 1, 2}, temporal);
        assertTrue(templates.contains(2, 1) && templates.contains(2, 0) && templates.contains(1, 1));
        assertFalse(templates.contains(0, 1) || templates.contains(1, 2));

        // Three mandatory bytes: template 61+2 = 63 (T1), the next frame number but one.
        assertTrue(parse(new Bits().f(1, 1).f(1, 1).f(6, 63).f(16, 0x0000).bytes()));
        assertFalse(descriptor.structureAttached());
        assertTrue(descriptor.endOfFrame());
        assertEquals(0, descriptor.frameNumber());
        assertEquals(1, descriptor.temporalLayer());
        assertEquals(1, descriptor.referenceCount());
        assertEquals(2, descriptor.reference(0));
        assertEquals(2, descriptor.chainDifference(0));
        assertEquals(DependencyDescriptor.NOT_PRESENT, descriptor.indication(0));
        assertEquals(DependencyDescriptor.DISCARDABLE, descriptor.indication(1));
        assertEquals(DependencyDescriptor.SWITCH, descriptor.indication(2));

        // Template ids wrap around: 61+3 = 64 is 0.
        assertTrue(parse(new Bits().f(1, 0).f(1, 1).f(6, 0).f(16, 1).bytes()));
        assertEquals(2, descriptor.temporalLayer());
        assertEquals(1, descriptor.reference(0));
        // 61+5 = 66 is 2: there is no such template.
        assertFalse(parse(new Bits().f(1, 0).f(1, 1).f(6, 2).f(16, 1).bytes()));
    }

    @Test
    void aFrameMayHaveItsOwnIndicationsReferencesAndChains() {
        assertTrue(parse(l1t3(10).bytes()));
        assertTrue(parse(new Bits()
                .f(2, 0b11)
                .f(6, 62) // T0
                .f(16, 14)
                .f(1, 0) // no structure
                .f(1, 1) // active_decode_targets_present_flag
                .f(3, 0b111) // custom dtis, fdiffs, chains
                .f(3, 0b011) // active_decode_targets_bitmask
                .f(2, 3)
                .f(2, 2)
                .f(2, 0) // frame_dtis
                .f(2, 1) // next_fdiff_size: 4 bits
                .f(4, 3) // 4
                .f(2, 2) // 8 bits
                .f(8, 199) // 200
                .f(2, 3) // 12 bits
                .f(12, 4095) // 4096
                .f(2, 0) // no more
                .f(8, 255) // frame_chain_fdiff
                .bytes()));
        assertEquals(0b011, templates.activeDecodeTargets());
        assertEquals(DependencyDescriptor.REQUIRED, descriptor.indication(0));
        assertEquals(DependencyDescriptor.SWITCH, descriptor.indication(1));
        assertEquals(DependencyDescriptor.NOT_PRESENT, descriptor.indication(2));
        assertEquals(3, descriptor.referenceCount());
        assertEquals(4, descriptor.reference(0));
        assertEquals(200, descriptor.reference(1));
        assertEquals(4096, descriptor.reference(2));
        assertEquals(255, descriptor.chainDifference(0));
        // The mask holds until the next structure; the rest was this frame's own.
        assertTrue(parse(new Bits().f(2, 0b11).f(6, 62).f(16, 18).bytes()));
        assertEquals(0b011, templates.activeDecodeTargets());
        assertEquals(4, descriptor.reference(0));
        assertEquals(1, descriptor.referenceCount());
    }

    @Test
    void aRetransmittedOlderKeyFrameReplacesNoStructure() {
        assertTrue(parse(l1t3(100).bytes()));
        DependencyTemplates other = new DependencyTemplates();
        byte[] older = new Bits()
                .f(2, 0b10)
                .f(6, 0)
                .f(16, 90) // before the other
                .f(5, 0b10000)
                .f(6, 0) // template_id_offset
                .f(5, 0) // one decode target
                .f(2, 3) // one template
                .f(2, 2) // dti
                .f(1, 0) // no fdiff
                .ns(2, 0) // no chain
                .f(1, 0) // no resolution
                .bytes();
        assertTrue(parse(older));
        assertEquals(1, descriptor.structure().decodeTargets()); // it is read by its own
        assertEquals(3, templates.decodeTargets());
        assertTrue(descriptor.parse(ByteBuffer.wrap(older), 0, older.length, other));
        assertEquals(1, other.decodeTargets());
    }

    @Test
    void withoutStructureNothingIsKnown() {
        assertFalse(parse(new Bits().f(2, 0b11).f(6, 62).f(16, 14).bytes()));
    }

    @Test
    void everyCutIsRefusedOrHarmless() {
        byte[] whole = l1t3(7).bytes();
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertFalse(parse(cut), "cut at " + length);
        }
        assertFalse(templates.known());
    }
}
