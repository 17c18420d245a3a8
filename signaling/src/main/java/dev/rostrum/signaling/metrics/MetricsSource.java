package dev.rostrum.signaling.metrics;

import java.util.List;
import java.util.Map;

/**
 * Something that has figures for {@code GET /metrics}.
 *
 * <p>Called at each scrape, on an event loop: it may not block.
 */
@FunctionalInterface
public interface MetricsSource {

    /** The figures of this moment. */
    List<Metric> metrics();

    /**
     * One figure.
     *
     * @param name such as {@code rostrum_shard_turn_max_seconds}; a counter's without the {@code _total} that it gets
     * @param help what it means
     * @param counter whether it only ever grows; else it is a gauge
     * @param labels what tells it from others of the same name
     */
    record Metric(String name, String help, boolean counter, Map<String, String> labels, double value) {

        public Metric {
            labels = Map.copyOf(labels);
        }

        /** A figure that goes up and down. */
        public static Metric gauge(String name, String help, double value) {
            return new Metric(name, help, false, Map.of(), value);
        }

        /** A figure that only ever grows. */
        public static Metric counter(String name, String help, double value) {
            return new Metric(name, help, true, Map.of(), value);
        }

        /** The same with one more label. */
        public Metric with(String label, String text) {
            Map<String, String> more = new java.util.TreeMap<>(labels);
            more.put(label, text);
            return new Metric(name, help, counter, more, value);
        }
    }
}
