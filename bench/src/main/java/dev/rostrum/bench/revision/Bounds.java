package dev.rostrum.bench.revision;

import dev.rostrum.bench.fanout.FanOut;
import java.util.List;
import java.util.function.Predicate;

/**
 * How two builds are measured, and how much more the newer may cost. docs/performance.md says how that was chosen.
 *
 * <p>Immutable.
 *
 * @param pairs of JVMs at most, each started afresh: compilers are luckier in some than in others
 * @param warmUp windows of each JVM that do not count
 * @param windows that do
 * @param mostRatio of processor times per packet
 * @param mostBytes more per packet
 */
record Bounds(int pairs, int warmUp, int windows, double mostRatio, double mostBytes) {

    /** Whether more pairs would change nothing, because most of all agree about each figure: two of three, say. */
    boolean decided(List<Pair> measured) {
        return agree(measured, pair -> pair.ratio() <= mostRatio)
                && agree(measured, pair -> pair.moreBytes() <= mostBytes);
    }

    private boolean agree(List<Pair> measured, Predicate<Pair> kept) {
        long keeping = measured.stream().filter(kept).count();
        return Math.max(keeping, measured.size() - keeping) > pairs / 2;
    }

    static Bounds of(FanOut fanOut) {
        return switch (fanOut) {
            case AUDIO -> new Bounds(3, 60, 120, 1.10, 0.01);
            case VIDEO -> new Bounds(3, 10, 40, 1.10, 0.5);
        };
    }
}
