package dev.rostrum.bench.report;

import dev.rostrum.bench.scenario.Figures;
import dev.rostrum.bench.scenario.ResultFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Servers under the same scenario beside each other: medians over their rounds, as a table and as bars.
 *
 * <p>Stateless.
 */
public final class SideBySide {

    /** The figures that are compared, and what they are called. */
    public static final Map<String, String> ROWS = rows();

    private SideBySide() {}

    private static Map<String, String> rows() {
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("fanout.cpu-per-packet", "CPU per forwarded packet, 1 to all");
        rows.put("at-once.cpu-per-join", "CPU per join, all of them at once");
        rows.put("at-once.time", "time until all of them were in");
        rows.put("more.rss-per-listener", "RSS per listener");
        rows.put("more.bytes-per-listener", "live heap + RSS outside it, per listener");
        rows.put("fanout.latency-p50", "latency, p50");
        rows.put("fanout.latency-p99", "latency, p99");
        rows.put("fanout.loss", "loss");
        rows.put("fanout.generator-drops", "dropped by the generator's own sockets");
        rows.put("fanout.cpu", "cores that the server used");
        return rows;
    }

    /** The median of a figure, or NaN if there is none. A server without a Java heap has no live heap. */
    public static double median(List<Map<String, Double>> rounds, String figure) {
        double[] values = rounds.stream()
                .filter(round -> round.containsKey(figure))
                .mapToDouble(round -> round.getOrDefault(figure, Double.NaN))
                .sorted()
                .toArray();
        return values.length == 0 || (figure.endsWith("bytes-per-listener") && values[0] == 0)
                ? Double.NaN
                : values[values.length / 2];
    }

    /** The first word of what a target says of itself. */
    static String server(ResultFile result) {
        return result.target().split("[ ,]", 2)[0];
    }

    /** A section for each scenario under which several servers were put; empty if there is none. */
    static String of(List<ResultFile> results) {
        Map<String, Map<String, List<Map<String, Double>>>> scenarios = new TreeMap<>();
        for (ResultFile result : results) {
            scenarios
                    .computeIfAbsent(
                            result.scenario() + ' ' + new TreeMap<>(result.variables()), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(server(result), _ -> new ArrayList<>())
                    .add(result.figures());
        }
        StringBuilder html = new StringBuilder();
        scenarios.forEach((scenario, found) -> {
            Map<String, List<Map<String, Double>>> servers = new LinkedHashMap<>();
            if (found.containsKey("Rostrum")) {
                servers.put("Rostrum", found.getOrDefault("Rostrum", List.of()));
            }
            found.forEach(servers::putIfAbsent);
            if (servers.size() > 1) {
                section(html, scenario, servers);
            }
        });
        return html.toString();
    }

    private static void section(StringBuilder html, String scenario, Map<String, List<Map<String, Double>>> servers) {
        html.append("<section><h2>Side by side: ").append(Html.text(scenario)).append("</h2><p>Medians over ");
        html.append(servers.values().stream()
                .map(rounds -> Integer.toString(rounds.size()))
                .reduce((a, b) -> a + " and " + b)
                .orElse("0"));
        html.append(" rounds, by turns on the same cores. Shorter bars are better.</p><div class=\"scroll\"><table>");
        html.append("<thead><tr><th></th>");
        servers.keySet().forEach(name -> html.append("<th class=\"number\">")
                .append(Html.text(name))
                .append("</th>"));
        html.append("</tr></thead><tbody>");
        ROWS.forEach((figure, label) -> {
            html.append("<tr><td>").append(Html.text(label)).append("</td>");
            servers.values().forEach(rounds -> {
                double value = median(rounds, figure);
                html.append("<td class=\"number\">")
                        .append(Double.isNaN(value) ? "–" : Html.text(Figures.show(figure, value)))
                        .append("</td>");
            });
            html.append("</tr>");
        });
        html.append("</tbody></table></div><div class=\"plots\">");
        ROWS.forEach((figure, label) -> bars(html, figure, label, servers));
        html.append("</div></section>");
    }

    private static void bars(
            StringBuilder html, String figure, String label, Map<String, List<Map<String, Double>>> servers) {
        Map<String, Double> values = new LinkedHashMap<>();
        servers.forEach((name, rounds) -> values.put(name, median(rounds, figure)));
        double most = values.values().stream()
                .mapToDouble(Double::doubleValue)
                .filter(v -> v > 0)
                .max()
                .orElse(0);
        if (most == 0 || values.values().stream().filter(v -> !v.isNaN()).count() < 2) {
            return;
        }
        int height = 28 + 30 * values.size();
        html.append(String.format(
                Locale.ROOT,
                "<svg class=\"plot\" viewBox=\"0 0 380 %d\" role=\"img\" aria-label=\"%s\">"
                        + "<text class=\"title\" x=\"4\" y=\"14\">%s</text>",
                height,
                Html.text(label),
                Html.text(label)));
        int number = 0;
        for (Map.Entry<String, Double> bar : values.entrySet()) {
            double width = bar.getValue().isNaN() ? 0 : 210 * bar.getValue() / most;
            int y = 26 + 30 * number;
            html.append(String.format(
                    Locale.ROOT,
                    "<text class=\"tick\" x=\"4\" y=\"%d\">%s</text><rect class=\"fill c%d\" x=\"70\" y=\"%d\""
                            + " width=\"%.1f\" height=\"20\"/><text class=\"tick\" x=\"%.1f\" y=\"%d\">%s</text>",
                    y + 14,
                    Html.text(bar.getKey()),
                    number % 4,
                    y,
                    width,
                    76 + width,
                    y + 14,
                    bar.getValue().isNaN() ? "–" : Html.text(Figures.show(figure, bar.getValue()))));
            number++;
        }
        html.append("</svg>");
    }
}
