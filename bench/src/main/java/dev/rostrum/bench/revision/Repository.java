package dev.rostrum.bench.revision;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The git repository that this build was made from.
 *
 * <p>Immutable; the repository is not.
 */
final class Repository {

    /** What a fan-out is made of. */
    static final List<String> PRODUCT = List.of("dtls/src/main", "sfu/src/main", "bench/src/main", ":(glob)**/pom.xml");

    private static final String POMS = ":(glob)**/pom.xml";
    private static final Duration AT_MOST = Duration.ofMinutes(1);

    private final Path root;

    private Repository(Path root) {
        this.root = root;
    }

    /** The repository in whose checkout this path lies; empty if it lies in none of Rostrum's. */
    static Optional<Repository> around(Path path) throws IOException, InterruptedException {
        Command found = run(path, "rev-parse", "--show-toplevel");
        return found.succeeded() && Path.of(found.output(), "rostrum").toFile().isFile()
                ? Optional.of(new Repository(Path.of(found.output())))
                : Optional.empty();
    }

    Path root() {
        return root;
    }

    /** The hash of the commit that a revision names; empty if there is none here. */
    Optional<String> commit(String revision) throws IOException, InterruptedException {
        Command found = run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}");
        return found.succeeded() ? Optional.of(found.output()) : Optional.empty();
    }

    /** Why there is none: the history does not go back so far; empty if that isn't the reason. */
    Optional<String> endOfHistory(String revision) throws IOException, InterruptedException {
        if (git("rev-parse", "--is-shallow-repository").equals("true")) {
            return Optional.of("this is a shallow clone, whose history has no " + revision);
        }
        return revision.matches("(HEAD|@)[~^0-9]+")
                ? Optional.of("the history of this checkout does not go back to " + revision)
                : Optional.empty();
    }

    /** A commit for people: its short hash and its subject. */
    String describe(String commit) throws IOException, InterruptedException {
        return git("log", "-1", "--format=%h %s", commit);
    }

    String abbreviate(String commit) throws IOException, InterruptedException {
        return git("rev-parse", "--short", commit);
    }

    /** Whether a commit has this file. */
    boolean has(String commit, String file) throws IOException, InterruptedException {
        return run(root, "cat-file", "-e", commit + ":" + file).succeeded();
    }

    /** Which files of the product differ between a commit and the checkout as it lies there, committed or not. */
    List<String> changed(String commit) throws IOException, InterruptedException {
        List<String> files = new ArrayList<>(lines(git(with(PRODUCT, "diff", "--name-only", commit, "--"))));
        files.addAll(lines(git(with(PRODUCT, "ls-files", "--others", "--exclude-standard", "--"))));
        return files;
    }

    /** Whether a commit has the same libraries and plugins. */
    boolean hasSamePoms(String commit) throws IOException, InterruptedException {
        return git("diff", "--name-only", commit, "--", POMS).isEmpty();
    }

    /** What differs, for people: how many lines of which files, and the commits that did it. */
    String whatChanged(String commit) throws IOException, InterruptedException {
        List<String> uncommitted = lines(git(with(PRODUCT, "status", "--short", "--")));
        return git(with(PRODUCT, "diff", "--stat", commit, "--"))
                + "\n\n" + git(with(PRODUCT, "log", "--format=%h %an: %s", commit + "..HEAD", "--"))
                + (uncommitted.isEmpty() ? "" : "\nnot committed:\n" + String.join("\n", uncommitted));
    }

    /** Checks a commit out into a new directory, as a work tree of its own; the checkout is left alone. */
    void addWorktree(Path directory, String commit) throws IOException, InterruptedException {
        git("-c", "core.hooksPath=/dev/null", "worktree", "add", "--detach", directory.toString(), commit);
    }

    /** Forgets such a work tree, and deletes it. */
    void removeWorktree(Path directory) throws IOException, InterruptedException {
        git("worktree", "remove", "--force", directory.toString());
    }

    private String git(String... words) throws IOException, InterruptedException {
        Command command = run(root, words);
        if (!command.succeeded()) {
            throw new IOException("git " + String.join(" ", words) + ": " + command.reason());
        }
        return command.output();
    }

    private static Command run(Path directory, String... words) throws IOException, InterruptedException {
        return Command.run(directory, Map.of(), AT_MOST, Arrays.asList(with(List.of(words), "git", "--no-pager")));
    }

    private static String[] with(List<String> last, String... first) {
        List<String> words = new ArrayList<>(List.of(first));
        words.addAll(last);
        return words.toArray(String[]::new);
    }

    private static List<String> lines(String text) {
        return text.lines().filter(line -> !line.isBlank()).toList();
    }
}
