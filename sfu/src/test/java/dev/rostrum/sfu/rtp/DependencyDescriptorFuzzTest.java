package dev.rostrum.sfu.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;

class DependencyDescriptorFuzzTest {

    /** Elements, each behind a byte with its length, in a stream that may have begun with a good structure. */
    @FuzzTest
    void whateverIsReadLiesWithinTheElement(byte[] data) {
        String read = read(data, 0);
        assertEquals(read, read(data, 0xFF));
        assertEquals(read, read(data, 0xAA));
    }

    private static String read(byte[] data, int filler) {
        DependencyDescriptor descriptor = new DependencyDescriptor();
        DependencyTemplates templates = new DependencyTemplates();
        StringBuilder read = new StringBuilder();
        if (data.length > 0 && (data[0] & 1) == 0) {
            byte[] structure = DependencyDescriptorRfcTest.l1t3(0).bytes();
            assertTrue(descriptor.parse(Framed.between(structure, filler), Framed.BEFORE, structure.length, templates));
        }
        int at = 1;
        while (at < data.length) {
            int length = Math.min(data[at] & 0xFF, data.length - at - 1);
            byte[] element = java.util.Arrays.copyOfRange(data, at + 1, at + 1 + length);
            at += 1 + length;
            if (descriptor.parse(Framed.between(element, filler), Framed.BEFORE, length, templates)) {
                describe(descriptor, read);
            } else {
                read.append('-');
            }
        }
        return read.toString();
    }

    private static void describe(DependencyDescriptor descriptor, StringBuilder read) {
        DependencyTemplates structure = descriptor.structure();
        assertTrue(structure.decodeTargets() >= 1 && structure.decodeTargets() <= 32);
        assertTrue(descriptor.spatialLayer() < 8 && descriptor.temporalLayer() < 8);
        read.append(descriptor.frameNumber()).append(descriptor.structureAttached());
        for (int target = 0; target < structure.decodeTargets(); target++) {
            assertTrue(structure.contains(target, target));
            read.append(descriptor.indication(target))
                    .append(structure.spatialLayer(target))
                    .append(structure.temporalLayer(target));
            if (descriptor.chains() > 0) {
                assertTrue(descriptor.protectingChain(target) < descriptor.chains());
            }
        }
        for (int i = 0; i < descriptor.referenceCount(); i++) {
            assertTrue(descriptor.reference(i) >= 1 && descriptor.reference(i) <= 4096);
            read.append(' ').append(descriptor.reference(i));
        }
        for (int chain = 0; chain < descriptor.chains(); chain++) {
            read.append(' ').append(descriptor.chainDifference(chain));
        }
        for (int layer = 0; layer < 8; layer++) {
            read.append(structure.width(layer)).append(structure.height(layer));
        }
        read.append(structure.activeDecodeTargets());
    }
}
