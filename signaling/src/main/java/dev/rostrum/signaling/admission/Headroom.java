package dev.rostrum.signaling.admission;

import dev.rostrum.sfu.SfuLoad;
import dev.rostrum.sfu.SfuLoad.ShardLoad;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the machine still has to give, from what was measured on it a moment ago: how far the shards are from their
 * limits, what a join costs, what a packet costs, and how many listeners that would carry.
 *
 * <p>Owned by the signaling loop; has no clock of its own.
 */
final class Headroom {

    /** Packets' latency is what counts; a shard that waits so long for a processor on average is at its limit. */
    private static final double RUN_DELAY_LIMIT_SECONDS = 0.002;

    /** One turn serves all listeners of a shard; it must end before the next packet of the same speaker. */
    private static final double LONGEST_TURN_LIMIT_SECONDS = 0.018;
    /** The page answers in 100 ms; its event loops may add so much of it. */
    private static final double LOOP_DELAY_LIMIT_SECONDS = 0.030;

    private static final double HANDSHAKE_DELAY_LIMIT_SECONDS = 0.150;

    /** Until it has been measured: CPU of a forwarded packet, and packets per second for a listener. */
    private static final double PACKET_SECONDS = 0.000_003;

    private static final double LEAST_PACKETS_PER_LISTENER = 50;

    /** Fewer joins or packets than this in a second say little about the cost of one. */
    static final double TELLING_JOINS = 20;

    private static final double TELLING_PACKETS = 5_000;
    private static final int TELLING_LISTENERS = 20;

    private static final double PACKET_MEMORY_SECONDS = 20;

    /** However busy the shards are, something is left; how much, their own limits tell. */
    private static final double LEAST_FREE_SHARE = 0.2;

    private static final double SLOW_NS = 1_000_000_000;

    private final double busyLimit;
    private final Average busy = new Average(0.5);
    private final Average runDelay = new Average(0.3);
    private final Average longestTurn = new Average(0.3);
    private final Average loopDelay = new Average(0.3);
    private final Average handshakeDelay = new Average(0.3);
    private final Average arrivals = new Average(0.5);
    private final Average shardCpu = new Average(3);
    private final JoinCost joinCost = new JoinCost();
    private final Average packetsPerListener = new Average(5);
    private double recentPacketCpu;
    private double recentPackets;
    private double peakPacketsPerListener;
    private double lost;
    private int cores = 1;
    private int shards = 1;
    private @Nullable LoadSample last;
    private @Nullable LoadSample lastSlow;

    Headroom(AdmissionConfig config) {
        this.busyLimit = config.busyShare();
    }

    /** @param listeners how many listeners were connected meanwhile */
    void onSample(LoadSample sample, int listeners) {
        LoadSample before = last;
        cores = sample.cores();
        shards = Math.max(1, sample.sfu().shards().size());
        if (before == null) {
            last = sample;
            lastSlow = sample;
            return;
        }
        double seconds = (sample.atNs() - before.atNs()) / 1e9;
        if (seconds < 0.001
                || sample.sfu().shards().size() != before.sfu().shards().size()) {
            return;
        }
        last = sample;
        onShards(before.sfu().shards(), sample.sfu().shards(), seconds);
        loopDelay.add(sample.loopDelayNs() / 1e9, seconds);
        handshakeDelay.add(sample.sfu().handshakeDelayNs() / 1e9, seconds);
        double arrived =
                (double) sample.sfu().handshakesCompleted() - before.sfu().handshakesCompleted();
        arrivals.add(arrived / seconds, seconds);
        LoadSample slow = lastSlow;
        if (slow != null && sample.atNs() - slow.atNs() >= SLOW_NS) {
            lastSlow = sample;
            onSecond(slow.sfu(), sample.sfu(), (sample.atNs() - slow.atNs()) / 1e9, listeners);
        }
    }

    private void onShards(List<ShardLoad> before, List<ShardLoad> now, double seconds) {
        double busiest = 0;
        double slowest = 0;
        double longest = 0;
        long dropped = 0;
        for (int i = 0; i < now.size(); i++) {
            ShardLoad a = before.get(i);
            ShardLoad b = now.get(i);
            busiest = Math.max(busiest, (b.busyNs() - a.busyNs()) / 1e9 / seconds);
            long runs = Math.max(1, b.runs() - a.runs());
            slowest = Math.max(slowest, (b.runDelayNs() - a.runDelayNs()) / 1e9 / runs);
            longest = Math.max(longest, b.longestTurnNs() / 1e9);
            dropped += b.packetsDropped() - a.packetsDropped();
        }
        busy.add(busiest, seconds);
        runDelay.add(slowest, seconds);
        longestTurn.add(longest, seconds);
        lost = dropped > 0 ? 2 : 0;
    }

    private void onSecond(SfuLoad before, SfuLoad now, double seconds, int listeners) {
        double joins = (double) now.handshakesCompleted() - before.handshakesCompleted();
        double joinCpu =
                (now.handshakeCpuNs() - before.handshakeCpuNs() + now.signalingCpuNs() - before.signalingCpuNs()) / 1e9;
        if (joins >= TELLING_JOINS * seconds && joinCpu > 0) {
            joinCost.add(joins, joinCpu);
        }
        double packets = 0;
        double cpu = 0;
        for (int i = 0; i < now.shards().size(); i++) {
            ShardLoad a = before.shards().get(i);
            ShardLoad b = now.shards().get(i);
            packets += b.packetsSent() - a.packetsSent();
            cpu += (b.cpuNs() - a.cpuNs()) / 1e9;
        }
        shardCpu.add(cpu / seconds, seconds);
        if (packets >= TELLING_PACKETS * seconds && cpu > 0) {
            // Busy seconds count for more: a packet costs less there, and it is there that the capacity matters.
            double kept = Math.exp(-seconds / PACKET_MEMORY_SECONDS);
            recentPacketCpu = recentPacketCpu * kept + cpu;
            recentPackets = recentPackets * kept + packets;
        }
        if (listeners >= TELLING_LISTENERS) {
            packetsPerListener.add(packets / seconds / listeners, seconds);
            // People fall silent and begin again: what a listener has cost of late is what it may cost again soon.
            peakPacketsPerListener =
                    Math.max(packetsPerListener.value(), peakPacketsPerListener * Math.exp(-seconds / 60));
        }
    }

    /** How near the nearest limit is: 1 is the limit, beyond which packets, pages or joins would be late. */
    double stress() {
        return Math.max(stressOnPackets(), backlog());
    }

    /** How near to its limit is what delays packets or pages: fewer joins relieve it. */
    double stressOnPackets() {
        return Math.max(
                Math.max(busy.value() / busyLimit, runDelay.value() / RUN_DELAY_LIMIT_SECONDS),
                Math.max(
                        Math.max(
                                longestTurn.value() / LONGEST_TURN_LIMIT_SECONDS,
                                loopDelay.value() / LOOP_DELAY_LIMIT_SECONDS),
                        lost));
    }

    /** How near to its limit the queue of handshakes is. Beyond it, joins are done as fast as they can be. */
    double backlog() {
        return handshakeDelay.value() / HANDSHAKE_DELAY_LIMIT_SECONDS;
    }

    /** How many joins a second have come to their end just now. */
    double arrivalsPerSecond() {
        return arrivals.value();
    }

    /** The share of its time that the busiest shard works. */
    double busyShare() {
        return busy.value();
    }

    /** How long a shard's thread waits for a processor when it has something to do. */
    double runDelaySeconds() {
        return runDelay.value();
    }

    double longestTurnSeconds() {
        return longestTurn.value();
    }

    double loopDelaySeconds() {
        return loopDelay.value();
    }

    double handshakeDelaySeconds() {
        return handshakeDelay.value();
    }

    /** The processor time of one join, from HTTP to keys. */
    double joinSeconds() {
        return joinCost.seconds();
    }

    /** The processor time of one forwarded packet. */
    double packetSeconds() {
        return recentPackets > 0 ? recentPacketCpu / recentPackets : PACKET_SECONDS;
    }

    /** How many joins a second the processors could do, if they did nothing else but what the shards do now. */
    double mostJoinsPerSecond() {
        double free = cores - (shardCpu.known() ? shardCpu.value() : 0);
        return Math.max(LEAST_FREE_SHARE * cores, free) / joinSeconds();
    }

    /** How many listeners the shards carry when as much is said as at the busiest time of late. */
    int capacity() {
        double perListener = packetSeconds() * Math.max(LEAST_PACKETS_PER_LISTENER, peakPacketsPerListener);
        double usable = Math.min(shards, cores) * busyLimit;
        return (int) Math.clamp((long) (usable / perListener), 1L, Integer.MAX_VALUE);
    }

    /** Whether a shard is so busy that one more listener would take from the stage's reserve. */
    boolean exhausted() {
        return busy.value() >= busyLimit;
    }
}
