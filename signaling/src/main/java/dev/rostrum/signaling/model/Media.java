package dev.rostrum.signaling.model;

import dev.rostrum.signaling.space.Spaces;
import java.util.List;
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

    /**
     * Says what an endpoint's video slots are to carry. Slots that were never named carry what the media side thinks
     * best; does nothing if there is no such endpoint.
     */
    void watch(String endpointId, List<Wish> wishes);

    /**
     * What one video slot is to carry.
     *
     * @param mid the slot's m-line
     * @param csrc the publication; 0 for nothing
     * @param maxHeight the height in pixels at which it is shown; 0 for any
     * @param pinned whether it goes before the others where the network does not carry everything
     */
    record Wish(String mid, int csrc, int maxHeight, boolean pinned) {}

    /** Where a publication comes from: what the two lowest bits of its CSRC say; the others are the participant's. */
    enum Source {
        MICROPHONE(0, "microphone"),
        CAMERA(1, "camera"),
        SCREEN(2, "screen"),
        SCREEN_AUDIO(3, "screen-audio");

        /** The bits of a CSRC that name the source. */
        public static final int BITS = 3;

        private final int number;
        private final String text;

        Source(int number, String text) {
            this.number = number;
            this.text = text;
        }

        /** The source as messages write it. */
        public String text() {
            return text;
        }

        /** The source of a publication. */
        public static Source of(int csrc) {
            return switch (csrc & BITS) {
                case 0 -> MICROPHONE;
                case 1 -> CAMERA;
                case 2 -> SCREEN;
                default -> SCREEN_AUDIO;
            };
        }

        /** The CSRC of this source of a participant. */
        public int csrc(int participantCsrc) {
            return participantCsrc | number;
        }
    }

    /**
     * An m-line on which a participant's endpoint can publish.
     *
     * @param mid the m-line's media identification
     */
    record Publication(String mid, Source source) {}
}
