package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.loop.Deadlines;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * When one publisher's packets arrived, by transport-wide sequence number, and the feedback that tells it so, for its own
 * congestion control (draft-holmer-rmcat-transport-wide-cc-extensions-01; libwebrtc's transport sequence number feedback
 * generator).
 *
 * <p>Owned by one endpoint. Holds the last {@value #CAPACITY} numbers; a number far from the others begins anew.
 */
public final class ArrivalRecorder {

    private static final int CAPACITY = 4096;
    private static final int MASK = CAPACITY - 1;
    private static final long NOT_ARRIVED = Long.MIN_VALUE;
    private static final long NONE = Long.MIN_VALUE;

    private static final long TICK_NS = 250_000;
    private static final int TICKS_PER_REFERENCE = 256;

    /** So many statuses make a message that fits a datagram even if each delta takes two bytes. */
    private static final int MAX_STATUSES = 400;

    /** And of so many numbers, most of which may be missing, it speaks at most. */
    private static final int MAX_SPAN = 1_600;

    private static final long DEFAULT_INTERVAL_NS = 100_000_000;
    private static final long MIN_INTERVAL_NS = 50_000_000;
    private static final long MAX_INTERVAL_NS = 250_000_000;

    /** What a feedback costs with all headers, and which share of what is received feedback may take. */
    private static final double MESSAGE_BITS = 68 * 8;

    private static final double FEEDBACK_SHARE = 0.05;

    private final int senderSsrc;
    private final long[] arrivalNs = new long[CAPACITY];
    private int mediaSsrc;
    private long highest = NONE; // 64 bit number
    private long nextBase = NONE; // where the next feedback begins
    private int feedbackCount;
    private long bytes;
    private long sinceNs;
    private long intervalNs = DEFAULT_INTERVAL_NS;
    private long deadlineNs = Deadlines.NEVER;

    /** @param senderSsrc by which SSRC feedback is sent */
    public ArrivalRecorder(int senderSsrc) {
        this.senderSsrc = senderSsrc;
    }

    /**
     * An authentic packet with a transport-wide number has arrived.
     *
     * @param transportSequenceNumber 0 to 65535
     * @param ssrc of the packet; feedback names the latest one
     */
    public void onPacket(int transportSequenceNumber, int lengthBytes, int ssrc, long nowNs) {
        mediaSsrc = ssrc;
        bytes += lengthBytes;
        long sequence = highest == NONE
                ? 0x10000L + (transportSequenceNumber & 0xFFFF)
                : highest + (short) (transportSequenceNumber - (int) highest);
        if (highest == NONE || sequence >= highest + CAPACITY) {
            clearTo(sequence);
            nextBase = sequence;
        } else if (sequence > highest) {
            for (long skipped = highest + 1; skipped < sequence; skipped++) {
                arrivalNs[(int) skipped & MASK] = NOT_ARRIVED;
            }
            highest = sequence;
            nextBase = Math.max(nextBase, highest - MASK);
        } else if (sequence <= highest - CAPACITY || sequence < 0 || arrivalNs[(int) sequence & MASK] != NOT_ARRIVED) {
            return; // too late to tell, or a second copy
        }
        arrivalNs[(int) sequence & MASK] = nowNs;
        nextBase = Math.min(nextBase, sequence); // one that comes late is told with the next feedback
        if (deadlineNs == Deadlines.NEVER) {
            sinceNs = nowNs;
            bytes = lengthBytes;
            deadlineNs = nowNs + intervalNs;
        }
    }

    private void clearTo(long sequence) {
        Arrays.fill(arrivalNs, NOT_ARRIVED);
        highest = sequence;
    }

    /** When {@link #onDeadline} is to be called, or {@link Deadlines#NEVER} if nothing is to be told. */
    public long deadlineNs() {
        return deadlineNs;
    }

    /** Tells what arrived since the last time, in as many messages as that takes. */
    public void onDeadline(long nowNs, Consumer<TransportFeedback> out) {
        if (nowNs < deadlineNs) {
            return;
        }
        deadlineNs = Deadlines.NEVER; // the next packet sets it
        adapt(nowNs);
        while (nextBase <= highest) {
            TransportFeedback feedback = build();
            if (feedback == null) {
                break;
            }
            out.accept(feedback);
        }
    }

    private void adapt(long nowNs) {
        double bps = bytes * 8e9 / Math.max(1, nowNs - sinceNs);
        intervalNs = Math.clamp(
                (long) (MESSAGE_BITS * 1e9 / Math.max(1, FEEDBACK_SHARE * bps)), MIN_INTERVAL_NS, MAX_INTERVAL_NS);
    }

    /** One message from {@code nextBase} on, which moves behind it; null if nothing arrived from there on. */
    private @Nullable TransportFeedback build() {
        long first = nextBase;
        while (first <= highest && arrivalNs[(int) first & MASK] == NOT_ARRIVED) {
            first++;
        }
        if (first > highest) {
            nextBase = first;
            return null;
        }
        long base = nextBase;
        int reference = (int) Math.floorDiv(arrivalNs[(int) first & MASK], TICK_NS * TICKS_PER_REFERENCE);
        long lastTicks = (long) reference * TICKS_PER_REFERENCE;
        List<Arrival> arrivals = new ArrayList<>();
        long sequence = first;
        for (; sequence <= highest && arrivals.size() < MAX_STATUSES && sequence - first < MAX_SPAN; sequence++) {
            long atNs = arrivalNs[(int) sequence & MASK];
            if (atNs == NOT_ARRIVED) {
                continue;
            }
            long ticks = Math.floorDiv(atNs, TICK_NS);
            long delta = ticks - lastTicks;
            if (delta > Short.MAX_VALUE || delta < Short.MIN_VALUE) {
                break; // the next message has a reference time of its own
            }
            arrivals.add(new Arrival((int) sequence & 0xFFFF, (int) delta));
            lastTicks = ticks;
        }
        int last = arrivals.get(arrivals.size() - 1).sequenceNumber();
        int statuses = ((last - (int) base) & 0xFFFF) + 1;
        nextBase = base + statuses;
        return new TransportFeedback(
                senderSsrc,
                mediaSsrc,
                (int) base & 0xFFFF,
                statuses,
                reference << 8 >> 8,
                feedbackCount++ & 0xFF,
                arrivals);
    }
}
