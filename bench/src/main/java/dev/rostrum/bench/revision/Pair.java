package dev.rostrum.bench.revision;

import dev.rostrum.bench.fanout.Contest;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What one JVM of each build did by turns.
 *
 * <p>Immutable.
 *
 * @param now windows of this build
 * @param before windows of the other one, each beside that of the same index
 */
record Pair(List<Contest.Window> now, List<Contest.Window> before) {

    Pair {
        now = List.copyOf(now);
        before = List.copyOf(before);
        if (now.isEmpty() || now.size() != before.size()) {
            throw new IllegalArgumentException(now.size() + " windows beside " + before.size());
        }
    }

    /**
     * How many times the other build's processor time per packet this one takes: the median of the ratios of windows that
     * were neighbours. What disturbs a moment disturbs both, so that this is steadier than the ratio of the medians.
     */
    double ratio() {
        double[] ratios = new double[now.size()];
        for (int window = 0; window < ratios.length; window++) {
            ratios[window] = nsPerPacket(now.get(window)) / nsPerPacket(before.get(window));
        }
        return median(ratios);
    }

    double nowNs() {
        return median(now, Pair::nsPerPacket);
    }

    double beforeNs() {
        return median(before, Pair::nsPerPacket);
    }

    /** Bytes that this build allocates per packet: the median of its windows, as compilers allocate too. */
    double nowBytes() {
        return median(now, Pair::bytesPerPacket);
    }

    double beforeBytes() {
        return median(before, Pair::bytesPerPacket);
    }

    /** How many bytes more this build allocates per packet. */
    double moreBytes() {
        return nowBytes() - beforeBytes();
    }

    private static double nsPerPacket(Contest.Window window) {
        return (double) window.cpuNs() / window.packets();
    }

    private static double bytesPerPacket(Contest.Window window) {
        return (double) window.allocatedBytes() / window.packets();
    }

    private static double median(List<Contest.Window> windows, ToDoubleFunction<Contest.Window> what) {
        return median(windows.stream().mapToDouble(what).toArray());
    }

    /** The one in the middle; of an even number the upper of the two. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
