package dev.rostrum.sfu.simulcast;

/**
 * One thing that a subscriber may be shown of a publication: an encoding, up to a spatial and a temporal layer of it.
 *
 * <p>Immutable.
 *
 * @param encoding the encoding of simulcast, 0 the smallest
 * @param spatial the highest spatial layer that is shown, 0 without SVC
 * @param temporal the highest temporal layer that is shown, 0 if the stream has none
 * @param bitrateBps what it takes, with all that it depends on, as measured
 * @param width in pixels, 0 if not known yet
 * @param height in pixels, 0 if not known yet
 * @param framesPerSecond as measured
 */
public record Layer(
        int encoding, int spatial, int temporal, int bitrateBps, int width, int height, float framesPerSecond) {}
