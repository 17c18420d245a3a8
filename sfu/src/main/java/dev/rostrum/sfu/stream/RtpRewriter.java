package dev.rostrum.sfu.stream;

/**
 * The numbering of one slot: makes one continuous RTP stream out of the packets of whatever publication the slot carries
 * (RFC 3550 §5.1 asks for one sequence number space and one clock per SSRC).
 *
 * <p>Belongs to one slot and its shard; allocates nothing. Within a publication numbers move along unchanged but for an
 * offset, so that loss and reordering on the way from the publisher stay visible to the listener's jitter buffer. At a
 * switch (another publication, or the same one after a pause) the next packet follows the last one directly, and the
 * timestamp advances by the time that went by. No sequence number goes out twice: the listener's SRTP key would then
 * encrypt two packets with the same IV.
 *
 * <p>Arrival jitter must not end up in the timestamps: the rewriter remembers by how much the last packet lagged behind
 * the punctual ones before it, and counts the elapsed time of a switch from when that packet was due.
 */
public final class RtpRewriter {

    /** A hole wider than this is a new beginning, not loss (RFC 3550 appendix A.1, MAX_DROPOUT). */
    private static final int MAX_GAP_PACKETS = 3000;

    /** How many packets behind the newest one may still go out: the bits of {@link #sent}. */
    private static final int WINDOW_PACKETS = Long.SIZE;

    private static final int MIN_STEP_MICROSECONDS = 2_500; // the shortest Opus frame
    private static final int MAX_STEP_MICROSECONDS = 120_000; // the longest Opus packet
    private static final int SILENCE_STEP_MICROSECONDS = 20_000;

    /** A publisher's clock that runs ahead of the wall clock by more than this at once has been set anew. */
    private static final int MAX_LEAP_MICROSECONDS = 5_000_000;

    /** A switch makes up for no more lag than this: a longer one is a longer path rather than jitter. */
    private static final int MAX_LAG_MICROSECONDS = 60_000;

    /** The lag fades by this part of the elapsed time, so that a path that became longer is the new normal soon. */
    private static final int LAG_FADE = 64;

    private final int clockRateHz;
    private final int minStepTicks;
    private final int maxStepTicks;

    private boolean selected;
    private boolean switching;
    private long publicationKey;

    /** Of the selected publication: the first and the newest number that went out, and what maps them. */
    private long firstIncoming;

    private long newestIncoming;
    private long sequenceOffset;
    private int timestampOffset;
    /** Bit i: the packet i behind the newest one went out. */
    private long sent;

    /** Of the slot: its newest packet, whatever it carried. */
    private boolean started;

    /** Its newest packet held silence, and nothing was selected since. */
    private boolean silent;

    private long newestOutgoing;
    private int newestTimestamp;
    private long newestNs;
    private long lagTicks;
    private int stepTicks;

    private int sequenceNumber;
    private int timestamp;
    private boolean marker;

    /**
     * A slot that has sent nothing yet.
     *
     * @param clockRateHz the RTP clock rate
     * @param stepTicks how far apart packets are in timestamps until the publication shows it: 960 for Opus
     * @param firstSequenceNumber of the first packet; random, and in the lower half of its range so that losing the
     *     first packets confuses no SRTP receiver's rollover counter (RFC 3711 §3.3.1)
     * @param firstTimestamp of the first packet; random
     */
    public RtpRewriter(int clockRateHz, int stepTicks, int firstSequenceNumber, int firstTimestamp) {
        this.clockRateHz = clockRateHz;
        this.stepTicks = stepTicks;
        this.minStepTicks = (int) ticks(MIN_STEP_MICROSECONDS);
        this.maxStepTicks = (int) ticks(MAX_STEP_MICROSECONDS);
        this.newestOutgoing = (firstSequenceNumber & 0xFFFF) - 1L;
        this.newestTimestamp = firstTimestamp;
    }

    /** Lets the slot carry this publication from its next packet on. Does nothing if it does so already. */
    public void select(long publicationKey) {
        if (selected && this.publicationKey == publicationKey) {
            return;
        }
        this.publicationKey = publicationKey;
        selected = true;
        switching = true;
        silent = false;
    }

    /** Lets the slot carry nothing. What the publication sends until it is selected again leaves no gap. */
    public void release() {
        selected = false;
    }

    /**
     * Numbers a packet of a publication.
     *
     * @param publicationKey whose packet it is
     * @param extendedSequenceNumber its sequence number, unwrapped to 64 bits
     * @param timestamp its RTP timestamp
     * @param marker its marker bit
     * @param nowNs when it arrived
     * @return FORWARD, and then {@link #sequenceNumber}, {@link #timestamp} and {@link #marker} hold what must go out;
     *     else why it must not
     */
    public RewriteResult rewrite(
            long publicationKey, long extendedSequenceNumber, int timestamp, boolean marker, long nowNs) {
        if (!selected || this.publicationKey != publicationKey) {
            return RewriteResult.NOT_SELECTED;
        }
        long ahead = extendedSequenceNumber - newestIncoming;
        if (switching || ahead > MAX_GAP_PACKETS) {
            startAt(extendedSequenceNumber, timestamp, nowNs);
            return RewriteResult.FORWARD;
        }
        if (ahead <= 0) {
            return rewriteLate(extendedSequenceNumber, timestamp, marker, -ahead);
        }
        int outgoing = timestamp + timestampOffset;
        int advance = outgoing - newestTimestamp;
        long elapsed = elapsedTicks(nowNs);
        if (advance < 0 || advance > elapsed + lagTicks + ticks(MAX_LEAP_MICROSECONDS)) {
            // The publisher's clock was set anew: what came before is another stream.
            startAt(extendedSequenceNumber, timestamp, nowNs);
            return RewriteResult.FORWARD;
        }
        if (ahead == 1 && advance >= minStepTicks && advance <= maxStepTicks) {
            stepTicks = advance;
        }
        sent = ahead < WINDOW_PACKETS ? sent << ahead | 1 : 1;
        newestIncoming = extendedSequenceNumber;
        lagTicks = Math.max(0, lagTicks + elapsed - advance - elapsed / LAG_FADE);
        emit(extendedSequenceNumber + sequenceOffset, outgoing, nowNs);
        this.marker = marker;
        return RewriteResult.FORWARD;
    }

    private RewriteResult rewriteLate(long extendedSequenceNumber, int timestamp, boolean marker, long behind) {
        if (extendedSequenceNumber < firstIncoming) {
            return RewriteResult.BEFORE_SWITCH;
        }
        if (behind >= WINDOW_PACKETS) {
            return RewriteResult.TOO_LATE;
        }
        int outgoing = timestamp + timestampOffset;
        int lead = outgoing - newestTimestamp;
        if (lead > 0 || lead < -ticks(MAX_LEAP_MICROSECONDS)) {
            return RewriteResult.BEFORE_SWITCH; // another clock's packet: from before the publisher began anew
        }
        long bit = 1L << behind;
        if ((sent & bit) != 0) {
            return RewriteResult.DUPLICATE;
        }
        sent |= bit;
        this.sequenceNumber = (int) (extendedSequenceNumber + sequenceOffset) & 0xFFFF;
        this.timestamp = outgoing;
        this.marker = marker;
        return RewriteResult.FORWARD;
    }

    /** The first packet after a switch, and the slot's first. */
    private void startAt(long extendedSequenceNumber, int timestamp, long nowNs) {
        int outgoing = newestTimestamp;
        if (started) {
            outgoing += (int) Math.max(stepTicks, elapsedTicks(nowNs) + dueTicks());
        }
        firstIncoming = extendedSequenceNumber;
        newestIncoming = extendedSequenceNumber;
        sequenceOffset = newestOutgoing + 1 - extendedSequenceNumber;
        timestampOffset = outgoing - timestamp;
        sent = 1;
        switching = false;
        lagTicks = 0;
        emit(newestOutgoing + 1, outgoing, nowNs);
        marker = true; // the receiver may adapt its playout here
    }

    /**
     * Numbers a packet of the slot's own that holds 20 ms of silence. The publication, if one is selected, goes on
     * behind it as after a switch. The first of a row comes when it is due, the following ones 20 ms apart, whenever
     * they are sent.
     */
    public void nextSilence(long nowNs) {
        long advance = ticks(SILENCE_STEP_MICROSECONDS);
        if (started && !silent) {
            advance = Math.max(stepTicks, elapsedTicks(nowNs) + dueTicks());
        } else if (!started) {
            advance = 0;
        }
        switching = true;
        lagTicks = 0;
        emit(newestOutgoing + 1, newestTimestamp + (int) advance, nowNs);
        silent = true;
        stepTicks = (int) ticks(SILENCE_STEP_MICROSECONDS);
        marker = false;
    }

    private void emit(long outgoing, int outgoingTimestamp, long nowNs) {
        started = true;
        silent = false;
        newestOutgoing = outgoing;
        newestTimestamp = outgoingTimestamp;
        newestNs = nowNs;
        sequenceNumber = (int) outgoing & 0xFFFF;
        timestamp = outgoingTimestamp;
    }

    /** The sequence number to send, 0 to 65535. */
    public int sequenceNumber() {
        return sequenceNumber;
    }

    /** The timestamp to send. */
    public int timestamp() {
        return timestamp;
    }

    /** The marker bit to send: set on the first packet after a switch, else as it came. */
    public boolean marker() {
        return marker;
    }

    /** Whether anything went out yet; before, there is no timestamp to report. */
    public boolean started() {
        return started;
    }

    /** The slot's RTP timestamp for this instant, for its sender reports (RFC 3550 §6.4.1). */
    public int timestampAt(long nowNs) {
        return started ? newestTimestamp + (int) (elapsedTicks(nowNs) + lagTicks) : newestTimestamp;
    }

    private long dueTicks() {
        return Math.min(lagTicks, ticks(MAX_LAG_MICROSECONDS));
    }

    private long elapsedTicks(long nowNs) {
        return ticks(Math.max(0, nowNs - newestNs) / 1_000);
    }

    private long ticks(long microseconds) {
        return microseconds * clockRateHz / 1_000_000;
    }
}
