package dev.rostrum.sfu.transport;

import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.SharedTable;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect: local ufrag → its password and the endpoint that it belongs to.
 *
 * <p>Shared by signaling, which adds, and all shards, which look up a ufrag for each STUN request.
 *
 * @param <S> what endpoints are described with
 * @param <E> the endpoints
 */
public final class Claims<S, E extends TransportOwner> {

    /** One ufrag's entry. An endpoint has two of them while ICE restarts. */
    record Claim<S, E extends TransportOwner>(IceCredentials local, Registration<S, E> registration) {}

    private final SharedTable<String, Claim<S, E>> byUfrag = new SharedTable<>();

    /**
     * Lets whoever knows these credentials connect as the endpoint.
     *
     * @return false if the ufrag is taken
     */
    public boolean add(IceCredentials local, Registration<S, E> registration) {
        return byUfrag.putIfAbsent(local.ufrag(), new Claim<>(local, registration));
    }

    /** Forgets a ufrag. */
    public void remove(String ufrag) {
        byUfrag.remove(ufrag);
    }

    @Nullable
    Claim<S, E> find(String ufrag) {
        return byUfrag.get(ufrag);
    }
}
