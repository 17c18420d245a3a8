package dev.rostrum.signaling.web;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one event loop that owns all spaces. HTTP connections live on several loops and hop onto this one.
 *
 * <p>{@link #execute} and {@link #call} may be called from any thread; the rest on the loop itself.
 */
public final class SignalingLoop implements Executor {

    private static final Logger LOG = LoggerFactory.getLogger(SignalingLoop.class);

    /** What must be done at a certain time. */
    public interface Deadline {
        /** When it is due, or {@link Long#MAX_VALUE}. */
        long deadlineNs();

        void onDeadline(long nowNs);
    }

    private final Vertx vertx;
    private final Context context;
    private Deadline deadline = new Deadline() {
        @Override
        public long deadlineNs() {
            return Long.MAX_VALUE;
        }

        @Override
        public void onDeadline(long nowNs) {}
    };
    private long armedNs = Long.MAX_VALUE;
    private long timer = -1;

    /** @param context an event loop's context that nothing else uses */
    public SignalingLoop(Vertx vertx, Context context) {
        this.vertx = vertx;
        this.context = context;
    }

    /** Sets what has deadlines; they are looked at after every turn. */
    public void watch(Deadline watched) {
        execute(() -> deadline = watched);
    }

    /** Monotonic time, the same that the deadlines are in. */
    public static long nowNs() {
        return System.nanoTime();
    }

    @Override
    public void execute(Runnable task) {
        context.runOnContext(_ -> turn(task));
    }

    /** Runs a task on the loop, later. */
    public void after(Duration delay, Runnable task) {
        vertx.setTimer(delay.toMillis(), _ -> execute(task));
    }

    /** Runs a task on the loop; its result, or what it threw, comes back on the caller's own event loop. */
    public <T> Future<T> call(Callable<T> task) {
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        execute(() -> {
            try {
                T result = task.call();
                caller.runOnContext(_ -> promise.complete(result));
            } catch (Exception e) {
                caller.runOnContext(_ -> promise.fail(e));
            }
        });
        return promise.future();
    }

    /** As {@link #call}, for a task whose result comes later. */
    public <T> Future<T> await(Callable<CompletionStage<T>> task) {
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        execute(() -> {
            try {
                task.call()
                        .whenComplete((result, e) -> caller.runOnContext(_ -> {
                            if (e == null) {
                                promise.complete(result);
                            } else {
                                promise.fail(e);
                            }
                        }));
            } catch (Exception e) {
                caller.runOnContext(_ -> promise.fail(e));
            }
        });
        return promise.future();
    }

    private void turn(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("A task of the signaling loop failed", e);
        }
        arm();
    }

    private void arm() {
        long dueNs = deadline.deadlineNs();
        if (dueNs == armedNs) {
            return;
        }
        if (timer >= 0) {
            vertx.cancelTimer(timer);
            timer = -1;
        }
        armedNs = dueNs;
        if (dueNs != Long.MAX_VALUE) {
            long inMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(dueNs - nowNs()) + 1);
            timer = vertx.setTimer(inMs, _ -> {
                timer = -1;
                armedNs = Long.MAX_VALUE;
                execute(() -> deadline.onDeadline(nowNs()));
            });
        }
    }
}
