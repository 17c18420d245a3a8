package dev.rostrum.bench.media;

import java.io.IOException;
import java.net.InetAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Who does ICE with ice4j's agent: a share of the listeners, evenly spread, and never more than {@link #MOST} connections
 * at a time, because each has threads of its own.
 *
 * <p>Safe for any thread.
 */
final class Ice4jShare implements AutoCloseable {

    /** How many paths there may be at a time. */
    static final int MOST = 64;

    private static final long PATIENCE_S = 5;

    private final double share;
    private final AtomicLong listeners = new AtomicLong();
    private final Semaphore places = new Semaphore(MOST);
    private final ExecutorService work = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("load-ice4j").factory());

    /** @param share 0 to 1 */
    Ice4jShare(double share) {
        this.share = share;
        if (share > 0) {
            Ice4jPath.prepare();
        }
    }

    /** Whether one more listener is of the share. */
    boolean takesNext() {
        return isChosen(listeners.getAndIncrement(), share);
    }

    /** Whether the listener of this number, from 0, is of a share: of the first n are n times the share, rounded down. */
    static boolean isChosen(long number, double share) {
        return Math.floor((number + 1) * share) > Math.floor(number * share);
    }

    /** Opens a path, or returns null: there are as many as may be. */
    @Nullable
    IcePath open(MediaLoop loop, InetAddress localHost) throws IOException {
        if (!places.tryAcquire()) {
            return null;
        }
        try {
            return new Ice4jPath(loop, work, localHost, places::release);
        } catch (IOException | RuntimeException e) {
            places.release();
            throw e;
        }
    }

    /** Waits until the agents of closed paths are gone. */
    @Override
    public void close() {
        work.shutdown();
        try {
            boolean ignored = work.awaitTermination(PATIENCE_S, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // its thread is a daemon
        }
    }
}
