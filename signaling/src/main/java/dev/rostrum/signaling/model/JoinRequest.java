package dev.rostrum.signaling.model;

import org.jspecify.annotations.Nullable;

/**
 * How somebody wants to join a space.
 *
 * <p>Immutable.
 *
 * @param door where they come in
 * @param grant what their token gives; absent if they have none, or none that is valid and a resume token
 * @param resume the private resume token of an earlier session, if they have one
 * @param name what they call themselves; a token's name goes first for a person, last for an invitation
 * @param address where they come from, without a port; for bans
 * @param keepMedia whether the media session that they have goes on (a join without an offer); else it is ended
 */
public record JoinRequest(
        Door door,
        @Nullable Grant grant,
        @Nullable String resume,
        @Nullable String name,
        @Nullable String address,
        boolean keepMedia) {

    /** The ways in. */
    public enum Door {
        /** Commands, events, and both directions of media. */
        WEBSOCKET,
        /** Publishes only; refused when there is no seat on the stage. */
        WHIP,
        /** Listens only, always as a listener, whatever the token says. */
        WHEP
    }

    /** A WHIP publisher. */
    public static JoinRequest whip(Grant grant, @Nullable String address) {
        return new JoinRequest(Door.WHIP, grant, null, null, address, false);
    }

    /** A WHEP player. */
    public static JoinRequest whep(@Nullable Grant grant, @Nullable String address) {
        return new JoinRequest(Door.WHEP, grant, null, null, address, false);
    }
}
