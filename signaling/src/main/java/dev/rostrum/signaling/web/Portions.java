package dev.rostrum.signaling.web;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work of one event loop that may wait for a moment: it is done in portions of a millisecond, in its order, and what
 * is asked of the loop in between comes first. So a page is answered soon although a thousand joins have just arrived.
 *
 * <p>Owned by its event loop, but for {@link #later}.
 */
final class Portions {

    private static final Logger LOG = LoggerFactory.getLogger(Portions.class);
    private static final long PORTION_NS = 1_000_000;

    private final Context context;
    private final EventLoop loop;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private long spentNs;
    private boolean planned;

    Portions(Context context) {
        this.context = context;
        this.loop = ((ContextInternal) context).nettyEventLoop();
    }

    /** Runs a task now, or after those that wait. */
    void execute(Runnable task) {
        if (waiting.isEmpty() && spentNs < PORTION_NS) {
            run(task);
        } else {
            waiting.add(task);
        }
        plan();
    }

    /** Any thread: runs a task after those that wait, on the event loop. */
    void later(Runnable task) {
        context.runOnContext(_ -> execute(task));
    }

    private void plan() {
        if (!planned) {
            planned = true;
            // Due at once, but on a clock: an event loop does all its plain tasks before it reads from sockets again.
            var _ = loop.schedule(() -> context.runOnContext(_ -> nextPortion()), 1, TimeUnit.NANOSECONDS);
        }
    }

    private void nextPortion() {
        planned = false;
        spentNs = 0;
        while (spentNs < PORTION_NS) {
            Runnable task = waiting.poll();
            if (task == null) {
                return;
            }
            run(task);
        }
        plan();
    }

    private void run(Runnable task) {
        long beginNs = SignalingLoop.nowNs();
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("A task of an event loop failed", e);
        }
        spentNs += SignalingLoop.nowNs() - beginNs;
    }
}
