package dev.rostrum.sfu.video;

/**
 * How often one receiver may ask for key frames: a few at once, then one every few seconds. All subscribers of a layer
 * pay for a key frame that one of them asks for.
 *
 * <p>Owned by its slot.
 */
final class KeyframePatience {

    private static final int AT_ONCE = 5;
    private static final long ANOTHER_AFTER_NS = 4_000_000_000L;

    private int left = AT_ONCE;
    private long countedAtNs;

    /** Whether a request at this time is passed on. */
    boolean permits(long nowNs) {
        long more = Math.min((nowNs - countedAtNs) / ANOTHER_AFTER_NS, AT_ONCE);
        if (more > 0) {
            left = (int) Math.min(AT_ONCE, left + more);
            countedAtNs = nowNs;
        }
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
