package dev.rostrum.bench.revision;

import dev.rostrum.bench.fanout.FanOut;

/**
 * How two builds are measured, and how much more the newer may cost. docs/performance.md says how that was chosen.
 *
 * <p>Immutable.
 *
 * @param pairs of JVMs, each started afresh: compilers are luckier in some than in others
 * @param warmUp windows of each JVM that do not count
 * @param windows that do
 * @param mostRatio of processor times per packet
 * @param mostBytes more per packet
 */
record Bounds(int pairs, int warmUp, int windows, double mostRatio, double mostBytes) {

    static Bounds of(FanOut fanOut) {
        return switch (fanOut) {
            case AUDIO -> new Bounds(3, 60, 120, 1.10, 0.01);
            case VIDEO -> new Bounds(3, 10, 40, 1.10, 0.5);
        };
    }
}
