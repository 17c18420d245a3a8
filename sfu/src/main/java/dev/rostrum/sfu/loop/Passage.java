package dev.rostrum.sfu.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the links that a marker has yet to pass, and completes when it has passed the last one.
 *
 * <p>Safe for any thread: made on one shard, met on others.
 */
public final class Passage {

    private final AtomicInteger remaining;
    private final CompletableFuture<Void> done;

    /** A passage through so many links, at least one; the future completes after the last. */
    public Passage(int links, CompletableFuture<Void> done) {
        this.remaining = new AtomicInteger(links);
        this.done = done;
    }

    /** The marker has been met at the end of one link. */
    public void passed() {
        if (remaining.decrementAndGet() == 0) {
            done.complete(null);
        }
    }
}
