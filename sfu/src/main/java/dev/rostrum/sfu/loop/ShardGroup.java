package dev.rostrum.sfu.loop;

import dev.rostrum.sfu.udp.ChannelUdpPort;
import dev.rostrum.sfu.udp.LinuxUdpPort;
import dev.rostrum.sfu.udp.UdpPort;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards of a server: each a thread with a port, all ports on the same addresses and the same UDP port number. The
 * system gives each flow to one of them, as long as their number stays the same; so all are bound before the first
 * starts, and none is closed alone.
 *
 * <p>Any thread; one at a time.
 */
public final class ShardGroup implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ShardGroup.class);

    private static final int ATTEMPTS = 20;
    private static final long MAX_WAIT_NS = 1_000_000_000;
    private static final long CLOSE_WAIT_NS = 3_000_000_000L;
    private static final long FAILURE_PAUSE_NS = 100_000_000;
    private static final int LAST_TURNS = 100;

    private final List<Shard> shards;
    private final List<InetSocketAddress> locals;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopping;
    private boolean closed;

    private ShardGroup(List<Shard> shards) {
        this.shards = shards;
        UdpPort port = shards.getFirst().port();
        List<InetSocketAddress> bound = new ArrayList<>();
        for (int local = 0; local < port.localCount(); local++) {
            bound.add(port.local(local));
        }
        locals = List.copyOf(bound);
    }

    /**
     * Binds the ports of all shards. No thread runs before {@link #start}.
     *
     * @param addresses local addresses, none of them a wildcard
     * @param mediaPort the UDP port on each of them; 0 takes one that is free on all
     * @param shards how many; only one where the system can't share addresses
     * @param portable whether to use {@link ChannelUdpPort} in any case
     * @throws BindException if an address can't be bound; the message names it and says what to do. Nothing stays open
     */
    public static ShardGroup bind(
            List<InetAddress> addresses, int mediaPort, int shards, boolean portable, ShardClock clock)
            throws IOException {
        if (addresses.isEmpty() || shards < 1) {
            throw new IllegalArgumentException("a group needs an address and a shard");
        }
        for (InetAddress address : addresses) {
            if (address.isAnyLocalAddress()) {
                throw new IllegalArgumentException(address.getHostAddress()
                        + " is a wildcard: answers could leave from another address than the one that was asked");
            }
        }
        List<InetAddress> distinct = addresses.stream().distinct().toList();
        int count = shards;
        if (shards > 1 && (portable || !LinuxUdpPort.supported()) && !ChannelUdpPort.sharesAddresses()) {
            LOG.warn("this system can't share a UDP port among threads: one shard instead of {}", shards);
            count = 1;
        }
        for (int attempt = 1; ; attempt++) {
            try {
                int free = freePort(distinct, mediaPort);
                List<InetSocketAddress> locals = distinct.stream()
                        .map(host -> new InetSocketAddress(host, free))
                        .toList();
                return new ShardGroup(Shard.linked(ports(locals, count, portable), clock));
            } catch (BindException e) {
                // With a port of our own choice, another may have taken it on one of the addresses.
                if (mediaPort != 0 || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * The port, if nobody has it at any of the addresses. Sharing must be asked for without sharing first: else a
     * second server of the same user would silently take half of the first one's flows.
     */
    private static int freePort(List<InetAddress> addresses, int mediaPort) throws IOException {
        int port = mediaPort;
        List<DatagramChannel> probes = new ArrayList<>();
        try {
            for (InetAddress address : addresses) {
                DatagramChannel probe = DatagramChannel.open(
                        address.getAddress().length == 4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
                probes.add(probe);
                try {
                    probe.bind(new InetSocketAddress(address, port));
                } catch (IOException e) {
                    BindException named = new BindException(explained(address, port, e));
                    named.initCause(e);
                    throw named;
                }
                port = ((InetSocketAddress) probe.getLocalAddress()).getPort();
            }
            return port;
        } finally {
            for (DatagramChannel probe : probes) {
                probe.close();
            }
        }
    }

    private static String explained(InetAddress address, int port, IOException cause) {
        String text = String.valueOf(cause.getMessage());
        String advice;
        if (text.contains("in use")) {
            advice = "stop the program that uses it ('ss -lunp' shows it), or configure another media port";
        } else if (text.contains("assign")) {
            advice = "this machine has no such address; configure one that 'ip address' shows";
        } else if (text.contains("ermission")) {
            advice = "ports below 1024 need a privilege; configure a higher media port";
        } else {
            advice = "configure another address or media port";
        }
        return "can't bind UDP " + ChannelUdpPort.text(new InetSocketAddress(address, port)) + ": " + text + "; "
                + advice;
    }

    private static List<UdpPort> ports(List<InetSocketAddress> locals, int count, boolean portable) throws IOException {
        List<UdpPort> ports = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ports.add(UdpPort.bind(locals, portable));
            }
        } catch (IOException | RuntimeException e) {
            ports.forEach(UdpPort::close);
            throw e;
        }
        return ports;
    }

    public List<Shard> shards() {
        return shards;
    }

    /** The local addresses, with the port that they share, in the order of their indexes. */
    public List<InetSocketAddress> locals() {
        return locals;
    }

    /** The UDP port that all local addresses share. */
    public int mediaPort() {
        return locals.getFirst().getPort();
    }

    /** How many shards there are, and of what kind their ports are. */
    public String description() {
        return shards.size()
                + (shards.size() == 1 ? " shard, " : " shards, ")
                + shards.getFirst().port().description();
    }

    /** Gives each shard its handler, made on the calling thread, then starts all threads. */
    public void start(Function<? super Shard, ? extends ShardHandler> handlers) {
        if (closed || !threads.isEmpty()) {
            throw new IllegalStateException("a group starts once");
        }
        for (Shard shard : shards) {
            shard.setHandler(handlers.apply(shard));
        }
        for (Shard shard : shards) {
            Thread thread = new Thread(() -> run(shard), "rostrum-shard-" + shard.index());
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void run(Shard shard) {
        shard.runsHere();
        try {
            while (!stopping) {
                turn(shard, MAX_WAIT_NS);
            }
            // What was executed before the end still runs, and what it sends still leaves.
            for (int turn = 0; turn == 0 || (turn < LAST_TURNS && shard.hasWork()); turn++) {
                turn(shard, 0);
            }
        } finally {
            shard.port().close();
        }
    }

    private static void turn(Shard shard, long maxWaitNs) {
        try {
            shard.turn(maxWaitNs);
        } catch (Throwable t) {
            // Not a handler's fault, for those don't escape the turn. The pause keeps a lasting one from filling the
            // log.
            LOG.error("shard {} failed, and goes on", shard.index(), t);
            LockSupport.parkNanos(FAILURE_PAUSE_NS);
        }
    }

    /**
     * Ends all threads after their present turns and the tasks that wait, and closes all sockets. Returns within about
     * three seconds, even if a shard is stuck.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        stopping = true;
        if (threads.isEmpty()) {
            shards.forEach(shard -> shard.port().close());
            return;
        }
        shards.forEach(shard -> shard.port().wakeup());
        long deadlineNs = System.nanoTime() + CLOSE_WAIT_NS;
        boolean interrupted = false;
        for (Thread thread : threads) {
            if (thread.equals(Thread.currentThread())) {
                continue; // it ends after this turn
            }
            try {
                long leftMs = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()));
                if (!thread.join(java.time.Duration.ofMillis(leftMs))) {
                    LOG.error("{} is stuck and keeps its sockets", thread.getName());
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
