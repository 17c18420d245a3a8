package dev.rostrum.signaling.http;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Lays out what a path takes: its methods and media types, {@code OPTIONS} with what it accepts, and the right refusal
 * for all else.
 *
 * <p>Used by one thread while the server starts.
 */
public final class Routes {

    /** Answers a request, now or later, or refuses it. */
    @FunctionalInterface
    public interface Door {
        void handle(RoutingContext ctx) throws ProblemException;
    }

    private static final String MAX_BYTES = "maxBytes";

    private final Router router;
    private final CrossOrigin crossOrigin;

    public Routes(Router router, CrossOrigin crossOrigin) {
        this.router = router;
        this.crossOrigin = crossOrigin;
    }

    public Path at(String path) {
        return new Path(path);
    }

    /** One path. {@link #end} comes last. */
    public final class Path {

        private final String path;
        private final TreeSet<String> methods = new TreeSet<>(List.of("OPTIONS"));
        private final TreeMap<String, String> accepted = new TreeMap<>();

        private Path(String path) {
            this.path = path;
        }

        /** A method without a body, or whose body means nothing. GET also serves HEAD. */
        public Path on(HttpMethod method, Door door) {
            route(method).handler(handler(door));
            if (method.equals(HttpMethod.GET)) {
                route(HttpMethod.HEAD).handler(handler(door));
            }
            return this;
        }

        /** A method with a body of one media type. */
        public Path on(HttpMethod method, String mediaType, int maxBytes, Door door) {
            if (method.equals(HttpMethod.POST)) {
                accepted.put("Accept-Post", mediaType);
            } else if (method.equals(HttpMethod.PATCH)) {
                accepted.put("Accept-Patch", mediaType);
            }
            route(method).handler(handler(ctx -> {
                requireMediaType(ctx, mediaType, maxBytes);
                ctx.put(MAX_BYTES, maxBytes).next();
            }));
            route(method).handler(BodyHandler.create(false).setBodyLimit(maxBytes));
            route(method).handler(handler(door));
            return this;
        }

        /** Adds OPTIONS, and 405 for every other method. */
        public void end() {
            String allow = String.join(", ", methods);
            router.route(HttpMethod.OPTIONS, path).handler(ctx -> {
                HttpServerResponse response = ctx.response();
                response.headers().set("Allow", allow);
                accepted.forEach(response.headers()::set);
                crossOrigin.preflight(ctx.request(), response, allow);
                ctx.end();
            });
            router.route(path).handler(handler(ctx -> {
                throw new ProblemException(
                                405,
                                "method-not-allowed",
                                ctx.request().method() + " is not possible here; possible are " + allow + ".")
                        .with("Allow", allow);
            }));
        }

        private Route route(HttpMethod method) {
            methods.add(method.name());
            return router.route(method, path);
        }

        private void requireMediaType(RoutingContext ctx, String mediaType, int maxBytes) throws ProblemException {
            String sent = ctx.request().getHeader("Content-Type");
            String bare = sent == null ? "" : sent.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
            if (!bare.equals(mediaType)) {
                ProblemException problem = new ProblemException(
                        415,
                        "media-type",
                        (sent == null ? "The request says no Content-Type" : "The Content-Type is '" + bare + "'")
                                + "; it must be " + mediaType + ".");
                accepted.forEach(problem::with);
                throw problem;
            }
            String encoding = ctx.request().getHeader("Content-Encoding");
            if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
                throw new ProblemException(
                                415, "media-type", "Content-Encoding is not possible here; send the body as it is.")
                        .with("Accept-Encoding", "identity");
            }
            String length = ctx.request().getHeader("Content-Length");
            if (length != null
                    && length.matches("[0-9]+")
                    && (length.length() > 9 || Integer.parseInt(length) > maxBytes)) {
                throw tooLarge(maxBytes);
            }
        }
    }

    /** The body of a request was longer than its route takes. */
    static ProblemException tooLarge(RoutingContext ctx) {
        return tooLarge(ctx.<Integer>get(MAX_BYTES, HttpLimits.MAX_JSON_BYTES));
    }

    private static ProblemException tooLarge(int maxBytes) {
        return new ProblemException(413, "too-large", "The body is too large; at most " + maxBytes + " bytes are read.")
                .with("Connection", "close");
    }

    /** A door as a handler of the router. */
    public static Handler<RoutingContext> handler(Door door) {
        return ctx -> {
            try {
                door.handle(ctx);
            } catch (ProblemException e) {
                ctx.fail(e);
            }
        };
    }

    /**
     * Whether an {@code Accept} header takes a media type (RFC 9110 §12.5.1); the most exact range decides.
     *
     * @param accept null if there is none: then everything is taken
     */
    public static boolean accepts(@Nullable String accept, String mediaType) {
        if (accept == null || accept.isBlank()) {
            return true;
        }
        String type = mediaType.substring(0, mediaType.indexOf('/'));
        List<String> exactness = List.of("*/*", type + "/*", mediaType);
        int best = -1;
        boolean taken = false;
        for (String range : accept.toLowerCase(Locale.ROOT).split(",")) {
            List<String> parts = new ArrayList<>(List.of(range.replace(" ", "").split(";")));
            int exact = exactness.indexOf(parts.getFirst());
            if (exact > best) {
                best = exact;
                taken = parts.stream().skip(1).noneMatch(p -> p.matches("q=0(\\.0{0,3})?"));
            }
        }
        return taken;
    }
}
