package dev.rostrum.sfu.rtcp;

/** What {@link RtcpReader} found at the end of its way through a datagram. */
public enum RtcpFault {
    /** Nothing: all was read. */
    NONE,
    /** Fewer than four bytes were left. */
    TRUNCATED,
    /** Not version 2. */
    BAD_VERSION,
    /** A packet type outside of 192 to 223 (RFC 5761 §4): no RTCP at all. */
    NOT_RTCP,
    /** The length field runs over the end of the datagram. */
    LENGTH_OVERRUN,
    /** The padding is longer than the packet, or of length 0. */
    BAD_PADDING,
    /** The packet is too short for what its header promises. */
    BODY_TOO_SHORT,
    /** Counts or lengths inside of the packet contradict each other. */
    BAD_BODY
}
