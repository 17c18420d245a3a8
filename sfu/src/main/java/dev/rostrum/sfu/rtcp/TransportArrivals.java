package dev.rostrum.sfu.rtcp;

import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What one transport-wide feedback tells, as {@link TransportFeedback} does, but laid out in arrays that are used again:
 * each subscriber of video sends many a second, and reading them makes no garbage.
 *
 * <p>Owned by whoever reads; what it tells holds until the next feedback is read into it.
 */
public final class TransportArrivals {

    private int senderSsrc;
    private int mediaSsrc;
    private int baseSequenceNumber;
    private int statusCount;
    private int referenceTime;
    private int feedbackCount;
    private int[] distances = new int[128];
    private int[] deltas = new int[128];
    private int count;

    /** The same as a message tells. */
    public static TransportArrivals of(TransportFeedback feedback) {
        TransportArrivals arrivals = new TransportArrivals();
        arrivals.begin(
                feedback.senderSsrc(),
                feedback.mediaSsrc(),
                feedback.baseSequenceNumber(),
                feedback.statusCount(),
                feedback.referenceTime(),
                feedback.feedbackCount());
        for (Arrival arrival : feedback.arrivals()) {
            arrivals.add((arrival.sequenceNumber() - feedback.baseSequenceNumber()) & 0xFFFF, arrival.delta());
        }
        return arrivals;
    }

    void begin(int sender, int media, int base, int statuses, int reference, int feedback) {
        senderSsrc = sender;
        mediaSsrc = media;
        baseSequenceNumber = base;
        statusCount = statuses;
        referenceTime = reference;
        feedbackCount = feedback;
        count = 0;
    }

    /** Grows no further than a datagram has bytes, since each arrival takes one at least. */
    void add(int distance, int delta) {
        if (count == distances.length) {
            distances = Arrays.copyOf(distances, 2 * count);
            deltas = Arrays.copyOf(deltas, 2 * count);
        }
        distances[count] = distance;
        deltas[count++] = delta;
    }

    /** The first number that it speaks of, 0 to 65535. */
    public int baseSequenceNumber() {
        return baseSequenceNumber;
    }

    /** Of how many numbers it speaks; those without an arrival were not received. */
    public int statusCount() {
        return statusCount;
    }

    /** In units of 64 ms, signed 24 bits; the first delta counts from it. */
    public int referenceTime() {
        return referenceTime;
    }

    /** How many packets were received of those that it speaks of. */
    public int count() {
        return count;
    }

    /** How far above the first number that of the i-th packet received is, 0 to 65535. */
    public int distance(int i) {
        return distances[i];
    }

    /** The time between the packet received before and the i-th, in units of 250 µs (16 bits). */
    public int delta(int i) {
        return deltas[i];
    }

    /** The same as a message, which may be kept. */
    public TransportFeedback toMessage() {
        List<Arrival> arrivals = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            arrivals.add(new Arrival((baseSequenceNumber + distances[i]) & 0xFFFF, deltas[i]));
        }
        return new TransportFeedback(
                senderSsrc, mediaSsrc, baseSequenceNumber, statusCount, referenceTime, feedbackCount, arrivals);
    }
}
