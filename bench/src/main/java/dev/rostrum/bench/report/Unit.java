package dev.rostrum.bench.report;

import java.util.Locale;

/** What an axis counts, and how it is written for people. */
enum Unit {
    COUNT,
    CORES,
    SECONDS,
    BYTES,
    PART;

    /** A value with its unit, as short as it is still exact enough to compare by eye. */
    String text(double value) {
        double size = Math.abs(value);
        return switch (this) {
            case COUNT ->
                size >= 1e6 ? number(value / 1e6) + " M" : size >= 1e4 ? number(value / 1e3) + " k" : number(value);
            case CORES -> number(value);
            case SECONDS ->
                size == 0
                        ? "0"
                        : size < 1e-3
                                ? number(value * 1e6) + " µs"
                                : size < 1 ? number(value * 1e3) + " ms" : number(value) + " s";
            case BYTES ->
                size == 0
                        ? "0"
                        : size < 1e6
                                ? number(value / 1e3) + " KB"
                                : size < 1e9 ? number(value / 1e6) + " MB" : number(value / 1e9) + " GB";
            case PART -> number(value * 100) + " %";
        };
    }

    private static String number(double value) {
        double size = Math.abs(value);
        String text = String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }

    /** The unit that a figure's name implies. */
    static Unit of(String figure) {
        String last = figure.substring(figure.lastIndexOf('.') + 1);
        if (last.equals("loss")) {
            return PART;
        }
        if (last.contains("bytes") || last.contains("rss") || last.contains("heap")) {
            return BYTES;
        }
        return last.contains("latency") || last.startsWith("cpu-per") || last.endsWith("time") ? SECONDS : COUNT;
    }
}
