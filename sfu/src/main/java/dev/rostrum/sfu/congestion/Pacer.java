package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.loop.Deadlines;
import org.jspecify.annotations.Nullable;

/**
 * Spreads one subscriber's packets over time, so that a key frame does not leave as one burst: what fits the budget goes
 * at once, the rest waits, by priority, and in order within one. A packet that waits is a number ({@code token}) by which
 * the sink finds it; nothing is copied, and nothing is allocated per packet.
 *
 * <p>Owned by one endpoint. Sends as fast as the estimator says, and faster if packets would wait for more than
 * {@value #MAX_QUEUE_MS} ms otherwise.
 */
public final class Pacer {

    /** Who goes first; the order of the constants is the order of sending. */
    public enum Priority {
        /** Never waits. */
        AUDIO,
        /** A repetition of what was lost. */
        RETRANSMISSION,
        /** Video as it comes. */
        VIDEO,
        /** What only fills. */
        PADDING
    }

    /** Where packets go. Must not call back into the pacer. */
    public interface Sink {

        /**
         * Sends the packet that the token names.
         *
         * @param probe whether it belongs to the probe that was set
         * @return the datagram's length in bytes; 0 if it is gone
         */
        int send(long token, boolean probe, long nowNs);

        /**
         * Sends a packet that only fills: a repetition, or padding.
         *
         * @param lengthBytes about how long it should be
         * @return the datagram's length in bytes; 0 if none can be sent now
         */
        int sendPadding(int lengthBytes, boolean probe, long nowNs);
    }

    private static final int MAX_QUEUE_MS = 500;

    /** Repetitions go first, but not if video has waited so long and they alone were sent. */
    private static final long VIDEO_WAITS_NS = 50_000_000;

    /** What may leave at once: timers more often than that cost more than they smooth. */
    private static final double BURST_S = 0.005;

    private static final int MIN_BURST_BYTES = 1_500;
    private static final int MAX_PACKET_BYTES = 1_200;
    private static final int MIN_PADDING_BYTES = 100;

    /** If there is no padding to be had, the probe waits so long for the next packet. */
    private static final long NO_PADDING_NS = 10_000_000;

    private final Sink sink;
    private final TokenQueue retransmissions;
    private final TokenQueue video;
    private final TokenQueue padding;
    private double pacingBps = 1_000_000;
    private double debtBytes;
    private long debtAtNs;
    private int queuedPackets;
    private int queuedBytes;
    private boolean repeated; // the last packet was a repetition

    private @Nullable ProbeCluster probe;
    private int probeId;
    private int probePackets;
    private long probeBytes;
    private long probeNextNs;
    private long noPaddingUntilNs;

    /**
     * Creates one that sends nothing yet.
     *
     * @param capacity how many packets of each priority may wait; a power of two
     */
    public Pacer(Sink sink, int capacity) {
        this.sink = sink;
        retransmissions = new TokenQueue(capacity);
        video = new TokenQueue(capacity);
        padding = new TokenQueue(capacity);
    }

    /** How fast to send, in bit/s ({@link BandwidthEstimator#pacingBps}). */
    public void setRate(long newPacingBps, long nowNs) {
        pay(nowNs);
        pacingBps = (double) Math.max(1_000, newPacingBps);
    }

    /** Sends the cluster from now on, filled with padding; null ends it. The same cluster again changes nothing. */
    public void setProbe(@Nullable ProbeCluster cluster, long nowNs) {
        if (cluster == null) {
            probe = null;
            return;
        }
        if (cluster.id() == probeId) {
            return; // on its way, or done
        }
        pay(nowNs);
        probe = cluster;
        probeId = cluster.id();
        probePackets = 0;
        probeBytes = 0;
        probeNextNs = nowNs;
        noPaddingUntilNs = 0;
    }

    /**
     * Takes a packet: sends it now if it may go, keeps it else.
     *
     * @param lengthBytes about how long its datagram will be
     * @return false if too many wait already; then it was not taken
     */
    public boolean enqueue(long token, int lengthBytes, Priority priority, long nowNs) {
        if (priority == Priority.AUDIO) {
            debtBytes += sink.send(token, false, nowNs);
            return true;
        }
        if (queuedPackets == 0 && probe == null) {
            pay(nowNs);
            if (debtBytes < burstBytes(rateBps())) {
                debtBytes += sink.send(token, false, nowNs);
                return true;
            }
        }
        TokenQueue queue =
                switch (priority) {
                    case RETRANSMISSION -> retransmissions;
                    case VIDEO -> video;
                    case AUDIO, PADDING -> padding;
                };
        if (!queue.add(token, lengthBytes, nowNs)) {
            return false;
        }
        queuedPackets++;
        queuedBytes += lengthBytes;
        return true;
    }

    private double rateBps() {
        return Math.max(pacingBps, queuedBytes * 8e3 / MAX_QUEUE_MS);
    }

    private static double burstBytes(double rateBps) {
        return Math.max(MIN_BURST_BYTES, BURST_S * rateBps / 8);
    }

    private void pay(long nowNs) {
        if (nowNs > debtAtNs) {
            debtBytes = Math.max(0, debtBytes - (nowNs - debtAtNs) * rateBps() / 8e9);
            debtAtNs = nowNs;
        }
    }

    /** When {@link #onDeadline} is to be called, or {@link Deadlines#NEVER}; ask after each other call. */
    public long deadlineNs() {
        if (probe != null) {
            return queuedPackets > 0 ? probeNextNs : Math.max(probeNextNs, noPaddingUntilNs);
        }
        if (queuedPackets == 0) {
            return Deadlines.NEVER;
        }
        // When the debt is paid, so that a burst may follow.
        return debtAtNs + (long) Math.ceil(debtBytes * 8e9 / rateBps());
    }

    /** Sends what may go by now. */
    public void onDeadline(long nowNs) {
        pay(nowNs);
        if (probe != null) {
            sendProbe(probe, nowNs);
        }
        if (probe == null) {
            double burst = burstBytes(rateBps());
            while (queuedPackets > 0 && debtBytes < burst) {
                debtBytes += sendQueued(false, nowNs);
            }
        }
    }

    private void sendProbe(ProbeCluster cluster, long nowNs) {
        while (nowNs >= probeNextNs) {
            int length;
            if (queuedPackets > 0) {
                length = sendQueued(true, nowNs);
                if (length == 0) {
                    continue;
                }
            } else {
                int wanted = Math.clamp(cluster.lengthBytes() / cluster.packets(), MIN_PADDING_BYTES, MAX_PACKET_BYTES);
                length = nowNs < noPaddingUntilNs ? 0 : sink.sendPadding(wanted, true, nowNs);
                if (length == 0) {
                    noPaddingUntilNs = Math.max(noPaddingUntilNs, nowNs + NO_PADDING_NS);
                    return;
                }
            }
            debtBytes += length;
            probePackets++;
            probeBytes += length;
            // Not later than now, or a late timer would make a burst of the probe.
            probeNextNs = Math.max(probeNextNs, nowNs - 1_000_000) + length * 8_000_000_000L / cluster.bitrateBps();
            if (probePackets >= cluster.packets() && probeBytes >= cluster.lengthBytes()) {
                probe = null;
                return;
            }
        }
    }

    private int sendQueued(boolean asProbe, long nowNs) {
        boolean videoWaits = video.size() > 0 && nowNs - video.firstNs() > VIDEO_WAITS_NS;
        if (retransmissions.size() > 0 && !(repeated && videoWaits)) {
            repeated = true;
            return sendFirst(retransmissions, asProbe, nowNs);
        }
        repeated = false;
        return sendFirst(video.size() > 0 ? video : padding, asProbe, nowNs);
    }

    private int sendFirst(TokenQueue queue, boolean asProbe, long nowNs) {
        queuedPackets--;
        queuedBytes -= queue.firstLengthBytes();
        return sink.send(queue.remove(), asProbe, nowNs);
    }

    /** How many packets wait. */
    public int queuedPackets() {
        return queuedPackets;
    }

    /** How many bytes wait. */
    public int queuedBytes() {
        return queuedBytes;
    }

    /** For how long the oldest packet has waited; 0 if none waits. */
    public long queueDelayNs(long nowNs) {
        return Math.max(Math.max(waitNs(retransmissions, nowNs), waitNs(video, nowNs)), waitNs(padding, nowNs));
    }

    private static long waitNs(TokenQueue queue, long nowNs) {
        return queue.size() == 0 ? 0 : nowNs - queue.firstNs();
    }

    /**
     * Forgets what waits of one stream: nobody needs it any more.
     *
     * @return how many packets
     */
    public int discard(long tokenMask, long token) {
        int before = queuedPackets;
        queuedBytes -= retransmissions.discard(tokenMask, token);
        queuedBytes -= video.discard(tokenMask, token);
        queuedPackets = retransmissions.size() + video.size() + padding.size();
        return before - queuedPackets;
    }

    /** Forgets all that waits. */
    public void clear() {
        retransmissions.clear();
        video.clear();
        padding.clear();
        queuedPackets = 0;
        queuedBytes = 0;
        probe = null;
    }
}
