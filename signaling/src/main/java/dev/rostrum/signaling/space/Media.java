package dev.rostrum.signaling.space;

import java.util.concurrent.CompletionStage;

/**
 * What the rules ask of the media side. In the server it is {@code Sfu}, in tests a plain model of it.
 *
 * <p>Called on the event loop that owns {@link Spaces}; never blocks. Changes for one endpoint take effect in the order
 * of the calls.
 */
public interface Media {

    /**
     * Changes whether a publication is forwarded.
     *
     * @return completes, on any thread, when the change holds on every shard
     */
    CompletionStage<Void> permit(String endpointId, String mid, boolean permitted);

    /** Fills so many of an endpoint's audio slots, or all if it has fewer; does nothing if there is none. */
    void fillAudioSlots(String endpointId, int count);

    /** Ends an endpoint; does nothing if there is none. */
    void remove(String endpointId);

    /** Where a publication comes from: a muted participant's microphone is kept back, their screen isn't. */
    enum Source {
        MICROPHONE,
        CAMERA,
        SCREEN,
        SCREEN_AUDIO
    }

    /**
     * An m-line on which a participant's endpoint can publish.
     *
     * @param mid the m-line's media identification
     */
    record Publication(String mid, Source source) {}
}
