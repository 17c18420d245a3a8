package dev.rostrum.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A chart of lines as an SVG element: small enough to be read on a telephone, and several beside each other on a screen.
 *
 * <p>Stateless.
 */
final class Plot {

    private static final int WIDTH = 380;
    private static final int HEIGHT = 220;
    private static final int LEFT = 58;
    private static final int RIGHT = 12;
    private static final int TOP = 34;
    private static final int BOTTOM = 34;
    private static final int MAX_POINTS = 400;

    private Plot() {}

    /**
     * One line.
     *
     * <p>Immutable by convention.
     *
     * @param x in ascending order
     */
    record Line(String name, double[] x, double[] y) {}

    /** A chart with a linear scale that begins at 0, over the numbers of the x axis. */
    static String of(String title, Unit unit, String xTitle, List<Line> lines) {
        return draw(title, unit, xTitle, lines, List.of(), false);
    }

    /** A chart over named places, from 0 on, with a logarithmic scale. */
    static String logarithmic(String title, Unit unit, List<String> places, List<Line> lines) {
        return draw(title, unit, "", lines, places, true);
    }

    private static String draw(
            String title, Unit unit, String xTitle, List<Line> lines, List<String> places, boolean log) {
        double firstX = Double.MAX_VALUE;
        double lastX = -Double.MAX_VALUE;
        double least = Double.MAX_VALUE;
        double most = 0;
        for (Line line : lines) {
            for (int i = 0; i < line.x.length; i++) {
                firstX = Math.min(firstX, line.x[i]);
                lastX = Math.max(lastX, line.x[i]);
                most = Math.max(most, line.y[i]);
                least = line.y[i] > 0 ? Math.min(least, line.y[i]) : least;
            }
        }
        firstX = Math.min(0, firstX);
        if (lastX <= firstX) {
            lastX = firstX + 1;
        }
        List<Double> ticks = log ? decades(least, most) : steps(most);
        double bottom = ticks.getFirst();
        double top = ticks.getLast();
        StringBuilder svg = new StringBuilder();
        svg.append(format(
                "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                WIDTH, HEIGHT, Html.text(title)));
        svg.append(format("<text class=\"title\" x=\"%d\" y=\"14\">%s</text>", 4, Html.text(title)));
        for (double tick : ticks) {
            double y = y(tick, bottom, top, log);
            svg.append(format(
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, y, y));
            svg.append(format(
                    "<text class=\"tick\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT - 6, y + 4, Html.text(unit.text(tick))));
        }
        if (places.isEmpty()) {
            for (double tick : steps(lastX)) {
                if (tick >= firstX && tick <= lastX) {
                    xTick(svg, x(tick, firstX, lastX), Unit.COUNT.text(tick));
                }
            }
        } else {
            for (int i = 0; i < places.size(); i++) {
                xTick(svg, x(i, firstX, lastX), places.get(i));
            }
        }
        svg.append(format(
                "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                WIDTH - RIGHT, HEIGHT - 4, Html.text(xTitle)));
        int number = 0;
        int legendX = LEFT;
        for (Line line : lines) {
            svg.append(format("<path class=\"line c%d\" d=\"", number % 4));
            List<double[]> points = thinned(line);
            for (int i = 0; i < points.size(); i++) {
                double[] point = points.get(i);
                svg.append(format(
                        "%s%.1f %.1f",
                        i == 0 ? "M" : "L",
                        x(point[0], firstX, lastX),
                        y(log ? Math.max(point[1], bottom) : point[1], bottom, top, log)));
            }
            svg.append("\"/>");
            if (lines.size() > 1) {
                svg.append(format(
                        "<rect class=\"fill c%d\" x=\"%d\" y=\"21\" width=\"9\" height=\"9\"/>"
                                + "<text class=\"tick\" x=\"%d\" y=\"29\">%s</text>",
                        number % 4, legendX, legendX + 13, Html.text(line.name)));
                legendX += 22 + line.name.length() * 6;
            }
            number++;
        }
        return svg.append("</svg>").toString();
    }

    private static void xTick(StringBuilder svg, double x, String text) {
        String anchor = x < LEFT + 12 ? "start" : x > WIDTH - RIGHT - 20 ? "end" : "middle";
        svg.append(format(
                "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>",
                x, HEIGHT - BOTTOM + 15, anchor, Html.text(text)));
    }

    private static double x(double value, double first, double last) {
        return LEFT + (value - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double value, double bottom, double top, boolean log) {
        double part = log
                ? (Math.log10(value) - Math.log10(bottom)) / (Math.log10(top) - Math.log10(bottom))
                : (value - bottom) / (top - bottom);
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM);
    }

    /** Not more points than can be told apart; of each bunch the highest stays, so that no peak is lost. */
    private static List<double[]> thinned(Line line) {
        List<double[]> points = new ArrayList<>();
        int bunch = Math.max(1, (line.x.length + MAX_POINTS - 1) / MAX_POINTS);
        for (int i = 0; i < line.x.length; i += bunch) {
            int highest = i;
            for (int j = i; j < Math.min(i + bunch, line.x.length); j++) {
                highest = line.y[j] > line.y[highest] ? j : highest;
            }
            points.add(new double[] {line.x[highest], line.y[highest]});
        }
        return points;
    }

    /** Round numbers from 0 to the first that is not less. */
    static List<Double> steps(double most) {
        if (!(most > 0)) {
            return List.of(0.0, 1.0);
        }
        double power = Math.pow(10, Math.floor(Math.log10(most / 4)));
        double part = most / 4 / power;
        double step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 2.5 ? 2.5 : part <= 5 ? 5 : 10);
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; i == 0 || ticks.getLast() < most * (1 - 1e-9); i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    private static List<Double> decades(double least, double most) {
        if (!(most > 0)) {
            return List.of(1e-6, 1e-5);
        }
        double first = Math.floor(Math.log10(Math.min(least, most)));
        double last = Math.max(first + 1, Math.ceil(Math.log10(most)));
        List<Double> ticks = new ArrayList<>();
        for (double power = first; power <= last; power++) {
            ticks.add(Math.pow(10, power));
        }
        return ticks;
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a library for one private method
    private static String format(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }
}
