package dev.rostrum.bench;

import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.plan.CapacityPlan;
import dev.rostrum.bench.plan.Demand;
import dev.rostrum.bench.plan.Measured;
import dev.rostrum.bench.scenario.ResultFile;
import dev.rostrum.bench.scenario.Scenario;
import dev.rostrum.bench.scenario.ScenarioException;
import dev.rostrum.bench.scenario.ScenarioReader;
import dev.rostrum.bench.scenario.ScenarioRun;
import dev.rostrum.bench.server.Cores;
import dev.rostrum.bench.server.Machine;
import dev.rostrum.bench.server.RostrumTarget;
import dev.rostrum.bench.server.Target;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code rostrum bench plan}: how many machines a number of listeners needs.
 *
 * <p>Used by one thread, once.
 */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Says how many listeners a machine like this one carries, what bounds it, and how many machines and how"
                    + " much network a number of listeners needs.",
            "It counts on results of 'run' and 'compare' on this machine (--from, several times if you like); without"
                    + " any it measures for about a minute and a half."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:planned", "2:nothing to count on"})
final class PlanCommand implements Callable<Integer> {

    private static final Map<String, String> SHORT =
            Map.of("few", "200", "more", "300", "warm-up", "400", "time", "10s", "settle", "30s");

    @Option(names = "--listeners", paramLabel = "N", required = true, description = "who listen at the same time")
    private int listeners;

    @Option(names = "--speakers", paramLabel = "N", description = "on the stage (default: 13)")
    private int speakers = 13;

    @Option(names = "--talking", paramLabel = "X", description = "how many talk at once on average (default: 1.3)")
    private double talking = 1.3;

    @Option(names = "--slots", paramLabel = "N", description = "how many a listener hears at once (default: 3)")
    private int slots = 3;

    @Option(
            names = "--packet-time",
            paramLabel = "MS",
            description = "sound in a packet: 10, 20, 40, 60 (default: 20ms)")
    private String packetTime = "20ms";

    @Option(names = "--bitrate", paramLabel = "BITS", description = "of a speaker's sound (default: 32000)")
    private int bitrateBps = 32_000;

    @Option(
            names = "--network",
            paramLabel = "GBIT",
            description = "what a machine may send, in Gbit/s; without it the network is not taken for a bound")
    private double networkGbit;

    @Option(names = "--from", paramLabel = "RESULT", description = "JSON of a run on such a machine")
    private List<Path> from = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter console = spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
        String ms = packetTime.replaceFirst("\\s*ms$", "");
        if (!List.of("10", "20", "40", "60").contains(ms)
                || listeners < 1
                || speakers < 1
                || slots < 1
                || talking <= 0) {
            console.println("rostrum bench: packets hold 10, 20, 40 or 60 ms; all numbers are more than 0");
            return 2;
        }
        try {
            List<ResultFile> results = new ArrayList<>();
            for (Path file : from) {
                results.add(ResultFile.read(file));
            }
            if (results.isEmpty()) {
                results.add(measure(console));
            }
            Measured measured = Measured.of(results);
            Demand demand = new Demand(listeners, speakers, talking, slots, Integer.parseInt(ms), bitrateBps);
            print(console, CapacityPlan.of(demand, measured, networkGbit * 1e9), results);
            return 0;
        } catch (ScenarioException | IOException | IllegalArgumentException e) {
            console.println("rostrum bench: " + e.getMessage());
            return 2;
        }
    }

    private static ResultFile measure(PrintWriter console) throws ScenarioException, IOException, InterruptedException {
        Scenario scenario = ScenarioReader.read("compare", SHORT);
        Machine machine = Machine.present();
        Cores cores = Cores.split();
        cores.pinGenerator();
        console.println(
                "measuring this machine for about a minute and a half; 'run fanout', 'run memory' and 'run joins' with"
                        + " --out are better to count on");
        RunCommand.Progress progress = new RunCommand.Progress(console);
        try (Target target = RostrumTarget.start(cores, scenario.java(), scenario.server());
                LoadClients clients = new LoadClients(MediaSettings.defaults(), 1)) {
            ScenarioRun.Result result = ScenarioRun.run(scenario, target, clients, _ -> {}, progress);
            progress.end();
            return ResultFile.of(result, "./rostrum bench plan", machine, cores.description(), target.description());
        }
    }

    private void print(PrintWriter console, CapacityPlan plan, List<ResultFile> results) {
        Measured measured = plan.measured();
        Demand demand = plan.demand();
        say(console, "");
        say(
                console,
                "Measured on this kind of machine (%s, %d cores, %.0f GB):",
                results.getFirst().machine().processor(),
                measured.cores(),
                measured.memoryBytes() / 1e9);
        say(
                console,
                "  %.2f us of processor time per forwarded packet, at %,.0f packets/s",
                measured.cpuPerPacketS() * 1e6,
                measured.packetsPerSecond());
        say(
                console,
                Double.isNaN(measured.bytesPerListener())
                        ? "  memory per listener: not in these results, so memory is not taken for a bound"
                        : "  %.1f KB of memory per listener",
                measured.bytesPerListener() / 1e3);
        say(
                console,
                Double.isNaN(measured.cpuPerJoinS())
                        ? "  what a join costs: not in these results"
                        : "  %.2f ms of processor time per join",
                measured.cpuPerJoinS() * 1e3);
        if (measured.loadAverage() > 1) {
            say(
                    console,
                    "  The machine was busy with other work (load average %.1f): these costs are too high, and so is"
                            + " the number of machines below. Measure again when it is not.",
                    measured.loadAverage());
        }
        if (from.isEmpty()) {
            results.getFirst().asserts().stream()
                    .filter(outcome -> !outcome.passed())
                    .forEach(outcome -> say(console, "  Don't count on it: %s", outcome.line()));
        }
        say(console, "");
        say(
                console,
                "A listener gets %.1f packets/s of %d ms and %.0f kbit/s (%d speakers, %.1f talk at once, %d slots).",
                demand.packetsPerListener(),
                demand.packetMs(),
                demand.bitsPerListener() / 1e3,
                demand.speakers(),
                demand.talking(),
                demand.slots());
        say(
                console,
                "One machine carries %,d listeners; its %s keeps it from more.",
                plan.perMachine(),
                switch (plan.bound()) {
                    case CPU -> "processor";
                    case NETWORK -> "network";
                    case MEMORY -> "memory";
                });
        say(
                console,
                "  by processor (%.0f %% of %d cores) %s; by network (%s) %s; by memory (%.0f %% of %.0f GB) %s",
                CapacityPlan.CPU_SHARE * 100,
                measured.cores(),
                count(plan.byCpu()),
                networkGbit > 0
                        ? String.format(
                                Locale.ROOT, "%.0f %% of %.1f Gbit/s", CapacityPlan.NETWORK_SHARE * 100, networkGbit)
                        : "not given: --network",
                count(plan.byNetwork()),
                CapacityPlan.MEMORY_SHARE * 100,
                measured.memoryBytes() / 1e9,
                count(plan.byMemory()));
        if (!Double.isNaN(measured.cpuPerJoinS())) {
            double joinsPerSecond = measured.cores() * (1 - CapacityPlan.CPU_SHARE) / measured.cpuPerJoinS();
            say(
                    console,
                    "  a crowd of that many is in after %.0f s at best (%.0f joins/s with the rest of the processor)",
                    plan.perMachine() / joinsPerSecond,
                    joinsPerSecond);
        }
        say(
                console,
                "%,d listeners need %,d such machine%s, %.1f cores' time and %.2f Gbit/s.",
                demand.listeners(),
                plan.machines(),
                plan.machines() == 1 ? "" : "s",
                plan.cores(),
                plan.networkBps() / 1e9);
        say(console, "");
        say(console, "What longer packets and fewer slots save:");
        say(console, "  %-12s %-7s %12s %12s %10s", "packet time", "slots", "per machine", "machines", "Gbit/s");
        for (int packetMs : new int[] {20, 40, 60}) {
            for (int count : new int[] {3, 1}) {
                CapacityPlan other =
                        CapacityPlan.of(demand.withPacketMs(packetMs).withSlots(count), measured, networkGbit * 1e9);
                say(
                        console,
                        "  %-12s %-7d %,12d %,12d %10.2f",
                        packetMs + " ms",
                        count,
                        other.perMachine(),
                        other.machines(),
                        other.networkBps() / 1e9);
            }
        }
        say(console, "  (rostrum serve --opus-ptime 40 --audio-slots 1 asks for it)");
        assumptions(console, plan);
    }

    private static void assumptions(PrintWriter console, CapacityPlan plan) {
        Measured measured = plan.measured();
        say(console, "");
        say(console, "What this counts on:");
        double factor = plan.extrapolation();
        if (factor > 1.2) {
            say(
                    console,
                    "- Extrapolated: a full machine forwards %.1f times as many packets as were measured. Cost per"
                            + " packet is taken for constant; caches and the network card may see that differently.",
                    factor);
        }
        int carried = (int) (measured.packetsPerSecond() / plan.demand().packetsPerListener());
        say(console, "- Seen, and not extrapolated: the packets of %,d such listeners.", carried);
        if (measured.mostListeners() > 0) {
            say(
                    console,
                    "- The most listeners of one steady speaker that were seen without loss: %,d.",
                    measured.mostListeners());
        }
        say(
                console,
                "- Measured over the loopback, where the sender also pays for the receiver's part of the kernel's"
                    + " work; a network card costs other things. Packets of 40 and 60 ms are longer, and cost a little"
                    + " more each.");
        if (plan.machines() > 1) {
            say(
                    console,
                    "- One space on several machines needs relays between them, which this version does not have yet:"
                            + " the number of machines is what the work amounts to. Relays' own packets (one of each"
                            + " speaker per machine) are not counted.");
        }
    }

    private static String count(int listeners) {
        return listeners == Integer.MAX_VALUE ? "unknown" : String.format(Locale.ROOT, "%,d", listeners);
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a library for one private method
    private static void say(PrintWriter console, String form, Object... values) {
        console.println(values.length == 0 ? form : String.format(Locale.ROOT, form, values));
    }
}
