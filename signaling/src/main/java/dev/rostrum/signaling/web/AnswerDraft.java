package dev.rostrum.signaling.web;

import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.signaling.offer.Answer;
import dev.rostrum.signaling.sdp.SessionDescription;
import org.jspecify.annotations.Nullable;

/**
 * An offer that can be answered, with its answer as far as that can be made before anybody knows whose it is. The check
 * and the answer are the same work, and it is a good part of what a join costs: so it is done once, and not on the loop
 * that all joins share.
 *
 * <p>Immutable.
 *
 * @param answer absent where it depends on the space: where the offer has video
 * @param seed what the answer was made with, for later answers in the same session
 * @param anywhere whether it can be answered in every space, because its sound can be used
 */
record AnswerDraft(SessionDescription offer, @Nullable Answer answer, long seed, boolean anywhere) {

    /** The answer of a session in a space without video. */
    static Answer of(Answer draft, String spaceId, int csrc, boolean permitted) {
        EndpointSpec spec = draft.endpoint();
        return new Answer(
                draft.sdp(),
                new EndpointSpec(
                        spec.id(),
                        spaceId,
                        spec.local(),
                        spec.remote(),
                        spec.remoteFingerprint(),
                        spec.dtlsRole(),
                        spec.cname(),
                        spec.streams().stream()
                                .map(stream -> with(stream, csrc, permitted))
                                .toList()),
                draft.refusals());
    }

    private static StreamSpec with(StreamSpec stream, int csrc, boolean permitted) {
        return stream instanceof StreamSpec.Publish p
                ? new StreamSpec.Publish(
                        p.mid(), p.kind(), p.payloadType(), p.clockRateHz(), p.extensions(), p.ssrcs(), csrc, permitted)
                : stream;
    }
}
