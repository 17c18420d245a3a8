package dev.rostrum.bench.scenario;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Something that must hold: a figure, a comparison, a number with an optional unit, such as {@code measure.latency-p99 <=
 * 5 ms}.
 *
 * <p>Immutable.
 */
public record Assertion(String figure, String comparison, double limit, String text) {

    private static final Pattern FORM =
            Pattern.compile("([a-z0-9.-]+)\\s*(<=|>=|=|<|>)\\s*([0-9.e-]+)\\s*(%|ns|us|ms|s|KB|MB)?");
    private static final Map<String, Double> UNITS =
            Map.of("%", 0.01, "ns", 1e-9, "us", 1e-6, "ms", 1e-3, "s", 1.0, "KB", 1000.0, "MB", 1e6);

    /** Reads one; times are compared in seconds, sizes in bytes, parts as fractions. */
    static Assertion parse(String text) throws ScenarioException {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new ScenarioException("\"" + text
                    + "\" is no assertion: it must be FIGURE <= NUMBER [%|us|ms|s|KB|MB], with <=, >=, =, < or >");
        }
        double unit = matcher.group(4) == null ? 1 : UNITS.getOrDefault(matcher.group(4), 1.0);
        return new Assertion(
                matcher.group(1), matcher.group(2), Double.parseDouble(matcher.group(3)) * unit, text.strip());
    }

    /**
     * What became of it.
     *
     * <p>Immutable.
     *
     * @param value null if there is no such figure
     */
    public record Outcome(String text, @Nullable Double value, boolean passed) {

        /** A line for people. */
        public String line() {
            return String.format(
                    Locale.ROOT,
                    "%s  %-52s %s",
                    passed ? "pass" : "FAIL",
                    text,
                    value == null ? "(was not measured)" : "is " + Figures.show(text.split(" ", 2)[0], value));
        }
    }

    Outcome check(Figures figures) {
        Double value = figures.get(figure);
        if (value == null || value.isNaN()) {
            return new Outcome(text, null, false);
        }
        boolean passed =
                switch (comparison) {
                    case "<=" -> value <= limit;
                    case ">=" -> value >= limit;
                    case "<" -> value < limit;
                    case ">" -> value > limit;
                    default -> value == limit;
                };
        return new Outcome(text, value, passed);
    }
}
