package dev.rostrum.sfu.ice;

/**
 * Why a datagram that was taken for STUN did not become a connectivity check. Only what was authenticated is ever
 * answered; everything else meets silence and a counter.
 */
public enum StunRefusal {
    /** No Binding request with the magic cookie: a response, an indication, another method, or no STUN at all. */
    NOT_A_BINDING_REQUEST,
    /** Lengths that do not add up, an attribute of the wrong size, or one that must be unique and is not. */
    MALFORMED,
    /** FINGERPRINT is missing or not the last attribute (RFC 8445 §7.1). */
    NO_FINGERPRINT,
    /** USERNAME is missing or has no colon. */
    NO_USERNAME,
    /** MESSAGE-INTEGRITY is missing. */
    NO_MESSAGE_INTEGRITY,
    /** USERNAME names no ufrag that is valid here, or no longer. */
    UNKNOWN_UFRAG,
    /** The CRC in FINGERPRINT does not fit. */
    WRONG_FINGERPRINT,
    /** The HMAC in MESSAGE-INTEGRITY does not fit the password. */
    WRONG_MESSAGE_INTEGRITY,
    /** Too many wrong MESSAGE-INTEGRITY within a second: unknown addresses are not even looked at. */
    RATE_LIMITED,
    /** Authentic, with comprehension-required attributes that are not understood here: answered with 420. */
    UNKNOWN_ATTRIBUTES,
    /** Authentic, but the peer takes itself for the controlled side: answered with 487. */
    ROLE_CONFLICT
}
