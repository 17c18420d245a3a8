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
 * What one video packet to one subscriber costs: a simulcast camera on a real shard, with the real cipher and real
 * sockets, and subscribers of its highest encoding who send transport-wide feedback; beside the yardstick of
 * {@link BareLoop} with datagrams of the same length. Both take turns in short windows, as in {@link FanOutBenchmark}.
 *
 * <p>Told is the processor time of the thread that runs the shard's turns: receiving all encodings, decrypting,
 * understanding, choosing, numbering, pacing, encrypting, sending, and the feedback, estimates, decisions and reports
 * that are due meanwhile.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class VideoFanOutBenchmark {

    private static final int WINDOWS = 20;
    private static final int FRAMES = 10;
    private static final int PACKETS_PER_FRAME = 6;
    private static final int ROUNDS = FRAMES * PACKETS_PER_FRAME;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    @Param("200")
    int subscribers;

    private final List<Double> product = new ArrayList<>();
    private final List<Double> yardstick = new ArrayList<>();

    @SuppressWarnings("NullAway.Init") // JMH calls the set-up
    private DrainedSockets sockets;

    @SuppressWarnings("NullAway.Init")
    private BareLoop loop;

    @SuppressWarnings("NullAway.Init")
    private VideoFanOutSpace space;

    private long expected;
    private boolean measured;
    private boolean productFirst;

    @Setup
    public void open() throws IOException {
        sockets = new DrainedSockets(subscribers);
        loop = new BareLoop(sockets.addresses(), VideoFanOutSpace.HEADER_BYTES, VideoFanOutSpace.PAYLOAD_LENGTH_BYTES);
        space = new VideoFanOutSpace(sockets.addresses());
        for (int i = 0; i < VideoFanOutSpace.FIRST_FRAMES; i++) {
            space.film();
            space.turns();
        }
        expected = space.sent();
    }

    /** Only what comes after the warm-up counts. */
    @Setup(org.openjdk.jmh.annotations.Level.Iteration)
    public void begin(IterationParams iteration) {
        measured = iteration.getType() == IterationType.MEASUREMENT;
    }

    @Benchmark
    public void videoFanOut() throws IOException, InterruptedException {
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
        long tookNs = 0;
        long sent = space.sent();
        long forwarded = space.forwarded();
        for (int frame = 0; frame < FRAMES; frame++) {
            space.film();
            long beforeNs = THREADS.getCurrentThreadCpuTime();
            space.turns();
            tookNs += THREADS.getCurrentThreadCpuTime() - beforeNs;
        }
        long packets = space.forwarded() - forwarded;
        // The pacer may keep a packet or two for the next window.
        if (Math.abs(packets - (long) ROUNDS * subscribers) > subscribers) {
            throw new IllegalStateException(packets + " of " + ROUNDS * subscribers + " packets were forwarded");
        }
        return drained(space.sent() - sent, packets, tookNs);
    }

    private double yardstick() throws InterruptedException {
        long packets = (long) ROUNDS * subscribers;
        long sent = 0;
        long tookNs = 0;
        for (int frame = 0; frame < FRAMES; frame++) {
            long beforeNs = THREADS.getCurrentThreadCpuTime();
            for (int round = 0; round < PACKETS_PER_FRAME; round++) {
                sent += loop.round();
            }
            tookNs += THREADS.getCurrentThreadCpuTime() - beforeNs;
        }
        if (sent != packets) {
            throw new IllegalStateException(sent + " of " + packets + " packets were sent");
        }
        return drained(packets, packets, tookNs);
    }

    /** The subscribers empty their sockets before the next window: it must not pay for this one. */
    private double drained(long datagrams, long packets, long tookNs) throws InterruptedException {
        expected += datagrams;
        sockets.awaitDrained(expected);
        return (double) tookNs / packets;
    }

    /** Prints the figures and closes all sockets. */
    @TearDown
    public void close() throws IOException {
        double ours = quantile(product, 0.5);
        double bare = quantile(yardstick, 0.5);
        System.out.printf(
                "%n%d subscribers, %d bytes a datagram (mean of the space's: %d), %d windows of %d packets each, by"
                        + " turns%n%s%n",
                subscribers,
                VideoFanOutSpace.HEADER_BYTES + VideoFanOutSpace.PAYLOAD_LENGTH_BYTES + 16,
                space.sentBytes() / space.sent(),
                product.size(),
                ROUNDS * subscribers,
                space.description());
        print("Rostrum  ", product);
        print("yardstick", yardstick);
        System.out.printf(
                "Rostrum / yardstick: %.3f of the medians, %.3f of the lower quartiles (goal: at most 1.4)%n%n",
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
