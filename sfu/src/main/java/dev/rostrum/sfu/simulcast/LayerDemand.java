package dev.rostrum.sfu.simulcast;

import java.util.List;

/**
 * What one slot would like to show.
 *
 * <p>Immutable.
 *
 * @param slot the slot's number, the same from one allocation to the next
 * @param source what it carries: a change of it begins a new history
 * @param layers what there is to choose from, as {@link LayerMeter#layers} lists it
 * @param maxHeight the height in pixels at which it is shown; 0 for no limit
 * @param priority the greater goes first: the dominant speaker, a pinned participant
 */
public record LayerDemand(int slot, long source, List<Layer> layers, int maxHeight, int priority) {

    public LayerDemand {
        layers = List.copyOf(layers);
    }
}
