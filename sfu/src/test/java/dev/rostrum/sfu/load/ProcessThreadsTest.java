package dev.rostrum.sfu.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.load.ProcessThreads.Kind;
import dev.rostrum.sfu.load.ProcessThreads.Times;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Who yields to whom, asked of the system itself. */
@EnabledOnOs(OS.LINUX)
final class ProcessThreadsTest {

    private static final Path SELF = Path.of("/proc/thread-self");

    private final int own = LinuxThreads.niceness(0);

    @BeforeEach
    void theSystemKnowsThreads() {
        assertTrue(LinuxThreads.supported());
    }

    /** A thread of this name, that has its number in the system, and ends when it may: then the system has none. */
    private static final class Named implements AutoCloseable {
        private final CompletableFuture<Integer> id = new CompletableFuture<>();
        private final CountDownLatch end = new CountDownLatch(1);
        private final Thread thread;

        Named(String name) {
            thread = new Thread(
                    () -> {
                        try {
                            id.complete(Integer.parseInt(
                                    Files.readSymbolicLink(SELF).getFileName().toString()));
                            end.await();
                        } catch (IOException | InterruptedException e) {
                            id.completeExceptionally(e);
                        }
                    },
                    name);
            thread.start();
        }

        int id() {
            return id.join();
        }

        @Override
        public void close() {
            int ended = id();
            end.countDown();
            // the virtual machine calls a thread dead a moment before the system has put it away
            while (thread.isAlive() || Files.exists(Path.of("/proc/self/task/" + ended))) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void threadsThatServeNoPacketsYieldToShardsAndHandshakesToPagesAndShardsGoFirst() {
        try (ProcessThreads threads = new ProcessThreads(6);
                Named http = new Named("vert.x-eventloop-thread-7");
                Named handshakes = new Named("ForkJoinPool-9-worker-1");
                Named shard = new Named("rostrum-shard-0");
                Named other = new Named("somebody-else")) {
            http.id();
            handshakes.id();
            shard.id();
            boolean trusted = LinuxThreads.setNiceness(other.id(), own - 1);

            threads.look();

            assertEquals(Math.min(19, own + 4), LinuxThreads.niceness(http.id()));
            assertEquals(Math.min(19, own + 6), LinuxThreads.niceness(handshakes.id()));
            assertEquals(trusted ? Math.max(-20, own - 6) : own, LinuxThreads.niceness(shard.id()));
        }
    }

    @Test
    void theTimeThatAKindOfThreadTookStaysWhenTheThreadEnds() {
        try (ProcessThreads threads = new ProcessThreads(0)) {
            long before;
            int id;
            try (Named handshakes = new Named("ForkJoinPool-9-worker-1")) {
                id = handshakes.id();
                threads.look();
                before = threads.cpuNs(Kind.HANDSHAKES);
                assertTrue(before > 0);
                Times times = threads.times(id);
                assertNotNull(times);
                assertTrue(times.runs() > 0);
            }
            threads.look();
            assertTrue(threads.cpuNs(Kind.HANDSHAKES) >= before);
            assertNull(threads.times(id));
        }
    }

    @Test
    void timesAreReadAgainFromTheSameFile() throws IOException {
        try (ProcessThreads threads = new ProcessThreads(0)) {
            int own =
                    Integer.parseInt(Files.readSymbolicLink(SELF).getFileName().toString());
            Times first = threads.times(own);
            assertNotNull(first);
            Times later = threads.times(own);
            assertNotNull(later);
            while (later.cpuNs() == first.cpuNs()) {
                later = threads.times(own);
                assertNotNull(later);
            }
            assertTrue(later.cpuNs() > first.cpuNs() && later.runs() >= first.runs());
        }
    }

    @Test
    void aThreadThatIsNotThereHasNoTimes() {
        try (ProcessThreads threads = new ProcessThreads(0)) {
            assertNull(threads.times(-1));
            assertNull(threads.times(Integer.MAX_VALUE));
        }
    }
}
