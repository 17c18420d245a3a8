package dev.rostrum.sfu.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that may connect, and once it has, the shard that owns it (late placement: the kernel picks the socket,
 * so the shard that sees the first authentic check claims it).
 *
 * <p>Safe for any thread: the one place where signaling, which describes endpoints, and shards, which own them, meet.
 * Operations on the endpoint run on its shard, in the order in which they were given; those given before there is one
 * wait for the claim.
 *
 * @param <S> what the endpoint was described with; immutable
 * @param <E> the endpoint, touched by its shard only
 */
public final class Registration<S, E extends FaultHandler> {

    private final S spec;
    private final List<Consumer<E>> waiting = new ArrayList<>();
    private @Nullable Shard shard;
    private @Nullable E endpoint;
    private boolean ended;

    public Registration(S spec) {
        this.spec = spec;
    }

    /** What the endpoint was described with. */
    public S spec() {
        return spec;
    }

    /** The shard that owns the endpoint, or null if nobody has connected yet. */
    public synchronized @Nullable Shard shard() {
        return shard;
    }

    /** Whether the endpoint has ended, or was removed before it began. */
    public synchronized boolean ended() {
        return ended;
    }

    /** Makes the shard the owner, if there is none and the registration has not ended. Called on that shard. */
    public synchronized boolean claim(Shard by) {
        if (shard != null || ended) {
            return false;
        }
        shard = by;
        return true;
    }

    /**
     * Ends a registration that nobody has claimed.
     *
     * @return false if it has been claimed, or has ended before
     */
    public synchronized boolean withdraw() {
        if (shard != null || ended) {
            return false;
        }
        ended = true;
        waiting.clear();
        return true;
    }

    /**
     * Names the endpoint that the claiming shard has made, and runs what has waited for it, as {@link #execute} would have.
     * Called on that shard.
     */
    public void open(E opened) {
        List<Consumer<E>> due;
        synchronized (this) {
            endpoint = opened;
            due = List.copyOf(waiting);
            waiting.clear();
        }
        due.forEach(operation -> run(operation, opened));
    }

    /** The endpoint, on its own shard; null before {@link #open} and after {@link #end}. */
    public synchronized @Nullable E endpoint() {
        return endpoint;
    }

    private static <E extends FaultHandler> void run(Consumer<E> operation, E endpoint) {
        try {
            operation.accept(endpoint);
        } catch (RuntimeException e) {
            endpoint.onFault(e);
        }
    }

    /**
     * Runs an operation on the endpoint's shard, as soon as there is one. The endpoint is told of what it throws.
     *
     * @return false if the endpoint has ended: the operation will not run
     */
    public synchronized boolean execute(Consumer<E> operation) {
        if (ended) {
            return false;
        }
        if (endpoint == null) {
            waiting.add(operation);
            return true;
        }
        E current = endpoint;
        Shard owner = shard;
        if (owner != null) {
            owner.execute(() -> run(operation, current));
        }
        return true;
    }

    /**
     * Ends the registration: nobody can claim it any more.
     *
     * @return whether it had not ended before: the caller, and nobody else, reports the end
     */
    public synchronized boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
        endpoint = null;
        waiting.clear();
        return true;
    }
}
