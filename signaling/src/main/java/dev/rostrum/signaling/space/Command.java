package dev.rostrum.signaling.space;

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

    /** Mute oneself, or another. Its result says that no sound of theirs is forwarded any more. */
    record Mute(@Nullable String participant) implements Command {}

    /** Unmute oneself. Others can't be unmuted. */
    record Unmute() implements Command {}

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
     * @param audio how many audio slots are filled, with the loudest speakers; more than there are mean all
     */
    record SetSlots(int audio) implements Command {

        /** No client has more slots than this. */
        public static final int MOST = 64;
    }

    /** Go, now, and give up the identity. */
    record Leave() implements Command {}

    /** End the space for everybody. */
    record End() implements Command {}
}
