package dev.rostrum.signaling;

import static dev.rostrum.signaling.TestServer.header;
import static dev.rostrum.signaling.TestServer.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.metrics.MetricsSource.Metric;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page, cross-origin rules, health and metrics, over real HTTP. */
final class PageTest {

    private static TestServer server;
    private static TestServer strict;

    @BeforeAll
    static void start() {
        server = new TestServer(Map.of());
        strict = new TestServer(Map.of(
                Setting.CORS_ORIGIN,
                "https://friend.example",
                Setting.TRUSTED_PROXY,
                "127.0.0.0/8",
                Setting.ICE_SERVER,
                "stun:stun.example.org"));
    }

    @AfterAll
    static void stop() {
        server.close();
        strict.close();
    }

    @Test
    void thePageIsServedToBeAskedForAgainByItsTag() {
        HttpResponse<String> page = server.get("/");
        String etag = header(page, "ETag");

        assertEquals(200, page.statusCode());
        assertEquals("text/html; charset=utf-8", header(page, "Content-Type"));
        assertEquals("no-cache", header(page, "Cache-Control"));
        assertNotNull(etag);
        assertEquals(304, server.get("/", "If-None-Match", etag).statusCode());
        assertEquals(304, server.get("/", "If-None-Match", "\"a\", W/" + etag).statusCode());
        assertEquals(page.body(), server.get("/s/abc123").body());
    }

    @Test
    void whoTakesGzipGetsItWithATagOfItsOwn() {
        HttpResponse<String> plain = server.get("/rostrum.js", "Accept-Encoding", "br, gzip;q=0");
        HttpResponse<String> gzipped = server.get("/rostrum.js", "Accept-Encoding", "br, gzip");

        assertEquals("gzip", header(gzipped, "Content-Encoding"));
        assertNull(header(plain, "Content-Encoding"));
        assertEquals("text/javascript; charset=utf-8", header(gzipped, "Content-Type"));
        assertTrue(gzipped.body().length() < plain.body().length());
        String etag = String.valueOf(header(gzipped, "ETag"));
        assertNotEquals(header(plain, "ETag"), etag);
        assertEquals(304, server.get("/rostrum.js", "If-None-Match", etag).statusCode());
    }

    @Test
    void thePageMayOnlyLoadWhatIsItsOwn() {
        HttpResponse<String> page = server.get("/");
        String policy = String.valueOf(header(page, "Content-Security-Policy"));

        assertTrue(policy.contains("default-src 'none'"), policy);
        assertTrue(policy.contains("script-src 'self'"), policy);
        assertTrue(policy.contains("frame-ancestors 'none'"), policy);
        assertFalse(policy.contains("unsafe"), policy);
        assertEquals("nosniff", header(page, "X-Content-Type-Options"));
        assertEquals("no-referrer", header(page, "Referrer-Policy"));
        assertTrue(String.valueOf(header(page, "Permissions-Policy")).contains("microphone=(self)"));
    }

    @Test
    void everyPageOfTheWebMayUseTheDoorsUnlessOriginsAreNamed() {
        HttpResponse<String> anybody = server.get("/v1/spaces", "Origin", "https://some.example");
        HttpResponse<String> friend = strict.get("/v1/spaces", "Origin", "https://friend.example");
        HttpResponse<String> stranger = strict.get("/v1/spaces", "Origin", "https://some.example");

        assertEquals("*", header(anybody, "Access-Control-Allow-Origin"));
        String exposed = String.valueOf(header(anybody, "Access-Control-Expose-Headers"));
        for (String name : List.of("Location", "ETag", "Link", "Retry-After")) {
            assertTrue(exposed.contains(name), exposed);
        }
        assertEquals("https://friend.example", header(friend, "Access-Control-Allow-Origin"));
        assertNull(header(stranger, "Access-Control-Allow-Origin"));
        assertEquals("Origin", header(stranger, "Vary"));
        assertNull(header(anybody, "Access-Control-Allow-Credentials"));
    }

    @Test
    void problemsToo() {
        assertEquals(
                "*", header(server.get("/v1/spaces/x", "Origin", "https://a.example"), "Access-Control-Allow-Origin"));
    }

    @Test
    void aBrowsersQuestionBeforeARequestIsAnswered() {
        for (String path : List.of(
                "/v1/spaces",
                "/v1/spaces/x",
                "/v1/spaces/x/tokens",
                "/v1/spaces/x/whip",
                "/v1/spaces/x/whep",
                "/v1/spaces/x/whip/y",
                "/v1/spaces/x/whep/y")) {
            HttpResponse<String> response = server.send(
                    "OPTIONS",
                    path,
                    null,
                    "Origin",
                    "https://a.example",
                    "Access-Control-Request-Method",
                    "POST",
                    "Access-Control-Request-Headers",
                    "authorization,content-type");

            assertEquals(200, response.statusCode(), path);
            assertEquals("*", header(response, "Access-Control-Allow-Origin"), path);
            assertEquals(header(response, "Allow"), header(response, "Access-Control-Allow-Methods"), path);
            String headers = String.valueOf(header(response, "Access-Control-Allow-Headers"));
            for (String name : List.of("Authorization", "Content-Type", "If-Match")) {
                assertTrue(headers.contains(name), path);
            }
        }
    }

    @Test
    void healthSaysLiveAndReady() {
        assertEquals("live", json(server.get("/health/live")).get("status").asString());
        assertEquals("ready", json(server.get("/health/ready")).get("status").asString());
    }

    @Test
    void metricsHaveTheFiguresOfThePartsInPrometheusText() {
        server.server
                .metrics()
                .add(() -> List.of(
                        Metric.gauge("rostrum_test_level", "A level", 7),
                        Metric.counter("rostrum_test_events", "Events", 2).with("kind", "a"),
                        Metric.counter("rostrum_test_events", "Events", 3).with("kind", "b")));

        HttpResponse<String> metrics = server.get("/metrics");

        assertEquals(200, metrics.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", header(metrics, "Content-Type"));
        for (String line : List.of(
                "# HELP rostrum_test_level A level",
                "rostrum_test_level 7.0",
                "# TYPE rostrum_test_events_total counter",
                "rostrum_test_events_total{kind=\"a\"} 2.0",
                "rostrum_test_events_total{kind=\"b\"} 3.0",
                "# HELP rostrum_udp_sent_bytes_total Bytes of the datagrams that the system took",
                "# HELP rostrum_udp_send_full_total Datagrams that were dropped because the socket stayed full",
                "rostrum_store_working 1.0")) {
            assertTrue(metrics.body().contains(line), line);
        }
        assertTrue(metrics.body().contains("jvm_memory_used_bytes"));
        assertTrue(metrics.body().contains("rostrum_http_connections "));
    }

    @Test
    void aTrustedProxySaysUnderWhichAddressClientsCame() {
        String xForwarded = strict.postJson(
                        "/v1/spaces",
                        "{\"title\":\"a\"}",
                        "X-Forwarded-Proto",
                        "https",
                        "X-Forwarded-Host",
                        "live.example.org")
                .body();
        HttpResponse<String> forwarded = strict.postJson(
                "/v1/spaces",
                "{\"title\":\"a\"}",
                "Forwarded",
                "for=203.0.113.9;proto=https;host=\"live.example.org:8443\"");
        String nobody = server.postJson("/v1/spaces", "{\"title\":\"a\"}", "X-Forwarded-Host", "evil.example")
                .body();

        assertTrue(xForwarded.contains("\"https://live.example.org/s/"), xForwarded);
        assertTrue(forwarded.body().contains("\"https://live.example.org:8443/s/"), forwarded.body());
        assertTrue(
                String.valueOf(header(forwarded, "Location")).startsWith("https://live.example.org:8443/v1/spaces/"));
        assertTrue(nobody.contains("\"http://127.0.0.1:" + server.port() + "/s/"), nobody);
    }

    @Test
    void thePublicUrlIsInAllLinks() {
        try (TestServer named = new TestServer(Map.of(Setting.PUBLIC_URL, "https://live.example.org/"))) {
            HttpResponse<String> created = named.postJson("/v1/spaces", "{\"title\":\"a\"}");

            assertTrue(created.body().contains("\"https://live.example.org/s/"), created.body());
            assertTrue(String.valueOf(header(created, "Location")).startsWith("https://live.example.org/v1/spaces/"));
            assertTrue(named.said().contains("https://live.example.org/"), named.said());
        }
    }

    @Test
    void theStartSaysWhereEverythingIs() {
        assertTrue(server.said().contains("http://localhost:" + server.port() + "/"), server.said());
        assertTrue(server.said().contains("media    UDP"), server.said());
        assertTrue(server.said().contains("TLS      off"), server.said());
        assertTrue(server.said().contains("access   open"), server.said());
        assertTrue(server.said().contains("ready in"), server.said());
    }
}
