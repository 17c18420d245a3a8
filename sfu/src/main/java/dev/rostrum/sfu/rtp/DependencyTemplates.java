package dev.rostrum.sfu.rtp;

import java.util.Arrays;

/**
 * The template dependency structure that the packets of one stream refer to: sent with key frames, it tells what kinds
 * of frames there are, which decode targets need them and which frames they refer to (AV1 RTP specification, appendix
 * A.8.2 to A.8.4).
 *
 * <p>Belongs to one incoming stream and its shard; {@link DependencyDescriptor} fills it. Its tables are allocated with
 * the first structure and used again for the next ones.
 */
public final class DependencyTemplates {

    static final int MAX_TEMPLATES = 64;
    static final int MAX_DECODE_TARGETS = 32;
    static final int MAX_CHAINS = 32;
    static final int MAX_REFERENCES = 8;
    static final int MAX_SPATIAL_LAYERS = 8;
    static final int MAX_TEMPORAL_LAYERS = 8;

    private static final Table NONE = new Table(0);

    private Table table = NONE;

    /** What a structure says; one object, so that nothing is allocated for a stream that has none. */
    private static final class Table {
        final byte[] spatial;
        final byte[] temporal;
        final byte[] indications;
        final byte[] referenceCounts;
        final byte[] references;
        final byte[] chainDifferences;
        final byte[] protectingChain;
        final byte[] targetSpatial;
        final byte[] targetTemporal;
        final int[] contained;
        final int[] widths;
        final int[] heights;
        int idOffset;
        int templates;
        int decodeTargets;
        int chains;
        int frameNumber;
        int activeDecodeTargets;
        boolean resolutions;

        Table(int capacity) {
            int targets = capacity == 0 ? 0 : MAX_DECODE_TARGETS;
            int layers = capacity == 0 ? 0 : MAX_SPATIAL_LAYERS;
            spatial = new byte[capacity];
            temporal = new byte[capacity];
            indications = new byte[capacity * MAX_DECODE_TARGETS];
            referenceCounts = new byte[capacity];
            references = new byte[capacity * MAX_REFERENCES];
            chainDifferences = new byte[capacity * MAX_CHAINS];
            protectingChain = new byte[targets];
            targetSpatial = new byte[targets];
            targetTemporal = new byte[targets];
            contained = new int[targets];
            widths = new int[layers];
            heights = new int[layers];
        }
    }

    /** Whether a structure was seen yet. Without one the stream's frames can't be told apart. */
    public boolean known() {
        return table.templates > 0;
    }

    /** The number of decode targets, 1 to 32; 0 before the first structure. */
    public int decodeTargets() {
        return table.decodeTargets;
    }

    /** The highest spatial layer that a decode target shows. */
    public int spatialLayer(int decodeTarget) {
        return table.targetSpatial[decodeTarget];
    }

    /** The highest temporal layer that a decode target shows. */
    public int temporalLayer(int decodeTarget) {
        return table.targetTemporal[decodeTarget];
    }

    /** The decode targets that the sender sends at present: a bit for each. */
    public int activeDecodeTargets() {
        return table.activeDecodeTargets;
    }

    /** Whether every frame that {@code inner} needs is one that {@code outer} needs too. */
    public boolean contains(int outer, int inner) {
        return (table.contained[outer] & 1 << inner) != 0;
    }

    int templates() {
        return table.templates;
    }

    int chains() {
        return table.chains;
    }

    int frameNumber() {
        return table.frameNumber;
    }

    int templateIndex(int templateId) {
        return (templateId + MAX_TEMPLATES - table.idOffset) % MAX_TEMPLATES;
    }

    int templateSpatial(int template) {
        return table.spatial[template];
    }

    int templateTemporal(int template) {
        return table.temporal[template];
    }

    int indication(int template, int decodeTarget) {
        return table.indications[template * MAX_DECODE_TARGETS + decodeTarget];
    }

    int referenceCount(int template) {
        return table.referenceCounts[template];
    }

    int reference(int template, int i) {
        return table.references[template * MAX_REFERENCES + i];
    }

    int chainDifference(int template, int chain) {
        return table.chainDifferences[template * MAX_CHAINS + chain];
    }

    int protectingChain(int decodeTarget) {
        return table.protectingChain[decodeTarget];
    }

    int highestSpatialLayer() {
        return table.templates == 0 ? 0 : table.spatial[table.templates - 1];
    }

    int width(int spatialLayer) {
        return table.resolutions && spatialLayer < MAX_SPATIAL_LAYERS ? table.widths[spatialLayer] : 0;
    }

    int height(int spatialLayer) {
        return table.resolutions && spatialLayer < MAX_SPATIAL_LAYERS ? table.heights[spatialLayer] : 0;
    }

    void activate(int mask) {
        table.activeDecodeTargets = mask;
    }

    /** Takes another's structure as its own. */
    void copyFrom(DependencyTemplates other) {
        Table from = other.table;
        Table to = writable();
        System.arraycopy(from.spatial, 0, to.spatial, 0, from.templates);
        System.arraycopy(from.temporal, 0, to.temporal, 0, from.templates);
        System.arraycopy(from.indications, 0, to.indications, 0, from.templates * MAX_DECODE_TARGETS);
        System.arraycopy(from.referenceCounts, 0, to.referenceCounts, 0, from.templates);
        System.arraycopy(from.references, 0, to.references, 0, from.templates * MAX_REFERENCES);
        System.arraycopy(from.chainDifferences, 0, to.chainDifferences, 0, from.templates * MAX_CHAINS);
        System.arraycopy(from.protectingChain, 0, to.protectingChain, 0, from.decodeTargets);
        System.arraycopy(from.targetSpatial, 0, to.targetSpatial, 0, from.decodeTargets);
        System.arraycopy(from.targetTemporal, 0, to.targetTemporal, 0, from.decodeTargets);
        System.arraycopy(from.contained, 0, to.contained, 0, from.decodeTargets);
        System.arraycopy(from.widths, 0, to.widths, 0, MAX_SPATIAL_LAYERS);
        System.arraycopy(from.heights, 0, to.heights, 0, MAX_SPATIAL_LAYERS);
        to.idOffset = from.idOffset;
        to.templates = from.templates;
        to.decodeTargets = from.decodeTargets;
        to.chains = from.chains;
        to.frameNumber = from.frameNumber;
        to.activeDecodeTargets = from.activeDecodeTargets;
        to.resolutions = from.resolutions;
    }

    private Table writable() {
        if (table == NONE) {
            table = new Table(MAX_TEMPLATES);
        }
        return table;
    }

    /** Reads a structure (template_dependency_structure); false, and then without meaning, if it is malformed. */
    boolean read(BitReader reader, int frame) {
        Table to = writable();
        to.frameNumber = frame;
        to.idOffset = reader.bits(6);
        to.decodeTargets = reader.bits(5) + 1;
        to.templates = 0;
        if (!readLayers(reader, to)) {
            return false;
        }
        for (int template = 0; template < to.templates; template++) {
            for (int target = 0; target < to.decodeTargets; target++) {
                to.indications[template * MAX_DECODE_TARGETS + target] = (byte) reader.bits(2);
            }
        }
        for (int template = 0; template < to.templates; template++) {
            int count = 0;
            while (reader.flag()) {
                if (count == MAX_REFERENCES) {
                    return false;
                }
                to.references[template * MAX_REFERENCES + count++] = (byte) (reader.bits(4) + 1);
            }
            to.referenceCounts[template] = (byte) count;
        }
        readChains(reader, to);
        readResolutions(reader, to);
        if (reader.overrun()) {
            return false;
        }
        findDecodeTargets(to);
        to.activeDecodeTargets = -1 >>> (MAX_DECODE_TARGETS - to.decodeTargets);
        return true;
    }

    private static boolean readLayers(BitReader reader, Table to) {
        int spatialLayer = 0;
        int temporalLayer = 0;
        while (true) {
            to.spatial[to.templates] = (byte) spatialLayer;
            to.temporal[to.templates] = (byte) temporalLayer;
            to.templates++;
            int next = reader.bits(2);
            if (next == 3) {
                return true;
            }
            if (next == 1) {
                temporalLayer++;
            } else if (next == 2) {
                temporalLayer = 0;
                spatialLayer++;
            }
            if (to.templates == MAX_TEMPLATES
                    || spatialLayer == MAX_SPATIAL_LAYERS
                    || temporalLayer == MAX_TEMPORAL_LAYERS
                    || reader.overrun()) {
                return false;
            }
        }
    }

    private static void readChains(BitReader reader, Table to) {
        to.chains = Math.min(reader.nonSymmetric(to.decodeTargets + 1), MAX_CHAINS);
        if (to.chains == 0) {
            return;
        }
        for (int target = 0; target < to.decodeTargets; target++) {
            to.protectingChain[target] = (byte) reader.nonSymmetric(to.chains);
        }
        for (int template = 0; template < to.templates; template++) {
            for (int chain = 0; chain < to.chains; chain++) {
                to.chainDifferences[template * MAX_CHAINS + chain] = (byte) reader.bits(4);
            }
        }
    }

    private static void readResolutions(BitReader reader, Table to) {
        to.resolutions = reader.flag();
        if (!to.resolutions) {
            return;
        }
        int highest = to.spatial[to.templates - 1];
        Arrays.fill(to.widths, 0);
        Arrays.fill(to.heights, 0);
        for (int layer = 0; layer <= highest; layer++) {
            to.widths[layer] = reader.bits(16) + 1;
            to.heights[layer] = reader.bits(16) + 1;
        }
    }

    private static void findDecodeTargets(Table to) {
        for (int target = 0; target < to.decodeTargets; target++) {
            int spatialLayer = 0;
            int temporalLayer = 0;
            for (int template = 0; template < to.templates; template++) {
                if (to.indications[template * MAX_DECODE_TARGETS + target] != 0) {
                    spatialLayer = Math.max(spatialLayer, to.spatial[template]);
                    temporalLayer = Math.max(temporalLayer, to.temporal[template]);
                }
            }
            to.targetSpatial[target] = (byte) spatialLayer;
            to.targetTemporal[target] = (byte) temporalLayer;
            int contained = 0;
            for (int inner = 0; inner < to.decodeTargets; inner++) {
                contained |= containsAll(to, target, inner) ? 1 << inner : 0;
            }
            to.contained[target] = contained;
        }
    }

    private static boolean containsAll(Table to, int outer, int inner) {
        for (int template = 0; template < to.templates; template++) {
            int at = template * MAX_DECODE_TARGETS;
            if (to.indications[at + inner] != 0 && to.indications[at + outer] == 0) {
                return false;
            }
        }
        return true;
    }
}
