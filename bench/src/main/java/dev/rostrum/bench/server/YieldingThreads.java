package dev.rostrum.bench.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/**
 * Makes those threads of this process nicer that may wait: they let clients join, compile, collect. The others send and
 * receive packets and look at pages on a schedule, and what delays them would be told as the server's latency; loops that
 * do packets go before everything else where the system permits it.
 *
 * <p>Has one thread of its own; where there is no {@code renice}, it does nothing. Whoever started it closes it.
 */
public final class YieldingThreads implements AutoCloseable {

    private static final Path TASKS = Path.of("/proc/self/task");
    private static final Pattern YIELDING =
            Pattern.compile("(vert\\.x-|ForkJoinPool|load-signaling|C1 Comp|C2 Comp|HttpClient-|ZWorker).*");
    private static final Pattern FIRST = Pattern.compile("load-\\d+");
    private static final String NICER_BY = "10";
    private static final String LESS_NICE_BY = "-10";
    private static final long EVERY_NS = 300_000_000;

    private final Set<String> seen = new HashSet<>();
    private final Thread thread = new Thread(this::run, "yielding threads");
    private volatile boolean closing;

    private YieldingThreads() {}

    /** Begins to look for threads that may wait; new ones are found within a third of a second. */
    public static YieldingThreads start() {
        YieldingThreads threads = new YieldingThreads();
        threads.thread.setDaemon(true);
        threads.thread.start();
        return threads;
    }

    private void run() {
        while (!closing) {
            List<String> yielding = new ArrayList<>();
            List<String> first = new ArrayList<>();
            look(yielding, first);
            // Who may not go before others is told so by renice, and goes on as before.
            if (!renice(NICER_BY, yielding) || !renice(LESS_NICE_BY, first)) {
                return;
            }
            LockSupport.parkNanos(EVERY_NS);
        }
    }

    /** Adds the ids of the threads that were not there before. */
    private void look(List<String> yielding, List<String> first) {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                String id = task.getFileName().toString();
                if (seen.add(id)) {
                    String name = Files.readString(task.resolve("comm")).strip();
                    if (YIELDING.matcher(name).matches()) {
                        yielding.add(id);
                    } else if (FIRST.matcher(name).matches()) {
                        first.add(id);
                    }
                }
            }
        } catch (IOException e) {
            return; // a thread that has ended meanwhile; the others are found the next time
        }
    }

    /** Whether there is a renice. */
    private static boolean renice(String by, List<String> ids) {
        if (ids.isEmpty()) {
            return true;
        }
        List<String> command = new ArrayList<>(List.of("renice", "-n", by, "-p"));
        command.addAll(ids);
        return works(command);
    }

    private static boolean works(List<String> command) {
        try {
            // Threads that ended meanwhile make it fail; what counts is that it can be run.
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.waitFor();
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
    }
}
