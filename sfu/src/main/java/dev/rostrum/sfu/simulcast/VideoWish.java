package dev.rostrum.sfu.simulcast;

import java.util.List;

/**
 * What one video slot of a subscriber would show.
 *
 * <p>Immutable.
 *
 * @param slot names the slot among the subscriber's
 * @param publication names what it shows; another one than before begins anew
 * @param priority the higher is served first: pinned, dominant speaker, others
 * @param maxHeight of the picture on the page in pixels; 0: nothing is wanted now
 * @param layers what is sent of the publication at present ({@link LayerMeter#layers})
 */
public record VideoWish(int slot, long publication, int priority, int maxHeight, List<Layer> layers) {

    /** As high as there is. */
    public static final int ANY_HEIGHT = Integer.MAX_VALUE;

    public VideoWish {
        layers = List.copyOf(layers);
    }
}
