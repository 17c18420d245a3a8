package dev.rostrum.bench.client;

import dev.rostrum.bench.media.MediaConnection;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.MediaOwner;
import dev.rostrum.bench.media.RemoteDescription;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A publisher by WHIP (RFC 9725) or a player by WHEP. A server that answers 503 with Retry-After is asked again then,
 * with the ticket that it gave.
 *
 * <p>Safe for any thread.
 */
final class WhipWhepClient extends LoadClient {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long REQUEST_MS = 20_000;

    /** By which a player in the server's queue says which place is its own. */
    static final String TICKET = "Rostrum-Ticket";

    private final URI door;
    private final @Nullable String token;
    private final int slots;
    private final boolean pictures;
    private volatile @Nullable URI session;
    private volatile boolean over;
    private volatile @Nullable ScheduledFuture<?> retry;

    /**
     * @param slots of a player; 0 for a publisher
     * @param pictures whether it has a camera, or wants to see one
     */
    WhipWhepClient(LoadClients clients, URI door, @Nullable String token, int slots, boolean pictures, int group) {
        super(clients, group);
        this.door = door;
        this.token = token;
        this.slots = slots;
        this.pictures = pictures;
    }

    @Override
    public CompletableFuture<LoadClient> join() {
        began();
        CompletableFuture<LoadClient> joined = new CompletableFuture<>();
        ask(joined, null);
        return joined;
    }

    private void ask(CompletableFuture<LoadClient> joined, @Nullable String ticket) {
        InetAddress host = LoadClients.host(door);
        MediaConnection connection;
        try {
            connection = seat.open(host, new Phases(new Owner(joined)));
        } catch (IOException | RuntimeException e) {
            joined.completeExceptionally(e);
            return;
        }
        String offer = offer(connection);
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(door.toString())
                .setTimeout(REQUEST_MS)
                .putHeader("Content-Type", "application/sdp");
        if (token != null) {
            request.putHeader("Authorization", "Bearer " + token);
        }
        if (ticket != null) {
            request.putHeader(TICKET, ticket);
        }
        clients.http()
                .request(request)
                .compose(sent -> sent.send(offer))
                .compose(response -> response.body().map(body -> new Answer(response, body)))
                .onSuccess(answer -> onAnswer(answer, connection, host, joined))
                .onFailure(e -> {
                    connection.abandon();
                    joined.completeExceptionally(new JoinException("unreachable", String.valueOf(e.getMessage())));
                });
    }

    private String offer(MediaConnection connection) {
        if (!pictures) {
            return slots == 0 ? SdpOffer.publisher(connection) : SdpOffer.player(connection, slots);
        }
        if (slots == 0) {
            connection.film();
            return SdpOffer.filming(connection);
        }
        connection.view();
        return SdpOffer.viewer(connection, slots);
    }

    private record Answer(HttpClientResponse response, Buffer body) {}

    private void onAnswer(
            Answer answer, MediaConnection connection, InetAddress host, CompletableFuture<LoadClient> joined) {
        HttpClientResponse response = answer.response;
        String retryAfter = response.getHeader("Retry-After");
        if (response.statusCode() == 503 && retryAfter != null && retryAfter.matches("[0-9]{1,5}")) {
            connection.abandon();
            position(placeIn(answer.body.toString()));
            if (!over) {
                long beforeNs = MediaLoop.clockNs();
                retry = clients.after(TimeUnit.SECONDS.toMillis(Long.parseLong(retryAfter)), () -> {
                    queued(MediaLoop.clockNs() - beforeNs);
                    ask(joined, response.getHeader(TICKET));
                });
            }
            return;
        }
        if (response.statusCode() != 201) {
            connection.abandon();
            joined.completeExceptionally(
                    new JoinException(Integer.toString(response.statusCode()), answer.body.toString()));
            return;
        }
        position(0);
        answered();
        String location = response.getHeader("Location");
        session = location == null ? null : door.resolve(location);
        try {
            RemoteDescription remote = SdpAnswer.read(answer.body.toString(), host);
            use(connection);
            connection.start(remote);
        } catch (RuntimeException e) {
            connection.abandon();
            joined.completeExceptionally(new JoinException("media", String.valueOf(e.getMessage())));
        }
    }

    private static int placeIn(String problem) {
        try {
            return JSON.readTree(problem).path("position").asInt(1);
        } catch (JacksonException e) {
            return 1; // another server's way to say no
        }
    }

    @Override
    public CompletableFuture<Void> leave() {
        stopAsking();
        MediaConnection present = connection();
        if (present != null) {
            present.leave();
        }
        URI ended = session;
        if (ended == null) {
            return CompletableFuture.completedFuture(null);
        }
        Future<Void> deleted = clients.http()
                .request(new RequestOptions()
                        .setMethod(HttpMethod.DELETE)
                        .setTimeout(REQUEST_MS)
                        .setAbsoluteURI(ended.toString()))
                .compose(sent -> sent.send())
                .compose(response -> response.end());
        return deleted.toCompletionStage().toCompletableFuture();
    }

    @Override
    public void abandon() {
        stopAsking();
        MediaConnection present = connection();
        if (present != null) {
            present.abandon();
        }
    }

    private void stopAsking() {
        over = true;
        ScheduledFuture<?> waiting = retry;
        if (waiting != null) {
            waiting.cancel(false);
        }
    }

    private final class Owner implements MediaOwner {

        private final CompletableFuture<LoadClient> joined;

        private Owner(CompletableFuture<LoadClient> joined) {
            this.joined = joined;
        }

        @Override
        public void onPath(MediaConnection source, long nowNs) {}

        @Override
        public void onConnected(MediaConnection source, long nowNs) {
            joined.complete(WhipWhepClient.this);
        }

        @Override
        public void onFirstPacket(MediaConnection source, long nowNs) {}

        @Override
        public void onDisconnected(MediaConnection source, long nowNs) {}

        @Override
        public void onFailed(MediaConnection source, String reason, long nowNs) {
            joined.completeExceptionally(new JoinException("media", reason));
        }
    }
}
