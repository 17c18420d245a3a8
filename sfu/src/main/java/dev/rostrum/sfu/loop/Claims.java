package dev.rostrum.sfu.loop;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Who may connect, by ICE username fragment, and which shard has claimed each: the one map that all shards share.
 *
 * <p>Any thread. A shard looks here only for datagrams from addresses that it doesn't know.
 *
 * @param <T> what is registered under a username fragment
 */
public final class Claims<T> {

    /** The owner of what no shard has claimed yet. */
    public static final int NOBODY = -1;

    /** The owner of what was withdrawn before any shard claimed it. */
    public static final int WITHDRAWN = -2;

    /**
     * What is registered, and who owns it. The owner never changes once there is one.
     *
     * <p>Any thread.
     */
    public static final class Claim<T> {

        private final T registration;
        private final AtomicInteger owner;

        private Claim(T registration, int owner) {
            this.registration = registration;
            this.owner = new AtomicInteger(owner);
        }

        public T registration() {
            return registration;
        }

        /** The index of the shard that owns it, or {@link #NOBODY} or {@link #WITHDRAWN}. */
        public int owner() {
            return owner.get();
        }

        /**
         * Claims it for a shard, which has seen an authentic request, unless another was first.
         *
         * @return the index of the shard that owns it from now on, or {@link #WITHDRAWN}
         */
        public int claim(int shard) {
            int before = owner.compareAndExchange(NOBODY, shard);
            return before == NOBODY ? shard : before;
        }
    }

    private final ConcurrentMap<String, Claim<T>> claims = new ConcurrentHashMap<>();

    /** How many are registered. */
    public int size() {
        return claims.size();
    }

    /**
     * Registers what no shard owns yet.
     *
     * @throws IllegalStateException if the fragment is taken
     */
    public Claim<T> register(String ufrag, T registration) {
        return add(ufrag, new Claim<>(registration, NOBODY));
    }

    /**
     * Registers what a shard owns from the start: another fragment of the same endpoint, after an ICE restart.
     *
     * @throws IllegalStateException if the fragment is taken
     */
    public Claim<T> register(String ufrag, T registration, int owner) {
        return add(ufrag, new Claim<>(registration, owner));
    }

    private Claim<T> add(String ufrag, Claim<T> claim) {
        if (claims.putIfAbsent(ufrag, claim) != null) {
            throw new IllegalStateException("the username fragment " + ufrag + " is taken");
        }
        return claim;
    }

    /** What is registered under the fragment, or null. */
    public @Nullable Claim<T> find(String ufrag) {
        return claims.get(ufrag);
    }

    /**
     * Takes back a registration; no shard can claim it any more.
     *
     * @return the shard that owns it and must be told, or {@link #NOBODY} if none did or nothing was registered
     */
    public int withdraw(String ufrag) {
        Claim<T> claim = claims.remove(ufrag);
        return claim == null ? NOBODY : claim.owner.compareAndExchange(NOBODY, WITHDRAWN);
    }
}
