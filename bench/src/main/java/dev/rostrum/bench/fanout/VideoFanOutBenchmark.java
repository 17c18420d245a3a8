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
 * What one video packet to one subscriber costs beside the yardstick, as a JMH benchmark: see {@link VideoFanOut}. Both
 * take turns in short windows, as in {@link FanOutBenchmark}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class VideoFanOutBenchmark {

    private static final int WINDOWS = 20;

    @Param("200")
    int subscribers;

    @SuppressWarnings("NullAway.Init") // JMH calls the set-up
    private Contest contest;

    @SuppressWarnings("NullAway.Init")
    private ByTurns turns;

    private boolean measured;

    @Setup
    public void open() throws IOException, InterruptedException {
        contest = new VideoFanOut(subscribers);
        turns = new ByTurns(contest);
    }

    /** Only what comes after the warm-up counts. */
    @Setup(Level.Iteration)
    public void begin(IterationParams iteration) {
        measured = iteration.getType() == IterationType.MEASUREMENT;
    }

    @Benchmark
    public void videoFanOut() throws IOException, InterruptedException {
        turns.run(WINDOWS, measured);
    }

    /** Prints the figures (the goal is a ratio of at most 1.4) and closes all sockets. */
    @TearDown
    public void close() throws IOException {
        System.out.println(System.lineSeparator() + turns.report());
        contest.close();
    }
}
