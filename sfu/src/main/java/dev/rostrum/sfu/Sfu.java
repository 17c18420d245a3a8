package dev.rostrum.sfu;

import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A running SFU: the only door between signaling and media.
 *
 * <p>Safe for any thread. No method blocks on a shard.
 */
public final class Sfu implements AutoCloseable {

    private Sfu() {}

    /** Binds all sockets and starts the shards. Throws if an address can't be bound. */
    public static Sfu start(SfuConfig config, SfuListener listener) {
        return new Sfu();
    }

    /** One line for the start message: shards, UDP port kind, cipher. */
    public String description() {
        return "";
    }

    /** The fingerprint of this server's certificate, for answers. */
    public Fingerprint fingerprint() {
        return Fingerprint.of(new byte[0]);
    }

    /** The host candidates for answers, best first. */
    public List<InetSocketAddress> candidates() {
        return List.of();
    }

    /** New local credentials, for an answer. */
    public IceCredentials newCredentials() {
        return IceCredentials.random(new java.security.SecureRandom());
    }

    /** Lets an endpoint connect; it has 30 s for it. */
    public void add(EndpointSpec spec) {}

    /** Ends an endpoint. Does nothing if there is none. */
    public void remove(String endpointId) {}

    /**
     * Lets an endpoint restart ICE: new credentials beside the old ones, which hold until the new ones are used.
     *
     * @return whether there is such an endpoint
     */
    public boolean restartIce(String endpointId, IceCredentials local, IceCredentials remote) {
        return false;
    }

    /**
     * Changes whether a publication is forwarded. Once the stage completes after a change to false, no packet of the
     * publication leaves the server any more.
     */
    public CompletionStage<Void> permit(String endpointId, String mid, boolean permitted) {
        return CompletableFuture.completedFuture(null);
    }

    /** Ends all endpoints, says goodbye to their peers, and closes the sockets. */
    @Override
    public void close() {}
}
