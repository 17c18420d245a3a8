package dev.rostrum.signaling.web;

import dev.rostrum.sfu.Sfu;
import dev.rostrum.signaling.admission.Doorkeeper;
import dev.rostrum.signaling.admission.LoadSample;
import io.vertx.core.Context;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the machine ten times a second, on a thread of its own because reading takes files, and hands what it found
 * to the {@link Doorkeeper} on the signaling loop, which it also tells the time in between. How long that and the other event loops let it wait is part of it.
 *
 * <p>Any thread may close it.
 */
public final class LoadProbe implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LoadProbe.class);
    private static final long TICK_NS = 20_000_000;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(1);
    private static final int TICKS_PER_SAMPLE = 5;

    private final Sfu sfu;
    private final SignalingLoop loop;
    private final Supplier<List<Context>> webLoops;
    private final Doorkeeper doorkeeper;
    private final LongAccumulator longestDelayNs = new LongAccumulator(Long::max, 0);
    private final AtomicBoolean underWay = new AtomicBoolean();
    private final Thread thread;
    private volatile boolean sampling;
    private volatile boolean closed;

    /** @param webLoops the event loops of HTTP, as they are at the time of asking */
    public LoadProbe(Sfu sfu, SignalingLoop loop, Supplier<List<Context>> webLoops, Doorkeeper doorkeeper) {
        this.sfu = sfu;
        this.loop = loop;
        this.webLoops = webLoops;
        this.doorkeeper = doorkeeper;
        this.thread = new Thread(this::run, "rostrum-probe");
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        int cores = Runtime.getRuntime().availableProcessors();
        long atNs = SignalingLoop.nowNs();
        for (int tick = 0; !closed; tick++) {
            try {
                if (tick % TICKS_PER_SAMPLE == 0) {
                    look(cores);
                } else {
                    tick();
                }
            } catch (RuntimeException e) {
                LOG.error("The machine's load could not be read", e);
            }
            atNs += TICK_NS;
            long waitNs = atNs - SignalingLoop.nowNs();
            if (waitNs <= 0) {
                atNs -= waitNs;
            } else {
                LockSupport.parkNanos(waitNs);
            }
        }
    }

    private void tick() {
        if (underWay.compareAndSet(false, true)) {
            loop.execute(() -> {
                underWay.set(false);
                doorkeeper.onTick(SignalingLoop.nowNs());
            });
        }
    }

    private void look(int cores) {
        long postedNs = SignalingLoop.nowNs();
        for (Context web : webLoops.get()) {
            web.runOnContext(_ -> longestDelayNs.accumulate(SignalingLoop.nowNs() - postedNs));
        }
        if (sampling) {
            return; // the signaling loop has not got to the last one yet; its delay will tell
        }
        sampling = true;
        LoadSample sample = new LoadSample(postedNs, sfu.load(postedNs), cores, 0);
        loop.execute(() -> {
            sampling = false;
            long delayNs = Math.max(SignalingLoop.nowNs() - postedNs, longestDelayNs.getThenReset());
            doorkeeper.onSample(new LoadSample(sample.atNs(), sample.sfu(), sample.cores(), delayNs));
        });
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join(STOP_PATIENCE); // the loops that it asks are closed next
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
