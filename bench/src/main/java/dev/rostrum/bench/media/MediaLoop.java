package dev.rostrum.bench.media;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Deadlines;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import dev.rostrum.srtp.Slab;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that serves the sockets of thousands of clients: it waits for all of them at once, empties those that have
 * something, and runs timers and tasks.
 *
 * <p>Any thread may {@link #execute}, {@link #snapshot} and {@link #close}; all else belongs to the loop's thread.
 */
public final class MediaLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MediaLoop.class);
    private static final long ORIGIN_NS = System.nanoTime();
    private static final int EVENTS = 256;
    private static final int BATCH = 16;
    private static final int STRIDE = 1600;
    private static final int MAX_DATAGRAM_BYTES = 1500;
    private static final long LONGEST_WAIT_NS = 100_000_000L;
    private static final long WAKE = -1;

    final MediaSettings settings;
    final Deadlines deadlines = new Deadlines();
    final SplittableRandom random;
    final RtcpWriter rtcp = new RtcpWriter();

    /** One datagram to send is built here. */
    final Slab out = Slab.allocate(2048);

    /** A batch of received datagrams; between two batches it is free for one that came another way. */
    final Slab in = Slab.allocate(BATCH * STRIDE);

    private final MemorySegment headers =
            Slab.allocate(BATCH * SocketCalls.MMSGHDR_BYTES).segment();
    private final MemorySegment iovecs =
            Slab.allocate(BATCH * SocketCalls.IOVEC_BYTES).segment();
    private final MemorySegment events =
            Slab.allocate(EVENTS * SocketCalls.EPOLL_EVENT_BYTES).segment();
    private final MemorySegment timespec = Slab.allocate(16).segment();
    private final MemorySegment name = Slab.allocate(32).segment();
    private final int epoll = SocketCalls.epoll();
    private final int wake = SocketCalls.eventfd();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Thread thread;
    private volatile boolean closing;

    private @Nullable LightPath[] paths = new LightPath[64];
    private final ArrayList<Integer> free = new ArrayList<>();
    private int pathCount;
    private final Collection<MediaConnection> connections = new LinkedHashSet<>();
    private final Collection<Hearing> hearings = new LinkedHashSet<>();
    private LoadTotals.Sum[] recent = sums();
    private final long[] sendFailures = new long[MediaEngine.GROUPS];

    /** Starts the thread. */
    public MediaLoop(String threadName, MediaSettings settings, long seed) {
        this.settings = settings;
        random = new SplittableRandom(seed);
        for (int i = 0; i < BATCH; i++) {
            iovecs.set(JAVA_LONG, (long) i * SocketCalls.IOVEC_BYTES, in.address() + (long) i * STRIDE);
            iovecs.set(JAVA_LONG, (long) i * SocketCalls.IOVEC_BYTES + 8, MAX_DATAGRAM_BYTES);
            long header = (long) i * SocketCalls.MMSGHDR_BYTES;
            headers.set(
                    JAVA_LONG,
                    header + SocketCalls.MMSGHDR_IOVEC,
                    iovecs.address() + (long) i * SocketCalls.IOVEC_BYTES);
            headers.set(JAVA_LONG, header + SocketCalls.MMSGHDR_IOVEC_COUNT, 1);
        }
        SocketCalls.epollAdd(epoll, wake, WAKE);
        thread = new Thread(this::run, threadName);
        thread.setDaemon(true);
        thread.start();
    }

    /** The clock of the load generator: ns since some moment before its start. */
    public static long clockNs() {
        return System.nanoTime() - ORIGIN_NS + 1;
    }

    /** Runs a task on the loop. */
    public void execute(Runnable task) {
        tasks.add(task);
        if (woken.compareAndSet(false, true)) {
            SocketCalls.eventfdWrite(wake);
        }
    }

    private void run() {
        try {
            while (!closing) {
                turn();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("the load generator's loop died", e);
        }
        runTasks();
        List.copyOf(connections).forEach(MediaConnection::close);
        runTasks();
        SocketCalls.close(epoll);
        SocketCalls.close(wake);
    }

    private void turn() {
        long waitNs = Math.clamp(deadlines.nextNs() - clockNs(), 0, LONGEST_WAIT_NS);
        int count = SocketCalls.epollWait(epoll, events.address(), EVENTS, timespec, tasks.isEmpty() ? waitNs : 0);
        long startNs = clockNs();
        for (int i = 0; i < count; i++) {
            long data = events.get(
                    JAVA_LONG_UNALIGNED, (long) i * SocketCalls.EPOLL_EVENT_BYTES + SocketCalls.EPOLL_EVENT_DATA);
            if (data == WAKE) {
                continue; // edge-triggered: the next write wakes again
            }
            LightPath path = paths[(int) data];
            if (path != null && path.generation() == data >>> 32) {
                receive(path);
                sendDue();
            }
        }
        woken.set(false);
        runTasks();
        sendDue();
        recent[0].longestTurnNs = Math.max(recent[0].longestTurnNs, clockNs() - startNs);
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("a task of the load generator failed", e);
            }
            sendDue();
        }
    }

    /** Whatever else there is to do in this turn: a packet that speakers owe does not wait for all of it. */
    private void sendDue() {
        long nowNs = clockNs();
        if (deadlines.nextNs() <= nowNs) {
            deadlines.runDue(nowNs);
        }
    }

    private void receive(LightPath path) {
        int received = BATCH;
        while (received == BATCH && path.isOpen()) {
            received = SocketCalls.recvmmsg(path.socket(), headers.address(), BATCH);
            long nowNs = clockNs();
            for (int i = 0; i < received; i++) {
                int length = headers.get(JAVA_INT, (long) i * SocketCalls.MMSGHDR_BYTES + SocketCalls.MMSGHDR_LENGTH);
                path.onDatagram(in, i * STRIDE, length, nowNs);
            }
        }
    }

    /** Serves a path's socket from now on; returns its place and generation. */
    long register(LightPath path) {
        int place = free.isEmpty() ? pathCount++ : free.removeLast();
        if (place == paths.length) {
            paths = Arrays.copyOf(paths, 2 * place);
        }
        paths[place] = path;
        long data = (long) path.generation() << 32 | place;
        SocketCalls.epollAdd(epoll, path.socket(), data);
        return data;
    }

    /** The same path has another socket now. */
    void registerAnew(int socket, long data) {
        SocketCalls.epollAdd(epoll, socket, data);
    }

    void unregister(long data) {
        int place = (int) data;
        paths[place] = null;
        free.add(place);
    }

    /** Closes a connection at the loop's end, if it is still there then. */
    void enter(MediaConnection connection) {
        connections.add(connection);
    }

    void exit(MediaConnection connection) {
        connections.remove(connection);
    }

    void forgetExtremes() {
        execute(() -> hearings.forEach(Hearing::forgetExtremes));
    }

    void add(Hearing hearing) {
        hearings.add(hearing);
    }

    /** Sends what is in {@link #out}; whether the system took it. */
    boolean send(int socket, int lengthBytes, InetSocketAddress to) {
        return SocketCalls.send(socket, out.address(), lengthBytes, name.address(), SocketCalls.writeAddress(name, to));
    }

    void schedule(Deadline deadline, long atNs) {
        if (atNs == Long.MAX_VALUE) {
            deadlines.cancel(deadline);
        } else {
            deadlines.schedule(deadline, atNs);
        }
    }

    void onLatency(int group, long latencyNs, long transitNs) {
        recent[group].latency.recordValue(Math.clamp(latencyNs, 1_000, 100_000_000_000L));
        recent[group].transit.recordValue(Math.clamp(transitNs, 1_000, 100_000_000_000L));
    }

    void onSent(int group, long lateNs, boolean taken) {
        recent[group].pacing.recordValue(Math.clamp(lateNs, 1_000, 100_000_000_000L));
        sendFailures[group] += taken ? 0 : 1;
    }

    private static LoadTotals.Sum[] sums() {
        LoadTotals.Sum[] sums = new LoadTotals.Sum[MediaEngine.GROUPS];
        Arrays.setAll(sums, _ -> new LoadTotals.Sum());
        return sums;
    }

    /** Sums of the clients of this loop by group; histograms since the last time. */
    CompletableFuture<LoadTotals.Sum[]> snapshot() {
        CompletableFuture<LoadTotals.Sum[]> future = new CompletableFuture<>();
        execute(() -> {
            LoadTotals.Sum[] sums = recent;
            recent = sums();
            for (Hearing hearing : hearings) {
                hearing.addTo(sums[hearing.group]);
            }
            for (int group = 0; group < sums.length; group++) {
                sums[group].sendFailures = sendFailures[group];
            }
            future.complete(sums);
        });
        return future;
    }

    /** Closes all connections and ends the thread. */
    @Override
    public void close() {
        closing = true;
        SocketCalls.eventfdWrite(wake);
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the thread ends by itself
        }
    }
}
