package dev.rostrum.dtls;

/** Why a received datagram or record was not given to DTLS. Each has a counter in {@link DtlsHandshakes}. */
public enum DtlsDropReason {
    /** The first bytes are not those of a DTLS record. */
    NOT_DTLS,
    /** Nobody handshakes here yet, and this is no ClientHello either. */
    NO_HANDSHAKE,
    /** The datagram came faster than its handshake reads. */
    QUEUE_FULL,
    /** The transport has ended. */
    ENDED,
    /** A length, a version or a handshake fragment makes no sense. */
    MALFORMED,
    /** A handshake message that this role never receives, an alert nobody can authenticate, or an epoch not in use. */
    UNEXPECTED,
    /** The same record came before. */
    REPEATED,
    /** Authenticated application data: there are no data channels. */
    APPLICATION_DATA
}
