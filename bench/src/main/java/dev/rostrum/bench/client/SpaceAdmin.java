package dev.rostrum.bench.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates spaces on a server.
 *
 * <p>Stateless.
 */
public final class SpaceAdmin {

    private SpaceAdmin() {}

    /**
     * A space and the tokens that its creator got.
     *
     * <p>Immutable.
     *
     * @param cohost an invitation for any number of co-hosts
     * @param speaker an invitation for any number of speakers
     * @param listener an invitation for any number of listeners
     */
    public record CreatedSpace(SpaceAddress address, String host, String cohost, String speaker, String listener) {}

    /**
     * Creates a space.
     *
     * @param server such as {@code http://127.0.0.1:8080}
     * @param apiKey for a server that has one configured
     */
    public static CreatedSpace create(URI server, String title, @Nullable String apiKey)
            throws IOException, InterruptedException {
        return create(server, title, false, apiKey);
    }

    /** The same, with or without cameras. */
    public static CreatedSpace create(URI server, String title, boolean video, @Nullable String apiKey)
            throws IOException, InterruptedException {
        if (server.getHost() == null
                || !("http".equalsIgnoreCase(server.getScheme()) || "https".equalsIgnoreCase(server.getScheme()))) {
            throw new IOException(server + " is no address of a server; one looks like http://127.0.0.1:8080");
        }
        URI spaces = server.resolve("/v1/spaces");
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            JsonNode space = post(
                    http,
                    spaces,
                    JsonMapper.shared().createObjectNode().put("title", title).put("video", video),
                    apiKey);
            String id = space.get("id").asString();
            JsonNode tokens = space.get("tokens");
            String host = tokens.get("host").asString();
            JsonNode cohost = post(
                    http,
                    URI.create(spaces + "/" + id + "/tokens"),
                    JsonMapper.shared().createObjectNode().put("role", "cohost"),
                    host);
            return new CreatedSpace(
                    new SpaceAddress(server, id),
                    host,
                    cohost.get("token").asString(),
                    tokens.get("speaker").asString(),
                    tokens.get("listener").asString());
        } catch (ConnectException e) { // most of them come without a message
            throw new IOException("nobody answers at " + server + "; is the server running?", e);
        }
    }

    private static JsonNode post(HttpClient http, URI to, ObjectNode body, @Nullable String bearer)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(to)
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
        if (bearer != null) {
            request.header("Authorization", "Bearer " + bearer);
        }
        HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() != 201) {
            throw new IOException("no space could be created: " + response.statusCode() + " " + response.body());
        }
        return JsonMapper.shared().readTree(response.body());
    }
}
