package dev.rostrum.signaling.web;

import dev.rostrum.signaling.space.Spaces;
import dev.rostrum.signaling.web.SpaceDocuments.Details;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What everybody may know of spaces, kept for a moment, so that a crowd that looks at a space costs the loop of the
 * spaces one question in a quarter of a second, and gets its answer even while that loop is busy letting people in.
 *
 * <p>Safe for any event loop.
 */
final class SpaceViews {

    private static final long FRESH_NS = Duration.ofMillis(250).toNanos();
    private static final long PATIENCE_MS = 30;
    private static final int MOST_KEPT = 10_000;
    private static final String LIST = ""; // no space has this id

    private record View(List<Details> details, long atNs) {}

    private final Vertx vertx;
    private final Spaces spaces;
    private final SignalingLoop loop;
    private final Map<String, View> views = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<List<Details>>> asked = new ConcurrentHashMap<>();

    SpaceViews(Vertx vertx, Spaces spaces, SignalingLoop loop) {
        this.vertx = vertx;
        this.spaces = spaces;
        this.loop = loop;
    }

    /** A space; fails with a {@code Refusal} if there is none. */
    Future<Details> details(String spaceId) {
        return view(spaceId, () -> List.of(Details.of(spaces.require(spaceId)))).map(List::getFirst);
    }

    /** The listed spaces, newest first. */
    Future<List<Details>> listed(int limit) {
        return view(LIST, () -> spaces.listed(limit).stream().map(Details::of).toList());
    }

    /** What was kept of a space is not right any more. */
    void forget(String spaceId) {
        views.remove(spaceId);
        views.remove(LIST);
    }

    private Future<List<Details>> view(String key, Callable<List<Details>> look) {
        @Nullable View known = views.get(key);
        if (known != null && SignalingLoop.nowNs() - known.atNs() < FRESH_NS) {
            return Future.succeededFuture(known.details());
        }
        Context caller = vertx.getOrCreateContext();
        Promise<List<Details>> promise = Promise.promise();
        long timer = known == null ? -1 : vertx.setTimer(PATIENCE_MS, _ -> promise.tryComplete(known.details()));
        var _ = asked.computeIfAbsent(key, _ -> ask(key, look))
                .whenComplete((details, e) -> caller.runOnContext(_ -> {
                    vertx.cancelTimer(timer);
                    if (e == null) {
                        promise.tryComplete(details);
                    } else {
                        promise.tryFail(e);
                    }
                }));
        return promise.future();
    }

    /** One question for all who ask at the same time. */
    private CompletableFuture<List<Details>> ask(String key, Callable<List<Details>> look) {
        CompletableFuture<List<Details>> answer = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                List<Details> details = look.call();
                keep(key, details);
                asked.remove(key);
                answer.complete(details);
            } catch (Exception e) {
                views.remove(key);
                asked.remove(key);
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private void keep(String key, List<Details> details) {
        if (views.size() >= MOST_KEPT) {
            views.clear(); // simple, and right: all of it can be asked for again
        }
        views.put(key, new View(details, SignalingLoop.nowNs()));
    }
}
