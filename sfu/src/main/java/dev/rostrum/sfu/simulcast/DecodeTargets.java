package dev.rostrum.sfu.simulcast;

import dev.rostrum.sfu.rtp.DependencyDescriptor;
import dev.rostrum.sfu.rtp.DependencyTemplates;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import java.util.Arrays;

/**
 * Which frames of one AV1 stream go out, by its dependency descriptors (AV1 RTP specification, appendix A): those of one
 * decode target.
 *
 * <p>Belongs to one {@link LayerFilter}; allocates nothing. Another decode target is taken at once if all its frames are
 * in the present one, and otherwise with a frame that is a switch for it and refers to no frame that was left out.
 */
final class DecodeTargets {

    private static final int FRAMES = 256;
    private static final int NONE = -1;

    private int current = NONE;
    private int spatial;
    private int temporal;
    private boolean keyFrameWanted;

    private int first;
    private int picture;

    /** The last frames that were decided about: their numbers, times two, and 1 more for those that went out. */
    private final int[] decided = new int[FRAMES];

    boolean passes(VideoFrameInfo frame, boolean beginning, int targetSpatial, int targetTemporal) {
        DependencyDescriptor descriptor = frame.dependencies();
        DependencyTemplates structure = descriptor.structure();
        if (beginning) {
            Arrays.fill(decided, NONE);
            current = NONE;
            first = frame.frameNumber();
            picture = ~frame.timestamp();
        }
        int wanted = choose(structure, targetSpatial, targetTemporal);
        if (frame.keyFrame() || current >= structure.decodeTargets()) {
            current = wanted;
        } else if (wanted != current && mayTake(frame, structure, wanted)) {
            current = wanted;
        }
        picture = frame.timestamp();
        spatial = structure.spatialLayer(current);
        temporal = structure.temporalLayer(current);
        keyFrameWanted = structure.spatialLayer(wanted) != spatial;
        boolean pass = descriptor.indication(current) != DependencyDescriptor.NOT_PRESENT;
        return note(frame, pass);
    }

    /** The best active decode target that shows no more than this; else the least. */
    private static int choose(DependencyTemplates structure, int targetSpatial, int targetTemporal) {
        int best = NONE;
        int least = 0;
        for (int target = 0; target < structure.decodeTargets(); target++) {
            if ((structure.activeDecodeTargets() & 1 << target) == 0) {
                continue;
            }
            boolean allowed = structure.spatialLayer(target) <= targetSpatial
                    && structure.temporalLayer(target) <= targetTemporal;
            if (allowed && (best == NONE || rank(structure, target) > rank(structure, best))) {
                best = target;
            }
            least = rank(structure, target) < rank(structure, least) ? target : least;
        }
        return best == NONE ? least : best;
    }

    private static int rank(DependencyTemplates structure, int target) {
        return structure.spatialLayer(target) << 3 | structure.temporalLayer(target);
    }

    private boolean mayTake(VideoFrameInfo frame, DependencyTemplates structure, int wanted) {
        DependencyDescriptor descriptor = frame.dependencies();
        if (structure.contains(current, wanted)) {
            return frame.timestamp() != picture; // a picture whose end is left out would have no end
        }
        if (descriptor.indication(wanted) != DependencyDescriptor.SWITCH) {
            return false;
        }
        for (int i = 0; i < descriptor.referenceCount(); i++) {
            if (!wentOut(frame, descriptor.reference(i))) {
                return false;
            }
        }
        return true;
    }

    /** Whether a reference went out, or at least may still come: as one of the same picture that was overtaken. */
    private boolean wentOut(VideoFrameInfo frame, int distance) {
        int reference = (frame.frameNumber() - distance) & 0xFFFF;
        int decision = decided[reference & (FRAMES - 1)];
        if (decision >> 1 != reference || decision == NONE) {
            return distance <= frame.spatialLayer() && (short) (reference - first) >= 0;
        }
        return (decision & 1) != 0;
    }

    private boolean note(VideoFrameInfo frame, boolean pass) {
        decided[frame.frameNumber() & (FRAMES - 1)] = frame.frameNumber() << 1 | (pass ? 1 : 0);
        return pass;
    }

    /** Whether a frame that comes behind later ones goes out, if this was the decode target at its time. */
    boolean late(VideoFrameInfo frame, int then) {
        DependencyDescriptor descriptor = frame.dependencies();
        if (descriptor.structureAdopted()) {
            // Overtaken by frames of its own picture: what is shown has another index now.
            current = choose(descriptor.structure(), spatial, temporal);
            return note(frame, descriptor.indication(current) != DependencyDescriptor.NOT_PRESENT);
        }
        return note(
                frame,
                then < descriptor.structure().decodeTargets()
                        && descriptor.indication(then) != DependencyDescriptor.NOT_PRESENT);
    }

    /** The decode target that goes out. */
    int current() {
        return current;
    }

    /** The shown spatial layer. */
    int spatial() {
        return spatial;
    }

    int temporal() {
        return temporal;
    }

    boolean keyFrameWanted() {
        return keyFrameWanted;
    }
}
