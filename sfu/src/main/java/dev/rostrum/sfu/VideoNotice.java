package dev.rostrum.sfu;

/** What becomes of a video slot. */
public enum VideoNotice {
    /** It carries the publication. */
    CARRIED,
    /** The network does not even carry the smallest layer; it goes on by itself. */
    PAUSED_BANDWIDTH,
    /** The client can't decode the publication's codec. */
    UNDECODABLE,
    /** It carries the publication no longer. */
    ENDED
}
