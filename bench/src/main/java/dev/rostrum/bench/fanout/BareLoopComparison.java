package dev.rostrum.bench.fanout;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Shows what Java adds to the yardstick: {@link BareLoop} and the same loop in C take turns on the same sockets and the
 * same thread, and the processor time of each is told per packet.
 *
 * <p>A program: {@code BareLoopComparison LIBRARY [listeners] [windows] [rounds]}, where the library is
 * {@code bench/src/main/c/bare_loop.c}, compiled as its first lines say.
 */
public final class BareLoopComparison {

    private static final int HEADER_BYTES = 12;
    private static final int PAYLOAD_BYTES = 100;
    private static final int WARM_UP = 50;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private BareLoopComparison() {}

    /** One of the loops. */
    private interface Loop {
        /** Sends one packet to each listener, so many times; how many packets the system took. */
        long run(int rounds);
    }

    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length == 0) {
            System.err.println("usage: BareLoopComparison LIBRARY [listeners] [windows] [rounds]");
            System.exit(2);
        }
        int listeners = argument(arguments, 1, 1000);
        int windows = argument(arguments, 2, 400);
        int rounds = argument(arguments, 3, 10);
        try (Arena arena = Arena.ofConfined();
                DrainedSockets sockets = new DrainedSockets(listeners);
                BareLoop java = new BareLoop(sockets.addresses(), HEADER_BYTES, PAYLOAD_BYTES)) {
            Loop c = openC(Path.of(arguments[0]), sockets.addresses(), arena);
            Loop j = count -> {
                long sent = 0;
                for (int round = 0; round < count; round++) {
                    sent += java.round();
                }
                return sent;
            };
            double[] inC = new double[windows];
            double[] inJava = new double[windows];
            long expected = 0;
            for (int window = -WARM_UP; window < windows; window++) {
                // By turns first and second, so that neither always comes into the other's caches.
                boolean javaFirst = (window & 1) == 0;
                double first = nsPerPacket(javaFirst ? j : c, rounds, listeners);
                expected += (long) rounds * listeners;
                sockets.awaitDrained(expected);
                double second = nsPerPacket(javaFirst ? c : j, rounds, listeners);
                expected += (long) rounds * listeners;
                sockets.awaitDrained(expected);
                if (window >= 0) {
                    inJava[window] = javaFirst ? first : second;
                    inC[window] = javaFirst ? second : first;
                }
            }
            long lost = expected - sockets.drained();
            System.out.printf(
                    "%d listeners, %d bytes of payload, %d windows of %d packets, %d of %d datagrams lost%n",
                    listeners, PAYLOAD_BYTES, windows, rounds * listeners, lost, expected);
            print("C   ", inC);
            print("Java", inJava);
            System.out.printf(
                    "Java / C: %.3f of the medians, %.3f of the lower quartiles%n",
                    quantile(inJava, 0.5) / quantile(inC, 0.5), quantile(inJava, 0.25) / quantile(inC, 0.25));
        }
    }

    private static int argument(String[] arguments, int index, int otherwise) {
        return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
    }

    private static double nsPerPacket(Loop loop, int rounds, int listeners) {
        long packets = (long) rounds * listeners;
        long beforeNs = THREADS.getCurrentThreadCpuTime();
        long sent = loop.run(rounds);
        long tookNs = THREADS.getCurrentThreadCpuTime() - beforeNs;
        if (sent != packets) {
            throw new IllegalStateException(sent + " of " + packets + " packets were sent");
        }
        return (double) tookNs / packets;
    }

    private static Loop openC(Path library, List<InetSocketAddress> destinations, Arena arena) {
        SymbolLookup symbols = BareCalls.library(library.toAbsolutePath().toString());
        MethodHandle open = BareCalls.call(
                symbols, "bare_loop_open", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT));
        MethodHandle run =
                BareCalls.call(symbols, "bare_loop_run", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT));
        MemorySegment ports = arena.allocateFrom(
                JAVA_INT,
                destinations.stream().mapToInt(InetSocketAddress::getPort).toArray());
        try {
            long loop = (long) open.invokeExact(ports.address(), destinations.size(), HEADER_BYTES, PAYLOAD_BYTES);
            return rounds -> {
                try {
                    return (long) run.invokeExact(loop, rounds);
                } catch (Throwable t) {
                    throw BareCalls.escaped(t);
                }
            };
        } catch (Throwable t) {
            throw BareCalls.escaped(t);
        }
    }

    private static double quantile(double[] values, double part) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) (sorted.length * part)];
    }

    private static void print(String name, double[] values) {
        System.out.printf(
                "%s: median %.0f, lower quartile %.0f, least %.0f ns of processor time per packet%n",
                name, quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0));
    }
}
