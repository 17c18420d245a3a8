package dev.rostrum.bench.scenario;

import dev.rostrum.bench.client.JoinException;
import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.server.Target;
import dev.rostrum.bench.server.Target.Door;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * The listeners of a run, by group, in the order in which they came.
 *
 * <p>Used by the thread that runs the scenario; any may count.
 */
final class Population {

    private final LoadClients clients;
    private final Target target;
    private final Map<Integer, Deque<LoadClient>> groups = new ConcurrentHashMap<>();

    Population(LoadClients clients, Target target) {
        this.clients = clients;
        this.target = target;
    }

    /** One step's arrivals. */
    static final class Arrivals {
        private final List<LoadClient> arrived = new ArrayList<>();
        private final AtomicInteger joined = new AtomicInteger();
        private final AtomicInteger failed = new AtomicInteger();
        private final AtomicLong lastNs = new AtomicLong();
        private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
        private final long beganNs = MediaLoop.clockNs();

        private void add(LoadClient client) {
            arrived.add(client);
            var _ = client.join().whenComplete((_, failure) -> {
                if (failure == null) {
                    joined.incrementAndGet();
                    lastNs.accumulateAndGet(MediaLoop.clockNs(), Math::max);
                } else {
                    failed.incrementAndGet();
                    String code = failure instanceof JoinException e ? e.code() : String.valueOf(failure);
                    failures.computeIfAbsent(code, _ -> new AtomicInteger()).incrementAndGet();
                }
            });
        }

        /** Waits until all have joined, or failed, and hear something if they should. */
        void await(long patienceMs, boolean hearing) throws InterruptedException {
            long endNs = MediaLoop.clockNs() + patienceMs * 1_000_000L;
            while (MediaLoop.clockNs() < endNs && (!settled() || (hearing && !allHear()))) {
                Thread.sleep(5);
            }
        }

        private boolean settled() {
            return joined.get() + failed.get() == arrived.size();
        }

        private boolean allHear() {
            return arrived.stream()
                    .filter(LoadClient::connected)
                    .allMatch(client -> client.phases().firstPacketNs() >= 0);
        }

        int joined() {
            return joined.get();
        }

        /** Writes down how it went. */
        void write(String name, Figures figures) {
            Histogram signaling = histogram();
            Histogram ice = histogram();
            Histogram dtls = histogram();
            Histogram first = histogram();
            int waiting = 0;
            for (LoadClient client : arrived) {
                record(signaling, client.phases().signalingNs());
                record(ice, client.phases().iceNs());
                record(dtls, client.phases().dtlsNs());
                record(first, client.phases().firstPacketNs());
                waiting += client.position() > 0 ? 1 : 0;
            }
            double seconds = Math.max(1e-3, (lastNs.get() - beganNs) / 1e9);
            figures.put(name + ".offered", arrived.size());
            figures.put(name + ".joined", joined.get());
            figures.put(name + ".failed", failed.get());
            failures.forEach((code, count) -> figures.put(name + ".failed-" + code, count.get()));
            figures.put(name + ".queued", waiting);
            figures.put(name + ".neither", arrived.size() - joined.get() - failed.get() - waiting);
            if (joined.get() > 0) {
                figures.put(name + ".time", seconds);
                figures.put(name + ".rate", joined.get() / seconds);
            }
            figures.percentiles(name + ".join-signaling", signaling);
            figures.percentiles(name + ".join-ice", ice);
            figures.percentiles(name + ".join-dtls", dtls);
            figures.percentiles(name + ".join-hearing", first);
        }

        private static Histogram histogram() {
            return new Histogram(1_000, 3_600_000_000_000L, 3);
        }

        private static void record(Histogram histogram, long ns) {
            if (ns >= 0) {
                histogram.recordValue(Math.clamp(ns, 1_000, 3_600_000_000_000L));
            }
        }
    }

    /** So many come, each at its time. */
    Arrivals join(int group, int count, Door door, double perSecond) {
        Arrivals arrivals = new Arrivals();
        for (int i = 0; i < count; i++) {
            if (perSecond > 0) {
                long dueNs = arrivals.beganNs + (long) (i * 1e9 / perSecond);
                while (MediaLoop.clockNs() < dueNs) {
                    LockSupport.parkNanos(dueNs - MediaLoop.clockNs());
                }
            }
            arrivals.add(add(group, door));
        }
        return arrivals;
    }

    private LoadClient add(int group, Door door) {
        LoadClient client = target.listener(clients, door, group);
        members(group).add(client);
        return client;
    }

    /** The longest there goes, and another comes. */
    void replaceOne(int group, Door door, Arrivals arrivals) {
        leave(group, 1);
        arrivals.add(add(group, door));
    }

    /** For a step whose people come one by one. */
    static Arrivals noArrivals() {
        return new Arrivals();
    }

    /** So many of a group go, the first first; −1 for all. */
    void leave(int group, int count) {
        Deque<LoadClient> members = members(group);
        int leaving = count < 0 ? members.size() : Math.min(count, members.size());
        for (int i = 0; i < leaving; i++) {
            LoadClient client = members.poll();
            if (client != null) {
                var _ = client.leave();
            }
        }
    }

    private Deque<LoadClient> members(int group) {
        return groups.computeIfAbsent(group, _ -> new ConcurrentLinkedDeque<>());
    }

    /** How many wait in the server's queue. Any thread may ask. */
    int waiting() {
        int waiting = 0;
        for (Deque<LoadClient> members : groups.values()) {
            for (LoadClient client : members) {
                waiting += client.position() > 0 ? 1 : 0;
            }
        }
        return waiting;
    }

    /** All who are here now. */
    List<LoadClient> all() {
        List<LoadClient> all = new ArrayList<>();
        groups.values().forEach(all::addAll);
        return all;
    }
}
