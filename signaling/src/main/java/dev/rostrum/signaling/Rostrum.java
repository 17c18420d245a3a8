package dev.rostrum.signaling;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code rostrum} command.
 *
 * <p>Stateless.
 */
public final class Rostrum {

    /** Everything went well. */
    static final int OK = 0;

    /** The server could not start, or stopped because of a fault. */
    static final int FAILED = 1;

    /** The command line or the configuration is wrong. */
    static final int USAGE = 2;

    private Rostrum() {}

    /** Runs the command, and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.setProperty( // before Vert.x loads its first class
                "vertx.logger-delegate-factory-class-name", "io.vertx.core.logging.SLF4JLogDelegateFactory");
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(arguments, System.getenv(), out, err));
    }

    /** Runs the command; {@code serve} returns when the server was stopped. */
    static int run(String[] arguments, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        CommandSpec root = CommandSpec.create()
                .name("rostrum")
                .versionProvider(() -> new String[] {"rostrum " + version()})
                .mixinStandardHelpOptions(true);
        root.usageMessage()
                .description("A WebRTC SFU for live spaces: a few people on stage and any number listening.")
                .footer(
                        "",
                        "'rostrum serve --help' lists the server's options. Documentation: docs/ in the source tree.");
        CommandLine commandLine = new CommandLine(root)
                .addSubcommand("serve", ServeCommand.spec(environment, out, err))
                .addSubcommand("help", new CommandLine.HelpCommand());
        commandLine.setOut(out).setErr(err);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler((e, _) -> complain(e, err));
        commandLine.setExecutionExceptionHandler((e, _, _) -> {
            err.println("rostrum: " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
            return e instanceof ConfigurationException ? USAGE : FAILED;
        });
        if (arguments.length == 0) {
            commandLine.usage(out);
            return OK;
        }
        return commandLine.execute(arguments);
    }

    /** The product's version. */
    public static String version() {
        return Optional.ofNullable(Rostrum.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)");
    }

    private static int complain(ParameterException e, PrintWriter err) {
        StringBuilder line = new StringBuilder("rostrum: ").append(e.getMessage());
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getSuggestions().isEmpty()) {
            line.append("; did you mean ")
                    .append(String.join(" or ", unmatched.getSuggestions()))
                    .append('?');
        }
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        err.println(line.append(" ('").append(command).append(" --help' lists what there is)"));
        return USAGE;
    }
}
