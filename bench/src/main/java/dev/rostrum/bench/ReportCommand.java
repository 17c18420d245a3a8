package dev.rostrum.bench;

import dev.rostrum.bench.report.Report;
import dev.rostrum.bench.scenario.ResultFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code rostrum bench report}: results as a page.
 *
 * <p>Used by one thread, once.
 */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Makes one HTML page of the results that 'run' and 'compare' wrote with --out: tables, plots, and the raw"
                    + " results. It links to nothing.",
            "Servers that were under the same scenario are put side by side."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:the page is written", "2:a result can't be read"})
final class ReportCommand implements Callable<Integer> {

    @Parameters(paramLabel = "RESULT", arity = "1..*", description = "JSON files, or directories that hold some")
    private List<Path> results = new ArrayList<>();

    @Option(names = "--out", paramLabel = "FILE", description = "the page (default: report.html)")
    private Path out = Path.of("report.html");

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter console = spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
        try {
            List<ResultFile> read = new ArrayList<>();
            for (Path path : results) {
                for (Path file : files(path)) {
                    read.add(ResultFile.read(file));
                }
            }
            if (read.isEmpty()) {
                console.println("rostrum bench: there are no results in " + results);
                return 2;
            }
            Files.writeString(out, Report.html(read));
            console.println("written: " + out + " (" + read.size() + (read.size() == 1 ? " run)" : " runs)"));
            return 0;
        } catch (IOException e) {
            console.println("rostrum bench: " + e.getMessage());
            return 2;
        }
    }

    private static List<Path> files(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> tree = Files.walk(path)) {
            return tree.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }
}
