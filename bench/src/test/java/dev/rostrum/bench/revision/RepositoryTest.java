package dev.rostrum.bench.revision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryTest {

    private static final String PORT = "sfu/src/main/java/Port.java";

    @TempDir
    private Path directory;

    private Path checkout;
    private Repository repository;

    @BeforeEach
    void twoCommits() throws IOException, InterruptedException {
        checkout = Files.createDirectory(directory.resolve("checkout"));
        git("init", "--quiet");
        write("rostrum", "#!/bin/sh\n");
        write("pom.xml", "<project/>\n");
        write("sfu/pom.xml", "<project/>\n");
        write(PORT, "class Port {}\n");
        commit("first");
        write("docs/performance.md", "fast\n");
        commit("second");
        repository = Repository.around(checkout.resolve("sfu")).orElseThrow();
    }

    private void git(String... words) throws IOException, InterruptedException {
        List<String> all =
                new ArrayList<>(List.of("git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"));
        all.addAll(List.of(words));
        Command command = Command.run(checkout, Map.of(), Duration.ofMinutes(1), all);
        assertTrue(command.succeeded(), command.reason());
    }

    private void write(String file, String text) throws IOException {
        Path path = checkout.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private void commit(String message) throws IOException, InterruptedException {
        git("add", "--all");
        git("commit", "--quiet", "--no-gpg-sign", "-m", message);
    }

    private String first() throws IOException, InterruptedException {
        return repository.commit("HEAD~1").orElseThrow();
    }

    @Test
    void aFolderWithoutHistoryIsNoRepository() throws IOException, InterruptedException {
        Path folder = Files.createDirectory(directory.resolve("unpacked"));
        assertTrue(Repository.around(folder).isEmpty());
    }

    @Test
    void somebodyElsesRepositoryIsNotTaken() throws IOException, InterruptedException {
        Files.delete(checkout.resolve("rostrum"));
        assertTrue(Repository.around(checkout).isEmpty());
    }

    @Test
    void revisionsAreWhatGitSaysTheyAre() throws IOException, InterruptedException {
        assertTrue(repository.describe(first()).endsWith(" first"));
        assertTrue(first().startsWith(repository.abbreviate(first())));
        assertTrue(repository.commit("nobody").isEmpty());
        assertTrue(repository.commit("--version").isEmpty());
    }

    @Test
    void historyEndsSomewhereButNamesMayBeWrong() throws IOException, InterruptedException {
        assertTrue(repository.commit("HEAD~2").isEmpty());
        assertTrue(repository.endOfHistory("HEAD~2").isPresent());
        assertFalse(repository.endOfHistory("nobody").isPresent());
    }

    @Test
    void aShallowCloneHasNoEarlierCommit() throws IOException, InterruptedException {
        git("clone", "--quiet", "--depth", "1", checkout.toUri().toString(), "../shallow");
        Repository shallow = Repository.around(directory.resolve("shallow")).orElseThrow();
        assertTrue(shallow.commit("HEAD~1").isEmpty());
        assertEquals(
                "this is a shallow clone, whose history has no HEAD~1",
                shallow.endOfHistory("HEAD~1").orElseThrow());
    }

    @Test
    void documentsAreNoProduct() throws IOException, InterruptedException {
        assertEquals(List.of(), repository.changed(first()));
    }

    @Test
    void whatIsNotCommittedCounts() throws IOException, InterruptedException {
        write(PORT, "class Port { int more; }\n");
        write("dtls/src/main/java/New.java", "class New {}\n");
        assertEquals(List.of(PORT, "dtls/src/main/java/New.java"), repository.changed(first()));
        assertTrue(repository.hasSamePoms(first()));
        String told = repository.whatChanged(first());
        assertTrue(told.contains(PORT + " | 2 +-") && told.contains("?? dtls/"), told);
    }

    @Test
    void whatChangedNamesCommitsOfTheProduct() throws IOException, InterruptedException {
        write("sfu/pom.xml", "<project></project>\n");
        commit("third");
        String told = repository.whatChanged(first());
        assertTrue(told.contains("sfu/pom.xml") && told.contains("Somebody: third"), told);
        assertFalse(told.contains("second"), told);
        assertFalse(repository.hasSamePoms(first()));
    }

    @Test
    void aWorkTreeLeavesTheCheckoutAlone() throws IOException, InterruptedException {
        write(PORT, "class Port { int unfinished; }\n");
        Path tree = directory.resolve("tree");
        repository.addWorktree(tree, first());
        assertEquals("class Port {}\n", Files.readString(tree.resolve(PORT)));
        assertFalse(Files.exists(tree.resolve("docs")));
        repository.removeWorktree(tree);
        assertFalse(Files.exists(tree));
        assertEquals("class Port { int unfinished; }\n", Files.readString(checkout.resolve(PORT)));
        assertEquals(List.of(PORT), repository.changed("HEAD"));
    }

    @Test
    void onlyRevisionsWithAWindowServerTakeTurns() throws IOException, InterruptedException {
        assertFalse(RevisionBuild.serves(repository, "HEAD"));
        write("bench/src/main/java/dev/rostrum/bench/fanout/WindowServer.java", "");
        commit("serves");
        assertTrue(RevisionBuild.serves(repository, "HEAD"));
    }
}
