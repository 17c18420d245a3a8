package dev.rostrum.bench.revision;

import dev.rostrum.bench.fanout.WindowServer;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Another revision, checked out and built in a temporary directory, which is gone once this is closed.
 *
 * <p>Where no {@code pom.xml} differs the libraries are those of this build, and javac compiles what a fan-out reaches:
 * some seconds. Otherwise the revision's own launcher builds it, as it would for anybody. Owned by one thread.
 */
final class RevisionBuild implements AutoCloseable {

    private static final Duration COMPILING = Duration.ofMinutes(2);
    private static final Duration BUILDING = Duration.ofMinutes(8);
    private static final List<String> MODULES = List.of("dtls", "sfu", "signaling", "bench");
    private static final String SERVER =
            "bench/src/main/java/" + WindowServer.class.getName().replace('.', '/') + ".java";

    private final Repository repository;
    private final Path directory;
    private final Path tree;
    private boolean closed;

    /** That a revision can't be built here. */
    static final class BuildException extends Exception {

        private static final long serialVersionUID = 1;

        BuildException(String message) {
            super(message);
        }
    }

    private RevisionBuild(Repository repository, Path directory) {
        this.repository = repository;
        this.directory = directory;
        tree = directory.resolve("tree");
    }

    /** Whether a commit can take turns at all. */
    static boolean serves(Repository repository, String commit) throws IOException, InterruptedException {
        return repository.has(commit, SERVER);
    }

    /** A place for a build, which is cleared even if the process is told to end. */
    static RevisionBuild in(Repository repository) throws IOException {
        RevisionBuild build = new RevisionBuild(repository, Files.createTempDirectory("rostrum-revision-"));
        Runtime.getRuntime().addShutdownHook(new Thread(build::close));
        return build;
    }

    /** Where the other side's JVM may write. */
    Path directory() {
        return directory;
    }

    /** Checks the commit out and builds it; returns the class path. */
    String build(String commit) throws IOException, InterruptedException, BuildException {
        repository.addWorktree(tree, commit);
        return repository.hasSamePoms(commit) ? compile() : buildByItsLauncher();
    }

    /** The class path of this very build, with the same libraries. */
    static String ownClassPath() {
        return joined(Stream.concat(ownEntries().filter(RevisionBuild::isProduct), libraries()));
    }

    private String compile() throws IOException, InterruptedException, BuildException {
        Path classes = directory.resolve("classes");
        String sources = MODULES.stream()
                .map(module -> tree.resolve(module + "/src/main/java").toString())
                .collect(Collectors.joining(File.pathSeparator));
        List<String> words = List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-nowarn",
                "-proc:none",
                "-implicit:class",
                "-parameters",
                "-g",
                "-d",
                classes.toString(),
                "-cp",
                joined(libraries()),
                "-sourcepath",
                sources,
                tree.resolve(SERVER).toString());
        Command javac = Command.run(tree, Map.of(), COMPILING, words);
        if (!javac.succeeded()) {
            throw new BuildException(javac.reason());
        }
        List<Path> entries = new ArrayList<>(List.of(classes));
        MODULES.forEach(module -> entries.add(tree.resolve(module + "/src/main/resources")));
        return joined(Stream.concat(entries.stream(), libraries()));
    }

    private String buildByItsLauncher() throws IOException, InterruptedException, BuildException {
        Command launcher = Command.run(
                tree,
                Map.of("ROSTRUM_JAVA_HOME", System.getProperty("java.home")),
                BUILDING,
                List.of(tree.resolve("rostrum").toString(), "bench", "help"));
        Path jars = tree.resolve("bench/target/rostrum/lib");
        if (!launcher.succeeded() || !Files.isDirectory(jars)) {
            throw new BuildException(launcher.reason());
        }
        try (Stream<Path> list = Files.list(jars)) {
            return joined(list.filter(RevisionBuild::isSilent).sorted());
        }
    }

    private static Stream<Path> libraries() {
        return ownEntries().filter(entry -> !isProduct(entry)).filter(RevisionBuild::isSilent);
    }

    private static Stream<Path> ownEntries() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of);
    }

    private static boolean isProduct(Path entry) {
        return Files.isDirectory(entry) || name(entry).startsWith("rostrum-");
    }

    /** Without a logger neither side logs, whichever configuration it would find. */
    private static boolean isSilent(Path entry) {
        return !name(entry).startsWith("logback-");
    }

    private static String name(Path entry) {
        Path name = entry.getFileName();
        return name == null ? "" : name.toString();
    }

    private static String joined(Stream<Path> entries) {
        return entries.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (Files.exists(tree)) {
                repository.removeWorktree(tree);
            }
        } catch (IOException e) {
            System.err.println("rostrum bench: 'git worktree prune' will forget " + tree + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            delete(directory);
        } catch (IOException e) {
            System.err.println("rostrum bench: " + directory + " is left: " + e.getMessage());
        }
    }

    private static void delete(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
