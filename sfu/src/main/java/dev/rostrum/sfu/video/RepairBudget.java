package dev.rostrum.sfu.video;

/**
 * How many bytes of repairs one receiver may ask for: a share of what its network carries. Beyond that a NACK flood
 * costs the flooder, not the others.
 *
 * <p>Owned by its delivery.
 */
final class RepairBudget {

    /** Loss of more than this share is not repaired by sending more. */
    private static final int SHARE = 2;

    private static final long MAX_BYTES = 64 * 1024;
    private static final long MAX_TARGET_BPS = 20_000_000;
    private static final long SECOND_NS = 1_000_000_000L;

    private long bytes = MAX_BYTES;
    private long countedAtNs;

    /** Takes that many bytes; false if there are not as many left. */
    boolean take(int lengthBytes, long targetBps, long nowNs) {
        long perSecond = Math.max(1, Math.min(targetBps, MAX_TARGET_BPS) / 8 / SHARE);
        if (nowNs - countedAtNs > SECOND_NS) {
            countedAtNs = nowNs - SECOND_NS;
        }
        long more = perSecond * (nowNs - countedAtNs) / SECOND_NS;
        countedAtNs += more * SECOND_NS / perSecond; // the rest of the time counts for the next byte
        bytes = Math.min(MAX_BYTES, bytes + more);
        if (bytes < lengthBytes) {
            return false;
        }
        bytes -= lengthBytes;
        return true;
    }
}
