package dev.rostrum.bench.media;

import dev.rostrum.sfu.rtcp.ReportBlock;

/**
 * One SSRC as its listener sees it: which sequence numbers came, whose voice it carried, how long nothing came while
 * there should have been something.
 *
 * <p>Owned by its connection's loop.
 */
final class ReceivedStream {

    private static final int TIMESTAMPS_PER_MS = 48;
    private static final long NS_PER_MS = 1_000_000L;

    final int ssrc;
    private final long first;
    private long highest;
    private long window = 1; // bit i: highest - i came
    private long received = 1;
    private long duplicates;
    private long reordered;
    private int csrc;
    private long csrcChanges;
    private long lastArrivalNs;
    private int lastTimestamp;
    private long longestGapNs;
    private double jitter;
    private int lastReport;
    private long lastReportNs;
    private long reportedLost;
    private long reportedHighest;

    /** Begins with its first packet. */
    ReceivedStream(int ssrc, int sequenceNumber, int timestamp, int csrc, long nowNs) {
        this.ssrc = ssrc;
        first = 0x1_0000L + sequenceNumber;
        highest = first;
        reportedHighest = first - 1;
        lastTimestamp = timestamp;
        lastArrivalNs = nowNs;
        this.csrc = csrc;
    }

    /** Returns whether it had not come before. */
    boolean onPacket(int sequenceNumber, int timestamp, int csrcOrZero, long nowNs) {
        int step = (short) (sequenceNumber - (int) highest);
        if (step > 0) {
            window = step < Long.SIZE ? window << step | 1 : 1;
            highest += step;
            long arrivalNs = nowNs - lastArrivalNs;
            int ticks = timestamp - lastTimestamp;
            long mediaNs = ticks * NS_PER_MS / TIMESTAMPS_PER_MS;
            // A pause of the speaker moves the timestamp and no sequence number: only what exceeds it is a gap.
            long gapNs = step == 1 ? arrivalNs - Math.max(0, mediaNs - 20 * NS_PER_MS) : arrivalNs;
            longestGapNs = Math.max(longestGapNs, gapNs);
            jitter += (Math.abs((arrivalNs - mediaNs) * (double) TIMESTAMPS_PER_MS / NS_PER_MS) - jitter) / 16;
            lastArrivalNs = nowNs;
            lastTimestamp = timestamp;
            if (csrcOrZero != csrc) {
                csrc = csrcOrZero;
                csrcChanges++;
            }
            received++;
            return true;
        }
        if (step > -Long.SIZE && (window & 1L << -step) != 0) {
            duplicates++;
            return false;
        }
        if (step > -Long.SIZE) {
            window |= 1L << -step;
        }
        reordered++;
        received++;
        return true;
    }

    void onSenderReport(int middleOfNtp, long nowNs) {
        lastReport = middleOfNtp;
        lastReportNs = nowNs;
    }

    long expected() {
        return highest - first + 1;
    }

    long received() {
        return received;
    }

    long lost() {
        return Math.max(0, expected() - received);
    }

    long duplicates() {
        return duplicates;
    }

    long reordered() {
        return reordered;
    }

    long longestGapNs() {
        return longestGapNs;
    }

    void forgetGap() {
        longestGapNs = 0;
    }

    int csrc() {
        return csrc;
    }

    SlotFigures figures() {
        return new SlotFigures(ssrc, expected(), received, lost(), duplicates, reordered, csrcChanges, longestGapNs);
    }

    /** What a receiver report says of it (RFC 3550 §6.4.1); the next counts from here. */
    ReportBlock report(long nowNs) {
        long newLost = lost() - reportedLost;
        long newExpected = highest - reportedHighest;
        int fraction =
                newExpected <= 0 || newLost <= 0 ? 0 : Math.toIntExact(Math.min(255, newLost * 256 / newExpected));
        reportedLost = lost();
        reportedHighest = highest;
        int delay = lastReport == 0 ? 0 : (int) ((nowNs - lastReportNs) * 65536 / 1_000_000_000L);
        return new ReportBlock(
                ssrc,
                fraction,
                Math.toIntExact(Math.min(reportedLost, 0x7f_ffff)),
                (int) (highest - 0x1_0000L),
                (int) jitter,
                lastReport,
                delay);
    }
}
