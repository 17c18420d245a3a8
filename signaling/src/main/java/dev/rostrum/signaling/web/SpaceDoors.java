package dev.rostrum.signaling.web;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.admission.AddressRate;
import dev.rostrum.signaling.http.ETags;
import dev.rostrum.signaling.http.HttpLimits;
import dev.rostrum.signaling.http.JsonBody;
import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.http.PublicAddress;
import dev.rostrum.signaling.http.Replies;
import dev.rostrum.signaling.http.Routes;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.space.Spaces;
import dev.rostrum.signaling.web.SpaceDocuments.Created;
import dev.rostrum.signaling.web.SpaceDocuments.Details;
import dev.rostrum.signaling.web.SpaceDocuments.Links;
import dev.rostrum.signaling.web.SpaceDocuments.Listing;
import dev.rostrum.signaling.web.SpaceDocuments.SpaceTokens;
import dev.rostrum.signaling.web.SpaceDocuments.Token;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The REST doors of spaces and their tokens.
 *
 * <p>Safe for any event loop; hops onto the one that owns the spaces.
 */
final class SpaceDoors {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final int LISTED_AT_MOST = 100;
    private static final int MAX_TITLE_LENGTH = 200;
    private static final int MAX_NAME_LENGTH = 64;
    private static final int MAX_SUB_LENGTH = 128;
    private static final long LONGEST_TOKEN_SECONDS = 10L * 365 * 24 * 3600;
    /** An empty space is kept until it was to start: nobody may have one kept for ever. */
    private static final Duration FARTHEST_START = Duration.ofDays(10 * 365);

    private final Spaces spaces;
    private final SignalingLoop loop;
    private final Access access;
    private final PublicAddress publicAddress;
    private final SpaceViews views;
    private final AddressRate creations;
    private final InstantSource wallClock;

    SpaceDoors(
            Spaces spaces,
            SignalingLoop loop,
            Access access,
            PublicAddress publicAddress,
            SpaceViews views,
            AddressRate creations,
            InstantSource wallClock) {
        this.spaces = spaces;
        this.loop = loop;
        this.access = access;
        this.publicAddress = publicAddress;
        this.views = views;
        this.creations = creations;
        this.wallClock = wallClock;
    }

    void install(Routes routes) {
        routes.at("/v1/spaces")
                .on(HttpMethod.GET, this::list)
                .on(HttpMethod.POST, JsonBody.CONTENT_TYPE, HttpLimits.MAX_JSON_BYTES, this::create)
                .end();
        routes.at("/v1/spaces/:space")
                .on(HttpMethod.GET, this::details)
                .on(HttpMethod.DELETE, this::end)
                .end();
        routes.at("/v1/spaces/:space/tokens")
                .on(HttpMethod.POST, JsonBody.CONTENT_TYPE, HttpLimits.MAX_JSON_BYTES, this::issue)
                .end();
    }

    private record Made(SpaceInfo info, CompletionStage<Boolean> stored) {}

    private void create(RoutingContext ctx) throws ProblemException {
        access.requireCreator(ctx.request());
        JsonBody body = JsonBody.of(ctx);
        String client = publicAddress.client(ctx.request());
        String title = readable("title", body.requiredText("title"), MAX_TITLE_LENGTH);
        boolean video = body.flag("video");
        List<VideoCodec> videoCodecs = videoCodecs(video, body.texts("videoCodecs", VideoCodec.values().length));
        boolean listed = body.flag("listed");
        Instant startsAt = near("startsAt", instant("startsAt", body.text("startsAt")));
        loop.call(() -> {
                    if (!creations.take(client, SignalingLoop.nowNs())) {
                        throw new ProblemException(
                                        429,
                                        "too-fast",
                                        "Your network creates very many spaces; try again in a moment.")
                                .with("Retry-After", Integer.toString(creations.retryAfterSeconds()));
                    }
                    Spaces.Created created = spaces.create(title, videoCodecs, listed, startsAt, SignalingLoop.nowNs());
                    return new Made(created.space().info(), created.stored());
                })
                .compose(made -> loop.await(made::stored).map(durable -> created(ctx, made.info(), durable)))
                .onSuccess(created -> {
                    ctx.response()
                            .putHeader(
                                    "Location", publicAddress.knownBase(ctx.request()) + "/v1/spaces/" + created.id());
                    Replies.json(ctx, 201, created);
                })
                .onFailure(e -> Replies.failure(ctx, e));
    }

    private Created created(RoutingContext ctx, SpaceInfo info, boolean durable) {
        return new Created(
                info.id(),
                info.title(),
                info.state().text(),
                info.video(),
                SpaceDocuments.names(info.videoCodecs()),
                info.listed(),
                info.createdAt(),
                info.startsAt(),
                Links.of(publicAddress.base(ctx.request()), info.id()),
                new SpaceTokens(
                        access.tokens().issue(Grant.host(info.id()), null),
                        access.tokens().issue(Grant.invitation(info.id(), Role.SPEAKER, null), null),
                        access.tokens().issue(Grant.invitation(info.id(), Role.LISTENER, null), null)),
                durable);
    }

    private void list(RoutingContext ctx) {
        String base = publicAddress.base(ctx.request());
        Future<List<Details>> listed = views.listed(LISTED_AT_MOST);
        listed.onSuccess(all -> tagged(
                        ctx,
                        new Listing(all.stream()
                                .map(details -> details.with(Links.of(base, details.id())))
                                .toList())))
                .onFailure(e -> Replies.failure(ctx, e));
    }

    private void details(RoutingContext ctx) throws ProblemException {
        String base = publicAddress.base(ctx.request());
        views.details(spaceId(ctx))
                .onSuccess(details -> tagged(ctx, details.with(Links.of(base, details.id()))))
                .onFailure(e -> Replies.failure(ctx, e));
    }

    /** Answers with a document and its tag, or says that the asker's copy is still right. */
    private static void tagged(RoutingContext ctx, Object document) {
        byte[] bytes = JsonBody.MAPPER.writeValueAsBytes(document);
        String etag = ETags.of(bytes);
        if (ctx.response().closed()) {
            return;
        }
        ctx.response().putHeader("ETag", etag).putHeader("Cache-Control", "no-cache");
        if (ETags.matches(ctx.request().getHeader("If-None-Match"), etag)) {
            ctx.response().setStatusCode(304).end();
        } else {
            ctx.response().putHeader("Content-Type", JsonBody.CONTENT_TYPE).end(Buffer.buffer(bytes));
        }
    }

    private void end(RoutingContext ctx) throws ProblemException {
        String spaceId = spaceId(ctx);
        Grant grant = access.isOperator(ctx.request()) ? null : access.requiredGrant(ctx.request(), spaceId);
        loop.await(() -> spaces.end(spaceId, grant, SignalingLoop.nowNs()))
                .onSuccess(_ -> {
                    views.forget(spaceId);
                    Replies.empty(ctx, 204);
                })
                .onFailure(e -> Replies.failure(ctx, e));
    }

    private void issue(RoutingContext ctx) throws ProblemException {
        String spaceId = spaceId(ctx);
        boolean operator = access.isOperator(ctx.request());
        Grant grant = operator ? null : access.requiredGrant(ctx.request(), spaceId);
        JsonBody body = JsonBody.of(ctx);
        Role role = Role.of(body.requiredText("role"))
                .orElseThrow(() ->
                        ProblemException.field("role", "The field 'role' must be host, cohost, speaker or listener."));
        String name = optional("name", body.text("name"), MAX_NAME_LENGTH);
        String sub = optional("sub", body.text("sub"), MAX_SUB_LENGTH);
        Long seconds = body.number("expiresIn", 1, LONGEST_TOKEN_SECONDS);
        loop.call(() -> spaces.require(spaceId).invite(grant, role, name, sub))
                .onSuccess(invited -> Replies.json(
                        ctx,
                        201,
                        new Token(access.tokens()
                                .issue(
                                        invited,
                                        seconds == null
                                                ? null
                                                : wallClock.instant().plusSeconds(seconds)))))
                .onFailure(e -> Replies.failure(ctx, e));
    }

    /** The space's id in the path; ids that can't be any are simply not there. */
    static String spaceId(RoutingContext ctx) throws ProblemException {
        String id = ctx.pathParam("space");
        if (id == null || !ID.matcher(id).matches()) {
            throw new ProblemException(404, Refusal.Code.NO_SUCH_SPACE.text(), "There is no such space.");
        }
        return id;
    }

    private static @Nullable String optional(String field, @Nullable String text, int maxLength)
            throws ProblemException {
        return text == null || text.isBlank() ? null : readable(field, text, maxLength);
    }

    private static String readable(String field, String text, int maxLength) throws ProblemException {
        String stripped = text.strip();
        if (stripped.isEmpty()) {
            throw ProblemException.field(field, "The field '" + field + "' is empty.");
        }
        if (stripped.codePointCount(0, stripped.length()) > maxLength) {
            throw ProblemException.field(
                    field, "The field '" + field + "' is longer than " + maxLength + " characters.");
        }
        if (stripped.codePoints().anyMatch(Character::isISOControl)) {
            throw ProblemException.field(field, "The field '" + field + "' has control characters.");
        }
        return stripped;
    }

    /** The codecs of a space: what is asked for, else VP8, which every browser has. */
    private static List<VideoCodec> videoCodecs(boolean video, @Nullable List<String> names) throws ProblemException {
        if (names == null) {
            return video ? List.of(VideoCodec.VP8) : List.of();
        }
        if (!video) {
            throw ProblemException.field("videoCodecs", "The field 'videoCodecs' needs \"video\": true.");
        }
        Set<VideoCodec> codecs = new LinkedHashSet<>();
        for (String name : names) {
            VideoCodec codec = Stream.of(VideoCodec.values())
                    .filter(known -> known.name().equals(name))
                    .findFirst()
                    .orElse(null);
            if (codec == null || !codecs.add(codec)) {
                throw ProblemException.field(
                        "videoCodecs",
                        "The field 'videoCodecs' must hold some of VP8, H264, VP9 and AV1, each once, the preferred"
                                + " first.");
            }
        }
        if (codecs.isEmpty()) {
            throw ProblemException.field("videoCodecs", "The field 'videoCodecs' is empty.");
        }
        return List.copyOf(codecs);
    }

    private static @Nullable Instant instant(String field, @Nullable String text) throws ProblemException {
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            throw ProblemException.field(
                    field, "The field '" + field + "' must be a time in UTC such as 2026-12-24T18:00:00Z.");
        }
    }

    /** A time that people plan with. ISO 8601 has others, a billion years away, that don't even fit into a stored number. */
    private @Nullable Instant near(String field, @Nullable Instant instant) throws ProblemException {
        Instant now = wallClock.instant();
        if (instant != null
                && (instant.isBefore(now.minus(FARTHEST_START)) || instant.isAfter(now.plus(FARTHEST_START)))) {
            throw ProblemException.field(field, "The field '" + field + "' must be within ten years from now.");
        }
        return instant;
    }
}
