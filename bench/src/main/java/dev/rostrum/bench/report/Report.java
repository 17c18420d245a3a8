package dev.rostrum.bench.report;

import dev.rostrum.bench.scenario.Assertion;
import dev.rostrum.bench.scenario.Figures;
import dev.rostrum.bench.scenario.ResultFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Results of runs as one HTML page that links to nothing: what was asserted, how late packets were, what happened over
 * time, machine, command, and the results themselves.
 *
 * <p>Stateless.
 */
public final class Report {

    private static final List<String> PERCENTILES = List.of("p50", "p99", "p999", "max");
    private static final Pattern SEARCHED = Pattern.compile("(.+)-([0-9]+)\\.(.+)");

    private static final String STYLE = """
        :root{color-scheme:light dark;--ink:#16202c;--paper:#fff;--soft:#5b6878;--rule:#dbe1e8;--card:#f6f8fa;
        --c0:#2563eb;--c1:#d97706;--c2:#059669;--c3:#9333ea;--good:#047857;--bad:#b91c1c}
        @media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--paper:#10161d;--soft:#9aa7b5;--rule:#2b3642;--card:#171f28;
        --c0:#60a5fa;--c1:#fbbf24;--c2:#34d399;--c3:#c084fc;--good:#34d399;--bad:#f87171}}
        *{box-sizing:border-box}
        body{margin:0 auto;padding:16px;max-width:1240px;background:var(--paper);color:var(--ink);
        font:15px/1.45 system-ui,sans-serif}
        h1{font-size:24px;margin:8px 0}h2{font-size:19px;margin:28px 0 4px}h3{font-size:15px;margin:18px 0 6px}
        p,dl{margin:4px 0;color:var(--soft)}dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:2px 14px}dd{margin:0;overflow-wrap:anywhere}
        dt{color:var(--ink)}
        code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
        pre{overflow:auto;max-height:420px;background:var(--card);padding:10px}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;margin:8px 0}
        th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--rule);vertical-align:top}
        td{overflow-wrap:anywhere}
        .number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        .pass{color:var(--good);font-weight:600}.fail{color:var(--bad);font-weight:600}
        .plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(340px,100%),1fr));gap:12px;margin:10px 0}
        .plot{width:100%;height:auto;background:var(--card);border-radius:6px;padding:4px}
        .plot text{fill:var(--ink);font-size:11px}.plot .title{font-size:12.5px;font-weight:600}
        .plot .tick{fill:var(--soft)}.grid{stroke:var(--rule)}
        .line{fill:none;stroke-width:1.6;stroke-linejoin:round}
        .line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}.line.c3{stroke:var(--c3)}
        .fill.c0{fill:var(--c0)}.fill.c1{fill:var(--c1)}.fill.c2{fill:var(--c2)}.fill.c3{fill:var(--c3)}
        summary{cursor:pointer;color:var(--soft)}
        """;

    private Report() {}

    /** The page. */
    public static String html(List<ResultFile> results) {
        StringBuilder html = new StringBuilder();
        html.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
                .append("<title>Rostrum bench</title><style>")
                .append(STYLE)
                .append("</style></head><body><h1>Rostrum bench</h1>");
        overview(html, results);
        html.append(SideBySide.of(results));
        results.forEach(result -> section(html, result));
        return html.append("</body></html>\n").toString();
    }

    private static void overview(StringBuilder html, List<ResultFile> results) {
        long asserted =
                results.stream().mapToLong(result -> result.asserts().size()).sum();
        long held = results.stream()
                .flatMap(result -> result.asserts().stream())
                .filter(Assertion.Outcome::passed)
                .count();
        html.append("<p>")
                .append(results.size())
                .append(results.size() == 1 ? " run; " : " runs; ")
                .append(held)
                .append(" of ")
                .append(asserted)
                .append(" assertions hold.</p>");
    }

    private static void section(StringBuilder html, ResultFile result) {
        html.append("<section><h2>")
                .append(Html.text(result.scenario()))
                .append(" <small>")
                .append(Html.text(SideBySide.server(result)))
                .append(", ")
                .append(Html.text(result.at().replaceFirst("\\..*", "Z").replace('T', ' ')))
                .append("</small></h2><dl>");
        term(html, "command", "<code>" + Html.text(result.command()) + "</code>");
        term(
                html,
                "variables",
                Html.text(new TreeMap<>(result.variables()).toString().replaceAll("[{}]", "")));
        term(html, "server", Html.text(result.target()));
        term(
                html,
                "machine",
                Html.text(result.machine().processor() + ", " + result.machine().cores() + " cores, "
                        + Unit.BYTES.text((double) result.machine().memoryBytes()) + ", "
                        + result.machine().system() + ", "
                        + result.machine().java() + "; load average before the run "
                        + Unit.CORES.text(result.machine().loadAverage())));
        term(html, "cores", Html.text(result.cores()));
        html.append("</dl>");
        asserts(html, result);
        latencies(html, result);
        overTime(html, result);
        searched(html, result);
        details(html, result);
        html.append("</section>");
    }

    private static void term(StringBuilder html, String term, String description) {
        html.append("<dt>").append(term).append("</dt><dd>").append(description).append("</dd>");
    }

    private static void asserts(StringBuilder html, ResultFile result) {
        html.append("<h3>What was asserted</h3><table><tbody>");
        for (Assertion.Outcome outcome : result.asserts()) {
            Double value = outcome.value();
            html.append("<tr><td class=\"")
                    .append(outcome.passed() ? "pass\">holds" : "fail\">does not hold")
                    .append("</td><td>")
                    .append(Html.text(outcome.text()))
                    .append("</td><td class=\"number\">")
                    .append(
                            value == null
                                    ? "was not measured"
                                    : Html.text(Figures.show(outcome.text().split(" ", 2)[0], value)))
                    .append("</td></tr>");
        }
        html.append("</tbody></table>");
    }

    /** Percentiles by window: all that have them, of everybody together and of each group. */
    private static void latencies(StringBuilder html, ResultFile result) {
        TreeSet<String> windows = new TreeSet<>();
        for (String figure : result.figures().keySet()) {
            if (figure.endsWith(".latency-p50")) {
                windows.add(figure.substring(0, figure.length() - ".latency-p50".length()));
            }
        }
        // Of a window in which only one group heard something, everybody's figures say all.
        windows.removeIf(window -> window.contains(".")
                && windows.stream()
                                .filter(other -> other.startsWith(window.substring(0, window.indexOf('.') + 1)))
                                .count()
                        == 1);
        if (windows.isEmpty()) {
            return;
        }
        html.append("<h3>Latency, from the moment at which a packet was due</h3><div class=\"scroll\"><table>")
                .append("<thead><tr><th>window</th>");
        PERCENTILES.forEach(name ->
                html.append("<th class=\"number\">").append(percentile(name)).append("</th>"));
        html.append("</tr></thead><tbody>");
        List<Plot.Line> lines = new ArrayList<>();
        for (String window : windows) {
            html.append("<tr><td>").append(Html.text(window)).append("</td>");
            double[] y = new double[PERCENTILES.size()];
            for (int i = 0; i < y.length; i++) {
                y[i] = result.figures().getOrDefault(window + ".latency-" + PERCENTILES.get(i), 0.0);
                html.append("<td class=\"number\">")
                        .append(Unit.SECONDS.text(y[i]))
                        .append("</td>");
            }
            html.append("</tr>");
            if (!window.contains(".")) {
                lines.add(new Plot.Line(window, new double[] {0, 1, 2, 3}, y));
            }
        }
        html.append("</tbody></table></div>");
        if (!lines.isEmpty()) {
            while (lines.size() > 3) {
                lines.remove(lines.size() == 4 ? 1 : lines.size() - 2); // the first and the last ones say most
            }
            html.append("<div class=\"plots\">")
                    .append(Plot.logarithmic(
                            "Latency",
                            Unit.SECONDS,
                            PERCENTILES.stream().map(Report::percentile).toList(),
                            lines))
                    .append("</div>");
        }
    }

    private static String percentile(String name) {
        return switch (name) {
            case "p999" -> "p99.9";
            case "max" -> "maximum";
            default -> name;
        };
    }

    private static void overTime(StringBuilder html, ResultFile result) {
        StringBuilder plots = new StringBuilder();
        plot(plots, result, "Clients", Unit.COUNT, "connected", "hearing", "queued");
        plot(plots, result, "Packets heard per second", Unit.COUNT, "packets-per-second");
        plot(plots, result, "Packets lost per second", Unit.COUNT, "lost");
        plot(plots, result, "Latency of each second", Unit.SECONDS, "latency-p50", "latency-p99");
        plot(plots, result, "Cores in use", Unit.CORES, "server-cores", "generator-cores");
        plot(plots, result, "Server: resident memory", Unit.BYTES, "server-rss");
        plot(plots, result, "Server: after full collections", Unit.BYTES, "live-heap", "rss-outside-heap");
        plot(plots, result, "Server: threads", Unit.COUNT, "server-threads");
        plot(plots, result, "Server: file descriptors", Unit.COUNT, "server-descriptors");
        if (!plots.isEmpty()) {
            html.append("<h3>Over time</h3><div class=\"plots\">").append(plots).append("</div>");
        }
    }

    /** A plot of those of these series that are not zero all the time. */
    private static void plot(StringBuilder html, ResultFile result, String title, Unit unit, String... names) {
        List<Plot.Line> lines = new ArrayList<>();
        for (String name : names) {
            List<Map<String, Double>> rows = result.series().stream()
                    .filter(row -> row.containsKey(name) && row.containsKey("at"))
                    .toList();
            double[] x = rows.stream()
                    .mapToDouble(row -> row.getOrDefault("at", 0.0))
                    .toArray();
            double[] y = rows.stream()
                    .mapToDouble(row -> row.getOrDefault(name, 0.0))
                    .toArray();
            if (y.length > 1 && (java.util.Arrays.stream(y).anyMatch(v -> v != 0) || name.equals("lost"))) {
                lines.add(new Plot.Line(name.replaceFirst("^latency-|-cores$", ""), x, y));
            }
        }
        if (!lines.isEmpty()) {
            html.append(Plot.of(title, unit, "seconds", lines));
        }
    }

    /** What a search measured at each number of listeners. */
    private static void searched(StringBuilder html, ResultFile result) {
        Map<String, TreeMap<Integer, Map<String, Double>>> searches = new TreeMap<>();
        result.figures().forEach((figure, value) -> {
            Matcher matcher = SEARCHED.matcher(figure);
            if (matcher.matches() && result.figures().containsKey(matcher.group(1) + ".most")) {
                searches.computeIfAbsent(matcher.group(1), _ -> new TreeMap<>())
                        .computeIfAbsent(Integer.valueOf(matcher.group(2)), _ -> new TreeMap<>())
                        .put(matcher.group(3), value);
            }
        });
        searches.forEach((name, steps) -> {
            html.append("<h3>By number of listeners: ").append(Html.text(name)).append("</h3><div class=\"plots\">");
            for (String figure : List.of("packets-per-second", "cpu-per-packet", "latency-p99", "loss", "cpu", "rss")) {
                double[] x = steps.keySet().stream()
                        .mapToDouble(Integer::doubleValue)
                        .toArray();
                double[] y = steps.values().stream()
                        .mapToDouble(step -> step.getOrDefault(figure, 0.0))
                        .toArray();
                if (x.length > 1) {
                    html.append(Plot.of(
                            figure.replace('-', ' '),
                            Unit.of(figure),
                            "listeners",
                            List.of(new Plot.Line(figure, x, y))));
                }
            }
            html.append("</div>");
        });
    }

    private static void details(StringBuilder html, ResultFile result) {
        html.append("<details><summary>all figures</summary><div class=\"scroll\"><table><tbody>");
        new TreeMap<>(result.figures()).forEach((figure, value) -> html.append("<tr><td>")
                .append(Html.text(figure))
                .append("</td><td class=\"number\">")
                .append(Html.text(Figures.show(figure, value)))
                .append("</td></tr>"));
        html.append("</tbody></table></div></details><details><summary>raw JSON</summary><pre>")
                .append(Html.text(result.json()))
                .append("</pre></details>");
    }
}
