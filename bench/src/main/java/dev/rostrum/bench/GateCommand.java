package dev.rostrum.bench;

import dev.rostrum.bench.fanout.FanOut;
import dev.rostrum.bench.gate.Gate;
import dev.rostrum.bench.gate.Verdict;
import dev.rostrum.bench.revision.AgainstRevision;
import dev.rostrum.bench.server.Machine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code rostrum bench gate}: what every build measures, and the bounds that it must keep.
 *
 * <p>Used by one thread, once.
 */
@Command(
        name = "gate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures what forwarding and joining cost, as multiples of yardsticks of the same run, and fails if a"
                    + " bound is exceeded twice. Takes about a minute and a half. Linux only.",
            "With --against it holds the fan-outs against another revision instead, which it builds in a temporary"
                    + " directory; both take turns.",
            "",
            "Gates: audio-fan-out, video-fan-out, join (all by default; fan-outs only with --against)."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all bounds are kept, or there is no revision to compare with",
            "1:one is not",
            "2:something could not be measured"
        })
final class GateCommand implements Callable<Integer> {

    private static final int FAILED = 1;

    @Parameters(paramLabel = "GATE", arity = "0..*", description = "only these")
    private List<String> names = new ArrayList<>();

    @Option(names = "--here", hidden = true, description = "in this JVM, without a second attempt")
    private boolean here;

    @Option(
            names = "--against",
            paramLabel = "REVISION",
            description = "fails if forwarding costs more than at that revision of git, such as HEAD~1")
    private @Nullable String against;

    @Option(
            names = "--anyway",
            description = "with --against: also if nothing differs, to see how much two builds of the same differ")
    private boolean anyway;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter console = spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
        List<String> known = Arrays.stream(Gate.values()).map(Gate::title).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                console.println("rostrum bench: there is no gate " + name + "; there are " + String.join(", ", known));
                return 2;
            }
        }
        List<Gate> chosen = Arrays.stream(Gate.values())
                .filter(gate -> names.isEmpty() || names.contains(gate.title()))
                .toList();
        if (!here) {
            Machine machine = Machine.present();
            console.printf(
                    "%s, %d cores, load average %.2f%n", machine.processor(), machine.cores(), machine.loadAverage());
        }
        if (against != null) {
            return against(console, against);
        }
        int worst = 0;
        for (Gate gate : chosen) {
            try {
                worst = Math.max(worst, here ? measure(gate, console) : twice(gate, console));
            } catch (IOException | IllegalStateException e) {
                console.println("gate " + gate.title() + " could not be measured: " + e.getMessage());
                worst = 2;
            }
        }
        return worst;
    }

    private int against(PrintWriter console, String revision) throws InterruptedException {
        if (names.contains(Gate.JOIN.title())) {
            console.println("rostrum bench: only fan-outs are held against another revision");
            return 2;
        }
        List<FanOut> fanOuts = Arrays.stream(FanOut.values())
                .filter(fanOut -> names.isEmpty() || names.contains(fanOut.title()))
                .toList();
        try {
            return new AgainstRevision(console, revision, anyway).run(fanOuts);
        } catch (IOException e) {
            console.println("gate against " + revision + " could not be measured: " + e.getMessage());
            return 2;
        }
    }

    private static int measure(Gate gate, PrintWriter console) throws IOException, InterruptedException {
        Verdict verdict = gate.measure();
        console.print(verdict.details().indent(2));
        console.println(verdict.line());
        return verdict.passed() ? 0 : FAILED;
    }

    /** What fails only once was the machine's mood. */
    private static int twice(Gate gate, PrintWriter console) throws IOException, InterruptedException {
        int first = fork(gate);
        if (first == 0) {
            return 0;
        }
        console.println("gate " + gate.title() + ": once more, in case that was the machine's mood");
        return fork(gate);
    }

    /** A JVM of its own for each attempt. */
    private static int fork(Gate gate) throws IOException, InterruptedException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Bench.class.getName(),
                        "gate",
                        "--here",
                        gate.title()))
                .inheritIO()
                .start()
                .waitFor();
    }
}
