package dev.rostrum.sfu.loop;

/**
 * Whom an error of the server's own concerns: what a task, a timer or a packet was for ends because of it, and nothing
 * else does.
 *
 * <p>Called on the thread of the shard on which the error occurred.
 */
@FunctionalInterface
public interface FaultHandler {

    /** Something failed that was done for this one alone. */
    void onFault(RuntimeException fault);
}
