package dev.rostrum.sfu.loop;

import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread's share of the server: its port, its deadlines, its links to the other shards, and whatever its handler
 * keeps. Nothing in it is locked, because only its own turn touches it.
 *
 * <p>Any thread may call {@link #execute}, {@link #index}, {@link #inLoop} and the counters. The thread that runs the
 * turns owns the rest.
 */
public final class Shard implements Executor {

    /** What a shard counts. */
    public enum Counter {
        TURNS,
        /** Turns that took longer than {@link Shard#SLOW_TURN_NS}. */
        SLOW_TURNS,
        /** Not a number of things: how long the longest turn took, without its wait. */
        LONGEST_TURN_NS,
        /** How long all turns took, without their waits. */
        BUSY_NS,
        DATAGRAMS,
        LINK_MESSAGES,
        TASKS,
        DEADLINES,
        /** Throwables that tasks, deadlines and handlers let escape: each a fault of ours, and in the log. */
        ESCAPED_ERRORS
    }

    /** A turn that takes longer is counted as slow. */
    public static final long SLOW_TURN_NS = 5_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(Shard.class);

    // How much of each kind a turn does before it looks at the port again.
    private static final int LINK_MESSAGES_PER_TURN = 256;
    private static final int TASKS_PER_TURN = 256;
    private static final int DEADLINES_PER_TURN = 256;

    private static final int LARGEST_LINK_BYTES = 1 << 20;
    private static final int SMALLEST_LINK_BYTES = 1 << 18;
    private static final long ALL_LINKS_BYTES = 64L << 20;

    private final int index;
    private final UdpPort port;
    private final ShardClock clock;
    private final WakeSignal signal;
    private final Deadlines deadlines = new Deadlines();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Counters<Counter> counters = new Counters<>(Counter.class);
    private final @Nullable ShardLink[] linksOut;
    private final @Nullable ShardLink[] linksIn;

    private static final VarHandle LONGEST_RECENT_TURN_NS;

    static {
        try {
            LONGEST_RECENT_TURN_NS =
                    MethodHandles.lookup().findVarHandle(Shard.class, "longestRecentTurnNs", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A thread that runs turns: its number in Java, and in the system (-1 if that is not known). */
    public record Runner(long threadId, int systemId) {

        private static final Path SELF = Path.of("/proc/thread-self");

        private static Runner here() {
            int systemId = -1;
            try {
                systemId = Integer.parseInt(
                        Files.readSymbolicLink(SELF).getFileName().toString());
            } catch (IOException | RuntimeException e) {
                LOG.debug("The system does not tell its number of a shard's thread", e);
            }
            return new Runner(Thread.currentThread().threadId(), systemId);
        }
    }

    private ShardHandler handler = new NoHandler();
    private ShardLink.Handler linkHandler = new NoHandler();
    private @Nullable Thread runner; // set during a turn; read by others only to compare with themselves
    private long nowNs;
    private long turnEndedNs;
    private volatile @Nullable Runner lastRunner;

    @SuppressWarnings("unused") // by its handle
    private long longestRecentTurnNs;

    private Shard(int index, UdpPort port, ShardClock clock, int shards) {
        this.index = index;
        this.port = port;
        this.clock = clock;
        this.signal = new WakeSignal(port::wakeup);
        this.linksOut = new ShardLink[shards];
        this.linksIn = new ShardLink[shards];
        this.nowNs = clock.nowNs();
        this.turnEndedNs = nowNs;
    }

    /** One shard for each port, each linked to all others. */
    public static List<Shard> linked(List<? extends UdpPort> ports, ShardClock clock) {
        return linked(ports, clock, linkBytes(ports.size()));
    }

    /**
     * As {@link #linked(List, ShardClock)}.
     *
     * @param linkBytes the size of each link's ring: a power of two, at least 16 KiB
     */
    public static List<Shard> linked(List<? extends UdpPort> ports, ShardClock clock, int linkBytes) {
        int count = ports.size();
        List<Shard> shards = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            shards.add(new Shard(i, ports.get(i), clock, count));
        }
        for (Shard from : shards) {
            for (Shard to : shards) {
                if (from != to) {
                    ShardLink link = new ShardLink(from.index, linkBytes, to.signal);
                    from.linksOut[to.index] = link;
                    to.linksIn[from.index] = link;
                }
            }
        }
        return List.copyOf(shards);
    }

    private static int linkBytes(int shards) {
        long share = ALL_LINKS_BYTES / Math.max(1, shards * (shards - 1));
        return Math.clamp(Long.highestOneBit(share), SMALLEST_LINK_BYTES, LARGEST_LINK_BYTES);
    }

    /** Sets what the shard does; before its first turn, or in a turn. */
    public void setHandler(ShardHandler handler) {
        this.handler = handler;
        this.linkHandler = handler.links();
    }

    /** From 0. */
    public int index() {
        return index;
    }

    /** How many shards are linked to each other, this one included. */
    public int shardCount() {
        return linksOut.length;
    }

    /** Whether the calling thread is in this shard's turn: what {@code assert} asks for at entries. */
    @SuppressWarnings("ReferenceEquality") // a thread is itself
    public boolean inLoop() {
        return runner == Thread.currentThread();
    }

    /** Lets the shard run a task in one of its next turns; any thread. Once the shard has closed, nothing runs. */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        signal.signal();
    }

    /** The timers of this shard. */
    public Deadlines deadlines() {
        return deadlines;
    }

    /** The local addresses of this shard. */
    public UdpPort port() {
        return port;
    }

    /** The clock behind {@link #nowNs}. */
    public ShardClock clock() {
        return clock;
    }

    /** The time of this turn: read once, after its datagrams were received. */
    public long nowNs() {
        return nowNs;
    }

    /** The way to another shard. */
    public ShardLink link(int toShard) {
        ShardLink link = linksOut[toShard];
        if (link == null) {
            throw new IllegalArgumentException("shard " + toShard + " has no link to itself");
        }
        return link;
    }

    /** What the shard did; any thread. */
    public Counters<Counter> counters() {
        return counters;
    }

    /** Says that the calling thread will run the turns from now on. */
    void runsHere() {
        lastRunner = Runner.here();
    }

    /** The thread that runs the turns, once it does; any thread. */
    public @Nullable Runner lastRunner() {
        return lastRunner;
    }

    /** How long the longest turn took since the last call; for one reader on any thread. */
    public long takeLongestTurnNs() {
        return (long) LONGEST_RECENT_TURN_NS.getAndSet(this, 0L);
    }

    /** Whether tasks or messages of other shards wait: then a turn should not wait. */
    public boolean hasWork() {
        if (!tasks.isEmpty()) {
            return true;
        }
        for (ShardLink link : linksIn) {
            if (link != null && !link.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Waits for something to do, then does it: datagrams, messages of other shards, tasks, deadlines, and sending.
     *
     * @param maxWaitNs how long to wait at most; less if a deadline is due before; 0 doesn't wait
     */
    public void turn(long maxWaitNs) {
        runner = Thread.currentThread();
        try {
            int received = receive(maxWaitNs);
            nowNs = clock.nowNs();
            handleDatagrams(received);
            drainLinks();
            runTasks();
            runDeadlines();
            endTurn();
            counters.add(Counter.DATAGRAMS, received);
        } finally {
            runner = null;
        }
    }

    private int receive(long maxWaitNs) {
        if (maxWaitNs <= 0) {
            return port.receive(0);
        }
        long waitNs = Math.min(maxWaitNs, deadlines.nextNs() - turnEndedNs);
        signal.fallAsleep();
        try {
            return port.receive(hasWork() ? 0 : waitNs);
        } finally {
            signal.awake();
        }
    }

    private void handleDatagrams(int received) {
        Slab slab = port.received();
        for (int i = 0; i < received; i++) {
            try {
                handler.onDatagram(
                        slab,
                        port.receivedOffset(i),
                        port.receivedLength(i),
                        port.receivedHi(i),
                        port.receivedLo(i),
                        port.receivedPort(i),
                        port.receivedLocal(i),
                        nowNs);
            } catch (Throwable t) {
                escaped(t);
            }
        }
    }

    private void drainLinks() {
        int drained = 0;
        for (ShardLink link : linksIn) {
            if (link == null) {
                continue;
            }
            try {
                drained += link.drain(linkHandler, LINK_MESSAGES_PER_TURN);
            } catch (Throwable t) {
                escaped(t); // the rest of this link comes in the next turn
            }
        }
        counters.add(Counter.LINK_MESSAGES, drained);
    }

    private void runTasks() {
        int ran = 0;
        while (ran < TASKS_PER_TURN) {
            Runnable task = tasks.poll();
            if (task == null) {
                break;
            }
            ran++;
            try {
                task.run();
            } catch (Throwable t) {
                escaped(t);
            }
        }
        counters.add(Counter.TASKS, ran);
    }

    private void runDeadlines() {
        int ran = 0;
        boolean due = true;
        while (due && ran < DEADLINES_PER_TURN) {
            try {
                due = deadlines.runNext(nowNs);
            } catch (Throwable t) {
                escaped(t);
            }
            if (due) {
                ran++;
            }
        }
        counters.add(Counter.DEADLINES, ran);
    }

    private void endTurn() {
        try {
            handler.onTurnEnd(nowNs);
            port.flush();
        } catch (Throwable t) {
            escaped(t);
        }
        turnEndedNs = clock.nowNs();
        long tookNs = turnEndedNs - nowNs;
        counters.count(Counter.TURNS);
        counters.add(Counter.BUSY_NS, tookNs);
        if (tookNs > SLOW_TURN_NS) {
            counters.count(Counter.SLOW_TURNS);
        }
        long longestNs = counters.get(Counter.LONGEST_TURN_NS);
        if (tookNs > longestNs) {
            counters.add(Counter.LONGEST_TURN_NS, tookNs - longestNs);
        }
        if (tookNs > (long) LONGEST_RECENT_TURN_NS.getOpaque(this)) {
            LONGEST_RECENT_TURN_NS.setOpaque(this, tookNs);
        }
    }

    private void escaped(Throwable t) {
        counters.count(Counter.ESCAPED_ERRORS);
        long errors = counters.get(Counter.ESCAPED_ERRORS);
        // A fault on the packet path must not drown the log: the first ten, then ever fewer.
        if (errors <= 10 || Long.bitCount(errors) == 1) {
            LOG.error("error {} in shard {}, which goes on", errors, index, t);
        }
    }

    /** Drops all: a shard without a handler. */
    private static final class NoHandler implements ShardHandler, ShardLink.Handler {

        @Override
        public void onDatagram(
                Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {}

        @Override
        public ShardLink.Handler links() {
            return this;
        }

        @Override
        public void onTurnEnd(long nowNs) {}

        @Override
        public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {}

        @Override
        public void onNumbers(int fromShard, int type, long a, long b, long c) {}

        @Override
        public void onDatagram(
                int fromShard,
                Slab ring,
                int offset,
                int lengthBytes,
                long hi,
                long lo,
                int port,
                int local,
                long timeNs) {}

        @Override
        public void onObject(int fromShard, Object message) {}
    }
}
