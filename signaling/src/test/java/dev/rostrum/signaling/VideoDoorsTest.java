package dev.rostrum.signaling;

import static dev.rostrum.signaling.TestServer.assertProblem;
import static dev.rostrum.signaling.TestServer.json;
import static dev.rostrum.signaling.TestServer.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Spaces with video over real sockets: their codecs, and what offers get. */
class VideoDoorsTest {

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(Map.of());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode created(String more) {
        HttpResponse<String> response = server.postJson("/v1/spaces", "{\"title\":\"Show\"" + more + "}");
        assertEquals(201, response.statusCode(), response.body());
        return json(response);
    }

    private static String path(JsonNode space) {
        return "/v1/spaces/" + space.get("id").asString();
    }

    private static HttpResponse<String> whip(JsonNode space, String sdp) {
        return server.send(
                "POST",
                path(space) + "/whip",
                sdp,
                "Content-Type",
                "application/sdp",
                "Authorization",
                "Bearer " + space.get("tokens").get("speaker").asString());
    }

    private static HttpResponse<String> whep(JsonNode space, String sdp) {
        return server.send("POST", path(space) + "/whep", sdp, "Content-Type", "application/sdp");
    }

    @Test
    void aSpaceHasVp8UnlessItSaysOtherwise() {
        JsonNode plain = created(",\"video\":true");
        assertEquals("[\"VP8\"]", plain.get("videoCodecs").toString());
        JsonNode chosen = created(",\"video\":true,\"videoCodecs\":[\"AV1\",\"VP8\"]");
        assertEquals("[\"AV1\",\"VP8\"]", chosen.get("videoCodecs").toString());
        JsonNode details = json(server.send("GET", path(chosen), null));
        assertEquals("[\"AV1\",\"VP8\"]", details.get("videoCodecs").toString());
        assertFalse(created("").has("videoCodecs"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        ,"video":true,"videoCodecs":["VP7"]               | each once
        ,"video":true,"videoCodecs":["VP8","VP8"]         | each once
        ,"video":true,"videoCodecs":[]                    | empty
        ,"video":true,"videoCodecs":"VP8"                 | array
        ,"video":true,"videoCodecs":[8]                   | array
        ,"video":true,"videoCodecs":["VP8","VP9","AV1","H264","VP8"] | array
        ,"videoCodecs":["VP8"]                            | needs "video": true
        """)
    void wrongCodecsAreNamed(String more, String word) {
        JsonNode problem = assertProblem(400, server.postJson("/v1/spaces", "{\"title\":\"Show\"" + more + "}"));
        assertEquals("videoCodecs", problem.get("field").asString());
        assertTrue(problem.get("detail").asString().contains(word), problem.toString());
    }

    @Test
    void aPublisherWithSimulcastIsAnsweredInTheSpacesCodec() {
        JsonNode space = created(",\"video\":true,\"videoCodecs\":[\"H264\",\"VP8\"]");
        HttpResponse<String> chromium = whip(space, offer("chromium-whip-simulcast"));
        assertEquals(201, chromium.statusCode(), chromium.body());
        assertTrue(chromium.body().contains("a=simulcast:recv q;h;f\r\n"));
        assertTrue(chromium.body().contains(" H264/90000\r\n"));
        assertTrue(whip(space, offer("firefox-whip-simulcast")).body().contains(" VP8/90000\r\n"));
        assertTrue(whip(created(""), offer("chromium-whip-simulcast")).body().contains("\r\nm=video 0 "));
        JsonNode details = json(server.send("GET", path(space), null));
        assertTrue(details.get("video").booleanValue());
    }

    @Test
    void anOfferOfVideoAloneIsRefusedWhereThereIsNoneAndNobodyJoins() {
        String video = offer("chromium-whep-video")
                .replaceFirst("(?s)m=audio.*?m=video", "m=video")
                .replace("BUNDLE 0 1", "BUNDLE 1");
        JsonNode audio = created("");
        assertProblem(406, whep(audio, video));
        assertProblem(
                406,
                whep(created(",\"video\":true,\"videoCodecs\":[\"AV1\"]"), video.replace("AV1/90000", "AVX/90000")));
        assertEquals(201, whep(created(",\"video\":true"), video).statusCode());
        assertEquals(
                0, json(server.send("GET", path(audio), null)).get("listeners").intValue());
    }

    @Test
    void thePageShowsItsCameraAndSaysWhatItWantsToSee() throws InterruptedException {
        JsonNode space = created(",\"video\":true");
        try (HttpClient http = HttpClient.newHttpClient();
                JoinClient client = new JoinClient(http, server.uri(path(space)))) {
            JsonNode joined =
                    client.join(space.get("tokens").get("host").asString(), "Ada", offer("chromium-video-space"));
            assertTrue(joined.get("answer").asString().contains("a=simulcast:recv q;h;f\r\n"));
            assertEquals("[\"VP8\"]", joined.get("space").get("videoCodecs").toString());
            JsonNode me = joined.get("participant");
            assertEquals(0, me.get("csrc").asLong() % 4);
            assertFalse(me.get("camera").booleanValue());
            client.commandWith("unmute", Map.of("source", "camera"));
            JsonNode stage = client.await("stage", message -> JoinClient.isTyped(message, "stage"));
            assertTrue(stage.get("participant").get("camera").booleanValue());
            client.commandWith(
                    "setSlots",
                    Map.of(
                            "video",
                            List.of(Map.of(
                                    "mid", "7", "participant", me.get("id").asString(), "height", 180))));
        }
    }
}
