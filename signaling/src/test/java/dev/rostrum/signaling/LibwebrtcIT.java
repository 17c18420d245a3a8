package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.onvoid.webrtc.RTCPeerConnectionState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * libwebrtc without a browser around it, against a running server: what the page and standard WHIP and WHEP clients do,
 * with samples instead of loudspeakers.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class LibwebrtcIT {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final double TONE_HZ = 440;
    private static final double OTHER_TONE_HZ = 660;
    private static final int SLOTS = 3;
    private static final long PATIENCE_MS = 30_000;
    private static final long POLL_MS = 10;

    @TempDir
    Path dataDir;

    private final HttpClient http = HttpClient.newHttpClient();
    private LibwebrtcFactories libwebrtc;
    private RunningServer server;
    private URI space;
    private JsonNode created;

    @BeforeEach
    void aServerWithASpace() throws Exception {
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            String message = "libwebrtc is only here for Linux on x86-64";
            System.out.println("SKIPPED: " + message);
            Assumptions.abort(message);
        }
        server = RunningServer.start(dataDir);
        created = MAPPER.readTree(send(
                        HttpRequest.newBuilder(server.address("127.0.0.1").resolve("/v1/spaces"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString("{\"title\":\"libwebrtc\"}")),
                        201)
                .body());
        space = server.address("127.0.0.1").resolve("/v1/spaces/" + text("/id"));
        libwebrtc = new LibwebrtcFactories();
    }

    @AfterEach
    void everythingEnds() {
        if (libwebrtc != null) {
            libwebrtc.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aWhipPublisherIsHeardByWhepAndByThePagesDoorUntilMutedOrDeleted() throws Exception {
        try (LibwebrtcPeer publisher = libwebrtc.speaker(0);
                LibwebrtcPeer player = libwebrtc.listener(1);
                LibwebrtcPeer host = libwebrtc.silentSpeaker(SLOTS);
                JoinClient door = new JoinClient(http, space)) {
            publisher.speak(TONE_HZ);
            URI publishing = post("whip", publisher, text("/tokens/speaker"));
            URI playing = post("whep", player, null);
            JsonNode joined = door.join(text("/tokens/host"), "Host", host.offer());
            host.answer(joined.path("answer").asString());
            connected(publisher);
            connected(player);
            connected(host);

            hears(player, TONE_HZ);
            hears(host, TONE_HZ);
            JsonNode speaker = speaker(door, joined);

            // A second of it: all that is sent arrives.
            long playedBefore = packets(player);
            long heardBefore = packets(host);
            long sentBefore = publisher.sent();
            until(() -> packets(player) >= playedBefore + 50, () -> "packets ceased");
            long sent = publisher.sent() - sentBefore;
            until(
                    () -> packets(player) >= playedBefore + sent && packets(host) >= heardBefore + sent,
                    () -> "of %d packets %d and %d arrived"
                            .formatted(sent, packets(player) - playedBefore, packets(host) - heardBefore));
            nothingIsLost(player, "WHEP player");
            nothingIsLost(host, "page's door");

            // Muted by the host: silence, on all slots of everybody.
            long muteNs = System.nanoTime();
            door.command("mute", speaker.path("id").asString());
            hearsNothing(player);
            long silentMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - muteNs);
            hearsNothing(host);
            System.out.printf("libwebrtc: 200 ms of silence %d ms after the mute command%n", silentMs);
            long still = packets(player);

            // A new session of the same publisher is heard, and its end is an end.
            delete(publishing);
            assertEquals(still, packets(player), "packets of a muted publisher");
            try (LibwebrtcPeer again = libwebrtc.speaker(0)) {
                again.speak(OTHER_TONE_HZ);
                URI publishingAgain = post("whip", again, text("/tokens/speaker"));
                connected(again);
                hears(player, OTHER_TONE_HZ);
                hears(host, OTHER_TONE_HZ);

                delete(playing);
                hearsNothing(player);
                host.forget();
                hears(host, OTHER_TONE_HZ);

                delete(publishingAgain);
                hearsNothing(host);
            }
            nothingIsLost(host, "page's door");
            gone(publishing);
            gone(playing);
        }
    }

    @Test
    void aSpeakerAtThePagesDoorIsHeardButNotByThemselvesUntilTheyMuteOrLeave() throws Exception {
        try (LibwebrtcPeer speaker = libwebrtc.speaker(SLOTS);
                LibwebrtcPeer player = libwebrtc.listener(1);
                JoinClient door = new JoinClient(http, space)) {
            speaker.speak(TONE_HZ);
            JsonNode joined = door.join(text("/tokens/speaker"), "Speaker", speaker.offer());
            speaker.answer(joined.path("answer").asString());
            post("whep", player, null);
            connected(speaker);
            connected(player);
            if (joined.path("participant").path("muted").asBoolean()) {
                door.command("unmute", null);
            }
            hears(player, TONE_HZ);
            assertEquals(0, packets(speaker), "one's own voice never comes back");

            door.command("mute", null);
            hearsNothing(player);
            door.command("unmute", null);
            hears(player, TONE_HZ);
            assertEquals(0, packets(speaker), "one's own voice never comes back");
            nothingIsLost(player, "WHEP player");

            door.command("leave", null);
            hearsNothing(player);
        }
    }

    /** Who is on the stage and not oneself. */
    private static JsonNode speaker(JoinClient door, JsonNode joined) throws InterruptedException {
        String self = joined.path("participant").path("id").asString();
        for (JsonNode participant : joined.path("participants")) {
            if (!participant.path("id").asString().equals(self)) {
                return participant;
            }
        }
        return door.await(
                        "speaker on the stage",
                        message -> JoinClient.isTyped(message, "stage")
                                && !message.at("/participant/id").asString().equals(self))
                .path("participant");
    }

    private static void connected(LibwebrtcPeer peer) throws InterruptedException {
        until(() -> peer.state() == RTCPeerConnectionState.CONNECTED, () -> "still " + peer.state());
    }

    private static void hears(LibwebrtcPeer peer, double hz) throws InterruptedException {
        until(() -> peer.hears(hz), () -> "does not hear %.0f Hz: %s".formatted(hz, peer.describe(hz)));
    }

    private static void hearsNothing(LibwebrtcPeer peer) throws InterruptedException {
        until(peer::hearsNothing, () -> "still hears: " + peer.describe(TONE_HZ));
    }

    private static void nothingIsLost(LibwebrtcPeer peer, String name) throws InterruptedException {
        LibwebrtcPeer.Reception reception = peer.reception();
        System.out.println("libwebrtc, " + name + ": " + reception);
        assertTrue(reception.packets() > 0, "no packets");
        assertEquals(0, reception.lost(), name + " lost packets");
    }

    private static long packets(LibwebrtcPeer peer) {
        try {
            return peer.reception().packets();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static void until(BooleanSupplier condition, Supplier<String> otherwise) throws InterruptedException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < endNs, otherwise);
            Thread.sleep(POLL_MS);
        }
    }

    private String text(String pointer) {
        return created.at(pointer).asString();
    }

    /** Offers to WHIP or WHEP and takes the answer; returns the media session's address. */
    private URI post(String doorName, LibwebrtcPeer peer, @Nullable String token) throws Exception {
        URI address = URI.create(space + "/" + doorName);
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/sdp")
                .POST(HttpRequest.BodyPublishers.ofString(peer.offer()));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<String> response = send(request, 201);
        peer.answer(response.body());
        return address.resolve(response.headers().firstValue("Location").orElseThrow());
    }

    private void delete(URI mediaSession) throws Exception {
        send(HttpRequest.newBuilder(mediaSession).DELETE(), 200);
    }

    private void gone(URI mediaSession) throws Exception {
        send(HttpRequest.newBuilder(mediaSession).DELETE(), 404);
    }

    private HttpResponse<String> send(HttpRequest.Builder request, int status)
            throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(status, response.statusCode(), response.body());
        return response;
    }
}
