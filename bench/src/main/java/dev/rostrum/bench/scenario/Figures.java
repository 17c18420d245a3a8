package dev.rostrum.bench.scenario;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, by name, in the order in which it was. Times are seconds, sizes bytes, losses fractions.
 *
 * <p>Safe for any thread.
 */
public final class Figures {

    private final Map<String, Double> values = new LinkedHashMap<>();

    synchronized void put(String name, double value) {
        values.put(name, value);
    }

    void put(String name, long value) {
        double number = value;
        put(name, number);
    }

    synchronized @Nullable Double get(String name) {
        return values.get(name);
    }

    double get(String name, double otherwise) {
        Double value = get(name);
        return value == null ? otherwise : value;
    }

    /** Percentiles of a histogram of ns, if it has anything. */
    void percentiles(String name, Histogram ns) {
        if (ns.getTotalCount() > 0) {
            put(name + "-p50", ns.getValueAtPercentile(50) / 1e9);
            put(name + "-p99", ns.getValueAtPercentile(99) / 1e9);
            put(name + "-p999", ns.getValueAtPercentile(99.9) / 1e9);
            put(name + "-max", ns.getMaxValue() / 1e9);
        }
    }

    /** All, as they are now. */
    public synchronized Map<String, Double> all() {
        return new LinkedHashMap<>(values);
    }

    /** A value with the unit that its name implies. */
    public static String show(String name, double value) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        if (last.equals("loss")) {
            return String.format(Locale.ROOT, "%.4f %%", value * 100);
        }
        if (last.startsWith("cpu-per-packet")) {
            return String.format(Locale.ROOT, "%.2f us", value * 1e6);
        }
        if (last.contains("latency")
                || last.contains("transit")
                || last.contains("pacing")
                || last.contains("gap")
                || last.endsWith("interval")
                || last.contains("turn")
                || last.startsWith("cpu-per-join")
                || last.startsWith("page")
                || last.startsWith("join-")
                || last.startsWith("confirmed")) {
            return String.format(Locale.ROOT, "%.3f ms", value * 1e3);
        }
        if (last.contains("bytes") || last.contains("rss") || last.contains("heap")) {
            return String.format(Locale.ROOT, "%.1f KB", value / 1e3);
        }
        if (last.endsWith("time")) {
            return String.format(Locale.ROOT, "%.2f s", value);
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.format(Locale.ROOT, "%.0f", value)
                : String.format(Locale.ROOT, "%.3f", value);
    }
}
