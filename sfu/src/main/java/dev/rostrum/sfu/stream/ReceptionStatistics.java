package dev.rostrum.sfu.stream;

import dev.rostrum.sfu.rtcp.ReportBlock;

/**
 * What a receiver knows of one source: extended sequence numbers, loss, jitter (RFC 3550 §6.4.1, appendices A.1, A.3
 * and A.8).
 *
 * <p>Belongs to one incoming stream and its shard; allocates only for reports. There is no probation: packets come here
 * authenticated, and a probation would clip the first word.
 */
public final class ReceptionStatistics {

    /** What {@link #onPacket} returns for a packet far from all others: it may be the first of a new numbering. */
    public static final long OUT_OF_RANGE = -1;

    private static final int MAX_DROPOUT = 3000;
    private static final int MAX_MISORDER = 100;
    private static final int NO_SEQUENCE = -1;
    private static final int MAX_LOST = 0x7F_FFFF;
    private static final int MIN_LOST = -0x80_0000;

    private final int clockRateHz;

    private boolean started;
    private long base;
    private long highest;
    private int expectedAfterJump = NO_SEQUENCE;
    private long received;
    private long expectedPrior;
    private long receivedPrior;

    private int transit;
    private long jitterTimes16;

    private int lastReport;
    private long lastReportNs;
    private boolean reported;

    /** Statistics of a stream with this RTP clock rate. */
    public ReceptionStatistics(int clockRateHz) {
        this.clockRateHz = clockRateHz;
    }

    /**
     * Counts a packet.
     *
     * <p>A source that starts a new numbering (two packets in a row far from all before) continues far above the old
     * one: at least {@value #MAX_DROPOUT} further, so that nobody takes the step for loss.
     *
     * @param sequenceNumber its sequence number, 0 to 65535
     * @param timestamp its RTP timestamp
     * @param nowNs when it arrived
     * @return its sequence number, extended to 64 bits (the lower 16 are the given ones), never negative; or
     *     {@link #OUT_OF_RANGE}: not counted, to be dropped
     */
    public long onPacket(int sequenceNumber, int timestamp, long nowNs) {
        if (!started) {
            restartAt(0x10000L + sequenceNumber);
            transit = arrivalTicks(nowNs) - timestamp;
        }
        int ahead = (sequenceNumber - (int) highest) & 0xFFFF;
        long extended;
        if (ahead < MAX_DROPOUT) {
            extended = highest + ahead;
            highest = extended;
        } else if (ahead > 0x10000 - MAX_MISORDER) {
            extended = highest + ahead - 0x10000;
            base = Math.min(base, extended);
        } else if (sequenceNumber == expectedAfterJump) {
            long cycle = (highest >>> 16) + 1;
            extended = cycle << 16 | sequenceNumber;
            restartAt(extended - highest > MAX_DROPOUT ? extended : extended + 0x10000);
            extended = highest;
            transit = arrivalTicks(nowNs) - timestamp;
        } else {
            expectedAfterJump = (sequenceNumber + 1) & 0xFFFF;
            return OUT_OF_RANGE;
        }
        received++;
        countJitter(timestamp, nowNs);
        return extended;
    }

    /** The source has said goodbye (RFC 3550 §6.6): there is nothing to report until its next packet, which begins anew. */
    public void end() {
        started = false;
    }

    private void restartAt(long extended) {
        started = true;
        base = extended;
        highest = extended;
        expectedAfterJump = NO_SEQUENCE;
        received = 0;
        expectedPrior = 0;
        receivedPrior = 0;
    }

    private void countJitter(int timestamp, long nowNs) {
        int newTransit = arrivalTicks(nowNs) - timestamp;
        int difference = Math.abs(newTransit - transit);
        transit = newTransit;
        if (difference < 0 || difference > clockRateHz * 10) {
            return; // the sender's clock was set anew: no transit time changes by 10 s
        }
        jitterTimes16 += difference - ((jitterTimes16 + 8) >> 4);
    }

    private int arrivalTicks(long nowNs) {
        return (int) (nowNs / 1_000 * clockRateHz / 1_000_000);
    }

    /** Notes a sender report of the source, for LSR and DLSR. */
    public void onSenderReport(long ntp, long nowNs) {
        lastReport = NtpClock.compact(ntp);
        lastReportNs = nowNs;
        reported = true;
    }

    /** Whether a packet was counted yet; without one there is nothing to report. */
    public boolean started() {
        return started;
    }

    /** Packets counted, late ones and duplicates included. */
    public long received() {
        return received;
    }

    /** The highest extended sequence number. */
    public long highest() {
        return highest;
    }

    /** Packets lost since the beginning: expected less received, and so negative where duplicates came. */
    public int cumulativeLost() {
        return Math.clamp(expected() - received, MIN_LOST, MAX_LOST);
    }

    /** The interarrival jitter in timestamp units. */
    public int jitter() {
        return (int) (jitterTimes16 >> 4);
    }

    private long expected() {
        return started ? highest - base + 1 : 0;
    }

    /**
     * Makes a report block, and starts the next interval of "fraction lost".
     *
     * @param ssrc the source's SSRC
     */
    public ReportBlock report(int ssrc, long nowNs) {
        long expected = expected();
        long expectedInterval = expected - expectedPrior;
        long lostInterval = expectedInterval - (received - receivedPrior);
        expectedPrior = expected;
        receivedPrior = received;
        int fraction = expectedInterval <= 0 || lostInterval <= 0
                ? 0
                : (int) Math.min(255, (lostInterval << 8) / expectedInterval);
        return new ReportBlock(
                ssrc,
                fraction,
                cumulativeLost(),
                (int) highest,
                jitter(),
                reported ? lastReport : 0,
                reported ? NtpClock.compactDuration(nowNs - lastReportNs) : 0);
    }
}
