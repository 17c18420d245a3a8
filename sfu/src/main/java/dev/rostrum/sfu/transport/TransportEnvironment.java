package dev.rostrum.sfu.transport;

import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.srtp.SrtpCipherProvider;

/**
 * What all transports of a server share.
 *
 * <p>Immutable, and safe for any thread.
 *
 * @param ciphers where SRTP contexts come from
 * @param dtls opens the DTLS association of an endpoint
 */
public record TransportEnvironment(SrtpCipherProvider ciphers, DtlsOpener dtls) {

    /** Opens DTLS associations: real ones in the server, injected keys in simulations. */
    public interface DtlsOpener {

        /** A new association for the endpoint; the sink is called on the shard. */
        DtlsSession open(EndpointSpec spec, Shard shard, DtlsSession.Sink sink);
    }
}
