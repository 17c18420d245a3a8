package dev.rostrum.sfu.congestion;

/** What the trend of the delay says of the queues on the way (draft-ietf-rmcat-gcc-02 §5.4). */
enum NetworkUsage {
    NORMAL,
    /** The delay grows: more is sent than the network carries. */
    OVERUSE,
    /** The delay shrinks: a queue empties. */
    UNDERUSE
}
