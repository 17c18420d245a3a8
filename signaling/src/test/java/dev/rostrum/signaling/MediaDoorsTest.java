package dev.rostrum.signaling;

import static dev.rostrum.signaling.TestServer.FRAGMENT;
import static dev.rostrum.signaling.TestServer.SDP;
import static dev.rostrum.signaling.TestServer.assertProblem;
import static dev.rostrum.signaling.TestServer.header;
import static dev.rostrum.signaling.TestServer.json;
import static dev.rostrum.signaling.TestServer.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.signaling.TestServer.Space;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep), over real HTTP; their endpoints never connect. */
final class MediaDoorsTest {

    private static final String KEY = "0123456789abcdef";
    private static final String TRICKLE =
            "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host\r\na=end-of-candidates\r\n";

    private static TestServer open;
    private static TestServer closed;

    @BeforeAll
    static void start() {
        open = new TestServer(Map.of(
                Setting.ICE_SERVER,
                "stun:stun.example.org:3478,turn:user:pa\"ss@turn.example.org?transport=udp,turns:turn.example.org",
                Setting.TURN_SECRET,
                "shared"));
        closed = new TestServer(Map.of(Setting.API_KEY, KEY));
    }

    @AfterAll
    static void stop() {
        open.close();
        closed.close();
    }

    private static HttpResponse<String> post(TestServer server, String path, String offer, String... headers) {
        String[] all = Stream.concat(Stream.of("Content-Type", SDP), Stream.of(headers))
                .toArray(String[]::new);
        return server.send("POST", path, offer, all);
    }

    private static HttpResponse<String> whip(Space space, String offer) {
        return post(open, space.path() + "/whip", offer, "Authorization", "Bearer " + space.speaker());
    }

    private static HttpResponse<String> whep(Space space, String offer) {
        return post(open, space.path() + "/whep", offer);
    }

    private static String location(HttpResponse<?> response) {
        return String.valueOf(header(response, "Location"));
    }

    private static String etag(HttpResponse<?> response) {
        return String.valueOf(header(response, "ETag"));
    }

    private static HttpResponse<String> patch(String location, String ifMatch, String fragment) {
        return open.send("PATCH", location, fragment, "Content-Type", FRAGMENT, "If-Match", ifMatch);
    }

    private static String value(String sdp, String attribute) {
        Matcher matcher = Pattern.compile("^a=" + attribute + ":(.*?)\r?$", Pattern.MULTILINE)
                .matcher(sdp);
        assertTrue(matcher.find(), attribute);
        return matcher.group(1);
    }

    private static String restart(String ufrag) {
        return "a=ice-ufrag:" + ufrag + "\r\na=ice-pwd:passwordpasswordpassword\r\n"
                + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" + TRICKLE;
    }

    @ParameterizedTest
    @ValueSource(strings = {"chromium-whip", "firefox-whip", "gstreamer-whip", "obs-whip", "ffmpeg-whip"})
    void aPublisherGetsAnAnswerAndAResource(String shape) {
        Space space = open.createSpace();

        HttpResponse<String> response = whip(space, offer(shape));

        assertEquals(201, response.statusCode(), response.body());
        assertEquals(SDP, header(response, "Content-Type"));
        assertTrue(response.body().startsWith("v=0\r\n"), response.body());
        assertTrue(response.body().contains("a=recvonly"), response.body());
        assertTrue(response.body().contains(shape.startsWith("ffmpeg") ? "a=setup:active" : "a=setup:passive"));
        assertTrue(location(response).matches(space.path() + "/whip/[A-Za-z0-9_-]{22}"), location(response));
        assertTrue(etag(response).matches("\"[^\"]+\""), etag(response));
        assertEquals("no-store", header(response, "Cache-Control"));
        assertEquals("live", json(open.get(space.path())).get("state").asString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"chromium-whep", "firefox-whep", "gstreamer-whep", "aiortc-whep"})
    void aPlayerGetsAnAnswerWithoutATokenInAnOpenServer(String shape) {
        Space space = open.createSpace();

        HttpResponse<String> response = whep(space, offer(shape));

        assertEquals(201, response.statusCode(), response.body());
        assertTrue(response.body().contains("a=sendonly"), response.body());
        assertTrue(location(response).startsWith(space.path() + "/whep/"));
        assertEquals(201, whep(space, offer(shape)).statusCode());
    }

    @Test
    void anOfferThatIsOfNoUseInThisSpaceEndsNothingThatIsThere() {
        Space space = open.createSpace();
        String[] host = {"Authorization", "Bearer " + space.host()};
        HttpResponse<String> present = post(open, space.path() + "/whip", offer("obs-whip"), host);
        assertEquals(201, present.statusCode(), present.body());
        String onlyVideoIsKnown = offer("obs-whip").replace("opus/48000/2", "PCMU/8000");

        HttpResponse<String> refused = post(open, space.path() + "/whip", onlyVideoIsKnown, host);

        assertProblem(406, refused);
        assertEquals(204, open.get(location(present)).statusCode());
        Space untouched = open.createSpace();
        assertProblem(406, whip(untouched, onlyVideoIsKnown));
        assertEquals("scheduled", json(open.get(untouched.path())).get("state").asString());
    }

    @Test
    void theIceServersAreInLinkHeadersEachClientWithCredentialsOfItsOwn() {
        Space space = open.createSpace();

        List<String> links = whep(space, offer("chromium-whep")).headers().allValues("Link");
        List<String> others = whep(space, offer("chromium-whep")).headers().allValues("Link");

        assertEquals(3, links.size());
        assertEquals("<stun:stun.example.org:3478>; rel=\"ice-server\"", links.get(0));
        assertEquals(
                "<turn:turn.example.org?transport=udp>; rel=\"ice-server\"; username=\"user\";"
                        + " credential=\"pa\\\"ss\"; credential-type=\"password\"",
                links.get(1));
        assertTrue(
                links.get(2)
                        .matches("<turns:turn.example.org>; rel=\"ice-server\"; username=\"[0-9]+:[^\"]+\";"
                                + " credential=\"[A-Za-z0-9+/]{27}=\"; credential-type=\"password\""),
                links.get(2));
        assertNotEquals(links.get(2), others.get(2));
    }

    @Test
    void publishingNeedsATokenThatMayPublish() {
        Space space = open.createSpace();
        Space other = open.createSpace();
        String path = space.path() + "/whip";
        String offer = offer("chromium-whip");

        HttpResponse<String> none = post(open, path, offer);
        HttpResponse<String> bad = post(open, path, offer, "Authorization", "Bearer x.y.z");

        assertProblem(401, none);
        assertEquals("Bearer", header(none, "WWW-Authenticate"));
        assertProblem(401, bad);
        assertEquals("Bearer error=\"invalid_token\"", header(bad, "WWW-Authenticate"));
        assertProblem(400, post(open, path, offer, "Authorization", "Basic eA=="));
        assertProblem(403, post(open, path, offer, "Authorization", "Bearer " + space.listener()));
        assertProblem(403, post(open, path, offer, "Authorization", "Bearer " + other.speaker()));
    }

    @Test
    void listeningNeedsATokenUnlessTheServerIsOpen() {
        Space space = closed.createSpace("Authorization", "Bearer " + KEY);
        String path = space.path() + "/whep";
        String offer = offer("chromium-whep");

        assertProblem(401, post(closed, path, offer));
        assertEquals(
                201,
                post(closed, path, offer, "Authorization", "Bearer " + space.listener())
                        .statusCode());
        assertProblem(401, post(open, open.createSpace().path() + "/whep", offer, "Authorization", "Bearer x"));
    }

    @Test
    void aFullStageIsA409() {
        try (TestServer small = new TestServer(Map.of(Setting.MAX_SPEAKERS, "1"))) {
            Space space = small.createSpace();
            String[] token = {"Authorization", "Bearer " + space.speaker()};

            assertEquals(
                    201,
                    post(small, space.path() + "/whip", offer("chromium-whip"), token)
                            .statusCode());
            assertProblem(409, post(small, space.path() + "/whip", offer("chromium-whip"), token));
        }
    }

    @Test
    void aSpaceThatIsNotThereIsA404AndOneThatEndedA410() {
        Space space = open.createSpace();
        open.send("DELETE", space.path(), null, "Authorization", "Bearer " + space.host());

        assertProblem(404, post(open, "/v1/spaces/nothing/whep", offer("chromium-whep")));
        assertProblem(410, whep(space, offer("chromium-whep")));
        assertProblem(410, whip(space, offer("chromium-whip")));
    }

    @Test
    void anOfferThatCantBeUsedIsRefusedWithItsReason() {
        Space space = open.createSpace();
        String good = offer("chromium-whep");

        assertProblem(400, whep(space, ""));
        assertProblem(400, whep(space, "hello"));
        assertProblem(400, whep(space, good.replace("v=0", "v=1")));
        assertProblem(415, open.send("POST", space.path() + "/whep", good, "Content-Type", "text/plain"));
        assertProblem(415, open.send("POST", space.path() + "/whep", good));
        assertProblem(406, post(open, space.path() + "/whep", good, "Accept", "text/html"));
        assertEquals(
                201,
                post(open, space.path() + "/whep", good, "Accept", "text/html, application/*;q=0.5")
                        .statusCode());
        assertProblem(
                422, whep(space, good.replaceAll("a=fingerprint:sha-256 [0-9A-F:]+", "a=fingerprint:sha-1 AB:CD")));
        assertProblem(406, whep(space, good.replace("a=recvonly", "a=sendonly")));
        assertProblem(413, whep(space, good + "a=x:" + "y".repeat(128 * 1024) + "\r\n"));
        assertEquals(1, json(open.get(space.path())).get("listeners").intValue());
    }

    @Test
    void anOfferOf128KBIsTaken() {
        Space space = open.createSpace();
        String good = offer("chromium-whep");
        StringBuilder long1 = new StringBuilder(good);
        while (long1.length() < 127 * 1024) {
            long1.append("a=unknown:").append("y".repeat(500)).append("\r\n");
        }

        assertEquals(201, whep(space, long1.toString()).statusCode());
    }

    @Test
    void optionsSayWhatIsAccepted() {
        Space space = open.createSpace();
        HttpResponse<String> endpoint = open.send("OPTIONS", space.path() + "/whip", null);
        HttpResponse<String> session = open.send("OPTIONS", location(whep(space, offer("chromium-whep"))), null);

        assertEquals(200, endpoint.statusCode());
        assertEquals(SDP, header(endpoint, "Accept-Post"));
        assertEquals("GET, HEAD, OPTIONS, POST", header(endpoint, "Allow"));
        assertEquals(200, session.statusCode());
        assertEquals(FRAGMENT, header(session, "Accept-Patch"));
        assertEquals("DELETE, GET, HEAD, OPTIONS, PATCH", header(session, "Allow"));
    }

    @Test
    void neitherEndpointNorSessionHasARepresentation() {
        Space space = open.createSpace();
        String session = location(whep(space, offer("chromium-whep")));

        for (String path : List.of(space.path() + "/whip", space.path() + "/whep", session)) {
            assertEquals(204, open.get(path).statusCode(), path);
            assertEquals(204, open.send("HEAD", path, null).statusCode(), path);
            assertProblem(405, open.send("PUT", path, "x", "Content-Type", SDP));
        }
        assertProblem(405, open.send("POST", session, "x", "Content-Type", SDP));
        assertProblem(405, open.send("DELETE", space.path() + "/whip", null));
        assertProblem(404, open.get("/v1/spaces/nothing/whip"));
    }

    @Test
    void aSessionIsDeletedOnce() {
        Space space = open.createSpace();
        String session = location(whip(space, offer("chromium-whip")));

        HttpResponse<String> deleted = open.send("DELETE", session, null, "If-Match", "\"whatever\"");

        assertEquals(200, deleted.statusCode());
        assertProblem(404, open.send("DELETE", session, null));
        assertProblem(404, open.get(session));
        assertProblem(404, patch(session, "*", restart("abcd")));
    }

    @Test
    void aSessionIsOnlyFoundUnderItsOwnUrl() {
        Space space = open.createSpace();
        String session = location(whep(space, offer("chromium-whep")));
        String id = session.substring(session.lastIndexOf('/') + 1);

        assertProblem(404, open.get(space.path() + "/whip/" + id));
        assertProblem(404, open.get(open.createSpace().path() + "/whep/" + id));
        assertProblem(404, open.get(space.path() + "/whep/" + id.substring(1)));
        assertEquals(204, open.get(session).statusCode());
    }

    @Test
    void candidatesAreTakenOnlyForThePresentIceSession() {
        Space space = open.createSpace();
        String offer = offer("chromium-whep");
        HttpResponse<String> created = whep(space, offer);
        String session = location(created);
        String fragment = "a=ice-ufrag:" + value(offer, "ice-ufrag") + "\r\na=ice-pwd:" + value(offer, "ice-pwd")
                + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n" + TRICKLE;

        HttpResponse<String> trickled = patch(session, etag(created), fragment);

        assertEquals(204, trickled.statusCode());
        assertNull(header(trickled, "ETag"));
        assertEquals("", trickled.body());
        assertEquals(204, patch(session, "\"old\", " + etag(created), fragment).statusCode());
        assertProblem(412, patch(session, "\"old\"", fragment));
        assertProblem(412, patch(session, "W/" + etag(created), fragment));
        assertProblem(428, open.send("PATCH", session, fragment, "Content-Type", FRAGMENT));
        assertProblem(415, open.send("PATCH", session, fragment, "Content-Type", SDP, "If-Match", etag(created)));
        assertProblem(400, patch(session, etag(created), "hello"));
        assertProblem(400, patch(session, etag(created), ""));
        assertProblem(
                400,
                patch(session, "*", fragment.replaceAll("a=ice-pwd:[^\r]+", "a=ice-pwd:passwordpasswordpassword")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "\"*\""})
    void iceIsRestartedWithNewCredentialsAndANewTag(String star) {
        Space space = open.createSpace();
        HttpResponse<String> created = whip(space, offer("chromium-whip"));
        String session = location(created);

        HttpResponse<String> restarted = patch(session, star, restart("newu"));

        assertEquals(200, restarted.statusCode(), restarted.body());
        assertEquals(FRAGMENT, header(restarted, "Content-Type"));
        assertNotEquals(etag(created), etag(restarted));
        assertNotEquals(value(created.body(), "ice-ufrag"), value(restarted.body(), "ice-ufrag"));
        assertTrue(restarted.body().contains("a=ice-lite"), restarted.body());
        assertTrue(value(restarted.body(), "ice-pwd").length() >= 22);
        assertEquals(value(created.body(), "candidate"), value(restarted.body(), "candidate"));
        assertProblem(412, patch(session, etag(created), restart("newu")));
        assertEquals(204, patch(session, etag(restarted), restart("newu")).statusCode());
    }

    @Test
    void anEndpointThatClosedTakesItsSessionAlong() {
        try (TestServer own = new TestServer(Map.of())) {
            Space space = own.createSpace();
            String session = location(post(own, space.path() + "/whep", offer("chromium-whep")));
            assertEquals(204, own.get(session).statusCode());

            own.server.media().onClosed("e1", CloseReason.CLOSED_BY_PEER, ""); // as the SFU says it

            assertProblem(404, own.get(session));
        }
    }

    @Test
    void theEndOfASpaceEndsItsSessions() {
        Space space = open.createSpace();
        String player = location(whep(space, offer("chromium-whep")));
        String publisher = location(whip(space, offer("chromium-whip")));

        open.send("DELETE", space.path(), null, "Authorization", "Bearer " + space.host());

        assertProblem(404, open.get(player));
        assertProblem(404, open.get(publisher));
    }

    @Test
    void locationIsAbsoluteBehindAProxyThatIsTrusted() {
        try (TestServer behind = new TestServer(Map.of(Setting.TRUSTED_PROXY, "127.0.0.1"))) {
            Space space = behind.createSpace();

            HttpResponse<String> response = post(
                    behind,
                    space.path() + "/whep",
                    offer("chromium-whep"),
                    "X-Forwarded-Proto",
                    "https",
                    "X-Forwarded-Host",
                    "live.example.org");

            assertTrue(location(response).startsWith("https://live.example.org" + space.path() + "/whep/"));
        }
    }

    @Test
    void theAnswerAsksForOpusAsConfigured() {
        try (TestServer music = new TestServer(
                Map.of(Setting.OPUS_BITRATE, "128000", Setting.OPUS_PTIME, "40", Setting.OPUS_MUSIC, "true"))) {
            Space space = music.createSpace();
            String answer = post(
                            music,
                            space.path() + "/whip",
                            offer("chromium-whip"),
                            "Authorization",
                            "Bearer " + space.speaker())
                    .body();

            assertTrue(answer.contains("maxaveragebitrate=128000"), answer);
            assertTrue(answer.contains("stereo=1"), answer);
            assertTrue(answer.contains("usedtx=0"), answer);
            assertTrue(answer.contains("a=ptime:40"), answer);
        }
    }

    @Test
    void everySessionHasCredentialsOfItsOwn() {
        Space space = open.createSpace();
        String one = whep(space, offer("chromium-whep")).body();
        String two = whep(space, offer("chromium-whep")).body();

        assertNotEquals(value(one, "ice-ufrag"), value(two, "ice-ufrag"));
        assertNotEquals(value(one, "ice-pwd"), value(two, "ice-pwd"));
        assertNotNull(value(one, "fingerprint"));
        assertFalse(value(one, "ice-ufrag").isEmpty());
    }
}
