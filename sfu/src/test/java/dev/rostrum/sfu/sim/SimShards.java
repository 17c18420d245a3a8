package dev.rostrum.sfu.sim;

import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardHandler;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * A server's shards and any number of clients on a {@link SimNetwork}, all in one thread and in virtual time. Whose
 * turn it is among those who have something to do, a seed decides; so does how long a shard is held up, if
 * {@link #unsteady} says so.
 *
 * <p>Owned by the thread that made it. Time moves only in {@code run…}.
 */
public final class SimShards {

    private static final int STEPS_WITHOUT_TIME = 200_000;
    private static final int LINK_BYTES = 1 << 16; // small: many worlds are made, and full rings should be seen

    private final long seed;
    private final SplittableRandom random;
    private final SimClock clock = new SimClock();
    private final SimNetwork network;
    private final List<SimUdpPort> ports = new ArrayList<>();
    private final List<Shard> shards;
    private final List<SimHost> hosts = new ArrayList<>();
    private final long[] heldUpUntilNs;
    private double holdUpProbability;
    private long longestHoldUpNs;

    /**
     * Shards that share the local addresses.
     *
     * @param seed of the network and of the interleaving; print it when a test fails
     */
    public SimShards(long seed, int shardCount, List<InetSocketAddress> locals) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.network = new SimNetwork(clock, random.nextLong());
        for (int i = 0; i < shardCount; i++) {
            ports.add(new SimUdpPort(network, locals));
        }
        this.shards = Shard.linked(ports, clock, LINK_BYTES);
        this.heldUpUntilNs = new long[shardCount];
    }

    /** Gives each shard its handler. */
    public void start(Function<? super Shard, ? extends ShardHandler> handlers) {
        shards.forEach(shard -> shard.setHandler(handlers.apply(shard)));
    }

    /** Lets turns be late: with this probability a shard is held up after a turn, for at most so long. */
    public void unsteady(double probability, long longestNs) {
        holdUpProbability = probability;
        longestHoldUpNs = longestNs;
    }

    public long seed() {
        return seed;
    }

    public SimClock clock() {
        return clock;
    }

    public SimNetwork network() {
        return network;
    }

    public List<Shard> shards() {
        return shards;
    }

    public Shard shard(int index) {
        return shards.get(index);
    }

    public long nowNs() {
        return clock.nowNs();
    }

    /** A client's computer at an address of its own. */
    public SimHost host(InetSocketAddress address) {
        SimHost host = new SimHost(network, clock, address);
        hosts.add(host);
        return host;
    }

    /** Runs something in a turn of a shard, now. */
    public void inTurn(int shard, Runnable action) {
        boolean[] ran = {false};
        shards.get(shard).execute(() -> {
            ran[0] = true;
            action.run();
        });
        for (int turn = 0; turn < STEPS_WITHOUT_TIME && !ran[0]; turn++) {
            shards.get(shard).turn(0);
        }
    }

    /** Lets the world run for so long. */
    public void runFor(long ns) {
        run(() -> false, clock.nowNs() + ns);
    }

    /** Lets the world run until a condition holds, but at most for so long; whether it holds. */
    public boolean runUntil(BooleanSupplier condition, long limitNs) {
        return run(condition, clock.nowNs() + limitNs);
    }

    private boolean run(BooleanSupplier condition, long endNs) {
        int steps = 0;
        while (!condition.getAsBoolean()) {
            boolean delivered = network.deliverDue();
            if (runOne() || delivered) {
                if (++steps > STEPS_WITHOUT_TIME) {
                    throw new AssertionError("seed " + seed + ": there is always something to do at " + clock.nowNs());
                }
                continue;
            }
            steps = 0;
            long nextNs = nextNs();
            if (nextNs > endNs) {
                clock.advanceTo(endNs);
                return condition.getAsBoolean();
            }
            clock.advanceTo(nextNs);
        }
        return true;
    }

    /** One turn of one of those who have something to do; whether there was one. */
    private boolean runOne() {
        long nowNs = clock.nowNs();
        int[] busy = new int[shards.size() + hosts.size()];
        int count = 0;
        for (int i = 0; i < shards.size(); i++) {
            if (heldUpUntilNs[i] <= nowNs && busy(i)) {
                busy[count++] = i;
            }
        }
        for (int i = 0; i < hosts.size(); i++) {
            if (hosts.get(i).deadlines().nextNs() <= nowNs) {
                busy[count++] = shards.size() + i;
            }
        }
        if (count == 0) {
            return false;
        }
        int chosen = busy[random.nextInt(count)];
        if (chosen >= shards.size()) {
            hosts.get(chosen - shards.size()).deadlines().runNext(nowNs);
            return true;
        }
        shards.get(chosen).turn(0);
        if (holdUpProbability > 0 && random.nextDouble() < holdUpProbability) {
            heldUpUntilNs[chosen] = nowNs + random.nextLong(longestHoldUpNs + 1);
        }
        return true;
    }

    private boolean busy(int shard) {
        return ports.get(shard).readable()
                || shards.get(shard).hasWork()
                || shards.get(shard).deadlines().nextNs() <= clock.nowNs();
    }

    private long nextNs() {
        long nextNs = network.nextNs();
        for (SimHost host : hosts) {
            nextNs = Math.min(nextNs, host.deadlines().nextNs());
        }
        for (int i = 0; i < shards.size(); i++) {
            long dueNs = busy(i) ? clock.nowNs() : shards.get(i).deadlines().nextNs();
            nextNs = Math.min(nextNs, Math.max(dueNs, heldUpUntilNs[i]));
        }
        return nextNs;
    }

    @Override
    public String toString() {
        return "seed " + seed + ", at " + clock.nowNs() + " ns, " + network.tally() + ", held up "
                + Arrays.toString(heldUpUntilNs);
    }
}
