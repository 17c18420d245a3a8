package dev.rostrum.sfu.stream;

/**
 * When the frames of one incoming stream were captured, by its sender's reports (RFC 3550 §6.4.1): the streams of one
 * sender have RTP clocks that differ, but all its reports are of one wall clock.
 *
 * <p>Belongs to one incoming stream and its shard; allocates nothing.
 */
public final class SourceClock {

    private final int clockRateHz;
    private final long domain;
    private boolean known;
    private long reportTicks;
    private int reportTimestamp;

    /**
     * A clock of which no report came yet.
     *
     * @param domain names the sender: reports are comparable with those of the same only
     */
    public SourceClock(int clockRateHz, long domain) {
        this.clockRateHz = clockRateHz;
        this.domain = domain;
    }

    /** Takes a sender report: the NTP time of an instant, and the stream's RTP timestamp for it. */
    public void onSenderReport(long ntp, int rtpTimestamp) {
        reportTicks = (ntp >>> 32) * clockRateHz + (((ntp & 0xFFFF_FFFFL) * clockRateHz) >>> 32);
        reportTimestamp = rtpTimestamp;
        known = true;
    }

    /** Whether frames of this and the other stream can be put in order. */
    boolean comparableTo(SourceClock other) {
        return known && other.known && domain == other.domain && clockRateHz == other.clockRateHz;
    }

    /** The wall clock's time of a frame, in units of the RTP clock. */
    long captureTicks(int rtpTimestamp) {
        return reportTicks + (rtpTimestamp - reportTimestamp);
    }
}
