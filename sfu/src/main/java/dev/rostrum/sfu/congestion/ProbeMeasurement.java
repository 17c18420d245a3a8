package dev.rostrum.sfu.congestion;

/**
 * What one probe has shown: how fast its packets were sent, and how fast they arrived (libwebrtc's probe bitrate
 * estimator).
 *
 * <p>Owned by one {@link ProbeController}.
 */
final class ProbeMeasurement {

    /** No result. */
    static final long NONE = 0;

    private static final double MIN_ARRIVED = 0.8;
    private static final double MAX_COMPRESSION = 2;
    private static final double UNSATURATED = 0.9;
    private static final double UTILIZATION = 0.95;
    private static final long MAX_INTERVAL_NS = 1_000_000_000;

    private int packets;
    private long bytes;
    private long firstSentNs;
    private long lastSentNs;
    private int lastSentBytes;
    private long firstArrivalNs;
    private long lastArrivalNs;
    private int firstArrivalBytes;

    void begin() {
        packets = 0;
        bytes = 0;
    }

    void onArrival(long sentNs, long arrivalNs, int lengthBytes) {
        if (packets == 0 || sentNs < firstSentNs) {
            firstSentNs = sentNs;
        }
        if (packets == 0 || sentNs >= lastSentNs) {
            lastSentNs = sentNs;
            lastSentBytes = lengthBytes;
        }
        if (packets == 0 || arrivalNs < firstArrivalNs) {
            firstArrivalNs = arrivalNs;
            firstArrivalBytes = lengthBytes;
        }
        if (packets == 0 || arrivalNs > lastArrivalNs) {
            lastArrivalNs = arrivalNs;
        }
        packets++;
        bytes += lengthBytes;
    }

    /** Whether enough of the cluster has arrived. */
    boolean complete(ProbeCluster cluster) {
        return packets >= MIN_ARRIVED * cluster.packets() && bytes >= MIN_ARRIVED * cluster.lengthBytes();
    }

    /** What the network carries, in bit/s, as far as the probe could show; {@link #NONE} if it shows nothing. */
    long bps() {
        long sentNs = lastSentNs - firstSentNs;
        long arrivedNs = lastArrivalNs - firstArrivalNs;
        if (sentNs <= 0 || sentNs > MAX_INTERVAL_NS || arrivedNs <= 0 || arrivedNs > MAX_INTERVAL_NS) {
            return NONE;
        }
        // The last packet's length took no time of the sending, nor the first one's of the arriving.
        double sentBps = (bytes - lastSentBytes) * 8e9 / sentNs;
        double arrivedBps = (bytes - firstArrivalBytes) * 8e9 / arrivedNs;
        if (arrivedBps > MAX_COMPRESSION * sentBps) {
            return NONE; // they were held up and came at once
        }
        // The network was full: a little less leaves it room to empty its queue.
        return (long) (arrivedBps < UNSATURATED * sentBps ? UTILIZATION * arrivedBps : Math.min(sentBps, arrivedBps));
    }
}
