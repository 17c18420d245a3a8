package dev.rostrum.sfu;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import java.util.List;

/**
 * All that the SFU must know of an endpoint: who may connect, and its m-lines.
 *
 * <p>Immutable; made by signaling from an offer and its answer.
 *
 * @param id unique in this server, chosen by signaling
 * @param spaceId the space whose publications it hears
 * @param local this side's ICE credentials, as in the answer
 * @param remote the peer's ICE credentials, as in the offer
 * @param remoteFingerprint what the peer's certificate must hash to
 * @param dtlsRole which side of the handshake this server takes
 * @param cname the CNAME of all its slots, as in the answer (RFC 7022)
 * @param streams its m-lines, in their order; rejected ones are absent
 */
public record EndpointSpec(
        String id,
        String spaceId,
        IceCredentials local,
        IceCredentials remote,
        Fingerprint remoteFingerprint,
        DtlsRole dtlsRole,
        String cname,
        List<StreamSpec> streams) {

    public EndpointSpec {
        streams = List.copyOf(streams);
    }
}
