package dev.rostrum.signaling.http;

import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.token.TokenException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes answers: JSON documents and problems.
 *
 * <p>Stateless; called on the event loop of the request.
 */
public final class Replies {

    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

    private Replies() {}

    public static void json(RoutingContext ctx, int status, Object document) {
        if (gone(ctx)) {
            return;
        }
        ctx.response()
                .setStatusCode(status)
                .putHeader("Content-Type", JsonBody.CONTENT_TYPE)
                .putHeader("Cache-Control", "no-store")
                .end(Buffer.buffer(JsonBody.MAPPER.writeValueAsBytes(document)));
    }

    public static void empty(RoutingContext ctx, int status) {
        if (!gone(ctx)) {
            ctx.response().setStatusCode(status).end();
        }
    }

    /** Ends the request with what its work on the signaling loop threw. */
    public static void failure(RoutingContext ctx, Throwable thrown) {
        if (!gone(ctx)) {
            ctx.fail(thrown);
        }
    }

    /** The answer to a request that failed, for the router's failure handler. */
    public static void problem(RoutingContext ctx) {
        HttpServerResponse response = ctx.response();
        if (gone(ctx)) {
            return;
        }
        ProblemException e = problem(ctx, ctx.failure(), ctx.statusCode());
        Problem problem = e.problem();
        boolean http1 = ctx.request().version() != HttpVersion.HTTP_2; // which has no headers about its connection
        e.headers().forEach((name, value) -> {
            if (http1 || !(name.equals("Connection") || name.equals("Upgrade"))) {
                response.putHeader(name, value);
            }
        });
        response.setStatusCode(problem.status())
                .setStatusMessage(problem.title())
                .putHeader("Content-Type", Problem.CONTENT_TYPE)
                .putHeader("Cache-Control", "no-store")
                .end(Buffer.buffer(encode(problem)));
    }

    public static byte[] encode(Problem problem) {
        return JsonBody.MAPPER.writeValueAsBytes(problem);
    }

    private static ProblemException problem(RoutingContext ctx, @Nullable Throwable failure, int status) {
        return switch (failure) {
            case ProblemException e -> e;
            case Refusal e -> ProblemException.of(e);
            case TokenException e -> ProblemException.of(e);
            case SdpException e -> ProblemException.of(e);
            case CompletionException e when e.getCause() != null -> problem(ctx, e.getCause(), status);
            case null, default -> unnamed(ctx, failure, status);
        };
    }

    /** What the router itself refuses, and faults. */
    private static ProblemException unnamed(RoutingContext ctx, @Nullable Throwable failure, int status) {
        return switch (status) {
            case 400 -> new ProblemException(400, "malformed", "The request can't be understood.");
            case 404 -> new ProblemException(404, "not-found", "There is nothing at this address.");
            case 413 -> Routes.tooLarge(ctx);
            case 414 -> new ProblemException(414, "too-large", "The address of the request is too long.");
            default -> {
                if (!ctx.request().isEnded()) { // it failed while the body was read: the client's fault
                    yield new ProblemException(400, "malformed", "The request's body can't be read (RFC 9112 §7).")
                            .with("Connection", "close");
                }
                LOG.error("{} {} failed", ctx.request().method(), ctx.normalizedPath(), failure);
                yield new ProblemException(500, "internal", "The server made a mistake; its log says more.");
            }
        };
    }

    private static boolean gone(RoutingContext ctx) {
        return ctx.response().ended()
                || ctx.response().closed()
                || ctx.response().headWritten();
    }
}
