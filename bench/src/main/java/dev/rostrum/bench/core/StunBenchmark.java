package dev.rostrum.bench.core;

import dev.rostrum.bench.fanout.BareCheck;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.ice.StunCodec;
import dev.rostrum.sfu.ice.StunResult;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a connectivity check costs: whose it is, and whether it is authentic. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StunBenchmark {

    private final SplittableRandom random = new SplittableRandom(1);
    private final IceCredentials local = IceCredentials.random(random);
    private final byte[] check = BareCheck.of(local, random);
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(check.length).put(0, check);

    /** All that a check with an unknown name costs. */
    @Benchmark
    public @Nullable String localUfrag() {
        return StunCodec.localUfrag(bytes, 0, check.length);
    }

    /** Reading and authenticating it. */
    @Benchmark
    public StunResult decode() {
        return StunCodec.decode(bytes, 0, check.length, local);
    }
}
