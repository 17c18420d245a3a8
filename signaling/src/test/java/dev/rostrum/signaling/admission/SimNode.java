package dev.rostrum.signaling.admission;

import dev.rostrum.sfu.SfuLoad;
import dev.rostrum.sfu.SfuLoad.ShardLoad;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A machine in virtual time: its cores serve packets first, then joins. People knock, wait, come in, take their time on
 * the way, cost a handshake, then packets; and some never arrive.
 */
final class SimNode {

    static final long STEP_NS = 10_000_000;
    private static final long SAMPLE_NS = 100_000_000;
    private static final long TICK_NS = 20_000_000;
    private static final double STEP_SECONDS = STEP_NS / 1e9;

    private static final String SPACE = "talk";

    /**
     * What the machine is like.
     *
     * @param foreignCores what others use of it
     * @param foreignDelaySeconds how long others keep a shard from its processor each time
     */
    record Machine(
            int cores,
            double joinSeconds,
            double packetSeconds,
            double packetsPerListener,
            double foreignCores,
            double foreignDelaySeconds) {

        /** Two cores, 1.5 ms for a join, one speaker. */
        static Machine usual() {
            return new Machine(2, 0.0015, 0.000_002_5, 50, 0, 0);
        }

        double shardShare(int listeners) {
            return listeners * packetsPerListener * packetSeconds / cores;
        }

        /** How long a crowd takes to come in at least: each listener leaves less time for the next join. */
        double idealSeconds(int crowd) {
            double seconds = 0;
            for (int listeners = 0; listeners < crowd; listeners++) {
                seconds += joinSeconds / (cores - foreignCores - cores * shardShare(listeners));
            }
            return seconds;
        }
    }

    /** Somebody who came. */
    final class Person implements Guest {
        final int number;
        final boolean arrives;

        @Nullable
        Hold hold;

        @Nullable
        Place place;

        boolean sawFull;
        long knockedNs;
        long inNs = -1;

        @Nullable
        String refusal;

        Person(int number, boolean arrives) {
            this.number = number;
            this.arrives = arrives;
        }

        @Override
        public void onTurn(Hold given) {
            letIn.add(number);
            hold = given;
            if (arrives) {
                long wayNs = random.nextLong(20_000_000, 400_000_000);
                onTheWay.add(new Arrival(nowNs + wayNs, this));
            }
        }

        @Override
        public void onEnd() {
            refusal = "over";
        }

        @Override
        public void onReplaced() {
            refusal = "replaced";
        }

        @Override
        public void onPlace(Place now) {
            place = now;
            sawFull |= now.full();
        }

        void leave() {
            if (hold != null) {
                hold.release();
                if (inNs >= 0) {
                    listeners--;
                }
            }
        }
    }

    private record Arrival(long atNs, Person person) implements Comparable<Arrival> {
        @Override
        public int compareTo(Arrival other) {
            return Long.compare(atNs, other.atNs);
        }
    }

    final Doorkeeper doorkeeper;
    final List<Integer> letIn = new ArrayList<>();
    int listeners;
    int in;
    double worstShardShare;
    long nowNs;
    private final Machine machine;
    private final SplittableRandom random;
    private final PriorityQueue<Arrival> onTheWay = new PriorityQueue<>();
    private final Deque<Person> handshakes = new ArrayDeque<>();
    private double doneSeconds;
    private double shardBusySeconds;
    private double joinCpuSeconds;
    private double usedSeconds;
    private double usedAtSample;
    private double capacityAtSample;
    private double capacitySeconds;
    private long completed;
    private double packets;
    private long runs;
    private double runDelaySeconds;

    SimNode(AdmissionConfig config, Machine machine, long seed) {
        this.machine = machine;
        this.random = new SplittableRandom(seed);
        this.doorkeeper = new Doorkeeper(config, new SplittableRandom(seed + 1), _ -> true);
        sample();
    }

    Person knock(int number, boolean arrives) {
        Person person = new Person(number, arrives);
        person.knockedNs = nowNs;
        switch (doorkeeper.knock(SPACE, false, null, null, person, nowNs)) {
            case Verdict.Come come -> person.onTurn(come.hold());
            case Verdict.Wait wait -> person.onPlace(wait.place());
            case Verdict.Refused no -> person.refusal = no.sentence();
        }
        return person;
    }

    /** One step of the machine's life. */
    void step() {
        nowNs += STEP_NS;
        while (!onTheWay.isEmpty() && onTheWay.peek().atNs <= nowNs) {
            Person person = onTheWay.remove().person;
            if (person.hold != null && !person.hold.isReleased()) {
                handshakes.add(person);
            }
        }
        double shardShare = machine.shardShare(listeners);
        worstShardShare = Math.max(worstShardShare, shardShare);
        double all = (machine.cores - machine.foreignCores) * STEP_SECONDS;
        double shards = Math.min(all, shardShare * machine.cores * STEP_SECONDS);
        double left = all - shards;
        double joins = 0;
        while (!handshakes.isEmpty() && left - joins > 0) {
            double needs = machine.joinSeconds - doneSeconds;
            if (needs <= left - joins) {
                joins += needs;
                doneSeconds = 0;
                Person person = handshakes.remove();
                completed++;
                if (person.hold != null && !person.hold.isReleased()) {
                    person.hold.connected();
                    person.inNs = nowNs;
                    listeners++;
                    in++;
                }
            } else {
                doneSeconds += left - joins;
                joins = left;
            }
        }
        packets += listeners * machine.packetsPerListener * STEP_SECONDS;
        shardBusySeconds += shards / machine.cores;
        joinCpuSeconds += joins;
        usedSeconds += shards + joins + machine.foreignCores * STEP_SECONDS;
        capacitySeconds += machine.cores * STEP_SECONDS;
        runs++;
        runDelaySeconds += machine.foreignDelaySeconds;
        runDelaySeconds += joins >= left * 0.999 ? 0.000_4 : 0.000_05; // priorities hold, but not quite
        if (nowNs % TICK_NS == 0) {
            doorkeeper.onTick(nowNs);
        }
        if (nowNs % SAMPLE_NS == 0) {
            sample();
        }
    }

    private void sample() {
        List<ShardLoad> shards = new ArrayList<>();
        for (int i = 0; i < machine.cores; i++) {
            long busyNs = (long) (shardBusySeconds * 1e9);
            shards.add(new ShardLoad(
                    busyNs,
                    1_000_000,
                    busyNs,
                    (long) (runDelaySeconds * 1e9),
                    runs,
                    (long) (packets / machine.cores),
                    0));
        }
        double share = capacitySeconds > capacityAtSample
                ? (usedSeconds - usedAtSample) / (capacitySeconds - capacityAtSample)
                : 0;
        usedAtSample = usedSeconds;
        capacityAtSample = capacitySeconds;
        double backlogSeconds = handshakes.size() * machine.joinSeconds / machine.cores;
        doorkeeper.onSample(new LoadSample(
                nowNs,
                new SfuLoad(
                        shards,
                        listeners,
                        handshakes.size(),
                        0,
                        completed,
                        (long) (joinCpuSeconds * 1e9),
                        (long) (backlogSeconds * 1e9),
                        0),
                machine.cores,
                share > 0.97 ? 8_000_000 : 500_000));
    }

    double seconds() {
        return nowNs / 1e9;
    }
}
