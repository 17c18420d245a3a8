package dev.rostrum.bench.revision;

import dev.rostrum.bench.fanout.Contest;
import dev.rostrum.bench.fanout.FanOut;
import dev.rostrum.bench.gate.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Lets the fan-outs of two builds take turns, window by window: only one of them works at any moment, and whatever else
 * the machine does hits both alike.
 *
 * <p>Used by one thread.
 *
 * @param name of the other build, for people
 * @param nowClassPath of this build
 * @param beforeClassPath of the other one
 * @param directory for temporary files
 */
record Comparison(String name, String nowClassPath, String beforeClassPath, Path directory) {

    /** Measures one fan-out, in about half a minute. */
    Verdict measure(FanOut fanOut) throws IOException, InterruptedException {
        Bounds bounds = Bounds.of(fanOut);
        List<Pair> pairs = new ArrayList<>();
        for (int pair = 0; pair < bounds.pairs() && !bounds.decided(pairs); pair++) {
            pairs.add(takeTurns(fanOut, bounds, pair % 2 == 0));
        }
        return verdict(fanOut.title(), name, bounds, pairs);
    }

    private Pair takeTurns(FanOut fanOut, Bounds bounds, boolean nowFirst) throws IOException, InterruptedException {
        List<Contest.Window> now = new ArrayList<>();
        List<Contest.Window> before = new ArrayList<>();
        try (WindowProcess nowProcess = new WindowProcess("this build", nowClassPath, fanOut, directory);
                WindowProcess beforeProcess = new WindowProcess(name, beforeClassPath, fanOut, directory)) {
            nowProcess.awaitReady();
            beforeProcess.awaitReady();
            boolean first = nowFirst;
            for (int window = -bounds.warmUp(); window < bounds.windows(); window++) {
                // By turns first and second, so that neither always comes into the other's caches.
                first = !first;
                Contest.Window one = (first ? nowProcess : beforeProcess).product();
                Contest.Window two = (first ? beforeProcess : nowProcess).product();
                if (window >= 0) {
                    now.add(first ? one : two);
                    before.add(first ? two : one);
                }
            }
        }
        return new Pair(now, before);
    }

    /** The medians of the pairs, and whether they keep the bounds. */
    static Verdict verdict(String title, String name, Bounds bounds, List<Pair> pairs) {
        StringBuilder details = new StringBuilder();
        for (Pair pair : pairs) {
            details.append(String.format(
                    Locale.ROOT,
                    "this build %.0f ns of processor time per packet, %s %.0f: %.3f of neighbours; %.3f bytes,"
                            + " %s %.3f (medians of %d windows each, by turns)%n",
                    pair.nowNs(),
                    name,
                    pair.beforeNs(),
                    pair.ratio(),
                    pair.nowBytes(),
                    name,
                    pair.beforeBytes(),
                    pair.now().size()));
        }
        return new Verdict(
                title,
                List.of(
                        new Verdict.Figure(
                                "processor time per packet / that of " + name,
                                median(pairs, Pair::ratio),
                                bounds.mostRatio(),
                                3),
                        new Verdict.Figure(
                                "more bytes allocated per packet",
                                median(pairs, Pair::moreBytes),
                                bounds.mostBytes(),
                                3)),
                details.toString());
    }

    private static double median(List<Pair> pairs, ToDoubleFunction<Pair> what) {
        return Pair.median(pairs.stream().mapToDouble(what).toArray());
    }
}
