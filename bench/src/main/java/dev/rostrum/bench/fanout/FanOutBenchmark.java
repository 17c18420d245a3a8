package dev.rostrum.bench.fanout;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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
 * What one packet to one listener costs beside the yardstick, as a JMH benchmark: see {@link AudioFanOut}. Both take turns
 * in short windows; the figures are printed at the end of each fork, and the times that JMH tells are only those of the
 * windows together.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class FanOutBenchmark {

    private static final int WINDOWS = 20;

    @Param("1000")
    int listeners;

    /** As long as 20 ms of Opus at 40 kbit/s. */
    @Param("100")
    int payloadBytes;

    @SuppressWarnings("NullAway.Init") // JMH calls the set-up
    private Contest contest;

    @SuppressWarnings("NullAway.Init")
    private ByTurns turns;

    private boolean measured;

    @Setup
    public void open() throws IOException {
        contest = new AudioFanOut(listeners, payloadBytes);
        turns = new ByTurns(contest);
    }

    /** Only what comes after the warm-up counts. */
    @Setup(Level.Iteration)
    public void begin(IterationParams iteration) {
        measured = iteration.getType() == IterationType.MEASUREMENT;
    }

    @Benchmark
    public void fanOut() throws IOException, InterruptedException {
        turns.run(WINDOWS, measured);
    }

    /** Prints the figures (the goal is a ratio of at most 1.25) and closes all sockets. */
    @TearDown
    public void close() throws IOException {
        System.out.println(System.lineSeparator() + turns.report());
        contest.close();
    }
}
