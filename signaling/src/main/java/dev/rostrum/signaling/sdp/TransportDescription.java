package dev.rostrum.signaling.sdp;

import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How to reach an m-line's other end: ICE (RFC 8839) and DTLS (RFC 8842). What an m-line doesn't say itself is taken from
 * the session level.
 *
 * <p>Immutable.
 *
 * @param credentials ICE username fragment and password
 * @param fingerprints those of kind sha-256, in their order
 * @param otherHashes the names of the other hashes of fingerprints
 * @param setup who begins the DTLS handshake
 * @param iceOptions the tags of {@code a=ice-options}
 * @param candidates those that could be read
 * @param endOfCandidates whether no more will come (RFC 8840 §8.2)
 */
public record TransportDescription(
        @Nullable IceCredentials credentials,
        List<Fingerprint> fingerprints,
        List<String> otherHashes,
        @Nullable Setup setup,
        Set<String> iceOptions,
        List<Candidate> candidates,
        boolean endOfCandidates) {

    public static final TransportDescription NONE =
            new TransportDescription(null, List.of(), List.of(), null, Set.of(), List.of(), false);

    public TransportDescription {
        fingerprints = List.copyOf(fingerprints);
        otherHashes = List.copyOf(otherHashes);
        iceOptions = Set.copyOf(iceOptions);
        candidates = List.copyOf(candidates);
    }

    public boolean hasFingerprint() {
        return !fingerprints.isEmpty() || !otherHashes.isEmpty();
    }
}
