package dev.rostrum.signaling.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may use the doors (the Fetch standard's CORS protocol). No door uses cookies, so that a foreign page
 * can do nothing that its author could not do without a browser.
 *
 * <p>Immutable; any thread.
 */
public final class CrossOrigin {

    private static final String EXPOSED =
            "Location, ETag, Link, Retry-After, Rostrum-Ticket, Allow, Accept-Post, Accept-Patch, WWW-Authenticate";

    private final List<String> origins;
    private final boolean all;

    public CrossOrigin(List<String> origins) {
        this.origins = List.copyOf(origins);
        this.all = origins.contains("*");
    }

    /** Says in the answer whether the asking page may read it. */
    public void mark(HttpServerRequest request, HttpServerResponse response) {
        MultiMap headers = response.headers();
        if (!all) {
            headers.add("Vary", "Origin");
        }
        String origin = request.getHeader("Origin");
        if (origin != null && configured(origin)) {
            headers.set("Access-Control-Allow-Origin", all ? "*" : origin)
                    .set("Access-Control-Expose-Headers", EXPOSED);
        }
    }

    /** Answers the browser's question before a request, if this is one. */
    public void preflight(HttpServerRequest request, HttpServerResponse response, String methods) {
        String origin = request.getHeader("Origin");
        if (origin != null && configured(origin) && request.getHeader("Access-Control-Request-Method") != null) {
            response.headers()
                    .set("Access-Control-Allow-Methods", methods)
                    .set(
                            "Access-Control-Allow-Headers",
                            "Authorization, Content-Type, If-Match, If-None-Match, Rostrum-Ticket")
                    .set("Access-Control-Max-Age", "7200");
        }
    }

    /**
     * Whether a WebSocket of this page is let in: one without an origin (no browser), of the server's own page, or of a
     * configured one. Browsers don't ask before they open a WebSocket.
     */
    public boolean allowed(@Nullable String origin, String ownBase) {
        return origin == null || configured(origin) || origin.equalsIgnoreCase(ownBase);
    }

    private boolean configured(String origin) {
        return all || origins.contains(origin.toLowerCase(Locale.ROOT));
    }
}
