package dev.rostrum.sfu;

/**
 * What a client wants to see in one of its video slots.
 *
 * <p>Immutable.
 *
 * @param mid the m-line of the slot
 * @param csrc the publication; 0 for none
 * @param maxHeight the height in pixels at which it is shown; 0 for no limit
 * @param pinned whether it goes before what else is shown, when the network does not carry everything
 */
public record VideoWish(String mid, int csrc, int maxHeight, boolean pinned) {}
