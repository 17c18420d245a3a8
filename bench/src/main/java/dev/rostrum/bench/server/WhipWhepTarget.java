package dev.rostrum.bench.server;

import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Any server that publishes by WHIP and plays by WHEP, at two addresses that are there already. Everybody comes by these;
 * there is no page's door, and no promotion.
 *
 * <p>Safe for any thread.
 */
public final class WhipWhepTarget implements Target {

    private final URI whip;
    private final URI whep;
    private final @Nullable String token;
    private final @Nullable ProcessWatch watch;

    /**
     * @param token for both, if they ask for one
     * @param pid the server's process, if it is on this machine
     */
    public WhipWhepTarget(URI whip, URI whep, @Nullable String token, @Nullable Long pid) {
        this.whip = whip;
        this.whep = whep;
        this.token = token;
        watch = pid == null ? null : new ProcessWatch(pid);
    }

    @Override
    public String description() {
        return whip.getHost() + ", published at " + whip + " and played at " + whep;
    }

    @Override
    public LoadClient speaker(LoadClients clients, int number, int group) {
        return clients.publisher(whip, token, group);
    }

    /** Each hears one speaker: that is all that WHEP promises. */
    @Override
    public LoadClient listener(LoadClients clients, Door door, int group) {
        return door == Door.VIEWER ? clients.viewer(whep, token, 1, group) : clients.player(whep, token, 1, group);
    }

    @Override
    public @Nullable ProcessWatch process() {
        return watch;
    }

    @Override
    public List<URI> pages() {
        return List.of();
    }

    @Override
    public void close() {
        // it was there before, and stays
    }
}
