package dev.rostrum.bench.scenario;

import dev.rostrum.bench.server.ProcessWatch;
import dev.rostrum.bench.server.ProcessWatch.JvmMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a server's process holds more after a while than before: memory, threads, descriptors.
 *
 * <p>Belongs to one step of a run. One reading of a heap says little, for what it holds after a collection depends on what was
 * under way just then; so it is read once a minute, and of a long step the medians of its first and its last readings are
 * compared. A short step is read at its two ends only, for it would feel the collections.
 */
final class Growth {

    private static final Duration PERIOD = Duration.ofMinutes(1);
    private static final int MEDIAN_OF = 5;

    /** What the process held at one moment. */
    private record Reading(double atS, JvmMemory memory, long rssBytes, int threads, int descriptors) {}

    private final ProcessWatch server;
    private final DoubleSupplier clockS;
    private final List<Reading> readings = new ArrayList<>();
    private final @Nullable Thread reader;

    private Growth(ProcessWatch server, DoubleSupplier clockS, boolean isLong) throws InterruptedException {
        this.server = server;
        this.clockS = clockS;
        readings.add(read());
        reader = isLong ? Thread.startVirtualThread(this::readEachPeriod) : null;
    }

    /** Takes the first reading, and further ones each minute if the step takes long. */
    static Growth watch(ProcessWatch server, Duration time, DoubleSupplier clockS) throws InterruptedException {
        return new Growth(server, clockS, time.compareTo(PERIOD.multipliedBy(2L * MEDIAN_OF)) >= 0);
    }

    private Reading read() throws InterruptedException {
        return new Reading(
                clockS.getAsDouble(), server.jvmMemory(), server.rssBytes(), server.threads(), server.descriptors());
    }

    private void readEachPeriod() {
        try {
            while (true) {
                Thread.sleep(PERIOD);
                readings.add(read());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the step is over
        }
    }

    /** Takes the last reading and writes what has grown. */
    void end(String step, Figures figures) throws InterruptedException {
        if (reader != null) {
            reader.interrupt();
            reader.join();
        }
        readings.add(read());
        figures.put(
                step + ".live-heap-growth", growth(reading -> reading.memory().liveHeapBytes()));
        figures.put(step + ".outside-heap-bytes-growth", growth(reading -> reading.memory()
                .rssOutsideHeapBytes()));
        figures.put(step + ".rss-growth", growth(Reading::rssBytes));
        figures.put(step + ".threads-growth", growth(Reading::threads));
        figures.put(step + ".descriptors-growth", growth(Reading::descriptors));
    }

    /** What the heap held at each reading of a long step, for a plot; empty for a short one. */
    List<Map<String, Double>> series() {
        if (reader == null) {
            return List.of();
        }
        List<Map<String, Double>> rows = new ArrayList<>();
        for (Reading reading : readings) {
            Figures row = new Figures();
            row.put("at", reading.atS());
            row.put("live-heap", reading.memory().liveHeapBytes());
            row.put("rss-outside-heap", reading.memory().rssOutsideHeapBytes());
            rows.add(row.all());
        }
        return rows;
    }

    private double growth(ToLongFunction<Reading> value) {
        long[] values = readings.stream().mapToLong(value).toArray();
        return growth(values, reader == null ? 1 : MEDIAN_OF);
    }

    /** By how much the median of the last readings is above that of the first. */
    static double growth(long[] values, int medianOf) {
        int many = Math.min(medianOf, values.length);
        return median(Arrays.copyOfRange(values, values.length - many, values.length))
                - median(Arrays.copyOf(values, many));
    }

    private static double median(long[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2.0;
    }
}
