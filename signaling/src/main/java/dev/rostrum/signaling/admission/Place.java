package dev.rostrum.signaling.admission;

import org.jspecify.annotations.Nullable;

/**
 * Where somebody stands in the line.
 *
 * <p>Immutable.
 *
 * @param position from 1
 * @param estimateSeconds in how long they will probably be let in; absent if that depends on others' leaving
 * @param full whether there is no room for them until others leave
 */
public record Place(int position, @Nullable Integer estimateSeconds, boolean full) {}
