package dev.rostrum.signaling.model;

/**
 * What roles are allowed to do: the one table of it.
 *
 * <p>Immutable. Towards others every permission also asks for a strictly higher role than the other's.
 */
public enum Permission {
    // host, cohost, speaker, listener

    /** Be heard and seen. */
    PUBLISH(true, true, true, false),
    /** Ask to speak. */
    RAISE_HAND(false, false, false, true),
    /** See the raised hands of others, and lower them. */
    SEE_HANDS(true, true, false, false),
    /** Call others onto the stage, to a role below one's own. */
    PROMOTE(true, true, false, false),
    /** Send others down from the stage. */
    DEMOTE(true, true, false, false),
    /** Mute others. Nobody unmutes others. */
    MUTE(true, true, false, false),
    /** Put others out of the space. */
    REMOVE(true, true, false, false),
    /** Issue tokens for roles below one's own. */
    INVITE(true, true, false, false),
    /** Hand the host's seat to somebody else. */
    HAND_OVER(true, false, false, false),
    /** End the space for everybody. */
    END(true, false, false, false);

    private final boolean host;
    private final boolean cohost;
    private final boolean speaker;
    private final boolean listener;

    Permission(boolean host, boolean cohost, boolean speaker, boolean listener) {
        this.host = host;
        this.cohost = cohost;
        this.speaker = speaker;
        this.listener = listener;
    }

    boolean heldBy(Role role) {
        return switch (role) {
            case HOST -> host;
            case COHOST -> cohost;
            case SPEAKER -> speaker;
            case LISTENER -> listener;
        };
    }
}
