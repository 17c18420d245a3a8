package dev.rostrum.srtp;

/**
 * Why a packet was not protected or unprotected. Methods on the packet path return a length of zero or more, or the
 * negative {@link #code()} of one of these.
 *
 * <p>Immutable.
 */
public enum SrtpFailure {
    /** The packet is no RTP or RTCP packet, is too short for its tag, or does not lie inside its slab. */
    MALFORMED(-1),
    /** The slab ends before the tag (and, for SRTCP, the index) that must follow the packet. */
    NO_ROOM(-2),
    /** The tag does not fit the packet: it was changed on the way, or protected with other keys. */
    AUTHENTICATION(-3),
    /** A packet with the same index came before (RFC 3711 §3.3.2); for a sender: was already sent. */
    REPLAYED(-4),
    /** The packet is older than the replay window reaches, so that it cannot be told from a replay. */
    TOO_OLD(-5),
    /** The key has protected as many packets as it may (RFC 3711 §9.2), or the packet's index lies beyond that. */
    KEY_EXPIRED(-6),
    /** The session already has as many SSRCs as it may. */
    TOO_MANY_STREAMS(-7),
    /** The cipher itself failed: no memory, or no context. */
    CIPHER(-8),
    /** The session is closed. */
    CLOSED(-9);

    private final int code;

    SrtpFailure(int code) {
        this.code = code;
    }

    /** The negative number that stands for this failure where a length is returned. */
    public int code() {
        return code;
    }

    /**
     * The failure behind a result of the packet path.
     *
     * @throws IllegalArgumentException if the result is a length, or a number that no method returns
     */
    public static SrtpFailure of(int result) {
        return switch (result) {
            case -1 -> MALFORMED;
            case -2 -> NO_ROOM;
            case -3 -> AUTHENTICATION;
            case -4 -> REPLAYED;
            case -5 -> TOO_OLD;
            case -6 -> KEY_EXPIRED;
            case -7 -> TOO_MANY_STREAMS;
            case -8 -> CIPHER;
            case -9 -> CLOSED;
            default -> throw new IllegalArgumentException(result + " is not the code of a failure");
        };
    }
}
