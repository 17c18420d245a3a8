package dev.rostrum.sfu.simulcast;

import org.jspecify.annotations.Nullable;

/**
 * What a slot gets.
 *
 * <p>Immutable.
 *
 * @param slot names the slot
 * @param layer what it may show; null for nothing
 * @param paused whether it shows nothing because the network carries no more, though there is something to show
 */
public record Allotment(int slot, @Nullable Layer layer, boolean paused) {}
