package dev.rostrum.bench.media;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a connection must know of the server, from its SDP answer.
 *
 * <p>Immutable.
 *
 * @param candidates where it may be reached by UDP, best first
 * @param localRole which side of the handshake is left for us
 * @param payloadType that of Opus
 * @param slots the SSRCs that the answer announces, in the order of the m-lines
 */
public record RemoteDescription(
        IceCredentials credentials,
        List<InetSocketAddress> candidates,
        Fingerprint fingerprint,
        DtlsRole localRole,
        int payloadType,
        List<Integer> slots) {

    public RemoteDescription {
        candidates = List.copyOf(candidates);
        slots = List.copyOf(slots);
    }
}
