package dev.rostrum.bench;

import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.scenario.Assertion;
import dev.rostrum.bench.scenario.Figures;
import dev.rostrum.bench.scenario.ResultFile;
import dev.rostrum.bench.scenario.Scenario;
import dev.rostrum.bench.scenario.ScenarioException;
import dev.rostrum.bench.scenario.ScenarioReader;
import dev.rostrum.bench.scenario.ScenarioRun;
import dev.rostrum.bench.server.Cores;
import dev.rostrum.bench.server.Machine;
import dev.rostrum.bench.server.RostrumTarget;
import dev.rostrum.bench.server.Target;
import dev.rostrum.bench.server.WhipWhepTarget;
import dev.rostrum.bench.server.YieldingThreads;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code rostrum bench run}: one scenario against one server.
 *
 * <p>Used by one thread, once.
 */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Runs a scenario with simulated clients, and says which of its assertions hold.",
            "Without --target or --whip it starts a server of its own, on other cores than the clients' if there are"
                    + " two or more."
        },
        footer = {
            "",
            "Scenarios: fanout, capacity, stage, joins, memory, flash-crowd, flash-crowd-full, churn, promote,",
            "simulcast, soak;",
            "or a YAML file (bench/README.md has the schema)."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all assertions hold", "1:one does not", "2:the scenario could not be run"})
final class RunCommand implements Callable<Integer> {

    @Parameters(paramLabel = "SCENARIO", description = "a name, or a file")
    private String scenario = "";

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "gives a variable of the scenario another value, such as --set listeners=3000")
    private Map<String, String> settings = new LinkedHashMap<>();

    @Option(names = "--target", paramLabel = "URL", description = "a server that runs, such as http://127.0.0.1:8080")
    private @Nullable URI target;

    @Option(
            names = "--whip",
            paramLabel = "URL",
            description = "where speakers publish at any server with WHIP and WHEP, instead of --target")
    private @Nullable URI whip;

    @Option(names = "--whep", paramLabel = "URL", description = "where listeners play at that server")
    private @Nullable URI whep;

    @Option(names = "--token", paramLabel = "TOKEN", description = "bearer token for --whip and --whep")
    private @Nullable String token;

    @Option(names = "--api-key", paramLabel = "KEY", description = "that server's API key, if it has one")
    private @Nullable String apiKey;

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "that server's process, if it is on this machine: its processor time and memory are measured")
    private @Nullable Long pid;

    @Option(
            names = "--server-cores",
            paramLabel = "LIST",
            description = "cores of a server that is started, such as 0-3")
    private @Nullable String serverCores;

    @Option(names = "--generator-cores", paramLabel = "LIST", description = "cores of the simulated clients")
    private @Nullable String generatorCores;

    @Option(names = "--loops", paramLabel = "N", description = "threads that receive (default: 1)")
    private int loops = 1;

    @Option(
            names = "--check-every",
            paramLabel = "N",
            description = "one packet of so many is decrypted and timed (default: 16)")
    private int checkEvery = 16;

    @Option(
            names = "--ice4j-share",
            paramLabel = "SHARE",
            description = "the part of the listeners, 0 to 1, that do ICE with Jitsi's ice4j, at most 64 at a time"
                    + " (default: what the scenario says)")
    private @Nullable Double ice4jShare;

    @Option(names = "--seed", paramLabel = "N", description = "of all that is random in clients (default: 1)")
    private long seed = 1;

    @Option(
            names = "--out",
            paramLabel = "PATH",
            description = "writes the result there, as JSON: a file that ends with .json, or a directory")
    private @Nullable Path out;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        PrintWriter console = spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
        Scenario read;
        try {
            read = ScenarioReader.read(scenario, settings);
            read = ice4jShare == null ? read : read.withIce4j(ice4jShare);
        } catch (ScenarioException e) {
            console.println("rostrum bench: " + e.getMessage());
            return 2;
        }
        if (loops < 1 || checkEvery < 1) {
            console.println("rostrum bench: --loops and --check-every must be 1 or more");
            return 2;
        }
        Cores split = Cores.split();
        Cores cores = new Cores(
                serverCores == null ? split.server() : serverCores,
                generatorCores == null ? split.generator() : generatorCores);
        Machine machine = Machine.present();
        cores.pinGenerator();
        console.println(read.name() + ": " + read.about());
        console.printf(
                "%s, %d cores, load average %.2f; %s%n",
                machine.processor(), machine.cores(), machine.loadAverage(), cores.description());
        MediaSettings media = MediaSettings.defaults()
                .withLoops(loops)
                .withCheckEvery(checkEvery)
                .withIce4jShare(read.ice4j());
        Progress progress = new Progress(console);
        try (Target server = target(read, cores);
                YieldingThreads _ = YieldingThreads.start();
                LoadClients clients = new LoadClients(media, seed)) {
            console.println("target: " + server.description());
            ScenarioRun.Result result = ScenarioRun.run(read, server, clients, progress::say, progress);
            progress.end();
            print(console, result);
            if (out != null) {
                ResultFile file = ResultFile.of(result, command(), machine, cores.description(), server.description());
                console.println("written: " + file.write(out));
            }
            return result.passed() ? 0 : 1;
        } catch (ScenarioException | IOException e) {
            progress.end();
            console.println("rostrum bench: " + e.getMessage());
            return 2;
        }
    }

    private Target target(Scenario read, Cores cores) throws IOException, InterruptedException {
        URI publish = whip;
        URI play = whep;
        if (publish != null && play != null) {
            return new WhipWhepTarget(publish, play, token, pid);
        }
        if (publish != null || play != null) {
            throw new IOException("--whip and --whep belong together");
        }
        URI running = target;
        return running == null
                ? RostrumTarget.start("127.0.0.1", cores, read.java(), read.server(), read.cameras())
                : RostrumTarget.at(running, apiKey, pid, read.cameras());
    }

    private String command() {
        List<String> words = new ArrayList<>(List.of("./rostrum bench"));
        if (spec != null && spec.commandLine().getParseResult() != null) {
            words.addAll(spec.root().commandLine().getParseResult().originalArgs());
        }
        return String.join(" ", words);
    }

    private static void print(PrintWriter console, ScenarioRun.Result result) {
        result.figures().forEach((name, value) -> console.printf("  %-46s %s%n", name, Figures.show(name, value)));
        console.println();
        for (Assertion.Outcome outcome : result.outcomes()) {
            console.println(outcome.line());
        }
    }

    /** One line that is written again and again on a terminal; now and then a line of its own elsewhere. */
    static final class Progress implements Consumer<String> {

        private static final int SILENT_SECONDS = 5;

        private final PrintWriter console;
        private final boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        private int seconds;

        Progress(PrintWriter console) {
            this.console = console;
        }

        @Override
        public synchronized void accept(String line) {
            if (terminal) {
                console.print("\r\033[K" + line);
                console.flush();
            } else if (++seconds % SILENT_SECONDS == 0) {
                console.println(line);
            }
        }

        synchronized void say(String line) {
            end();
            console.println(line);
        }

        synchronized void end() {
            if (terminal) {
                console.print("\r\033[K");
                console.flush();
            }
        }
    }
}
