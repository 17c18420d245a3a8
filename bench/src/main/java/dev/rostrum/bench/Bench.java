package dev.rostrum.bench;

import dev.rostrum.signaling.Rostrum;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.format.OutputFormat;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code rostrum bench}: load on a server by {@code run} and {@code compare}; anything else goes to JMH.
 *
 * <p>Stateless.
 */
@Command(
        name = "rostrum bench",
        mixinStandardHelpOptions = true,
        description = {
            "Puts servers under load, and measures the parts of this one.",
            "",
            "'rostrum bench run fanout' runs a scenario; 'rostrum bench FanOut' runs the JMH benchmarks of that name"
                    + " ('rostrum bench jmh -h' has JMH's own options)."
        },
        subcommands = {
            RunCommand.class,
            CompareCommand.class,
            CrowdCommand.class,
            GateCommand.class,
            ReportCommand.class,
            PlanCommand.class,
            CommandLine.HelpCommand.class
        })
public final class Bench {

    private static final Set<String> OWN =
            Set.of("run", "compare", "crowd", "gate", "report", "plan", "help", "-h", "--help", "-V", "--version");

    private Bench() {}

    /** Runs a command, and ends the process with its exit code. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && isForJmh(arguments[0])) {
            boolean named = arguments[0].equals("jmh");
            org.openjdk.jmh.Main.main(named ? java.util.Arrays.copyOfRange(arguments, 1, arguments.length) : arguments);
            return;
        }
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        System.exit(run(arguments, out, new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
    }

    /** Whether JMH knows what to do with it: an option, or a regular expression that some benchmark's name matches. */
    private static boolean isForJmh(String first) {
        if (OWN.contains(first)) {
            return false;
        }
        OutputFormat silent = OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT);
        return first.equals("jmh")
                || first.startsWith("-")
                || !BenchmarkList.defaultList()
                        .find(silent, List.of(first), List.of())
                        .isEmpty();
    }

    /** Runs a command of our own; its exit code. */
    static int run(String[] arguments, PrintWriter out, PrintWriter err) {
        CommandLine commandLine = new CommandLine(new Bench()).setOut(out).setErr(err);
        CommandLine.IVersionProvider version = () -> new String[] {"rostrum bench " + Rostrum.version()};
        commandLine.getCommandSpec().versionProvider(version);
        commandLine.getSubcommands().values().forEach(command -> command.getCommandSpec()
                .versionProvider(version));
        commandLine.setExecutionExceptionHandler((e, _, _) -> { // 1 would say that what was measured is not right
            err.println("rostrum bench: an error of its own ended it: " + e);
            e.printStackTrace(err);
            return CommandLine.ExitCode.USAGE;
        });
        if (arguments.length == 0) {
            commandLine.usage(out);
            return CommandLine.ExitCode.OK;
        }
        if (!OWN.contains(arguments[0])) {
            err.println("rostrum bench: there is neither a command nor a benchmark " + arguments[0]
                    + "; 'rostrum bench -h' lists the commands, 'rostrum bench jmh -l' the benchmarks");
            return CommandLine.ExitCode.USAGE;
        }
        return commandLine.execute(arguments);
    }
}
