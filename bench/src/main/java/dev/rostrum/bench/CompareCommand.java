package dev.rostrum.bench;

import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.report.SideBySide;
import dev.rostrum.bench.scenario.Assertion;
import dev.rostrum.bench.scenario.Figures;
import dev.rostrum.bench.scenario.ResultFile;
import dev.rostrum.bench.scenario.Scenario;
import dev.rostrum.bench.scenario.ScenarioException;
import dev.rostrum.bench.scenario.ScenarioReader;
import dev.rostrum.bench.scenario.ScenarioRun;
import dev.rostrum.bench.server.Cores;
import dev.rostrum.bench.server.JanusTarget;
import dev.rostrum.bench.server.Machine;
import dev.rostrum.bench.server.RostrumTarget;
import dev.rostrum.bench.server.Target;
import dev.rostrum.bench.server.YieldingThreads;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code rostrum bench compare}: this server and another, by turns, under the same clients in the same run.
 *
 * <p>Used by one thread, once.
 */
@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Compares this server with another on this machine: the same simulated clients, the same scenario, by"
                    + " turns, each time on a freshly started server on cores of its own.",
            "Told are medians over the rounds: processor time of the whole server process per packet that arrived at a"
                    + " listener, and per join; resident memory per listener, as a slope."
        },
        footer = {
            "",
            "Janus must be installed: apt-get install --no-install-recommends janus",
            "It is started with a configuration of its own: the videoroom, its WebSocket API, ICE-lite, and"
                + " event_loops instead of a thread per handle. Nothing that runs is touched. Janus gathers no"
                + " loopback addresses, so both servers are bound to an interface's address. Debian's libsrtp is built"
                + " on NSS, which is slower than OpenSSL and understates Janus: say so beside the figures."
        })
final class CompareCommand implements Callable<Integer> {

    @Option(names = "--with", paramLabel = "janus", description = "the other server", required = true)
    private String other = "";

    @Option(names = "--rounds", paramLabel = "N", description = "how often each has its turn (default: 3)")
    private int rounds = 3;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "variables of the scenario: few (200) join at once, more (800) join then, warm-up (600), time"
                    + " (15s)")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--out", paramLabel = "DIR", description = "writes the results of all turns there, as JSON")
    private @Nullable Path out;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter console = spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
        String missing =
                other.equals("janus") ? JanusTarget.missing() : "there is no adapter for " + other + ", only for janus";
        if (missing != null) {
            console.println("rostrum bench: " + missing);
            return 2;
        }
        try {
            return compare(console, ScenarioReader.read("compare", settings));
        } catch (ScenarioException | IOException e) {
            console.println("rostrum bench: " + e.getMessage());
            return 2;
        }
    }

    private int compare(PrintWriter console, Scenario scenario)
            throws ScenarioException, IOException, InterruptedException {
        Cores cores = Cores.split();
        Machine machine = Machine.present();
        cores.pinGenerator();
        console.printf(
                "%s, %d cores, load average %.2f; %s%n",
                machine.processor(), machine.cores(), machine.loadAverage(), cores.description());
        Map<String, List<Map<String, Double>>> figures = new LinkedHashMap<>();
        boolean clean = true;
        for (int round = 1; round <= rounds; round++) {
            for (String name : List.of("rostrum", "janus")) {
                console.println("round " + round + " of " + rounds + ": " + name);
                RunCommand.Progress progress = new RunCommand.Progress(console);
                try (Target target = start(name, cores);
                        YieldingThreads _ = YieldingThreads.start();
                        LoadClients clients =
                                new LoadClients(MediaSettings.defaults().withIce4jShare(scenario.ice4j()), round)) {
                    if (round == 1) {
                        console.println("  " + target.description());
                    }
                    ScenarioRun.Result result = ScenarioRun.run(scenario, target, clients, progress::say, progress);
                    progress.end();
                    for (Assertion.Outcome outcome : result.outcomes()) {
                        if (!outcome.passed()) {
                            clean = false;
                            console.println("  " + outcome.line());
                        }
                    }
                    figures.computeIfAbsent(name, _ -> new ArrayList<>()).add(result.figures());
                    if (out != null) {
                        ResultFile.of(
                                        result,
                                        "./rostrum bench compare --with " + other,
                                        machine,
                                        cores.description(),
                                        target.description())
                                .write(out.resolve(name));
                    }
                }
            }
        }
        print(console, scenario, figures);
        return clean ? 0 : 1;
    }

    private static Target start(String name, Cores cores) throws IOException, InterruptedException {
        String host = String.valueOf(JanusTarget.interfaceAddress());
        return name.equals("janus")
                ? JanusTarget.start(host, cores, cores.serverCount())
                : RostrumTarget.start(host, cores, List.of(), List.of(), false);
    }

    private static void print(PrintWriter console, Scenario scenario, Map<String, List<Map<String, Double>>> figures) {
        console.println();
        console.println("Medians of " + figures.values().iterator().next().size() + " rounds; " + scenario.variables());
        console.println();
        console.printf("| %-42s | %14s | %14s |%n", "", "Rostrum", "Janus");
        console.println("|---|---|---|");
        SideBySide.ROWS.forEach((figure, label) -> console.printf(
                "| %-42s | %14s | %14s |%n",
                label, median(figures.get("rostrum"), figure), median(figures.get("janus"), figure)));
    }

    private static String median(@Nullable List<Map<String, Double>> rounds, String figure) {
        double value = rounds == null ? Double.NaN : SideBySide.median(rounds, figure);
        return Double.isNaN(value) ? "" : Figures.show(figure, value);
    }
}
