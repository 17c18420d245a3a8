package dev.rostrum.bench.media;

/**
 * What came of one SSRC.
 *
 * <p>Immutable.
 *
 * @param expected packets from the first to the highest sequence number
 * @param received different ones
 * @param lost expected ones that have not come
 * @param duplicates packets that came again; not in {@code received}
 * @param reordered packets that came after a later one
 * @param csrcChanges how often the contributing source changed
 * @param longestGapNs the longest time without a packet that was not a pause of the speaker's
 */
public record SlotFigures(
        int ssrc,
        long expected,
        long received,
        long lost,
        long duplicates,
        long reordered,
        long csrcChanges,
        long longestGapNs) {}
