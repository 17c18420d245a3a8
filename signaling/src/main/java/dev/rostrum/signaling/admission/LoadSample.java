package dev.rostrum.signaling.admission;

import dev.rostrum.sfu.SfuLoad;

/**
 * One reading of the machine's state.
 *
 * <p>Immutable.
 *
 * @param atNs when, on the monotonic clock
 * @param sfu what media and the threads beside it took so far
 * @param cores how many processors this process may use
 * @param loopDelayNs the longest that a task had to wait for an event loop of HTTP since the last reading
 */
public record LoadSample(long atNs, SfuLoad sfu, int cores, long loopDelayNs) {}
