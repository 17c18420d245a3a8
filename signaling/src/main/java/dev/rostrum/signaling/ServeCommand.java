package dev.rostrum.signaling;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * {@code rostrum serve}: reads the configuration, starts the server, and waits until the process is told to stop.
 *
 * <p>Its options are made from {@link Setting}. Used by one thread, once.
 */
final class ServeCommand implements Callable<Integer> {

    private final Map<String, String> environment;
    private final PrintWriter out;
    private final CommandSpec spec;

    private ServeCommand(Map<String, String> environment, PrintWriter out) {
        this.environment = environment;
        this.out = out;
        this.spec = CommandSpec.wrapWithoutInspection(this).name("serve");
    }

    static CommandSpec spec(Map<String, String> environment, PrintWriter out, PrintWriter err) {
        CommandSpec spec = new ServeCommand(environment, out).spec;
        spec.usageMessage()
                .description("Starts the server. Every option is also an environment variable (--http-port is"
                        + " ROSTRUM_HTTP_PORT) and a key in the YAML file (http-port). A flag wins over a variable, a"
                        + " variable over the file, the file over the default.")
                .sortOptions(false)
                .abbreviateSynopsis(true);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and end.")
                .build());
        spec.addOption(OptionSpec.builder(Configuration.FILE_FLAG)
                .type(Path.class)
                .paramLabel("FILE")
                .description("YAML file with settings (" + Configuration.FILE_VARIABLE + ")")
                .build());
        int order = 1;
        for (Setting.Group group : Setting.Group.values()) {
            ArgGroupSpec.Builder section = ArgGroupSpec.builder()
                    .exclusive(false)
                    .validate(false)
                    .multiplicity("0..1")
                    .order(order++)
                    .heading("%n" + group.title() + "%n");
            for (Setting setting : Setting.of(group)) {
                section.addArg(option(setting));
            }
            spec.addArgGroup(section.build());
        }
        return spec;
    }

    private static OptionSpec option(Setting setting) {
        String shown = setting.defaultValue().isEmpty() ? "" : " (default: " + setting.defaultValue() + ")";
        OptionSpec.Builder option = OptionSpec.builder(setting.flag())
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(setting.valueLabel())
                .description((setting.meaning() + shown).replace("%", "%%"));
        if (setting.yesOrNo()) {
            option.arity("0..1").fallbackValue("true");
        } else {
            option.arity("1");
        }
        return option.build();
    }

    /** What the command line says. */
    private Configuration configuration() throws ConfigurationException {
        Map<Setting, List<String>> flags = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            OptionSpec option = spec.findOption(setting.flag());
            if (option != null && !option.originalStringValues().isEmpty()) {
                List<String> texts = option.stringValues();
                if (!setting.list() && texts.size() > 1) {
                    throw new ConfigurationException(
                            setting.flag() + " is given " + texts.size() + " times; give it once");
                }
                flags.put(setting, texts);
            }
        }
        @Nullable Path file = spec.findOption(Configuration.FILE_FLAG).getValue();
        return Configuration.of(flags, environment, file);
    }

    @Override
    public Integer call() throws Exception {
        ServerConfig config = ServerConfig.from(configuration());
        HeapGoal.keep();
        Server server = Server.start(config, out);
        Thread hook = Thread.ofPlatform().name("stop").unstarted(() -> {
            StopSignals.endAtOnce();
            server.close();
            out.println("stopped");
        });
        Runtime.getRuntime().addShutdownHook(hook);
        server.awaitEnd();
        return Rostrum.OK;
    }

    /** All flags, for tests. */
    static List<String> flags() {
        return Arrays.stream(Setting.values()).map(Setting::flag).toList();
    }
}
