package dev.rostrum.srtp;

/**
 * Guesses the 48-bit index of an RTP packet (rollover counter and sequence number) from the 16 bits that travel and the
 * highest index seen so far (RFC 3711 §3.3.1, appendix A).
 *
 * <p>Stateless: sender and receiver use the same guess, so they agree as long as neighbours in time are less than 2^15
 * packets apart.
 */
final class RolloverCounter {

    /** The first index that a key may no longer protect (RFC 3711 §9.2). */
    static final long INDEX_LIMIT = 1L << 48;

    private static final int HALF = 1 << 15;

    private RolloverCounter() {}

    /**
     * The index nearest to the highest one that ends in the sequence number.
     *
     * @param highestIndex the highest index so far, or negative if there was none: then the rollover counter is zero
     * @param sequenceNumber 0 to 65535
     * @return the index; negative if it lies before the first one that can exist; {@link #INDEX_LIMIT} or more if it
     *     lies after the last
     */
    static long index(long highestIndex, int sequenceNumber) {
        if (highestIndex < 0) {
            return sequenceNumber;
        }
        int highest = (int) highestIndex & 0xffff;
        long rollovers = highestIndex >>> 16;
        if (highest < HALF) {
            if (sequenceNumber - highest > HALF) {
                rollovers--;
            }
        } else if (highest - HALF > sequenceNumber) {
            rollovers++;
        }
        return (rollovers << 16) + sequenceNumber;
    }
}
