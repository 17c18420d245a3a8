package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;

/**
 * A view of a dependency descriptor, the header extension that tells an SFU about the frame that a packet belongs to
 * (AV1 RTP specification, appendix A).
 *
 * <p>Mutable: {@link #parse} points it at another packet. Allocates nothing once the stream's first structure was seen;
 * its accessors mean something only after a parse that returned true.
 */
public final class DependencyDescriptor {

    /** A decode target does not need the frame. */
    public static final int NOT_PRESENT = 0;

    /** A decode target shows the frame, and no other frame of it refers to the frame. */
    public static final int DISCARDABLE = 1;

    /** Whoever can decode the frame can decode all later frames of the decode target. */
    public static final int SWITCH = 2;

    /** A decode target shows the frame, and later frames may refer to it. */
    public static final int REQUIRED = 3;

    private static final int MANDATORY_BYTES = 3;
    private static final int MAX_LENGTH_BYTES = 255;

    private final BitReader reader = new BitReader();
    private final DependencyTemplates attached = new DependencyTemplates();
    private final byte[] indications = new byte[DependencyTemplates.MAX_DECODE_TARGETS];
    private final int[] references = new int[DependencyTemplates.MAX_REFERENCES];
    private final int[] chainDifferences = new int[DependencyTemplates.MAX_CHAINS];

    private DependencyTemplates templates = attached;
    private boolean startOfFrame;
    private boolean endOfFrame;
    private int frameNumber;
    private boolean structureAttached;
    private boolean structureAdopted;
    private boolean customIndications;
    private int template;
    private int referenceCount;

    /**
     * Reads the extension element of {@code lengthBytes} at {@code offset}.
     *
     * @param stream the structure of the packet's stream: replaced if the packet brings a newer one
     * @return false if the element is malformed, or refers to a structure that was never seen
     */
    public boolean parse(ByteBuffer bytes, int offset, int lengthBytes, DependencyTemplates stream) {
        if (lengthBytes < MANDATORY_BYTES || lengthBytes > MAX_LENGTH_BYTES) {
            return false;
        }
        reader.wrap(bytes, offset, lengthBytes);
        startOfFrame = reader.flag();
        endOfFrame = reader.flag();
        int templateId = reader.bits(6);
        frameNumber = reader.bits(16);
        structureAttached = false;
        customIndications = false;
        boolean customReferences = false;
        boolean customChains = false;
        boolean activeDecodeTargets = false;
        if (lengthBytes > MANDATORY_BYTES) {
            structureAttached = reader.flag();
            activeDecodeTargets = reader.flag();
            customIndications = reader.flag();
            customReferences = reader.flag();
            customChains = reader.flag();
        }
        templates = stream;
        if (structureAttached) {
            if (!attached.read(reader, frameNumber)) {
                return false;
            }
            templates = attached;
        } else if (!stream.known()) {
            return false;
        }
        int active = activeDecodeTargets ? reader.bits(templates.decodeTargets()) : templates.activeDecodeTargets();
        template = templates.templateIndex(templateId);
        if (template >= templates.templates() || !readFrame(customReferences, customChains) || reader.overrun()) {
            return false;
        }
        templates.activate(active);
        structureAdopted = structureAttached && newer(stream);
        if (structureAdopted) {
            stream.copyFrom(attached);
            templates = stream;
        }
        return true;
    }

    /** A retransmitted key frame may come behind the next one. */
    private boolean newer(DependencyTemplates stream) {
        return !stream.known() || (short) (frameNumber - stream.frameNumber()) >= 0;
    }

    private boolean readFrame(boolean customReferences, boolean customChains) {
        if (customIndications) {
            for (int target = 0; target < templates.decodeTargets(); target++) {
                indications[target] = (byte) reader.bits(2);
            }
        }
        if (customReferences) {
            referenceCount = 0;
            int size = reader.bits(2);
            while (size != 0) {
                if (referenceCount == DependencyTemplates.MAX_REFERENCES) {
                    return false;
                }
                references[referenceCount++] = reader.bits(4 * size) + 1;
                size = reader.bits(2);
            }
        } else {
            referenceCount = templates.referenceCount(template);
            for (int i = 0; i < referenceCount; i++) {
                references[i] = templates.reference(template, i);
            }
        }
        for (int chain = 0; chain < templates.chains(); chain++) {
            chainDifferences[chain] = customChains ? reader.bits(8) : templates.chainDifference(template, chain);
        }
        return true;
    }

    /** Whether the packet is the first of its frame. */
    public boolean startOfFrame() {
        return startOfFrame;
    }

    /** Whether the packet is the last of its frame (of one spatial layer, not of the temporal unit). */
    public boolean endOfFrame() {
        return endOfFrame;
    }

    /** The frame's number, 0 to 65535. */
    public int frameNumber() {
        return frameNumber;
    }

    /** Whether the packet brings the structure: only key frames do. */
    public boolean structureAttached() {
        return structureAttached;
    }

    /** Whether the packet brings the structure that its stream's newest frames refer to. */
    public boolean structureAdopted() {
        return structureAdopted;
    }

    /** The structure that the packet refers to. */
    public DependencyTemplates structure() {
        return templates;
    }

    /** The frame's spatial layer, 0 to 7. */
    public int spatialLayer() {
        return templates.templateSpatial(template);
    }

    /** The frame's temporal layer, 0 to 7. */
    public int temporalLayer() {
        return templates.templateTemporal(template);
    }

    /** What the frame is to a decode target: {@link #NOT_PRESENT} to {@link #REQUIRED}. */
    public int indication(int decodeTarget) {
        return customIndications ? indications[decodeTarget] : templates.indication(template, decodeTarget);
    }

    /** How many frames the frame refers to, 0 to 8; none: it is a key frame, or the like. */
    public int referenceCount() {
        return referenceCount;
    }

    /** How many frame numbers before this one a reference lies, 1 to 4096. */
    public int reference(int i) {
        return references[i];
    }

    /** The number of chains, 0 to 32. */
    public int chains() {
        return templates.chains();
    }

    /** How many frame numbers ago the chain's last frame was, 0 to 255; 0: none, the chain begins anew. */
    public int chainDifference(int chain) {
        return chainDifferences[chain];
    }

    /** The chain that protects a decode target, if there are chains. */
    public int protectingChain(int decodeTarget) {
        return templates.protectingChain(decodeTarget);
    }
}
