package dev.rostrum.bench.media;

/**
 * What clients had to do with video, summed up.
 *
 * <p>Immutable.
 *
 * @param keyFrameRequests that cameras have got so far
 * @param leastRequestIntervalNs between two requests for the same encoding; {@link Long#MAX_VALUE} if there were none
 * @param switches from one encoding to another that viewers have seen so far
 * @param watchingLowest how many see the lowest encoding now
 * @param watchingMiddle the middle one
 * @param watchingHighest the highest one
 */
public record Pictures(
        long keyFrameRequests,
        long leastRequestIntervalNs,
        long switches,
        int watchingLowest,
        int watchingMiddle,
        int watchingHighest) {

    /** Of nobody. */
    public static final Pictures NONE = new Pictures(0, Long.MAX_VALUE, 0, 0, 0, 0);

    /** Both together. */
    public Pictures plus(Pictures other) {
        return new Pictures(
                keyFrameRequests + other.keyFrameRequests,
                Math.min(leastRequestIntervalNs, other.leastRequestIntervalNs),
                switches + other.switches,
                watchingLowest + other.watchingLowest,
                watchingMiddle + other.watchingMiddle,
                watchingHighest + other.watchingHighest);
    }
}
