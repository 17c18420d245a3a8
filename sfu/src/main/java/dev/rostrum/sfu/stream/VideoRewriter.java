package dev.rostrum.sfu.stream;

import dev.rostrum.sfu.rtp.VideoFrameInfo;
import org.jspecify.annotations.Nullable;

/**
 * The numbering of one video slot: makes one continuous RTP stream out of whatever encodings of whatever publications the
 * slot carries in turn.
 *
 * <p>Belongs to one slot and its shard; allocates nothing after its first packet. What the slot leaves out on purpose
 * leaves no hole in the sequence numbers; what is lost on the way from the publisher does, so that it can be filled when
 * the publisher sends it again. No sequence number goes out twice with different content.
 *
 * <p>Timestamps: streams of one publisher are brought in line by its sender reports, those of different publishers by
 * when their packets arrive. A stream that is behind the one before it, because its way is longer, catches up: its first
 * frames get timestamps just above the last one's until its own are higher. So no switch moves the clock for good.
 */
public final class VideoRewriter {

    private static final int WINDOW_PACKETS = 512;

    /** How much slower than its own a stream's clock runs while it catches up with the stream before it. */
    private static final int CATCH_UP = 32;

    private static final int MIN_STEP_MICROSECONDS = 1_000;

    /** Timestamps that go back by less are reordered frames of an encoder; by more, another clock. */
    private static final int MAX_BACK_MICROSECONDS = 1_000_000;

    private static final int MAX_LEAP_MICROSECONDS = 5_000_000;

    /** Sender reports that contradict the arrival times by more are not believed. */
    private static final int MAX_SKEW_MICROSECONDS = 2_000_000;

    private static final int MAX_LAG_MICROSECONDS = 60_000;
    private static final int LAG_FADE = 64;

    private final int clockRateHz;
    private final PictureNumbers pictures;
    private final int firstSequenceNumber;
    private @Nullable Renumbering sequence;
    private @Nullable SlotNumbers numbers;

    private boolean carrying;
    private long source;
    private @Nullable SourceClock clock;

    private boolean started;
    private int timestampOffset;
    private int newestIncoming;
    private int newestTimestamp;
    private long newestNs;
    private long lagTicks;

    /** Of the run: its first timestamp, and what it must not be below. */
    private int firstIncoming;

    private int firstTimestamp;

    private int sequenceNumber;
    private int timestamp;
    private boolean marker;

    /**
     * A slot that has sent nothing yet.
     *
     * @param clockRateHz the RTP clock rate
     * @param firstSequenceNumber of the first packet; random, and in the lower half of its range so that losing the
     *     first packets confuses no SRTP receiver's rollover counter (RFC 3711 §3.3.1)
     * @param firstTimestamp of the first packet; random
     * @param firstPictureId of the first picture, 15 bits; random
     */
    public VideoRewriter(int clockRateHz, int firstSequenceNumber, int firstTimestamp, int firstPictureId) {
        this.clockRateHz = clockRateHz;
        this.firstSequenceNumber = firstSequenceNumber & 0xFFFF;
        this.newestTimestamp = firstTimestamp;
        this.pictures = new PictureNumbers(firstPictureId & 0x7FFF);
    }

    /**
     * Numbers a packet that goes out. Another source than before begins a new run, and so does any after
     * {@link #release}: whoever calls does so only where a decoder can begin.
     *
     * @param source names the numbering that the packet belongs to: one encoding of one publication, one SSRC
     * @param sourceClock of the same stream
     * @param extendedSequenceNumber its sequence number, unwrapped to 64 bits
     * @param timestamp its RTP timestamp
     * @param marker the marker bit that it shall have
     * @param frame what it carries
     * @param nowNs when it arrived
     * @return FORWARD, and then the accessors hold what must go out; else why it must not
     */
    public RewriteResult rewrite(
            long source,
            SourceClock sourceClock,
            long extendedSequenceNumber,
            int timestamp,
            boolean marker,
            VideoFrameInfo frame,
            long nowNs) {
        Renumbering order = sequence();
        SlotNumbers memory = numbers();
        boolean fresh = !carrying || source != this.source || order.isLeap(extendedSequenceNumber);
        if (fresh) {
            start(source, sourceClock, timestamp, nowNs);
        }
        long before = order.newestNumber();
        long previous = order.newest();
        boolean ahead = fresh || extendedSequenceNumber > previous;
        long number = order.give(extendedSequenceNumber);
        if (number < 0) {
            return refusal(number);
        }
        this.timestamp = ahead ? inOrder(timestamp, fresh, nowNs) : late(timestamp, nowNs);
        if (ahead && !fresh) {
            noteOpen(memory, before, previous, extendedSequenceNumber);
        }
        pictures.map(frame);
        this.sequenceNumber = (int) number & 0xFFFF;
        this.marker = marker;
        memory.sent(number, extendedSequenceNumber, this.timestamp, marker, pictures);
        return RewriteResult.FORWARD;
    }

    private static void noteOpen(SlotNumbers memory, long before, long previous, long extendedSequenceNumber) {
        long number = before;
        for (long open = previous + 1; open < extendedSequenceNumber; open++) {
            memory.open(++number, open);
        }
    }

    private static RewriteResult refusal(long code) {
        if (code == Renumbering.BEFORE_START) {
            return RewriteResult.BEFORE_SWITCH;
        }
        return code == Renumbering.TOO_OLD ? RewriteResult.TOO_LATE : RewriteResult.DUPLICATE;
    }

    /**
     * Leaves out a packet of the source that the slot carries: the numbers close up.
     *
     * @return true if its number had been left open, because it came late: then a packet of padding must go out with
     *     {@link #sequenceNumber} and {@link #timestamp}, so that the receiver does not wait for more
     */
    public boolean leaveOut(long source, long extendedSequenceNumber, int timestamp, VideoFrameInfo frame) {
        if (!carrying || source != this.source) {
            return false;
        }
        Renumbering order = sequence();
        if (order.isLeap(extendedSequenceNumber)) {
            order.restart();
            pictures.restart();
            return false;
        }
        long before = order.newestNumber();
        long previous = order.newest();
        boolean wasRunning = order.running();
        long number = order.leaveOut(extendedSequenceNumber);
        pictures.leaveOut(frame);
        if (number >= 0) {
            numbers().filled(number);
            this.sequenceNumber = (int) number & 0xFFFF;
            this.timestamp = inLine(timestamp);
            this.marker = false;
            return true;
        }
        if (wasRunning && extendedSequenceNumber > previous) {
            noteOpen(numbers(), before, previous, extendedSequenceNumber);
        }
        return false;
    }

    /** Carries nothing any more: what its source sends until something goes out again leaves no hole. */
    public void release() {
        carrying = false;
    }

    private void start(long newSource, SourceClock newClock, int incoming, long nowNs) {
        sequence().restart();
        numbers().source(newSource);
        pictures.restart();
        firstIncoming = incoming;
        firstTimestamp = newestTimestamp;
        if (!started) {
            timestampOffset = newestTimestamp - incoming;
        } else {
            long elapsed = elapsedTicks(nowNs) + Math.min(lagTicks, ticks(MAX_LAG_MICROSECONDS));
            long advance = Math.max(ticks(MIN_STEP_MICROSECONDS), elapsed);
            int lastInLine = newestTimestamp;
            SourceClock last = clock;
            if (last != null && last.comparableTo(newClock)) {
                long captured = newClock.captureTicks(incoming) - last.captureTicks(newestIncoming);
                if (Math.abs(captured - elapsed) <= ticks(MAX_SKEW_MICROSECONDS)) {
                    advance = captured;
                    lastInLine = newestIncoming + timestampOffset;
                }
            }
            timestampOffset = lastInLine + (int) advance - incoming;
            firstTimestamp += (int) ticks(MIN_STEP_MICROSECONDS);
        }
        carrying = true;
        source = newSource;
        clock = newClock;
    }

    private int inOrder(int incoming, boolean fresh, long nowNs) {
        if (!fresh && incoming == newestIncoming) {
            return newestTimestamp;
        }
        int outgoing = inLine(incoming);
        int advance = outgoing - newestTimestamp;
        long elapsed = elapsedTicks(nowNs);
        int step = incoming - newestIncoming;
        if (!started) {
            advance = 0;
        } else if (!fresh && step < 0 && step > -ticks(MAX_BACK_MICROSECONDS)) {
            return outgoing; // an encoder that sends frames in another order than they are shown in
        } else if (!fresh && (step < 0 || advance <= 0 || advance > elapsed + ticks(MAX_LEAP_MICROSECONDS))) {
            advance = (int) Math.max(ticks(MIN_STEP_MICROSECONDS), elapsed); // the publisher's clock was set anew
            outgoing = newestTimestamp + advance;
            timestampOffset = outgoing - incoming;
            firstIncoming = incoming;
            firstTimestamp = outgoing;
        }
        lagTicks = fresh ? 0 : Math.max(0, lagTicks + elapsed - advance - elapsed / LAG_FADE);
        started = true;
        newestIncoming = incoming;
        newestTimestamp = outgoing;
        newestNs = nowNs;
        return outgoing;
    }

    /** A packet behind others: but if those were left out, its frame may still be the newest that goes out. */
    private int late(int incoming, long nowNs) {
        int outgoing = inLine(incoming);
        if (outgoing - newestTimestamp > 0) {
            newestIncoming = incoming;
            newestTimestamp = outgoing;
            newestNs = nowNs;
        }
        return outgoing;
    }

    /**
     * The timestamp of a frame of this run, whenever it comes. What would be below the end of the run before is spread
     * out just above it, in order.
     */
    private int inLine(int incoming) {
        int own = incoming + timestampOffset;
        int catchingUp = firstTimestamp + (incoming - firstIncoming) / CATCH_UP;
        return own - catchingUp >= 0 ? own : catchingUp;
    }

    private Renumbering sequence() {
        Renumbering order = sequence;
        if (order == null) {
            order = new Renumbering(WINDOW_PACKETS, 0x10000L + firstSequenceNumber - 1);
            sequence = order;
        }
        return order;
    }

    /** What went out under which number. */
    public SlotNumbers numbers() {
        SlotNumbers memory = numbers;
        if (memory == null) {
            memory = new SlotNumbers(WINDOW_PACKETS);
            numbers = memory;
        }
        return memory;
    }

    /** The sequence number to send, 0 to 65535. */
    public int sequenceNumber() {
        return sequenceNumber;
    }

    /** The timestamp to send. */
    public int timestamp() {
        return timestamp;
    }

    /** The marker bit to send. */
    public boolean marker() {
        return marker;
    }

    /** The picture ID to send (VP8, VP9): 15 bits, of which a packet with a short one takes the lower 7; −1 if none. */
    public int pictureId() {
        return pictures.pictureId();
    }

    /** The TL0PICIDX to send (VP8, VP9), or −1. */
    public int tl0PicIdx() {
        return pictures.tl0PicIdx();
    }

    /** The KEYIDX to send (VP8), or −1. */
    public int keyIdx() {
        return pictures.keyIdx();
    }

    /** The frame number of the dependency descriptor to send (AV1), or −1. */
    public int frameNumber() {
        return pictures.frameNumber();
    }

    /** Whether anything went out yet; before, there is no timestamp to report. */
    public boolean started() {
        return started;
    }

    /** The slot's RTP timestamp for this instant, for its sender reports (RFC 3550 §6.4.1). */
    public int timestampAt(long nowNs) {
        return started ? newestTimestamp + (int) (elapsedTicks(nowNs) + lagTicks) : newestTimestamp;
    }

    private long elapsedTicks(long nowNs) {
        return ticks(Math.max(0, nowNs - newestNs) / 1_000);
    }

    private long ticks(long microseconds) {
        return microseconds * clockRateHz / 1_000_000;
    }
}
