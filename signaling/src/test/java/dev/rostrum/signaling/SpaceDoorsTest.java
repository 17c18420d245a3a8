package dev.rostrum.signaling;

import static dev.rostrum.signaling.TestServer.assertProblem;
import static dev.rostrum.signaling.TestServer.header;
import static dev.rostrum.signaling.TestServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.TestServer.Space;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The REST doors of spaces and tokens, over real HTTP. */
final class SpaceDoorsTest {

    private static final String KEY = "0123456789abcdef";

    private static TestServer open;
    private static TestServer closed;

    @BeforeAll
    static void start() {
        open = new TestServer(Map.of());
        closed = new TestServer(Map.of(Setting.API_KEY, "another-key-of-mine," + KEY));
    }

    @AfterAll
    static void stop() {
        open.close();
        closed.close();
    }

    private static String bearer(String token) {
        return "Bearer " + token;
    }

    @Test
    void anyoneCreatesASpaceInAnOpenServer() {
        HttpResponse<String> response =
                open.postJson("/v1/spaces", "{\"title\":\" Hello \",\"video\":false,\"later\":{}}");

        assertEquals(201, response.statusCode());
        assertEquals("application/json", header(response, "Content-Type"));
        JsonNode space = json(response);
        String id = space.get("id").asString();
        assertEquals("Hello", space.get("title").asString());
        assertEquals("scheduled", space.get("state").asString());
        assertFalse(space.get("video").booleanValue());
        String base = "http://127.0.0.1:" + open.port();
        assertEquals(base + "/s/" + id, space.get("links").get("page").asString());
        assertEquals(
                base + "/v1/spaces/" + id + "/whip",
                space.get("links").get("whip").asString());
        assertEquals(
                base + "/v1/spaces/" + id + "/whep",
                space.get("links").get("whep").asString());
        for (String role : new String[] {"host", "speaker", "listener"}) {
            assertFalse(space.get("tokens").get(role).asString().isEmpty());
        }
        assertEquals("/v1/spaces/" + id, header(response, "Location"));
    }

    @Test
    void oneNetworkCreatesNoMoreSpacesThanItMayAndIsToldWhenToTryAgain() {
        try (TestServer limited =
                new TestServer(Map.of(Setting.MAX_NEW_SPACES_PER_ADDRESS, "2", Setting.TRUSTED_PROXY, "127.0.0.1"))) {
            String[] network = {"X-Forwarded-For", "203.0.113.7"};
            limited.createSpace(network);
            limited.createSpace(network);

            HttpResponse<String> third = limited.postJson("/v1/spaces", "{\"title\":\"A third\"}", network);

            JsonNode problem = assertProblem(429, third);
            assertEquals("too-fast", problem.get("code").asString());
            assertEquals(
                    "Your network creates very many spaces; try again in a moment.",
                    problem.get("detail").asString());
            assertEquals("30", header(third, "Retry-After"), "two a minute");
            limited.createSpace("X-Forwarded-For", "203.0.113.8");
            limited.createSpace(); // loopback
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {}                                   | title    | missing
        {"title":7}                          | title    | text
        {"title":null}                       | title    | missing
        {"title":"  "}                       | title    | empty
        {"title":"a\\u0000b"}                | title    | control
        {"title":"a\\u202eb"}                | title    | can't be shown
        {"title":"a","video":"yes"}          | video    | true or false
        {"title":"a","listed":1}             | listed   | true or false
        {"title":"a","startsAt":"tomorrow"}  | startsAt | 2026-12-24T18:00:00Z
        {"title":"a","startsAt":"9999-12-31T23:59:59Z"}            | startsAt | ten years
        {"title":"a","startsAt":"+999999999-01-01T00:00:00Z"}      | startsAt | ten years
        {"title":"a","startsAt":"-999999999-01-01T00:00:00Z"}      | startsAt | ten years
        """)
    void aWrongFieldIsNamed(String body, String field, String word) {
        JsonNode problem = assertProblem(400, open.postJson("/v1/spaces", body));

        assertEquals(field, problem.get("field").asString());
        assertTrue(problem.get("detail").asString().contains(word), problem.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "title=Hello",
                "[]",
                "7",
                "{\"title\":\"a\"",
                "{\"title\":\"a\"} {}",
                "{\"title\":\"a\",\"title\":\"b\"}"
            })
    void whatIsNoJsonObjectIsRefused(String body) {
        assertEquals(
                "json",
                assertProblem(400, open.postJson("/v1/spaces", body))
                        .get("code")
                        .asString());
    }

    @Test
    void aTitleHasAtMost200Characters() {
        assertEquals(
                201,
                open.postJson("/v1/spaces", "{\"title\":\"" + "😀".repeat(200) + "\"}")
                        .statusCode());
        assertProblem(400, open.postJson("/v1/spaces", "{\"title\":\"" + "a".repeat(201) + "\"}"));
    }

    @Test
    void onlyJsonIsTakenAndNotTooMuchOfIt() {
        JsonNode problem = assertProblem(
                415, open.send("POST", "/v1/spaces", "title=a", "Content-Type", "application/x-www-form-urlencoded"));
        assertTrue(problem.get("detail").asString().contains("application/json"));
        assertProblem(415, open.send("POST", "/v1/spaces", "{}"));
        assertProblem(
                415,
                open.send("POST", "/v1/spaces", "x", "Content-Type", "application/json", "Content-Encoding", "gzip"));
        assertProblem(413, open.postJson("/v1/spaces", "{\"title\":\"" + "a".repeat(20_000) + "\"}"));
        assertEquals(
                201,
                open.send("POST", "/v1/spaces", "{\"title\":\"a\"}", "Content-Type", "Application/JSON; charset=utf-8")
                        .statusCode());
    }

    @Test
    void creatingNeedsTheApiKeyIfThereIsOne() {
        HttpResponse<String> without = closed.postJson("/v1/spaces", "{\"title\":\"a\"}");
        HttpResponse<String> wrong =
                closed.postJson("/v1/spaces", "{\"title\":\"a\"}", "Authorization", "Bearer 0123456789abcdeX");
        HttpResponse<String> basic = closed.postJson("/v1/spaces", "{\"title\":\"a\"}", "Authorization", "Basic eA==");

        assertProblem(401, without);
        assertEquals("Bearer", header(without, "WWW-Authenticate"));
        assertProblem(401, wrong);
        assertEquals("Bearer error=\"invalid_token\"", header(wrong, "WWW-Authenticate"));
        assertProblem(400, basic);
        assertNotNull(closed.createSpace("Authorization", bearer(KEY)));
        assertNotNull(closed.createSpace("Authorization", "bearer another-key-of-mine"));
    }

    @Test
    void aSpaceIsThereForEverybodyAndHasATag() {
        Space space = open.createSpace();

        HttpResponse<String> first = open.get(space.path());
        String etag = header(first, "ETag");
        HttpResponse<String> second = open.get(space.path(), "If-None-Match", String.valueOf(etag));
        HttpResponse<String> other = open.get(space.path(), "If-None-Match", "\"something\"");

        assertEquals(200, first.statusCode());
        assertEquals("A space", json(first).get("title").asString());
        assertEquals(0, json(first).get("listeners").intValue());
        assertTrue(json(first).get("stage").isEmpty());
        assertNull(json(first).get("tokens"));
        assertNotNull(etag);
        assertEquals(304, second.statusCode());
        assertEquals("", second.body());
        assertEquals(etag, header(second, "ETag"));
        assertEquals(200, other.statusCode());
        HttpResponse<String> head = open.send("HEAD", space.path(), null);
        assertEquals(200, head.statusCode());
        assertEquals(etag, header(head, "ETag"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "a%20b", "%00", "ä", "..%2f..", "a.b"})
    void aSpaceThatIsNotThereIsA404(String id) {
        JsonNode problem = assertProblem(404, open.get("/v1/spaces/" + id.replace("ä", "%C3%A4")));

        assertFalse(problem.get("detail").asString().isEmpty());
    }

    @Test
    void aKnownSpaceIsAnsweredForWhileTheLoopOfTheSpacesIsBusy() throws InterruptedException {
        Space space = open.createSpace();
        assertEquals(200, open.get(space.path()).statusCode());
        CountDownLatch busy = new CountDownLatch(1);
        open.server.loop().execute(() -> {
            try {
                assertTrue(busy.await(60, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> response = open.get(space.path());
                assertEquals(200, response.statusCode());
                assertEquals("A space", json(response).get("title").asString());
                Thread.sleep(300); // beyond the time for which an answer is kept as fresh
            }
        } finally {
            busy.countDown();
        }
    }

    @Test
    void onlyListedSpacesAreInTheList() {
        String hidden = open.createSpace().id();
        String listed = json(open.postJson("/v1/spaces", "{\"title\":\"Listed\",\"listed\":true}"))
                .get("id")
                .asString();

        String all = open.get("/v1/spaces").body(); // may be a quarter of a second old
        for (int i = 0; i < 200 && !all.contains(listed); i++) {
            Thread.onSpinWait();
            all = open.get("/v1/spaces").body();
        }

        assertTrue(all.contains(listed));
        assertFalse(all.contains(hidden));
        assertTrue(all.contains("/s/" + listed));
    }

    @Test
    void theHostEndsASpaceAndNobodyElse() {
        Space space = open.createSpace();
        Space other = open.createSpace();

        assertProblem(401, open.send("DELETE", space.path(), null));
        assertProblem(401, open.send("DELETE", space.path(), null, "Authorization", "Bearer nonsense"));
        assertProblem(403, open.send("DELETE", space.path(), null, "Authorization", bearer(space.speaker())));
        assertProblem(403, open.send("DELETE", space.path(), null, "Authorization", bearer(other.host())));
        HttpResponse<String> ended = open.send("DELETE", space.path(), null, "Authorization", bearer(space.host()));
        HttpResponse<String> after = open.get(space.path());

        assertEquals(204, ended.statusCode(), ended.body());
        assertEquals("ended", json(after).get("state").asString());
        assertProblem(
                410,
                open.postJson(
                        space.path() + "/tokens", "{\"role\":\"speaker\"}", "Authorization", bearer(space.host())));
    }

    @Test
    void theOperatorEndsASpaceByTheApiKey() {
        Space space = closed.createSpace("Authorization", bearer(KEY));

        assertEquals(
                204,
                closed.send("DELETE", space.path(), null, "Authorization", bearer(KEY))
                        .statusCode());
    }

    @Test
    void theHostIssuesTokensForLowerRoles() {
        Space space = open.createSpace();

        HttpResponse<String> response = open.postJson(
                space.path() + "/tokens",
                "{\"role\":\"speaker\",\"name\":\"Ada\",\"sub\":\"ada\",\"expiresIn\":3600}",
                "Authorization",
                bearer(space.host()));

        assertEquals(201, response.statusCode(), response.body());
        String token = json(response).get("token").asString();
        assertNotEquals(space.speaker(), token);
        assertProblem( // it is a good token: 403 and not 401
                403,
                open.postJson(space.path() + "/tokens", "{\"role\":\"listener\"}", "Authorization", bearer(token)));
    }

    @Test
    void tokensAreRefusedForReasonsThatAreNamed() {
        Space space = open.createSpace();
        String path = space.path() + "/tokens";
        String host = bearer(space.host());

        assertProblem(401, open.postJson(path, "{\"role\":\"speaker\"}"));
        assertProblem(403, open.postJson(path, "{\"role\":\"listener\"}", "Authorization", bearer(space.listener())));
        assertEquals(
                "role",
                assertProblem(403, open.postJson(path, "{\"role\":\"host\"}", "Authorization", host))
                        .get("field")
                        .asString());
        assertEquals(
                "role",
                assertProblem(400, open.postJson(path, "{\"role\":\"king\"}", "Authorization", host))
                        .get("field")
                        .asString());
        assertEquals(
                "expiresIn",
                assertProblem(400, open.postJson(path, "{\"role\":\"speaker\",\"expiresIn\":0}", "Authorization", host))
                        .get("field")
                        .asString());
        assertEquals(
                "name",
                assertProblem(
                                400,
                                open.postJson(
                                        path,
                                        "{\"role\":\"speaker\",\"name\":\"" + "a".repeat(65) + "\"}",
                                        "Authorization",
                                        host))
                        .get("field")
                        .asString());
        assertEquals( // whoever held it could take the host's session over
                "sub",
                assertProblem(
                                400,
                                open.postJson(path, "{\"role\":\"speaker\",\"sub\":\"host\"}", "Authorization", host))
                        .get("field")
                        .asString());
        assertProblem(401, open.postJson("/v1/spaces/nothing/tokens", "{\"role\":\"speaker\"}"));
    }

    @Test
    void otherMethodsAre405WithThosePossible() {
        HttpResponse<String> put = open.send("PUT", "/v1/spaces", "{}");
        HttpResponse<String> get = open.get("/v1/spaces/x/tokens");

        assertProblem(405, put);
        assertEquals("GET, HEAD, OPTIONS, POST", header(put, "Allow"));
        assertProblem(405, get);
        assertEquals("OPTIONS, POST", header(get, "Allow"));
    }

    @Test
    void anUnknownPathIsA404() {
        assertProblem(404, open.get("/v1"));
        assertProblem(404, open.get("/v1/nothing"));
        assertProblem(404, open.get("/v1/spaces/x/y/z"));
        assertProblem(404, open.get("/nothing.html"));
        assertProblem(404, open.get("/../logback.xml"));
        assertProblem(404, open.get("/%2e%2e/logback.xml"));
        assertProblem(404, open.get("/.hidden"));
    }
}
