package dev.rostrum.bench.revision;

import dev.rostrum.bench.fanout.FanOut;
import dev.rostrum.bench.gate.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Whether forwarding costs more than it did at another revision: {@code rostrum bench gate --against}.
 *
 * <p>Used by one thread, once.
 */
public final class AgainstRevision {

    private static final int PASSED = 0;
    private static final int FAILED = 1;
    private static final int ERROR = 2;

    private final PrintWriter console;
    private final String revision;
    private final boolean anyway;

    /**
     * Against one revision.
     *
     * @param revision as git understands it, such as {@code HEAD~1}
     * @param anyway even if nothing differs, which shows how much two builds of the same differ
     */
    public AgainstRevision(PrintWriter console, String revision, boolean anyway) {
        this.console = console;
        this.revision = revision;
        this.anyway = anyway;
    }

    /**
     * Measures these, and says what changed if one costs more.
     *
     * @return the exit code: 0 if none costs more or there is nothing to compare with, 1 if one does
     * @throws IOException if this build or git fails
     */
    public int run(List<FanOut> fanOuts) throws IOException, InterruptedException {
        Optional<Repository> found = Repository.around(here());
        if (found.isEmpty()) {
            return nothing("this is not a git checkout");
        }
        Repository repository = found.get();
        Optional<String> commit = repository.commit(revision);
        if (commit.isEmpty()) {
            Optional<String> why = repository.endOfHistory(revision);
            if (why.isPresent()) {
                return nothing(why.get());
            }
            console.println("rostrum bench: there is no revision " + revision + " here");
            return ERROR;
        }
        return against(repository, commit.get(), fanOuts);
    }

    private int against(Repository repository, String commit, List<FanOut> fanOuts)
            throws IOException, InterruptedException {
        String described = repository.describe(commit);
        List<String> changed = repository.changed(commit);
        if (changed.isEmpty() && !anyway) {
            console.println("gate against " + described + ": pass, nothing differs in dtls/src/main, sfu/src/main,"
                    + " bench/src/main and pom.xml");
            return PASSED;
        }
        if (!RevisionBuild.serves(repository, commit)) {
            return nothing(described + " is older than this gate");
        }
        console.printf("against %s: %d files of the product differ; building it ...%n", described, changed.size());
        console.flush();
        String name = repository.abbreviate(commit);
        try (RevisionBuild build = RevisionBuild.in(repository)) {
            Comparison comparison =
                    new Comparison(name, RevisionBuild.ownClassPath(), build.build(commit), build.directory());
            int worst = PASSED;
            for (FanOut fanOut : fanOuts) {
                worst = Math.max(worst, twice(comparison, fanOut));
            }
            if (worst == FAILED) {
                console.printf("what changed in %s..%s:%n", name, repository.abbreviate("HEAD"));
                console.print(repository.whatChanged(commit).indent(1));
            }
            return worst;
        } catch (RevisionBuild.BuildException e) {
            return nothing(described + " can't be built here: " + e.getMessage());
        }
    }

    /** What fails only once was the machine's mood. */
    private int twice(Comparison comparison, FanOut fanOut) throws IOException, InterruptedException {
        if (say(comparison.measure(fanOut))) {
            return PASSED;
        }
        console.println("gate " + fanOut.title() + ": once more, in case that was the machine's mood");
        return say(comparison.measure(fanOut)) ? PASSED : FAILED;
    }

    private boolean say(Verdict verdict) {
        console.print(verdict.details().indent(2));
        console.println(verdict.line());
        console.flush();
        return verdict.passed();
    }

    private int nothing(String why) {
        console.println("gate against " + revision + ": nothing to compare with: " + why);
        return PASSED;
    }

    /** The directory that this build lies in. */
    private static Path here() throws IOException {
        try {
            Path code = Path.of(AgainstRevision.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path directory = Files.isDirectory(code) ? code : code.getParent();
            return directory == null ? code : directory;
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
    }
}
