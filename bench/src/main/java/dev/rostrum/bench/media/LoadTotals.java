package dev.rostrum.bench.media;

import org.HdrHistogram.Histogram;

/**
 * What all clients together have sent and heard so far, and how late, since the totals before.
 *
 * <p>Immutable by convention: nobody writes into the histograms.
 *
 * @param atNs when, on the clock of the load generator
 * @param connected clients whose media is connected now
 * @param hearing clients that have ever heard something
 * @param ice4j of the connected, those whose path ice4j's agent found
 * @param expected packets that should have come, by their sequence numbers
 * @param received different packets that came
 * @param lost expected packets that did not
 * @param checked packets that were decrypted as a sample
 * @param forged packets of the sample that could not be authenticated
 * @param sent packets that speakers sent
 * @param sendFailures packets that the system did not take from speakers
 * @param latency of the sample since the last totals, in ns: from the time when a packet should have been sent, so that
 *     a late speaker or a stalled server can't hide what they delay
 * @param transit the same from the time when it really was sent
 * @param pacing how late packets of speakers were sent, in ns: the generator's own fault
 * @param longestTurnNs the longest time that a loop was away from its sockets since the last totals: the generator's own
 *     fault
 * @param longestGapNs the longest time that a slot of a client got nothing while its speaker did not pause, since extremes
 *     were forgotten
 * @param pictures what they had to do with video
 */
public record LoadTotals(
        long atNs,
        int connected,
        int hearing,
        int ice4j,
        long expected,
        long received,
        long lost,
        long duplicates,
        long reordered,
        long checked,
        long forged,
        long sent,
        long sendFailures,
        Histogram latency,
        Histogram transit,
        Histogram pacing,
        long longestTurnNs,
        long longestGapNs,
        Pictures pictures) {

    /** The part of the expected packets that did not come, 0 to 1. */
    public double loss() {
        return expected == 0 ? 0 : (double) lost / expected;
    }

    /** All groups together. */
    static LoadTotals sum(Iterable<LoadTotals> parts) {
        Sum sum = new Sum();
        long atNs = 0;
        for (LoadTotals part : parts) {
            Sum other = new Sum();
            other.connected = part.connected;
            other.hearing = part.hearing;
            other.ice4j = part.ice4j;
            other.expected = part.expected;
            other.received = part.received;
            other.lost = part.lost;
            other.duplicates = part.duplicates;
            other.reordered = part.reordered;
            other.checked = part.checked;
            other.forged = part.forged;
            other.sent = part.sent;
            other.sendFailures = part.sendFailures;
            other.longestTurnNs = part.longestTurnNs;
            other.longestGapNs = part.longestGapNs;
            other.pictures = part.pictures;
            other.latency.add(part.latency);
            other.transit.add(part.transit);
            other.pacing.add(part.pacing);
            sum.add(other);
            atNs = part.atNs;
        }
        return sum.totals(atNs);
    }

    /** Sums of one or all loops. */
    static final class Sum {
        int connected;
        int hearing;
        int ice4j;
        long expected;
        long received;
        long lost;
        long duplicates;
        long reordered;
        long checked;
        long forged;
        long sent;
        long sendFailures;
        long longestTurnNs;
        long longestGapNs;
        Pictures pictures = Pictures.NONE;
        final Histogram latency = histogram();
        final Histogram transit = histogram();
        final Histogram pacing = histogram();

        void add(Sum other) {
            connected += other.connected;
            hearing += other.hearing;
            ice4j += other.ice4j;
            expected += other.expected;
            received += other.received;
            lost += other.lost;
            duplicates += other.duplicates;
            reordered += other.reordered;
            checked += other.checked;
            forged += other.forged;
            sent += other.sent;
            sendFailures += other.sendFailures;
            longestTurnNs = Math.max(longestTurnNs, other.longestTurnNs);
            longestGapNs = Math.max(longestGapNs, other.longestGapNs);
            pictures = pictures.plus(other.pictures);
            latency.add(other.latency);
            transit.add(other.transit);
            pacing.add(other.pacing);
        }

        LoadTotals totals(long atNs) {
            return new LoadTotals(
                    atNs,
                    connected,
                    hearing,
                    ice4j,
                    expected,
                    received,
                    lost,
                    duplicates,
                    reordered,
                    checked,
                    forged,
                    sent,
                    sendFailures,
                    latency,
                    transit,
                    pacing,
                    longestTurnNs,
                    longestGapNs,
                    pictures);
        }
    }

    static Histogram histogram() {
        return new Histogram(1_000, 120_000_000_000L, 3);
    }
}
