package dev.rostrum.dtls;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the handshakes of all endpoints, each on a virtual thread because Bouncy Castle's API blocks, bounded in number
 * and time.
 *
 * <p>Safe for several threads. The virtual threads run on the JDK's scheduler, whose parallelism is that of the cores
 * unless {@code -Djdk.virtualThreadScheduler.parallelism} says otherwise: whoever starts the process must set it to at
 * most half of the cores, so that a crowd that joins (about 0.3 ms of CPU each) does not take the cores from the shards.
 */
public final class DtlsHandshakes implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DtlsHandshakes.class);
    private static final Thread.Builder.OfVirtual THREADS =
            Thread.ofVirtual().name("dtls").uncaughtExceptionHandler((thread, e) -> log.error("a DTLS task died", e));

    private final DtlsCrypto crypto;
    private final DtlsLimits limits;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final Set<DtlsTransport> inFlight = new HashSet<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final AtomicInteger running = new AtomicInteger(); // tasks on virtual threads
    private volatile boolean closed;

    private final LongAccumulator longestDelayNs = new LongAccumulator(Long::max, 0);
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final Map<DtlsDropReason, LongAdder> dropped = new EnumMap<>(DtlsDropReason.class);

    private record Waiting(DtlsTransport transport, long sinceNs) {}

    /** A pool with the default limits. */
    public DtlsHandshakes(DtlsCrypto crypto) {
        this(crypto, DtlsLimits.defaults());
    }

    public DtlsHandshakes(DtlsCrypto crypto, DtlsLimits limits) {
        this.crypto = crypto;
        this.limits = limits;
        for (DtlsDropReason reason : DtlsDropReason.values()) {
            dropped.put(reason, new LongAdder());
        }
    }

    /** What the handshakes compute with, for the start message. */
    public String description() {
        return "DTLS 1.2 by " + crypto.description();
    }

    /** Handshakes that run now. */
    public int inFlight() {
        lock.lock();
        try {
            return inFlight.size();
        } finally {
            lock.unlock();
        }
    }

    /** Handshakes that wait for their turn. */
    public int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The longest that a handshake waited for a thread since the last call, in nanoseconds: whether the processors that
     * handshakes may use keep up. For one reader.
     */
    public long takeLongestDelayNs() {
        return longestDelayNs.getThenReset();
    }

    /** Handshakes that ended with keys, since the start. */
    public long completed() {
        return completed.sum();
    }

    /** Handshakes that ended without keys, since the start. */
    public long failed() {
        return failed.sum();
    }

    /** Handshakes that were not begun because too many waited, since the start. */
    public long refused() {
        return refused.sum();
    }

    /** Datagrams and records that were dropped for this reason, since the start. */
    public long dropped(DtlsDropReason reason) {
        return drops(reason).sum();
    }

    DtlsCrypto crypto() {
        return crypto;
    }

    DtlsLimits limits() {
        return limits;
    }

    private LongAdder drops(DtlsDropReason reason) {
        return Objects.requireNonNull(dropped.get(reason));
    }

    void countDrop(DtlsDropReason reason) {
        drops(reason).increment();
    }

    void countHandshake(boolean gaveKeys) {
        (gaveKeys ? completed : failed).increment();
    }

    /** Begins a handshake, now or when its turn comes. Returns why not, or null. */
    @Nullable
    String begin(DtlsTransport transport) {
        lock.lock();
        try {
            if (closed) {
                refused.increment();
                return "the server is stopping";
            }
            if (inFlight.size() >= limits.maxInFlight()) {
                if (waiting.size() >= limits.maxWaiting()) {
                    refused.increment();
                    return "too many handshakes: " + inFlight.size() + " in flight and " + waiting.size() + " waiting";
                }
                waiting.add(new Waiting(transport, System.nanoTime()));
                return null;
            }
            inFlight.add(transport);
        } finally {
            lock.unlock();
        }
        start(transport, 0);
        return null;
    }

    /** Runs a short task on a virtual thread. */
    void execute(Runnable task) {
        running.incrementAndGet();
        THREADS.start(() -> {
            try {
                task.run();
            } finally {
                if (running.decrementAndGet() == 0 && closed) {
                    signalIdle();
                }
            }
        });
    }

    private void signalIdle() {
        lock.lock();
        try {
            idle.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void start(DtlsTransport transport, long waitedMillis) {
        long sinceNs = System.nanoTime();
        execute(() -> run(transport, waitedMillis, sinceNs));
    }

    private void run(DtlsTransport transport, long waitedMillis, long sinceNs) {
        longestDelayNs.accumulate(System.nanoTime() - sinceNs);
        try {
            transport.handshake(waitedMillis);
        } finally {
            beginNext(transport);
        }
    }

    private void beginNext(DtlsTransport ended) {
        Waiting next;
        lock.lock();
        try {
            inFlight.remove(ended);
            next = waiting.poll();
            if (next != null) {
                inFlight.add(next.transport);
            }
        } finally {
            lock.unlock();
        }
        if (next != null) {
            long waitedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - next.sinceNs);
            start(next.transport, waitedMillis);
        }
    }

    /**
     * Ends all handshakes and begins no more. Established sessions stay as they are: their owner closes them, before this,
     * so that their goodbyes have been given to their sinks when this returns. Waits at most a second.
     */
    @Override
    public void close() {
        List<DtlsTransport> toEnd;
        lock.lock();
        try {
            closed = true;
            toEnd = new ArrayList<>(inFlight);
            for (Waiting each : waiting) {
                toEnd.add(each.transport);
            }
        } finally {
            lock.unlock();
        }
        for (DtlsTransport each : toEnd) {
            each.close();
        }
        lock.lock();
        try {
            long leftNs = TimeUnit.SECONDS.toNanos(1);
            while (running.get() > 0 && leftNs > 0) {
                leftNs = idle.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
