package dev.rostrum.sfu.simulcast;

/** What becomes of a packet in one slot. */
public enum Decision {
    /** It goes out. */
    FORWARD,
    /** It belongs to the stream that the slot carries and is left out on purpose: the numbers close up. */
    LEAVE_OUT,
    /** It belongs to a stream that the slot doesn't carry. */
    IGNORE
}
