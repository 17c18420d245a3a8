package dev.rostrum.signaling.metrics;

import dev.rostrum.signaling.metrics.MetricsSource.Metric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The figures of {@code GET /metrics}, in the text format of Prometheus.
 *
 * <p>Safe for any thread.
 */
public final class Metrics {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** With the figures of the process itself. */
    public Metrics() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    /** Adds figures that are asked for at each scrape. */
    public void add(MetricsSource source) {
        registry.getPrometheusRegistry().register((MultiCollector) () -> snapshots(source.metrics()));
    }

    /** Adds a figure that goes up and down. */
    public void gauge(String name, String help, Supplier<Number> value) {
        Gauge.builder(name, value).description(help).register(registry);
    }

    /** Counts a request that was answered. */
    public void count(RoutingContext ctx) {
        HttpMethod method = ctx.request().method();
        String path = ctx.currentRoute() == null ? null : ctx.currentRoute().getPath();
        Counter.builder("rostrum.http.requests")
                .description("HTTP requests that were answered")
                .tag("method", KNOWN_METHODS.contains(method) ? method.name() : "other")
                .tag("path", path == null ? "page" : path.replaceAll(":([a-z]+)", "{$1}"))
                .tag("status", Integer.toString(ctx.response().getStatusCode()))
                .register(registry)
                .increment();
    }

    private static final List<HttpMethod> KNOWN_METHODS = List.of(
            HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST, HttpMethod.PATCH, HttpMethod.DELETE, HttpMethod.OPTIONS);

    /** Answers a scrape. */
    public void serve(RoutingContext ctx) {
        ctx.response()
                .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                .putHeader("Cache-Control", "no-store")
                .end(registry.scrape());
    }

    private static MetricSnapshots snapshots(List<Metric> metrics) {
        Map<String, List<Metric>> families = new LinkedHashMap<>();
        metrics.forEach(
                m -> families.computeIfAbsent(m.name(), _ -> new ArrayList<>()).add(m));
        List<MetricSnapshot> snapshots = new ArrayList<>();
        families.values().forEach(family -> snapshots.add(snapshot(family)));
        return new MetricSnapshots(snapshots);
    }

    private static MetricSnapshot snapshot(List<Metric> family) {
        Metric first = family.getFirst();
        if (first.counter()) {
            CounterSnapshot.Builder builder =
                    CounterSnapshot.builder().name(first.name()).help(first.help());
            family.forEach(m -> builder.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder()
                    .labels(labels(m))
                    .value(m.value())
                    .build()));
            return builder.build();
        }
        GaugeSnapshot.Builder builder =
                GaugeSnapshot.builder().name(first.name()).help(first.help());
        family.forEach(m -> builder.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(labels(m))
                .value(m.value())
                .build()));
        return builder.build();
    }

    private static Labels labels(Metric metric) {
        Labels.Builder labels = Labels.builder();
        metric.labels().forEach(labels::label);
        return labels.build();
    }
}
