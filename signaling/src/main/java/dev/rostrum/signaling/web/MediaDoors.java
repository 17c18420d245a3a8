package dev.rostrum.signaling.web;

import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.Sfu;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.admission.Doorkeeper;
import dev.rostrum.signaling.admission.Hold;
import dev.rostrum.signaling.http.ETags;
import dev.rostrum.signaling.http.HttpLimits;
import dev.rostrum.signaling.http.ProblemException;
import dev.rostrum.signaling.http.PublicAddress;
import dev.rostrum.signaling.http.Replies;
import dev.rostrum.signaling.http.Routes;
import dev.rostrum.signaling.model.Connection;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.Standing;
import dev.rostrum.signaling.offer.Answer;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpFragment;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.space.Session;
import dev.rostrum.signaling.space.Spaces;
import dev.rostrum.signaling.web.PlayerTurn.Entry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep): a media session is made by one POST, and is a resource until it is
 * deleted or its endpoint is gone. The resource's URL holds 128 random bits and is all that its methods ask for.
 *
 * <p>The handlers run on any event loop; the resources belong to the signaling loop.
 */
final class MediaDoors {

    private static final String SDP = "application/sdp";
    private static final String FRAGMENT = "application/trickle-ice-sdpfrag";

    private static final int ID_BYTES = 16;

    /** A media session that was made by WHIP or WHEP. */
    private static final class Resource implements Connection {
        private final String id;
        private final String spaceId;
        private final Door door;
        private final Map<String, Resource> resources;
        private @Nullable Session session;
        private String endpointId = "";
        private String etag;

        Resource(String id, String spaceId, Door door, String etag, Map<String, Resource> resources) {
            this.id = id;
            this.spaceId = spaceId;
            this.door = door;
            this.etag = etag;
            this.resources = resources;
        }

        @Override
        public void send(SpaceEvent event) {} // there is no way to tell them

        @Override
        public void close(Farewell farewell) {
            resources.remove(id);
        }
    }

    private final Spaces spaces;
    private final SignalingLoop loop;
    private final MediaSessions media;
    private final Doorkeeper doorkeeper;
    private final Sfu sfu;
    private final Access access;
    private final PublicAddress publicAddress;
    private final IceServers iceServers;
    private final Drain drain;
    private final SecureRandom random;
    private final InstantSource wallClock;
    private final Map<String, Resource> resources = new HashMap<>(); // signaling loop only
    private final Set<PlayerTurn> waiting = new LinkedHashSet<>(); // signaling loop only

    MediaDoors(
            Spaces spaces,
            SignalingLoop loop,
            MediaSessions media,
            Doorkeeper doorkeeper,
            Sfu sfu,
            Access access,
            PublicAddress publicAddress,
            IceServers iceServers,
            Drain drain,
            SecureRandom random,
            InstantSource wallClock) {
        this.spaces = spaces;
        this.loop = loop;
        this.media = media;
        this.doorkeeper = doorkeeper;
        this.sfu = sfu;
        this.access = access;
        this.publicAddress = publicAddress;
        this.iceServers = iceServers;
        this.drain = drain;
        this.random = random;
        this.wallClock = wallClock;
    }

    /** @param portions of the event loop whose routes these are: players may wait for a moment */
    void install(Routes routes, Portions portions) {
        install(routes, Door.WHIP, "whip", ctx -> open(ctx, Door.WHIP, "whip"));
        install(
                routes,
                Door.WHEP,
                "whep",
                ctx -> portions.execute(() -> {
                    try {
                        open(ctx, Door.WHEP, "whep");
                    } catch (ProblemException e) {
                        Replies.failure(ctx, e);
                    }
                }));
    }

    private void install(Routes routes, Door door, String name, Routes.Door post) {
        routes.at("/v1/spaces/:space/" + name)
                .on(HttpMethod.GET, this::nothing)
                .on(HttpMethod.POST, SDP, HttpLimits.MAX_SDP_BYTES, post)
                .end();
        routes.at("/v1/spaces/:space/" + name + "/:session")
                .on(HttpMethod.GET, ctx -> look(ctx, door))
                .on(HttpMethod.PATCH, FRAGMENT, HttpLimits.MAX_SDP_BYTES, ctx -> patch(ctx, door))
                .on(HttpMethod.DELETE, ctx -> close(ctx, door))
                .end();
    }

    /** Neither the endpoint nor a session has a representation: GET says so with 204 (RFC 9725 §4.1). */
    private void nothing(RoutingContext ctx) throws ProblemException {
        String spaceId = SpaceDoors.spaceId(ctx);
        loop.call(() -> spaces.require(spaceId).info().id())
                .onSuccess(_ -> Replies.empty(ctx, 204))
                .onFailure(e -> Replies.failure(ctx, e));
    }

    private record Opened(Answer answer, String id, String etag, String participant) {}

    private void open(RoutingContext ctx, Door door, String name) throws ProblemException {
        String spaceId = SpaceDoors.spaceId(ctx);
        Grant grant =
                door == Door.WHIP ? access.requiredGrant(ctx.request(), spaceId) : access.grant(ctx.request(), spaceId);
        if (!Routes.accepts(ctx.request().getHeader("Accept"), SDP)) {
            throw new ProblemException(406, "accept", "The answer is " + SDP + "; the Accept header must allow it.");
        }
        String text = text(ctx);
        String client = publicAddress.client(ctx.request());
        JoinRequest request =
                grant != null && door == Door.WHIP ? JoinRequest.whip(grant, client) : JoinRequest.whep(grant, client);
        String ticket = ctx.request().getHeader(PlayerTurn.TICKET);
        Context connection = ctx.vertx().getOrCreateContext();
        // In a crowd the offer is read only when its turn has come: that is a good part of what a join costs.
        AnswerDraft early = ticket == null && !doorkeeper.crowded() ? read(door, text) : null;
        Future<Opened> opening = early == null
                ? loop.await(() -> knock(ctx, connection, spaceId, request, ticket))
                        .compose(entry -> {
                            try {
                                AnswerDraft draft = read(door, text);
                                return loop.call(() -> open(spaceId, request, draft, entry.hold()));
                            } catch (ProblemException e) {
                                loop.execute(() -> HeldPlace.giveBack(entry.hold()));
                                return Future.failedFuture(e);
                            }
                        })
                : loop.await(() -> knock(ctx, connection, spaceId, request, null)
                        .thenCompose(entry -> opened(spaceId, request, early, entry.hold())));
        opening.onSuccess(opened -> created(ctx, spaceId, name, opened)).onFailure(e -> Replies.failure(ctx, e));
    }

    private AnswerDraft read(Door door, String text) throws ProblemException {
        try {
            return media.draft(door, SdpReader.read(text));
        } catch (SdpException e) {
            throw ProblemException.of(e);
        }
    }

    /** On the signaling loop: waits until it is this one's turn, if that is soon; on the way to the stage it always is. */
    private CompletionStage<Entry> knock(
            RoutingContext ctx, Context connection, String spaceId, JoinRequest request, @Nullable String ticket)
            throws Refusal {
        Standing standing = spaces.standing(spaceId, request);
        if (standing == Standing.STAGE) {
            doorkeeper.stage();
            return CompletableFuture.completedStage(new Entry(null));
        }
        PlayerTurn turn =
                new PlayerTurn(doorkeeper, spaceId, standing == Standing.RETURNING, request.address(), ticket);
        CompletionStage<Entry> entry = turn.knock(SignalingLoop.nowNs());
        if (turn.waiting()) {
            waiting.add(turn);
            var _ = entry.whenComplete((_, _) -> waiting.remove(turn));
            loop.after(
                    Duration.ofSeconds(PlayerTurn.PATIENCE_SECONDS), () -> turn.onPatienceEnd(SignalingLoop.nowNs()));
            connection.runOnContext(_ -> {
                if (ctx.response().closed()) {
                    lost(turn);
                } else {
                    ctx.addEndHandler(_ -> lost(turn));
                }
            });
        }
        return entry;
    }

    /** Tells those who wait in their requests to try again later; the drain has begun. Any thread. */
    void drain() {
        loop.execute(() -> List.copyOf(waiting).forEach(turn -> turn.refuse(drain.refusal(), SignalingLoop.nowNs())));
    }

    private void lost(PlayerTurn turn) {
        loop.execute(() -> turn.lost(SignalingLoop.nowNs()));
    }

    private CompletionStage<Opened> opened(
            String spaceId, JoinRequest request, AnswerDraft draft, @Nullable Hold hold) {
        try {
            return CompletableFuture.completedStage(open(spaceId, request, draft, hold));
        } catch (Refusal | SdpException | ProblemException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** On the signaling loop. */
    private Opened open(String spaceId, JoinRequest request, AnswerDraft draft, @Nullable Hold hold)
            throws Refusal, SdpException, ProblemException {
        if (drain.begun()) { // while it waited
            HeldPlace.giveBack(hold);
            throw drain.refusal();
        }
        Resource resource = new Resource(newId(), spaceId, request.door(), newEtag(), resources);
        Session session;
        try {
            media.check(request.door(), spaces.require(spaceId).info(), draft);
            session = spaces.join(spaceId, request, resource, SignalingLoop.nowNs());
        } catch (Refusal | SdpException e) {
            HeldPlace.giveBack(hold);
            throw e;
        }
        try {
            HeldPlace place = new HeldPlace(hold, () -> resources.remove(resource.id));
            Answer answer = media.open(session, spaceId, request.door(), draft, place);
            place.until(media, answer.endpoint().id());
            resource.session = session;
            resource.endpointId = answer.endpoint().id();
            resources.put(resource.id, resource);
            return new Opened(
                    answer, resource.id, resource.etag, session.participant().id());
        } catch (SdpException e) { // was checked before, with another role at most
            HeldPlace.giveBack(hold);
            session.leave(SignalingLoop.nowNs());
            throw e;
        }
    }

    private void created(RoutingContext ctx, String spaceId, String name, Opened opened) {
        HttpServerResponse response = ctx.response();
        if (response.closed()) { // nobody will ever use or end this session: its endpoint expires unconnected
            return;
        }
        response.putHeader("Content-Type", SDP)
                .putHeader("Cache-Control", "no-store")
                .putHeader("ETag", opened.etag())
                .putHeader(
                        "Location",
                        publicAddress.knownBase(ctx.request()) + "/v1/spaces/" + spaceId + "/" + name + "/"
                                + opened.id());
        for (IceServers.IceServer server : iceServers.forClient(opened.participant(), wallClock.instant())) {
            response.headers().add("Link", server.link());
        }
        response.setStatusCode(201).end(opened.answer().sdp());
    }

    private void look(RoutingContext ctx, Door door) {
        String id = ctx.pathParam("session");
        String spaceId = ctx.pathParam("space");
        loop.call(() -> require(spaceId, id, door).etag)
                .onSuccess(_ -> Replies.empty(ctx, 204))
                .onFailure(e -> Replies.failure(ctx, e));
    }

    private record Patched(@Nullable String fragment, String etag) {}

    private void patch(RoutingContext ctx, Door door) throws ProblemException {
        String id = ctx.pathParam("session");
        String spaceId = ctx.pathParam("space");
        String ifMatch = ctx.request().getHeader("If-Match");
        if (ifMatch == null) {
            throw new ProblemException(
                    428,
                    "if-match",
                    "Send If-Match: with the session's ETag for more candidates, or * to restart ICE.");
        }
        SdpFragment fragment;
        try {
            fragment = SdpFragment.read(text(ctx));
        } catch (SdpException e) {
            throw ProblemException.of(e);
        }
        loop.call(() -> patch(require(spaceId, id, door), ifMatch, fragment))
                .onSuccess(patched -> {
                    if (patched.fragment() == null) {
                        Replies.empty(ctx, 204);
                    } else if (!ctx.response().closed()) {
                        ctx.response()
                                .putHeader("Content-Type", FRAGMENT)
                                .putHeader("Cache-Control", "no-store")
                                .putHeader("ETag", patched.etag())
                                .end(patched.fragment());
                    }
                })
                .onFailure(e -> Replies.failure(ctx, e));
    }

    /** On the signaling loop. */
    private Patched patch(Resource resource, String ifMatch, SdpFragment fragment) throws ProblemException {
        EndpointSpec endpoint = media.endpoint(resource.endpointId);
        if (endpoint == null) {
            throw noSession();
        }
        boolean any = ETags.any(ifMatch);
        if (!any && !ETags.matchesStrongly(ifMatch, resource.etag)) {
            throw new ProblemException(
                    412,
                    "if-match",
                    "The ETag is not the session's present one: ICE was restarted since. Send If-Match: *"
                            + " to restart it again.");
        }
        IceCredentials remote = fragment.credentials();
        if (remote == null || remote.equals(endpoint.remote())) {
            return new Patched(
                    null, resource.etag); // a lite agent needs no candidates: it answers where it is asked from
        }
        if (remote.ufrag().equals(endpoint.remote().ufrag())) {
            throw new ProblemException(
                    400,
                    "sdp",
                    "The fragment has the session's ice-ufrag with another ice-pwd; a restart changes both.");
        }
        IceCredentials local = media.restartIce(resource.endpointId, remote);
        if (local == null) {
            throw noSession();
        }
        resource.etag = newEtag();
        return new Patched(SdpFragment.restart(endpoint, local, sfu.candidates()), resource.etag);
    }

    private void close(RoutingContext ctx, Door door) {
        String id = ctx.pathParam("session");
        String spaceId = ctx.pathParam("space");
        loop.call(() -> {
                    Resource resource = require(spaceId, id, door);
                    resources.remove(id);
                    if (resource.session != null) {
                        resource.session.leave(SignalingLoop.nowNs());
                    }
                    return id;
                })
                .onSuccess(_ -> Replies.empty(ctx, 200))
                .onFailure(e -> Replies.failure(ctx, e));
    }

    /** On the signaling loop. */
    private Resource require(String spaceId, String id, Door door) throws ProblemException {
        Resource resource = resources.get(id);
        if (resource == null || resource.door != door || !resource.spaceId.equals(spaceId)) {
            throw noSession();
        }
        return resource;
    }

    private static ProblemException noSession() {
        return new ProblemException(
                404, "no-such-session", "There is no such media session (any more); make a new one by POST.");
    }

    private static String text(RoutingContext ctx) throws ProblemException {
        Buffer body = ctx.body().buffer();
        if (body == null || body.length() == 0) {
            throw new ProblemException(400, "sdp", "The body is empty.");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body.getBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ProblemException(400, "sdp", "The body is not UTF-8.");
        }
    }

    private String newId() {
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String newEtag() {
        return "\"" + newId() + "\"";
    }
}
