package dev.rostrum.sfu;

/** Why an endpoint ended. */
public enum CloseReason {
    /** Signaling asked for it. */
    CLOSED_HERE,
    /** The peer closed its DTLS session. */
    CLOSED_BY_PEER,
    /** Nobody connected with the credentials in time. */
    NEVER_CONNECTED,
    /** No authenticated connectivity check and no media for 30 s (RFC 7675). */
    CONSENT_EXPIRED,
    /** The DTLS handshake failed; the detail says how. */
    HANDSHAKE_FAILED,
    /** A fault of the server's own; the log has it. */
    INTERNAL_ERROR
}
