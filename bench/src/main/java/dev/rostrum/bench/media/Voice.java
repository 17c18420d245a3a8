package dev.rostrum.bench.media;

/**
 * What a simulated speaker says: for each frame of 20 ms, how loud.
 *
 * <p>Asked on the loop of its client, for one frame after the other.
 */
@FunctionalInterface
public interface Voice {

    /** A frame for which nothing is sent. */
    int NOTHING = -1;

    /** A frame of silence, which is sent as the shortest of packets. */
    int SILENCE = 127;

    /** The level in −dBov (RFC 6464): 0 is the loudest, {@link #SILENCE} silence; {@link #NOTHING} sends no packet. */
    int levelDbov(long frame);

    /** Talks without a pause. */
    static Voice steady(int levelDbov) {
        return _ -> levelDbov;
    }
}
