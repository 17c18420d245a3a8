package dev.rostrum.bench.fanout;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Lets both sides of a contest work in short windows, one after the other, so that whatever else the machine does hits
 * both alike, and says what a packet cost each.
 *
 * <p>Owned by one thread.
 */
public final class ByTurns {

    private final Contest contest;
    private final List<Contest.Window> product = new ArrayList<>();
    private final List<Contest.Window> yardstick = new ArrayList<>();
    private boolean productFirst;

    public ByTurns(Contest contest) {
        this.contest = contest;
    }

    /** So many windows for each. They count unless they are for warming up only. */
    public void run(int windows, boolean counted) throws IOException, InterruptedException {
        for (int window = 0; window < windows; window++) {
            // By turns first and second, so that neither always comes into the other's caches.
            productFirst = !productFirst;
            Contest.Window first = productFirst ? contest.product() : contest.yardstick();
            Contest.Window second = productFirst ? contest.yardstick() : contest.product();
            if (counted) {
                product.add(productFirst ? first : second);
                yardstick.add(productFirst ? second : first);
            }
        }
    }

    /** How many times the yardstick's processor time per packet the product takes: the medians of all windows. */
    public double ratio() {
        return quantile(product, 0.5, ByTurns::nsPerPacket) / quantile(yardstick, 0.5, ByTurns::nsPerPacket);
    }

    /** The same of the lower quartiles, which other work on the machine disturbs less. */
    public double ratioOfLowerQuartiles() {
        return quantile(product, 0.25, ByTurns::nsPerPacket) / quantile(yardstick, 0.25, ByTurns::nsPerPacket);
    }

    /** Bytes that the product allocates per packet: the median of all windows, as compilers allocate too. */
    public double allocatedBytesPerPacket() {
        return quantile(product, 0.5, window -> (double) window.allocatedBytes() / window.packets());
    }

    /** Processor time of the product per packet, the median. */
    public double productNs() {
        return quantile(product, 0.5, ByTurns::nsPerPacket);
    }

    /** Processor time of the yardstick per packet, the median. */
    public double yardstickNs() {
        return quantile(yardstick, 0.5, ByTurns::nsPerPacket);
    }

    /** All of it, for people. */
    public String report() {
        return "%s, %d windows each, by turns%n".formatted(contest.description(), product.size())
                + line("Rostrum  ", product)
                + line("yardstick", yardstick)
                + String.format(
                        Locale.ROOT,
                        "Rostrum / yardstick: %.3f of the medians, %.3f of the lower quartiles; %.4f bytes allocated"
                                + " per forwarded packet%n",
                        ratio(),
                        ratioOfLowerQuartiles(),
                        allocatedBytesPerPacket());
    }

    private static double nsPerPacket(Contest.Window window) {
        return (double) window.cpuNs() / window.packets();
    }

    private static double quantile(List<Contest.Window> windows, double part, ToDoubleFunction<Contest.Window> what) {
        double[] sorted = windows.stream().mapToDouble(what).sorted().toArray();
        return sorted[(int) (sorted.length * part)];
    }

    private static String line(String name, List<Contest.Window> windows) {
        return String.format(
                Locale.ROOT,
                "%s: median %.0f, lower quartile %.0f, least %.0f ns of processor time per forwarded packet%n",
                name,
                quantile(windows, 0.5, ByTurns::nsPerPacket),
                quantile(windows, 0.25, ByTurns::nsPerPacket),
                quantile(windows, 0, ByTurns::nsPerPacket));
    }
}
