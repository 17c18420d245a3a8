package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.loop.Deadlines;
import dev.rostrum.sfu.rtcp.TransportArrivals;
import org.jspecify.annotations.Nullable;

/**
 * How much one subscriber's network carries: delay, loss and probes, as its transport-wide feedback tells of them
 * (draft-ietf-rmcat-gcc-02; docs/congestion.md names all deviations). Without such feedback, what the subscriber's REMB
 * and receiver reports say.
 *
 * <p>Owned by one endpoint. Whatever a subscriber sends changes its own estimate only, which stays within its limits;
 * each packet that was sent is looked at once or twice, however much feedback tells of it.
 */
public final class BandwidthEstimator {

    /**
     * Between what the estimate stays, and where it begins.
     *
     * @param minBps at least 1,000
     * @param startBps between the others
     * @param maxBps at most 1 Gbit/s
     */
    public record Limits(long minBps, long startBps, long maxBps) {

        /** For one browser: 30 kbit/s to 20 Mbit/s, from 300 kbit/s. */
        public static final Limits DEFAULT = new Limits(30_000, 300_000, 20_000_000);

        public Limits {
            if (minBps < 1_000 || startBps < minBps || maxBps < startBps || maxBps > 1_000_000_000) {
                throw new IllegalArgumentException(minBps + " <= " + startBps + " <= " + maxBps + " bit/s?");
            }
        }
    }

    private static final long UNKNOWN = Long.MIN_VALUE;
    private static final long TICK_NS = 250_000;
    private static final long REFERENCE_NS = 64_000_000;
    private static final long WINDOW_NS = 500_000_000;
    private static final long DEFAULT_RTT_NS = 200_000_000;
    private static final long MAX_RTT_NS = 3_000_000_000L;

    /** A receiver's clock that has run more than this apart from ours between two feedbacks has jumped. */
    private static final long CLOCK_JUMP_NS = 3_000_000_000L;

    /** For so long without feedback of what was sent, the target holds; then it falls. */
    private static final long SILENCE_NS = 1_500_000_000L;

    private static final long SILENCE_STEP_NS = 500_000_000;
    private static final double SILENCE_DECREASE = 0.8;
    private static final double CALM_LOSS = 0.02;

    /** When nothing was sent for so long, what was measured before says nothing of the network as it is. */
    private static final long QUIET_NS = 1_000_000_000;

    private static final double UNUSED = 0.8;

    private static final double PACING = 2.5;

    /** While a queue stands on the way, bursts would only make it longer. */
    private static final double PACING_CONGESTED = 1.1;

    private final Limits limits;
    private final SentPackets sent = new SentPackets();
    private final AcknowledgedBitrate acknowledged = new AcknowledgedBitrate(WINDOW_NS);
    private final DelayDetector delay = new DelayDetector();
    private final RateController rate;
    private final LossController loss;
    private final ProbeController probes;
    private final ReportedBitrate reported;
    private final int[] places = new int[SentPackets.CAPACITY];
    private final long[] arrivals = new long[SentPackets.CAPACITY];

    private long targetBps;
    private boolean measured;
    private long rttNs = UNKNOWN;
    private long reportedRttNs = UNKNOWN;
    private long spokenOf = UNKNOWN; // the highest number that a feedback has spoken of
    private long referenceTime;
    private long referenceAtNs = UNKNOWN;
    private long feedbackNs = UNKNOWN;
    private long reducedNs = UNKNOWN;
    private long sentNs = UNKNOWN;
    private long silenceNs = Deadlines.NEVER;

    public BandwidthEstimator(Limits limits, long nowNs) {
        this.limits = limits;
        rate = new RateController(limits.minBps(), limits.startBps(), limits.maxBps(), nowNs);
        loss = new LossController(limits.minBps());
        probes = new ProbeController(limits.maxBps());
        reported = new ReportedBitrate(limits, nowNs);
        targetBps = limits.startBps();
    }

    /**
     * A packet with a transport-wide sequence number is sent.
     *
     * @param transportSequenceNumber 0 to 65535, one more with each packet
     * @param lengthBytes of the whole datagram
     * @param probe whether it belongs to the {@link #probe} of the moment
     */
    public void onPacketSent(int transportSequenceNumber, int lengthBytes, long nowNs, boolean probe) {
        int cluster = probe ? probes.onSent(lengthBytes, nowNs) : SentPackets.NO_PROBE;
        sent.add(transportSequenceNumber, lengthBytes, nowNs, cluster);
        boolean first = sentNs == UNKNOWN || (feedbackNs != UNKNOWN && sentNs <= feedbackNs);
        if (first || silenceNs == Deadlines.NEVER) {
            silenceNs = nowNs + SILENCE_NS; // the first one that no feedback can have told of
        }
        sentNs = nowNs;
    }

    /** The subscriber tells what has arrived. */
    public void onFeedback(TransportArrivals feedback, long nowNs) {
        long base = sent.unwrap(feedback.baseSequenceNumber());
        if (base == SentPackets.NONE) {
            return; // nothing was sent yet
        }
        long arrivalNs = reference(feedback.referenceTime(), nowNs);
        int count = 0;
        long newest = UNKNOWN;
        for (int i = 0; i < feedback.count(); i++) {
            arrivalNs += feedback.delta(i) * TICK_NS;
            long sequence = base + feedback.distance(i);
            int place = sent.find(sequence);
            if (place == SentPackets.NONE || sent.arrived(place)) {
                continue; // never sent, forgotten, or told before
            }
            markMissing(sequence);
            if (sent.missing(place)) {
                loss.onRecovered(sent.lengthBytes(place));
            } else {
                loss.onPacket(sent.sentNs(place), sent.lengthBytes(place), true);
            }
            sent.markArrived(place);
            newest = Math.max(newest, sent.sentNs(place));
            insert(count++, place, arrivalNs);
        }
        markMissing(Math.min(base + feedback.statusCount(), sent.highest() + 1));
        if (count == 0) {
            return;
        }
        measured = true;
        feedbackNs = nowNs;
        silenceNs = sentNs > newest ? nowNs + SILENCE_NS : Deadlines.NEVER;
        onRoundTrip(nowNs - newest);
        for (int i = 0; i < count; i++) {
            onArrival(places[i], arrivals[i], nowNs);
        }
        update(nowNs);
    }

    /** Numbers below this one of which no feedback has spoken are missing. */
    private void markMissing(long end) {
        long from = Math.max(spokenOf + 1, sent.highest() - SentPackets.CAPACITY + 1);
        for (long sequence = spokenOf == UNKNOWN ? end : from; sequence < end; sequence++) {
            int place = sent.find(sequence);
            if (place != SentPackets.NONE && !sent.arrived(place) && !sent.missing(place)) {
                sent.markMissing(place);
                loss.onPacket(sent.sentNs(place), sent.lengthBytes(place), false);
            }
        }
        spokenOf = Math.max(spokenOf, end - 1);
    }

    /** The feedback's reference time in ns of the receiver's clock, without the wrap of its 24 bits. */
    private long reference(int time, long nowNs) {
        if (referenceAtNs == UNKNOWN) {
            referenceTime = time;
        } else {
            int step = (time - (int) referenceTime) << 8 >> 8;
            if (Math.abs(step * REFERENCE_NS - (nowNs - referenceAtNs)) > CLOCK_JUMP_NS) {
                acknowledged.reset();
                delay.reset();
            }
            referenceTime += step;
        }
        referenceAtNs = nowNs;
        return referenceTime * REFERENCE_NS;
    }

    /** Keeps what has arrived in the order of arrival; datagrams rarely overtake many others. */
    private void insert(int size, int place, long arrivalNs) {
        int at = size;
        while (at > 0 && size - at < 64 && arrivals[at - 1] > arrivalNs) {
            arrivals[at] = arrivals[at - 1];
            places[at] = places[at - 1];
            at--;
        }
        arrivals[at] = arrivalNs;
        places[at] = place;
    }

    private void onArrival(int place, long arrivalNs, long nowNs) {
        long packetSentNs = sent.sentNs(place);
        int lengthBytes = sent.lengthBytes(place);
        acknowledged.onArrival(packetSentNs, arrivalNs, lengthBytes);
        delay.onArrival(packetSentNs, arrivalNs, nowNs);
        if (sent.cluster(place) != SentPackets.NO_PROBE) {
            probes.onArrival(sent.cluster(place), packetSentNs, arrivalNs, lengthBytes);
        }
    }

    private void onRoundTrip(long sampleNs) {
        long sample = Math.clamp(sampleNs, 0, MAX_RTT_NS);
        rttNs = rttNs == UNKNOWN ? sample : rttNs + (sample - rttNs) / 8;
    }

    private void update(long nowNs) {
        long acknowledgedBps = acknowledged.bps();
        probes.onJitter(delay.restlessMs());
        boolean reduced = rate.update(
                delay.usage(), acknowledgedBps, acknowledged.burstBps(), acknowledged.keepsPace(), rttNs(), nowNs);
        if (reduced) {
            reducedNs = nowNs;
            probes.onReduced(nowNs);
        }
        long probeBps = probes.takeResult(nowNs);
        if (probeBps != ProbeMeasurement.NONE) {
            boolean more = !reduced && probeBps > targetBps;
            if (more) {
                rate.onProbe(Math.min(probeBps, limits.maxBps()), nowNs);
                loss.onProbe();
            }
            probes.onResultUsed(probeBps, more, rate.bps(), nowNs);
        }
        targetBps = loss.update(rate.bps(), acknowledgedBps, nowNs);
        assert targetBps >= limits.minBps() && targetBps <= limits.maxBps();
    }

    /** The subscriber tells what it estimates; it counts as long as there is no transport-wide feedback. */
    public void onRemb(long bitrateBps, long nowNs) {
        reported.onRemb(bitrateBps);
        takeReported();
    }

    /**
     * A report block of the subscriber; it counts as long as there is no transport-wide feedback.
     *
     * @param fractionLost 0 to 255
     * @param newRttNs 0 or less if it is not known
     */
    public void onReceiverReport(int fractionLost, long newRttNs, long nowNs) {
        if (newRttNs > 0) {
            reportedRttNs = Math.min(newRttNs, MAX_RTT_NS);
        }
        reported.onReceiverReport(fractionLost, nowNs);
        takeReported();
    }

    private void takeReported() {
        if (!measured) {
            targetBps = reported.bps();
        }
    }

    /**
     * What could be used at most if the network carried it: more than the target is probed for only if it is useful.
     * 0 if nothing is wanted.
     */
    public void onWish(long usefulBps, long nowNs) {
        probes.onWish(Math.clamp(usefulBps, 0, limits.maxBps()), targetBps, nowNs);
    }

    /** How much to send, in bit/s, of all that carries transport-wide numbers; always within the limits. */
    public long targetBps() {
        return targetBps;
    }

    /** How fast to send at most, in bit/s: bursts go faster than the target, as long as no queue stands on the way. */
    public long pacingBps() {
        return (long) ((measured && delay.stands() ? PACING_CONGESTED : PACING) * targetBps);
    }

    /** What arrived lately, in bit/s; 0 if that is not known. */
    public long acknowledgedBps() {
        return acknowledged.bps();
    }

    /** The share of bytes lost lately, 0 to 1. */
    public double lossShare() {
        return measured ? loss.lossShare() : reported.lossShare();
    }

    /** The round-trip time, with what the receiver waits with its feedback; 200 ms before it is known. */
    public long rttNs() {
        if (rttNs != UNKNOWN) {
            return rttNs;
        }
        return reportedRttNs != UNKNOWN ? reportedRttNs : DEFAULT_RTT_NS;
    }

    @Override
    public String toString() {
        return delay.usage() + " trend " + Math.round(10 * delay.trend()) / 10.0 + " queue "
                + Math.round(delay.queueMs()) + "/" + Math.round(delay.restlessMs()) + " burst "
                + acknowledged.burstBps() / 1_000 + " delay-based " + rate.bps() / 1_000
                + (loss.limited() ? " loss-limited" : "") + (probes.cluster() != null ? " probing" : "");
    }

    /** What is to be probed now, or null; the same until enough of it was sent. */
    public @Nullable ProbeCluster probe() {
        return probes.cluster();
    }

    /** When {@link #onDeadline} is to be called, or {@link Deadlines#NEVER}. */
    public long deadlineNs() {
        return Math.min(probes.deadlineNs(), silenceNs);
    }

    public void onDeadline(long nowNs) {
        boolean quiet = sentNs == UNKNOWN || nowNs - sentNs > QUIET_NS;
        if (nowNs >= silenceNs && (!measured || nowNs - sentNs > SILENCE_NS + SILENCE_STEP_NS)) {
            silenceNs = Deadlines.NEVER; // nobody ever told what arrives, or there is nothing more to tell of
        } else if (nowNs >= silenceNs) {
            silenceNs = nowNs + SILENCE_STEP_NS;
            rate.onSilence(SILENCE_DECREASE);
            targetBps = Math.max(limits.minBps(), (long) (SILENCE_DECREASE * targetBps));
            reducedNs = nowNs;
        }
        boolean calm = quiet
                || (delay.usage() != NetworkUsage.OVERUSE
                        && (!loss.limited()
                                || loss.lossShare() < CALM_LOSS
                                || acknowledged.bps() < UNUSED * targetBps) // not our packets make it lose some
                        && (reducedNs == UNKNOWN || nowNs - reducedNs > 1_000_000_000L));
        probes.onDeadline(targetBps, calm, !measured, nowNs);
    }
}
