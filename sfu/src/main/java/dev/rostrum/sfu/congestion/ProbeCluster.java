package dev.rostrum.sfu.congestion;

/**
 * A short burst at a bitrate that finds out whether the network carries it.
 *
 * <p>Immutable.
 *
 * @param id above 0, one more with each cluster of an estimator
 * @param bitrateBps how fast its packets follow each other
 * @param packets of how many packets it consists at least
 * @param lengthBytes of how many bytes it consists at least
 */
public record ProbeCluster(int id, long bitrateBps, int packets, int lengthBytes) {}
