package dev.rostrum.sfu.stream;

/** What {@link RtpRewriter#rewrite} decided about a packet; all but the first are reasons for a drop. */
public enum RewriteResult {
    /** The packet goes out with the numbers that the rewriter holds now. */
    FORWARD,
    /** Its publication is not the one that the slot carries. */
    NOT_SELECTED,
    /** It is older than the first packet that the slot carried of its publication: there is no number left for it. */
    BEFORE_SWITCH,
    /** It is so late that the receiver has long given it up. */
    TOO_LATE,
    /** It went out already. */
    DUPLICATE
}
