package dev.rostrum.signaling;

import static dev.rostrum.signaling.JoinClient.isTyped;
import static dev.rostrum.signaling.TestServer.SDP;
import static dev.rostrum.signaling.TestServer.assertProblem;
import static dev.rostrum.signaling.TestServer.header;
import static dev.rostrum.signaling.TestServer.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.TestServer.Space;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A server that is full, by WebSocket and by WHEP; the endpoints behind them never connect. */
final class QueueTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final List<JoinClient> clients = new ArrayList<>();
    private final TestServer server = new TestServer(Map.of(Setting.MAX_LISTENERS, "2", Setting.MAX_QUEUE, "3"));
    private final Space space = server.createSpace();

    @AfterEach
    void stop() {
        clients.forEach(JoinClient::close);
        server.close();
    }

    private HttpResponse<String> whep(String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", SDP));
        all.addAll(List.of(headers));
        return server.send("POST", space.path() + "/whep", offer("chromium-whep"), all.toArray(String[]::new));
    }

    private String player() {
        HttpResponse<String> response = whep();
        assertEquals(201, response.statusCode(), response.body());
        return Objects.requireNonNull(header(response, "Location"));
    }

    private HttpResponse<String> queued() {
        HttpResponse<String> response = whep();
        assertProblem(503, response);
        return response;
    }

    private static String ticket(HttpResponse<?> response) {
        return Objects.requireNonNull(header(response, "Rostrum-Ticket"));
    }

    /** Asks with a ticket until the answer is another than "wait". */
    private HttpResponse<String> whenLetIn(String ticket) {
        HttpResponse<String> response;
        do {
            response = whep("Rostrum-Ticket", ticket);
        } while (response.statusCode() == 503);
        return response;
    }

    private JoinClient client() throws InterruptedException {
        JoinClient client = new JoinClient(CLIENT, server.uri(space.path()));
        clients.add(client);
        return client;
    }

    private static ObjectNode join(String name) {
        return JsonMapper.shared()
                .createObjectNode()
                .put("type", "join")
                .put("name", name)
                .put("offer", offer("chromium-page"));
    }

    private static JsonNode queued(JoinClient client) throws InterruptedException {
        return client.await("queued", message -> isTyped(message, "queued"));
    }

    private static JsonNode joined(JoinClient client) throws InterruptedException {
        return client.await("joined", message -> isTyped(message, "joined"));
    }

    @Test
    void aPlayerForWhomThereIsNoRoomGetsAPlaceAndKeepsItByItsTicket() {
        String first = player();
        player();

        HttpResponse<String> third = queued();
        JsonNode problem = TestServer.json(third);
        assertEquals("queued", problem.get("code").asString());
        assertEquals(1, problem.get("position").asInt());
        assertTrue(problem.get("full").asBoolean());
        assertFalse(problem.has("estimateSeconds"));
        assertEquals(ticket(third), problem.get("ticket").asString());
        assertEquals("10", header(third, "Retry-After"));
        assertTrue(problem.get("detail").asString().startsWith("Full: you are number 1."), third.body());
        HttpResponse<String> fourth = queued();
        assertEquals(2, TestServer.json(fourth).get("position").asInt());
        assertNotEquals(ticket(third), ticket(fourth));
        HttpResponse<String> again = whep("Rostrum-Ticket", ticket(third));
        assertEquals(1, TestServer.json(again).get("position").asInt());
        assertEquals(ticket(third), ticket(again));

        assertEquals(200, server.send("DELETE", first, null).statusCode());

        assertEquals(201, whenLetIn(ticket(third)).statusCode());
        assertProblem(503, whep("Rostrum-Ticket", ticket(fourth)));
    }

    /** A player whose answer may take a while. */
    private static CompletableFuture<HttpResponse<String>> knock(TestServer at, String door) {
        return CLIENT.sendAsync(
                HttpRequest.newBuilder(at.uri(door))
                        .header("Content-Type", SDP)
                        .POST(HttpRequest.BodyPublishers.ofString(offer("chromium-whep")))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** The door opens again after about a second: no player hears of it. */
    @Test
    void aPlayerWaitsInItsRequestWhenItsTurnIsNear() {
        try (TestServer open = new TestServer(Map.of())) {
            String door = open.createSpace().path() + "/whep";
            open.keepTheDoorShut(600);
            List<CompletableFuture<HttpResponse<String>>> players = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                players.add(knock(open, door));
            }
            for (CompletableFuture<HttpResponse<String>> player : players) {
                HttpResponse<String> response = player.join();
                assertEquals(201, response.statusCode(), response.body());
            }
            String metrics;
            do {
                metrics = open.get("/metrics").body();
            } while (!metrics.contains("rostrum_admission_admitted_total 5.0"));
            assertTrue(metrics.contains("rostrum_admission_queued_total 5.0"), metrics);
        }
    }

    @Test
    void aPlayerThatGoesAwayWhileItWaitsLeavesTheQueue() {
        try (TestServer open = new TestServer(Map.of())) {
            String door = open.createSpace().path() + "/whep";
            open.keepTheDoorShut(1_200);
            CompletableFuture<HttpResponse<String>> player = knock(open, door);
            String metrics;
            do {
                metrics = open.get("/metrics").body();
            } while (!metrics.contains("rostrum_admission_queued_total 1.0"));
            assertTrue(player.cancel(true), "it was let in meanwhile");
            do {
                metrics = open.get("/metrics").body();
            } while (!metrics.contains("rostrum_admission_queue_length 0.0"));
            assertTrue(metrics.contains("rostrum_admission_admitted_total 0.0"), metrics);
        }
    }

    @Test
    void aStrangersTicketIsNone() {
        player();
        player();
        queued();
        HttpResponse<String> response = whep("Rostrum-Ticket", "AAAAAAAAAAAAAAAAAAAAAA");
        assertProblem(503, response);
        assertEquals(2, TestServer.json(response).get("position").asInt());
    }

    @Test
    void aQueueHasAnEndAndSaysSo() {
        for (int i = 0; i < 2; i++) {
            player();
        }
        for (int i = 0; i < 3; i++) {
            queued();
        }
        HttpResponse<String> refused = whep();
        assertEquals("full", assertProblem(503, refused).get("code").asString());
        assertEquals("60", header(refused, "Retry-After"));
        assertFalse(refused.headers().firstValue("Rostrum-Ticket").isPresent());
    }

    @Test
    void thePageStaysConnectedAndIsLetInWhenAnotherLeaves() throws Exception {
        String first = player();
        player();
        JoinClient page = client();
        page.say(join("Ada"));

        JsonNode queued = queued(page);
        assertEquals(1, queued.get("position").asInt());
        assertTrue(queued.get("full").asBoolean());
        JsonNode refused = page.command("raiseHand", null, "error");
        assertEquals("not-joined", refused.get("error").get("code").asString());

        server.send("DELETE", first, null);

        JsonNode joined = joined(page);
        assertTrue(joined.get("answer").asString().startsWith("v=0\r\n"));
        assertEquals("listener", joined.get("participant").get("role").asString());
        page.command("raiseHand", null);
    }

    @Test
    void theStageIsNeverKeptWaiting() throws Exception {
        player();
        player();
        queued();
        JoinClient host = client();
        host.join(space.host(), "Ada", offer("chromium-page"));
        JoinClient speaker = client();
        JsonNode joined = speaker.join(space.speaker(), "Bob", offer("chromium-page"));
        assertEquals("speaker", joined.get("participant").get("role").asString());
        HttpResponse<String> whip = server.send(
                "POST",
                space.path() + "/whip",
                offer("chromium-whip"),
                "Content-Type",
                SDP,
                "Authorization",
                "Bearer " + space.speaker());
        assertEquals(201, whip.statusCode(), whip.body());
    }

    @Test
    void aPageWhoseConnectionIsLostKeepsItsPlaceByItsTicket() throws Exception {
        String first = player();
        player();
        JoinClient ada = client();
        ada.say(join("Ada"));
        String ticket = queued(ada).get("ticket").asString();
        JoinClient bob = client();
        bob.say(join("Bob"));
        assertEquals(2, queued(bob).get("position").asInt());

        ada.close();
        JoinClient again = client();
        again.say(join("Ada").put("ticket", ticket));
        assertEquals(1, queued(again).get("position").asInt());
        assertEquals(ticket, queued(again).get("ticket").asString());
        server.send("DELETE", first, null);

        joined(again);
        assertEquals(
                1,
                bob.await("a better place", m -> m.path("position").asInt() == 1)
                        .get("position")
                        .asInt());
    }

    @Test
    void aPageWhosePlaceAnotherTookOverByItsTicketHearsOfIt() throws Exception {
        String first = player();
        player();
        JoinClient tab = client();
        tab.say(join("Ada"));
        String ticket = queued(tab).get("ticket").asString();

        JoinClient copy = client();
        copy.say(join("Ada").put("ticket", ticket));

        assertEquals(1, queued(copy).get("position").asInt());
        JsonNode closed = tab.await("closed", message -> isTyped(message, "closed"));
        assertEquals("replaced", closed.get("reason").asString());
        server.send("DELETE", first, null);
        joined(copy);
    }

    @Test
    void whoeverIsLetInAndNeverConnectsLosesThePlace() throws Exception {
        JoinClient never = client();
        never.say(join("Never"));
        joined(never);
        player();
        JoinClient page = client();
        page.say(join("Ada"));
        assertTrue(queued(page).get("full").asBoolean());

        JsonNode closed = never.await("media closed", message -> isTyped(message, "media"));

        assertEquals("closed", closed.get("state").asString());
        assertTrue(closed.get("reason").asString().contains("10 s"), closed.toString());
        joined(page);
    }

    /** The same by HTTP alone, in the ten seconds that it takes. */
    @Test
    void aPlayerThatIsLetInAndNeverConnectsLosesItsPlaceToTheNext() {
        try (TestServer small = new TestServer(Map.of(Setting.MAX_LISTENERS, "1"))) {
            String door = small.createSpace().path() + "/whep";
            HttpResponse<String> never = small.send("POST", door, offer("chromium-whep"), "Content-Type", SDP);
            assertEquals(201, never.statusCode(), never.body());
            HttpResponse<String> next = small.send("POST", door, offer("chromium-whep"), "Content-Type", SDP);
            assertTrue(TestServer.json(next).get("full").asBoolean(), next.body());
            String ticket = ticket(next);

            while (next.statusCode() == 503) {
                LockSupport.parkNanos(
                        TimeUnit.MILLISECONDS.toNanos(100)); // a player that asks more often than it should
                next = small.send("POST", door, offer("chromium-whep"), "Content-Type", SDP, "Rostrum-Ticket", ticket);
            }

            assertEquals(201, next.statusCode(), next.body());
            String gone = Objects.requireNonNull(header(never, "Location"));
            assertEquals(404, small.send("DELETE", gone, null).statusCode(), "its session went with its place");
            HttpResponse<String> third = small.send("POST", door, offer("chromium-whep"), "Content-Type", SDP);
            assertProblem(503, third);
            String present = Objects.requireNonNull(header(next, "Location"));
            assertEquals(200, small.send("DELETE", present, null).statusCode(), "the place counts once");
        }
    }

    @Test
    void whoeverWaitsHearsThatTheSpaceHasEnded() throws Exception {
        player();
        player();
        JoinClient page = client();
        page.say(join("Ada"));
        queued(page);

        server.send("DELETE", space.path(), null, "Authorization", "Bearer " + space.host());

        JsonNode error = page.await("the end", message -> isTyped(message, "error"));
        assertEquals("space-ended", error.get("error").get("code").asString());
    }

    @Test
    void whatIsWrongWithAnOfferThatWaitedIsSaidWhenItIsRead() throws Exception {
        String first = player();
        player();
        JoinClient page = client();
        page.say(join("Ada").put("offer", "v=0\r\nnonsense"));
        queued(page);
        server.send("DELETE", first, null);
        JsonNode error = page.await("an error", message -> isTyped(message, "error"));
        assertEquals("sdp", error.get("error").get("code").asString());
    }

    @Test
    void metricsCountTheQueue() throws Exception {
        player();
        player();
        queued();
        JoinClient page = client();
        page.say(join("Ada"));
        queued(page);
        String metrics;
        do {
            metrics = server.get("/metrics").body();
        } while (!metrics.contains("rostrum_admission_queue_length 2.0"));
        assertTrue(metrics.contains("rostrum_admission_capacity_listeners 2.0"), metrics);
        assertTrue(metrics.contains("rostrum_admission_admitted_total 2.0"), metrics);
        assertTrue(metrics.contains("rostrum_admission_queued_total 2.0"), metrics);
    }
}
