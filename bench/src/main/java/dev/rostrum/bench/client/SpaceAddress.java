package dev.rostrum.bench.client;

import java.net.URI;

/**
 * Where a space is.
 *
 * <p>Immutable.
 *
 * @param server its address by HTTP, such as {@code http://127.0.0.1:8080}
 * @param id the space's id
 */
public record SpaceAddress(URI server, String id) {

    URI join() {
        return URI.create(server.toString().replaceFirst("^http", "ws")).resolve("/v1/spaces/" + id + "/join");
    }

    public URI whip() {
        return server.resolve("/v1/spaces/" + id + "/whip");
    }

    public URI whep() {
        return server.resolve("/v1/spaces/" + id + "/whep");
    }
}
