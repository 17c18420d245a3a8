package dev.rostrum.signaling.model;

import org.jspecify.annotations.Nullable;

/**
 * What a token gives whoever holds it: a role in a space.
 *
 * <p>Immutable.
 *
 * @param spaceId the space that it is for
 * @param role the role that it lets in as, if there is a seat
 * @param name the holder's name, if the token says it
 * @param sub who the holder is. With it the grant is a person's: the newest session wins, and a ban holds. Without it
 *     the grant is an invitation: each join makes a new participant
 */
public record Grant(
        String spaceId,
        Role role,
        @Nullable String name,
        @Nullable String sub) {

    /** The {@code sub} of the token that the creator of a space gets. */
    public static final String HOST_SUB = "host";

    /** What the creator of a space gets: one person, on whatever device they come. */
    public static Grant host(String spaceId) {
        return new Grant(spaceId, Role.HOST, null, HOST_SUB);
    }

    /** An invitation that any number of people can use. */
    public static Grant invitation(String spaceId, Role role, @Nullable String name) {
        return new Grant(spaceId, role, name, null);
    }
}
