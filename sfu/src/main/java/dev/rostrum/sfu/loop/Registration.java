package dev.rostrum.sfu.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
 * wait for the claim. There is no lock: threads of signaling yield to shards, and a shard that waited for one of them would wait for
 * all that goes before it.
 *
 * @param <S> what the endpoint was described with; immutable
 * @param <E> the endpoint, touched by its shard only
 */
public final class Registration<S, E extends FaultHandler> {

    /**
     * All that changes; replaced as a whole.
     *
     * @param shard who has claimed it; stays after the end
     * @param waiting for the endpoint
     */
    private record State<E>(@Nullable Shard shard, @Nullable E endpoint, boolean ended, List<Consumer<E>> waiting) {

        State<E> claimedBy(Shard by) {
            return new State<>(by, null, false, waiting);
        }

        State<E> opened(E opened) {
            return new State<>(shard, opened, false, List.of());
        }

        State<E> waitingFor(Consumer<E> operation) {
            List<Consumer<E>> more = new ArrayList<>(waiting);
            more.add(operation);
            return new State<>(shard, null, false, more);
        }

        State<E> over() {
            return new State<>(shard, null, true, List.of());
        }
    }

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Registration.class, "state", State.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final S spec;
    private volatile State<E> state = new State<>(null, null, false, List.of());

    public Registration(S spec) {
        this.spec = spec;
    }

    /** Whether nobody has changed it meanwhile; then it is the next now. */
    private boolean become(State<E> next, State<E> before) {
        return STATE.compareAndSet(this, before, next);
    }

    /** What the endpoint was described with. */
    public S spec() {
        return spec;
    }

    /** The shard that owns the endpoint, or null if nobody has connected yet. */
    public @Nullable Shard shard() {
        return state.shard();
    }

    /** Whether the endpoint has ended, or was removed before it began. */
    public boolean ended() {
        return state.ended();
    }

    /** Makes the shard the owner, if there is none and the registration has not ended. Called on that shard. */
    public boolean claim(Shard by) {
        State<E> now = state;
        while (now.shard() == null && !now.ended()) {
            if (become(now.claimedBy(by), now)) {
                return true;
            }
            now = state;
        }
        return false;
    }

    /**
     * Ends a registration that nobody has claimed.
     *
     * @return false if it has been claimed, or has ended before
     */
    public boolean withdraw() {
        State<E> now = state;
        while (now.shard() == null && !now.ended()) {
            if (become(now.over(), now)) {
                return true;
            }
            now = state;
        }
        return false;
    }

    /**
     * Names the endpoint that the claiming shard has made, and runs what has waited for it, as {@link #execute} would have.
     * Called on that shard.
     */
    public void open(E opened) {
        // What is given from here on comes after what waits: it is a task of this shard, which is not done with this
        // one.
        State<E> now = state;
        while (!now.ended()) {
            if (become(now.opened(opened), now)) {
                now.waiting().forEach(operation -> run(operation, opened));
                return;
            }
            now = state;
        }
    }

    /** The endpoint, on its own shard; null before {@link #open} and after {@link #end}. */
    public @Nullable E endpoint() {
        return state.endpoint();
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
    public boolean execute(Consumer<E> operation) {
        State<E> now = state;
        while (!now.ended()) {
            E current = now.endpoint();
            Shard owner = now.shard();
            if (current != null && owner != null) {
                owner.execute(() -> run(operation, current));
                return true;
            }
            if (become(now.waitingFor(operation), now)) {
                return true;
            }
            now = state;
        }
        return false;
    }

    /**
     * Ends the registration: nobody can claim it any more.
     *
     * @return whether it had not ended before: the caller, and nobody else, reports the end
     */
    public boolean end() {
        State<E> now = state;
        while (!now.ended()) {
            if (become(now.over(), now)) {
                return true;
            }
            now = state;
        }
        return false;
    }
}
