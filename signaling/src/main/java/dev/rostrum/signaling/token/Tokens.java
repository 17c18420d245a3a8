package dev.rostrum.signaling.token;

import dev.rostrum.signaling.space.Grant;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Issues and verifies this server's own access tokens: JWT (RFC 7519) signed with HS256.
 *
 * <p>Immutable; safe for any thread.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Tokens {

    public Tokens(TokenKey key) {}

    /**
     * A token for a grant.
     *
     * @param expiresAt until when it lets in; absent for as long as the server's key holds
     */
    public String issue(Grant grant, @Nullable Instant expiresAt) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads a token that somebody brought for a space.
     *
     * @throws TokenException with the reason why it lets nobody in
     */
    public Grant verify(String token, String spaceId, Instant now) throws TokenException {
        throw new UnsupportedOperationException();
    }
}
