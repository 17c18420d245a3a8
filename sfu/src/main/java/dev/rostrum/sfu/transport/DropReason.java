package dev.rostrum.sfu.transport;

/**
 * Why a packet was not passed on: every silent return on the packet path names one, and each is a counter in the
 * metrics.
 */
public enum DropReason {
    /** Neither STUN, DTLS, RTP nor RTCP by its first byte (RFC 7983, RFC 9443), or empty. */
    UNKNOWN_PROTOCOL,
    /** A STUN message that is no binding request, or no well-formed one. */
    STUN_MALFORMED,
    /** A binding request with a ufrag that no endpoint has. */
    STUN_UNKNOWN_UFRAG,
    /** A binding request whose MESSAGE-INTEGRITY does not fit its ufrag. */
    STUN_NOT_AUTHENTIC,
    /** A binding request without a correct FINGERPRINT, USERNAME or MESSAGE-INTEGRITY attribute at its place. */
    STUN_INCOMPLETE,
    /** Too many unauthentic requests for one ufrag within a second. */
    STUN_RATE_LIMITED,
    /** An authentic request that was answered with an error (RFC 8489 §6.3.1, RFC 8445 §7.3.1.1). */
    STUN_ANSWERED_WITH_ERROR,
    /** DTLS or media from an address without an authenticated connectivity check. */
    UNKNOWN_ADDRESS,
    /** SRTP or SRTCP before the handshake is done. */
    SRTP_NO_KEYS,
    SRTP_MALFORMED,
    SRTP_NOT_AUTHENTIC,
    SRTP_REPLAYED,
    SRTP_TOO_OLD,
    /** Any other refusal of the SRTP context, such as too many streams or an expired key. */
    SRTP_REFUSED,
    RTP_MALFORMED,
    /** RTP that belongs to no negotiated m-line. */
    RTP_UNKNOWN_STREAM,
    /** Another payload type than the negotiated codec's. */
    RTP_UNKNOWN_PAYLOAD_TYPE,
    /** A sequence number far from all others: a stray, or the first of a new beginning (RFC 3550 appendix A.1). */
    RTP_OUT_OF_RANGE,
    /** Video of an SSRC in whose place another sends: from before its sender began anew. */
    RTP_REPLACED_STREAM,
    RTCP_MALFORMED,
    /** The publication may not be forwarded: a listener's, a muted or a demoted participant's. */
    NOT_PERMITTED,
    /** Not among the loudest speakers, or silent. */
    NOT_RANKED,
    /** Handed over for a space that has just ended on this shard. */
    NO_SUCH_SPACE,
    /** The ring towards another shard is full. */
    LINK_FULL,
    /** From before the slot switched to this publication, or too late to keep its order. */
    SLOT_TOO_LATE,
    /** Video without new content: padding, or a repetition that nobody waits for, to find out what the network carries. */
    VIDEO_PADDING,
    /** Video whose payload can't be understood, or not before its next key frame. */
    VIDEO_MALFORMED,
    /** Of another layer than the slot shows. */
    VIDEO_OTHER_LAYER,
    /** The receiver of video is far behind what waits for it. */
    PACER_FULL,
    /** A packet had waited for so long that it was not kept any more. */
    PACER_TOO_LATE,
    /** Waited while the network was busy, until a key frame of a lower layer made it needless. */
    PACER_SUPERSEDED,
    /** A receiver misses a packet that was not sent, or is not kept any more. */
    REPAIR_UNKNOWN,
    /** A receiver misses a packet from before the last key frame, which it can do without. */
    REPAIR_NEEDLESS,
    /** A receiver asks for a packet again too soon, or for more than its share. */
    REPAIR_LIMITED,
    /** A receiver asks for key frames more often than it may. */
    KEY_FRAME_REQUEST_LIMITED,
    /** The endpoint has no keys or no path yet. */
    SEND_NOT_CONNECTED,
    /** The SRTP context refused to protect. */
    SEND_REFUSED,
    /** A datagram from the DTLS stack for an endpoint without a path. */
    DTLS_NO_PATH
}
