package dev.rostrum.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.runner.IterationType;

/**
 * What one packet to one listener costs: a real shard, with the real cipher and real sockets, beside the yardstick of
 * {@link BareLoop}. Both send the same number of bytes to the same open, drained sockets, and take turns in short
 * windows, so that whatever else the machine does hits both alike. The figures are printed at the end of each fork; the
 * times that JMH tells are only those of the windows together.
 *
 * <p>Told is the processor time of the thread that runs the shard's turns: receiving, decrypting, ranking, rewriting,
 * encrypting, sending, and the sender reports that are due meanwhile.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class FanOutBenchmark {

    private static final int WINDOWS = 20;
    private static final int ROUNDS = 10;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @Param("1000")
    int listeners;

    /** As long as 20 ms of Opus at 40 kbit/s. */
    @Param("100")
    int payloadBytes;

    private final List<Double> product = new ArrayList<>();
    private final List<Double> yardstick = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // JMH calls the set-up
    private DrainedSockets sockets;

    @SuppressWarnings("NullAway.Init")
    private BareLoop loop;

    @SuppressWarnings("NullAway.Init")
    private FanOutSpace space;

    private long expected;
    private boolean measured;
    private boolean productFirst;

    @Setup
    public void open() throws IOException {
        sockets = new DrainedSockets(listeners);
        loop = new BareLoop(sockets.addresses(), FanOutSpace.HEADER_BYTES, payloadBytes);
        space = new FanOutSpace(sockets.addresses(), payloadBytes);
    }

    /** Only what comes after the warm-up counts. */
    @Setup(org.openjdk.jmh.annotations.Level.Iteration)
    public void begin(IterationParams iteration) {
        measured = iteration.getType() == IterationType.MEASUREMENT;
    }

    @Benchmark
    public void fanOut() throws IOException, InterruptedException {
        for (int window = 0; window < WINDOWS; window++) {
            // By turns first and second, so that neither always comes into the other's caches.
            productFirst = !productFirst;
            double first = productFirst ? product() : yardstick();
            double second = productFirst ? yardstick() : product();
            if (measured) {
                product.add(productFirst ? first : second);
                yardstick.add(productFirst ? second : first);
            }
        }
    }

    private double product() throws IOException, InterruptedException {
        long packets = (long) ROUNDS * listeners;
        long tookNs = 0;
        long before = space.sent();
        for (int round = 0; round < ROUNDS; round++) {
            space.speak();
            long beforeNs = THREADS.getCurrentThreadCpuTime();
            space.turn();
            tookNs += THREADS.getCurrentThreadCpuTime() - beforeNs;
        }
        if (space.sent() - before < packets) {
            throw new IllegalStateException(space.sent() - before + " of " + packets + " packets were sent");
        }
        return drained(packets, tookNs);
    }

    private double yardstick() throws InterruptedException {
        long packets = (long) ROUNDS * listeners;
        long sent = 0;
        long beforeNs = THREADS.getCurrentThreadCpuTime();
        for (int round = 0; round < ROUNDS; round++) {
            sent += loop.round();
        }
        long tookNs = THREADS.getCurrentThreadCpuTime() - beforeNs;
        if (sent != packets) {
            throw new IllegalStateException(sent + " of " + packets + " packets were sent");
        }
        return drained(packets, tookNs);
    }

    /** The listeners empty their sockets before the next window: it must not pay for this one. */
    private double drained(long packets, long tookNs) throws InterruptedException {
        expected += packets;
        sockets.awaitDrained(expected);
        return (double) tookNs / packets;
    }

    /** Prints the figures and closes all sockets. */
    @TearDown
    public void close() throws IOException {
        double ours = quantile(product, 0.5);
        double bare = quantile(yardstick, 0.5);
        System.out.printf(
                "%n%d listeners, %d bytes of payload, %d windows of %d packets each, by turns%n%s%n",
                listeners, payloadBytes, product.size(), ROUNDS * listeners, space.description());
        print("Rostrum  ", product);
        print("yardstick", yardstick);
        System.out.printf(
                "Rostrum / yardstick: %.3f of the medians, %.3f of the lower quartiles (goal: at most 1.25)%n%n",
                ours / bare, quantile(product, 0.25) / quantile(yardstick, 0.25));
        space.close();
        loop.close();
        sockets.close();
    }

    private static double quantile(List<Double> values, double part) {
        return values.stream().sorted().toList().get((int) (values.size() * part));
    }

    private static void print(String name, List<Double> values) {
        System.out.printf(
                "%s: median %.0f, lower quartile %.0f, least %.0f ns of processor time per forwarded packet%n",
                name, quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0));
    }
}
