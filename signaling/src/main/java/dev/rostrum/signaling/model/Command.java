package dev.rostrum.signaling.model;

import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.space.Session;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a participant asks of the space.
 *
 * <p>Immutable records, without any rule in them: {@link Session#execute} judges.
 */
public sealed interface Command {

    /** Ask to speak. */
    record RaiseHand() implements Command {}

    /** Stop asking, or (with a participant) send another's request away. */
    record LowerHand(@Nullable String participant) implements Command {}

    /**
     * Call somebody onto the stage, or up on it. Whoever did not raise a hand starts muted, and unmutes by themselves.
     *
     * @param role speaker, cohost, or host: the host's seat is handed over
     */
    record Promote(String participant, Role role) implements Command {}

    /**
     * Send somebody down, or step down. Its result says that nothing of theirs is forwarded any more.
     *
     * @param role the new role, lower than the present one
     */
    record Demote(String participant, Role role) implements Command {}

    /**
     * Mute oneself, or another, or take a camera or screen off. Its result says that nothing of it is forwarded any more.
     *
     * @param source what: the microphone, the camera, or the screen with its sound
     */
    record Mute(@Nullable String participant, Source source) implements Command {

        /** The microphone. */
        public Mute(@Nullable String participant) {
            this(participant, Source.MICROPHONE);
        }
    }

    /** Unmute oneself, or show one's camera or screen. Others can't be unmuted. */
    record Unmute(Source source) implements Command {

        /** The microphone. */
        public Unmute() {
            this(Source.MICROPHONE);
        }
    }

    /**
     * What one video slot is to carry.
     *
     * @param mid the slot's m-line
     * @param participant whose picture; absent for nobody's
     * @param source camera or screen
     * @param height the height in pixels at which it is shown; 0 for any
     * @param pinned whether it goes before the others where the network does not carry everything
     */
    record SlotWish(String mid, @Nullable String participant, Source source, int height, boolean pinned) {}

    /**
     * Put somebody out of the space.
     *
     * @param ban whether they may not come back
     * @param banAddress whether nobody without a known identity may come from their address, either: hits everybody
     *     behind the same address
     */
    record Remove(String participant, boolean ban, boolean banAddress) implements Command {}

    /** Change one's own name. */
    record SetName(String name) implements Command {}

    /**
     * Change what one wants to receive, until the media session ends.
     *
     * @param audio how many audio slots are filled, with the loudest speakers; more than there are mean all; absent for
     *     no change
     * @param video what the video slots are to carry; slots that were never named carry what the server thinks best;
     *     absent for no change
     */
    record SetSlots(@Nullable Integer audio, @Nullable List<SlotWish> video) implements Command {

        /** No client has more slots than this. */
        public static final int MOST = 64;

        public SetSlots {
            video = video == null ? null : List.copyOf(video);
        }
    }

    /** Go, now, and give up the identity. */
    record Leave() implements Command {}

    /** End the space for everybody. */
    record End() implements Command {}
}
