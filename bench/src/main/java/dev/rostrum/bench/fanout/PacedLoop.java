package dev.rostrum.bench.fanout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The yardstick at the pace of one speaker: a process of its own that sends a packet to each destination every 20 ms. So
 * it pays for what a real server pays for and a loop without a pause does not: caches that others have used meanwhile,
 * and receivers that must be woken up.
 *
 * <p>Used by one thread.
 */
public final class PacedLoop {

    private static final long PERIOD_NS = 20_000_000L;
    private static final int WARM_UP_ROUNDS = 150;
    private static final int HEADER_BYTES = 28;
    private static final int PAYLOAD_BYTES = 100;

    private PacedLoop() {}

    /**
     * Runs it as a process.
     *
     * @param prefix what comes before the command, such as {@code taskset -c 0}
     * @return processor time of the sending thread per packet, in ns
     */
    public static double measure(List<InetSocketAddress> destinations, int seconds, List<String> prefix)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                PacedLoop.class.getName(),
                Integer.toString(seconds)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var to = process.outputWriter(StandardCharsets.US_ASCII)) {
            for (InetSocketAddress destination : destinations) {
                to.write(destination.getAddress().getHostAddress() + " " + destination.getPort() + "\n");
            }
        }
        try (BufferedReader said = process.inputReader(StandardCharsets.US_ASCII)) {
            String line = said.readLine();
            if (process.waitFor() != 0 || line == null) {
                throw new IOException("the yardstick failed");
            }
            return Double.parseDouble(line);
        }
    }

    /** Reads destinations, sends for so many seconds, and prints the processor time per packet in ns. */
    public static void main(String[] arguments) throws IOException {
        List<InetSocketAddress> destinations = new ArrayList<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split(" ");
            destinations.add(new InetSocketAddress(InetAddress.ofLiteral(parts[0]), Integer.parseInt(parts[1])));
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long rounds = Integer.parseInt(arguments[0]) * 1_000_000_000L / PERIOD_NS;
        long sent = 0;
        long tookNs = 0;
        try (BareLoop loop = new BareLoop(destinations, HEADER_BYTES, PAYLOAD_BYTES)) {
            long dueNs = System.nanoTime();
            for (long round = -WARM_UP_ROUNDS; round < rounds; round++) {
                while (System.nanoTime() < dueNs) {
                    LockSupport.parkNanos(dueNs - System.nanoTime());
                }
                dueNs = Math.max(dueNs + PERIOD_NS, System.nanoTime());
                long beforeNs = threads.getCurrentThreadCpuTime();
                int count = loop.round();
                if (round >= 0) {
                    tookNs += threads.getCurrentThreadCpuTime() - beforeNs;
                    sent += count;
                }
            }
        }
        System.out.println((double) tookNs / sent);
    }
}
