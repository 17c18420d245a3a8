package dev.rostrum.signaling.offer;

import dev.rostrum.sfu.EndpointSpec;
import java.util.List;

/**
 * An answer, and the endpoint that keeps what it promises.
 *
 * <p>Immutable.
 *
 * @param sdp the text for the offerer
 * @param endpoint what the SFU must know. An m-line that both sends and receives appears twice in its streams, as a
 *     publication and as a slot with the same mid
 * @param refusals for each m-line of the offer that is not used, a sentence that says why; for logs and diagnosis
 */
public record Answer(String sdp, EndpointSpec endpoint, List<String> refusals) {

    public Answer {
        refusals = List.copyOf(refusals);
    }
}
