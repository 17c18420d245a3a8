package dev.rostrum.bench.gate;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a gate measured, and whether it keeps its bounds.
 *
 * <p>Immutable.
 *
 * @param details for whoever wants to know why
 */
public record Verdict(String gate, List<Figure> figures, String details) {

    public Verdict {
        figures = List.copyOf(figures);
    }

    /**
     * One bounded figure.
     *
     * <p>Immutable.
     *
     * @param most it must not be more
     * @param digits after the point, for people
     */
    public record Figure(String name, double value, double most, int digits) {

        boolean passed() {
            return value <= most;
        }

        private String text() {
            String number = "%." + digits + "f";
            return String.format(Locale.ROOT, "%s " + number + " (at most %s)", name, value, shortest(most));
        }

        private static String shortest(double value) {
            return value == Math.rint(value) ? Long.toString(Math.round(value)) : Double.toString(value);
        }
    }

    /** Whether all figures are within their bounds; what could not be measured is not. */
    public boolean passed() {
        return figures.stream().allMatch(Figure::passed);
    }

    /** One line. */
    public String line() {
        return String.format(
                Locale.ROOT,
                "gate %-14s %s  %s",
                gate,
                passed() ? "pass" : "FAIL",
                figures.stream().map(Figure::text).collect(Collectors.joining("; ")));
    }
}
