package dev.rostrum.signaling.web;

import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.token.ApiKey;
import dev.rostrum.signaling.token.TokenException;
import dev.rostrum.signaling.token.Tokens;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who a request is from: its bearer token (RFC 6750 §2.1) or API key.
 *
 * <p>Immutable; any thread.
 */
final class Access {

    private static final int LONGEST = 8 * 1024;

    private final Tokens tokens;
    private final List<ApiKey> apiKeys;
    private final InstantSource wallClock;

    /** @param apiKeys what creating a space needs one of; none in the open mode */
    Access(Tokens tokens, List<ApiKey> apiKeys, InstantSource wallClock) {
        this.tokens = tokens;
        this.apiKeys = List.copyOf(apiKeys);
        this.wallClock = wallClock;
    }

    Tokens tokens() {
        return tokens;
    }

    /** What the request's token gives in a space, or null if it has none. */
    @Nullable
    Grant grant(HttpServerRequest request, String spaceId) throws ProblemException {
        String bearer = bearer(request);
        return bearer == null ? null : grant(bearer, spaceId);
    }

    /** What the request's token gives in a space; refused without one. */
    Grant requiredGrant(HttpServerRequest request, String spaceId) throws ProblemException {
        Grant grant = grant(request, spaceId);
        if (grant == null) {
            throw ProblemException.unauthorized(
                    "This needs a token of the space: send the header 'Authorization: Bearer TOKEN'.");
        }
        return grant;
    }

    /** What a token gives in a space. */
    Grant grant(String token, String spaceId) throws ProblemException {
        try {
            return tokens.verify(token, spaceId, wallClock.instant());
        } catch (TokenException e) {
            throw ProblemException.of(e);
        }
    }

    /** Refuses a request that may not create spaces. */
    void requireCreator(HttpServerRequest request) throws ProblemException {
        if (apiKeys.isEmpty()) {
            return;
        }
        String bearer = bearer(request);
        if (bearer == null) {
            throw ProblemException.unauthorized(
                    "Creating a space needs an API key here: send the header 'Authorization: Bearer KEY'.");
        }
        if (!isApiKey(bearer)) {
            throw new ProblemException(401, "unauthorized", "This is not an API key of this server.")
                    .with("WWW-Authenticate", "Bearer error=\"invalid_token\"");
        }
    }

    /** Whether the request shows one of the server's API keys. */
    boolean isOperator(HttpServerRequest request) throws ProblemException {
        String bearer = bearer(request);
        return bearer != null && isApiKey(bearer);
    }

    private boolean isApiKey(String bearer) {
        boolean found = false;
        for (ApiKey key : apiKeys) { // all of them, so that the time doesn't tell which
            found |= key.matches(bearer);
        }
        return found;
    }

    private static @Nullable String bearer(HttpServerRequest request) throws ProblemException {
        List<String> headers = request.headers().getAll("Authorization");
        if (headers.isEmpty()) {
            return null;
        }
        String header = headers.getFirst();
        if (headers.size() > 1 || !header.regionMatches(true, 0, "Bearer ", 0, 7) || header.length() > LONGEST) {
            throw new ProblemException(
                            400,
                            "authorization",
                            "The header must be 'Authorization: Bearer TOKEN', once; nothing else is" + " understood.")
                    .with("WWW-Authenticate", "Bearer error=\"invalid_request\"");
        }
        return header.substring(7).strip();
    }
}
