package dev.rostrum.bench.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Which cores the server and the load generator run on: apart where the machine has two or more, so that what is measured
 * is not the scheduler.
 *
 * <p>Immutable.
 *
 * @param server a list for {@code taskset}, such as {@code 0} or {@code 0-3}; empty for all
 * @param generator likewise
 */
public record Cores(String server, String generator) {

    /** Half of the cores for each; all for both on a machine with one core or without {@code taskset}. */
    public static Cores split() {
        int cores = Runtime.getRuntime().availableProcessors();
        if (cores < 2 || !works(List.of("taskset", "--version"))) {
            return new Cores("", "");
        }
        int half = cores / 2;
        return new Cores(range(0, half - 1), range(half, cores - 1));
    }

    private static String range(int first, int last) {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }

    /** What comes before the server's command. */
    public List<String> serverPrefix() {
        return server.isEmpty() ? List.of() : List.of("taskset", "-c", server);
    }

    /** How many cores the server has. */
    public int serverCount() {
        if (server.isEmpty()) {
            return Runtime.getRuntime().availableProcessors();
        }
        int count = 0;
        for (String part : server.split(",")) {
            String[] ends = part.split("-");
            count += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
        }
        return count;
    }

    /** Moves this process, with all its threads, to the generator's cores. */
    public void pinGenerator() {
        if (!generator.isEmpty()) {
            List<String> command = new ArrayList<>(List.of("taskset", "-a", "-c", "-p", generator));
            command.add(Long.toString(ProcessHandle.current().pid()));
            works(command);
        }
    }

    /** How it is said in a report. */
    public String description() {
        return server.isEmpty()
                ? "server and generator share all cores"
                : "server on core " + server + ", generator on core " + generator;
    }

    private static boolean works(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
