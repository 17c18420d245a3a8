package dev.rostrum.sfu.simulcast;

/**
 * A quality that a publication is sent in at present, as it was measured.
 *
 * <p>Immutable.
 *
 * @param encoding the simulcast encoding, from 0
 * @param spatial the highest spatial layer inside the encoding's stream that it shows, from 0
 * @param temporal the highest temporal layer that it shows, from 0
 * @param bitrateBps what it takes, with all layers that it needs
 * @param width in pixels; 0 if unknown
 * @param height in pixels; 0 if unknown
 * @param framesPerSecond 0 if unknown
 */
public record Layer(
        int encoding, int spatial, int temporal, int bitrateBps, int width, int height, float framesPerSecond) {

    /** Whether it is the same quality as the other, whatever it takes now. */
    public boolean sameAs(Layer other) {
        return encoding == other.encoding && spatial == other.spatial && temporal == other.temporal;
    }

    /** Whether it shows more than the other. */
    public boolean above(Layer other) {
        if (encoding != other.encoding) {
            return encoding > other.encoding;
        }
        return spatial != other.spatial ? spatial > other.spatial : temporal > other.temporal;
    }
}
