package dev.rostrum.sfu.load;

import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.UdpPort;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;

/**
 * Reads what the shards and the threads beside them take of the machine, and has the threads beside them yield to the
 * shards.
 *
 * <p>One thread at a time, because each reading of a longest time begins a new one.
 */
public final class ShardTimes implements AutoCloseable {

    /** A shard's thread wins fifteen to one over a handshake that wants the same core; it may be several that want it. */
    private static final int NICER = 12;

    private static final long LOOK_EVERY_NS = 1_000_000_000L;

    /**
     * What one shard did so far.
     *
     * @param busyNs how long its turns took, without their waits
     * @param longestTurnNs how long the longest turn took since the last reading
     * @param cpuNs how long its thread ran
     * @param runDelayNs how long its thread had to wait for a processor; 0 where the system doesn't tell
     * @param runs how often it got one; 0 where the system doesn't tell
     * @param sent datagrams that it sent
     * @param dropped datagrams that it could not send
     */
    public record Reading(
            long busyNs, long longestTurnNs, long cpuNs, long runDelayNs, long runs, long sent, long dropped) {}

    private final List<Shard> shards;
    private final ThreadMXBean beans = ManagementFactory.getThreadMXBean();
    private final ProcessThreads threads = new ProcessThreads(NICER);
    private long lookedNs;
    private boolean looked;

    public ShardTimes(List<Shard> shards) {
        this.shards = List.copyOf(shards);
    }

    /** Has the threads that serve no packets yield to those that do; looks for new ones once a second at most. */
    public void yieldToShards(long nowNs) {
        if (!looked || nowNs - lookedNs >= LOOK_EVERY_NS) {
            looked = true;
            lookedNs = nowNs;
            threads.look();
        }
    }

    /** One reading of each shard, in their order. */
    public List<Reading> read() {
        return shards.stream().map(this::read).toList();
    }

    private Reading read(Shard shard) {
        Shard.Runner runner = shard.lastRunner();
        ProcessThreads.Times times = runner == null ? null : threads.times(runner.systemId());
        if (times == null) {
            long cpuNs = runner == null ? 0 : Math.max(0, beans.getThreadCpuTime(runner.threadId()));
            times = new ProcessThreads.Times(cpuNs, 0, 0);
        }
        Counters<UdpPort.Counter> port = shard.port().counters();
        return new Reading(
                shard.counters().get(Shard.Counter.BUSY_NS),
                shard.takeLongestTurnNs(),
                times.cpuNs(),
                times.delayNs(),
                times.runs(),
                port.get(UdpPort.Counter.SENT),
                port.get(UdpPort.Counter.SEND_FULL));
    }

    /** The processor time that DTLS handshakes took so far; 0 where the system doesn't tell. */
    public long handshakeCpuNs() {
        return threads.cpuNs(ProcessThreads.Kind.HANDSHAKES);
    }

    /** The processor time that HTTP and the rules of spaces took so far; 0 where the system doesn't tell. */
    public long signalingCpuNs() {
        return threads.cpuNs(ProcessThreads.Kind.SIGNALING);
    }

    @Override
    public void close() {
        threads.close();
    }
}
