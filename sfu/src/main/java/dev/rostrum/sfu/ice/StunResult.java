package dev.rostrum.sfu.ice;

import org.jspecify.annotations.Nullable;

/**
 * What {@link StunCodec#decode} makes of a datagram.
 *
 * <p>Immutable by convention: nobody writes into the arrays after construction.
 */
public sealed interface StunResult {

    /** Which side of ICE the sender takes itself for (RFC 8445 §6.1.1). */
    enum Role {
        CONTROLLING,
        CONTROLLED,
        /** Neither attribute was there. */
        UNSTATED
    }

    /**
     * An authentic connectivity check (RFC 8445 §7.3).
     *
     * @param transactionId 12 bytes
     * @param priority what a peer-reflexive candidate would have, unsigned 32 bits; 0 if the check doesn't say
     * @param useCandidate whether the check nominates
     * @param tieBreaker unsigned 64 bits; 0 if the role is unstated
     */
    record BindingRequest(byte[] transactionId, long priority, boolean useCandidate, Role role, long tieBreaker)
            implements StunResult {}

    /**
     * Anything else.
     *
     * @param response what to answer, or null for silence
     */
    record Refused(StunRefusal reason, byte @Nullable [] response) implements StunResult {}
}
