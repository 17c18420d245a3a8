package dev.rostrum.sfu.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Wakes a shard that waits for its port, and only then: a shard that is awake looks for work before it waits again.
 *
 * <p>{@link #signal} by any thread, after the work has been published with at least a volatile write; the others by the
 * shard. No wake-up is lost: the shard says that it sleeps before it looks for work a last time, and the other side
 * publishes its work before it looks whether the shard sleeps.
 */
final class WakeSignal {

    private static final VarHandle ASLEEP;

    static {
        try {
            ASLEEP = MethodHandles.lookup().findVarHandle(WakeSignal.class, "asleep", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Runnable wakeup;

    @SuppressWarnings("unused") // by its handle
    private boolean asleep;

    WakeSignal(Runnable wakeup) {
        this.wakeup = wakeup;
    }

    void signal() {
        if ((boolean) ASLEEP.getVolatile(this) && ASLEEP.compareAndSet(this, true, false)) {
            wakeup.run();
        }
    }

    void fallAsleep() {
        ASLEEP.setVolatile(this, true);
    }

    void awake() {
        ASLEEP.setOpaque(this, false);
    }
}
