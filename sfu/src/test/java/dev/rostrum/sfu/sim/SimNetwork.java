package dev.rostrum.sfu.sim;

import dev.rostrum.sfu.loop.Deadlines;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * A network in virtual time, wholly determined by its seed: ways with delay, jitter, loss, rate, reordering and
 * duplicates, and NATs whose mappings change.
 *
 * <p>Owned by the thread of the simulation. Whoever runs it moves the clock and calls {@link #deliverDue}.
 */
public final class SimNetwork {

    /** Where datagrams arrive. */
    public interface Receiver {
        /** A datagram for {@code to}, which {@code from} seems to have sent; the bytes are the receiver's. */
        void onArrival(byte[] bytes, InetSocketAddress from, InetSocketAddress to);
    }

    /** What became of all datagrams so far. */
    public record Tally(long sent, long lost, long overflowed, long unreachable, long delivered) {}

    private record Way(InetSocketAddress from, InetSocketAddress to) {}

    /** How a way is at the moment. */
    private static final class WayState {
        private boolean bad;
        private long freeAtNs;
        private long lastArrivalNs;
    }

    private record Event(long atNs, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event that) {
            int byTime = Long.compare(atNs, that.atNs);
            return byTime != 0 ? byTime : Long.compare(order, that.order);
        }
    }

    private final SimClock clock;
    private final SplittableRandom random;
    private final long seed;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<InetSocketAddress, List<Receiver>> receivers = new HashMap<>();
    private final Map<Way, SimLink> links = new HashMap<>();
    private final Map<InetSocketAddress, SimLink> uplinks = new HashMap<>();
    private final Map<InetSocketAddress, SimLink> downlinks = new HashMap<>();
    private final Map<Way, WayState> states = new HashMap<>();
    private final Map<InetSocketAddress, InetSocketAddress> outerOf = new HashMap<>();
    private final Map<InetSocketAddress, InetSocketAddress> innerOf = new HashMap<>();
    private SimLink everywhere = SimLink.PERFECT;
    private long order;
    private long sent;
    private long lost;
    private long overflowed;
    private long unreachable;
    private long delivered;

    public SimNetwork(SimClock clock, long seed) {
        this.clock = clock;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    /** Sets what all ways do for which nothing else is said. */
    public void everyLink(SimLink link) {
        everywhere = link;
    }

    /** Sets what the ways from an address do (its own one, behind its NAT); they share one rate and one queue. */
    public void uplink(InetSocketAddress from, SimLink link) {
        uplinks.put(from, link);
    }

    /** Sets what the ways to an address do (its own one, behind its NAT); they share one rate and one queue. */
    public void downlink(InetSocketAddress to, SimLink link) {
        downlinks.put(to, link);
    }

    /** Sets what one way does; it counts before {@link #uplink}, and that before {@link #downlink}. */
    public void link(InetSocketAddress from, InetSocketAddress to, SimLink link) {
        links.put(new Way(from, to), link);
    }

    /**
     * Lets datagrams for an address arrive somewhere. Several receivers share it as sockets do with SO_REUSEPORT: each
     * source always comes to the same one.
     */
    public void attach(InetSocketAddress address, Receiver receiver) {
        receivers.computeIfAbsent(address, a -> new ArrayList<>()).add(receiver);
    }

    /** Undoes {@link #attach}. */
    public void detach(InetSocketAddress address, Receiver receiver) {
        List<Receiver> attached = receivers.get(address);
        if (attached != null) {
            attached.remove(receiver);
        }
    }

    /**
     * From now on, {@code inner} appears to others as {@code outer}: a NAT's mapping, new or changed. What is still
     * under way to the former outer address is lost.
     */
    public void rebind(InetSocketAddress inner, InetSocketAddress outer) {
        InetSocketAddress former = outerOf.put(inner, outer);
        if (former != null) {
            innerOf.remove(former);
        }
        innerOf.put(outer, inner);
    }

    /** Does something at a time, such as {@link #rebind}. */
    public void at(long atNs, Runnable action) {
        events.add(new Event(atNs, order++, action));
    }

    /** Sends a datagram, whose bytes must not change any more. */
    public void send(InetSocketAddress from, InetSocketAddress to, byte[] bytes) {
        sent++;
        Way way = new Way(from, innerOf.getOrDefault(to, to));
        SimLink link = linkOf(way);
        WayState state = stateOf(way);
        InetSocketAddress source = outerOf.getOrDefault(from, from);
        state.bad = state.bad ? random.nextDouble() >= link.badToGood() : random.nextDouble() < link.goodToBad();
        if (state.bad || random.nextDouble() < link.loss()) {
            lost++;
            return;
        }
        long passedNs = clock.nowNs();
        if (link.rateBitsPerS() > 0) {
            long waitNs = Math.max(0, state.freeAtNs - passedNs);
            if (waitNs * link.rateBitsPerS() / 8_000_000_000.0 + bytes.length > link.queueBytes()) {
                overflowed++;
                return;
            }
            passedNs += waitNs + bytes.length * 8_000_000_000L / link.rateBitsPerS();
            state.freeAtNs = passedNs;
        }
        int copies = random.nextDouble() < link.duplicate() ? 2 : 1;
        for (int copy = 0; copy < copies; copy++) {
            long arrivalNs = passedNs + link.delayNs() + upTo(link.jitterNs());
            if (random.nextDouble() < link.reorder()) {
                arrivalNs += 1 + upTo(link.reorderNs()); // and others may overtake it
            } else {
                arrivalNs = Math.max(arrivalNs, state.lastArrivalNs);
                state.lastArrivalNs = arrivalNs;
            }
            byte[] own = copy == 0 ? bytes : bytes.clone();
            at(arrivalNs, () -> arrive(own, source, to));
        }
    }

    private long upTo(long ns) {
        return ns == 0 ? 0 : random.nextLong(ns + 1);
    }

    private SimLink linkOf(Way way) {
        SimLink link = links.get(way);
        link = link != null ? link : uplinks.get(way.from);
        link = link != null ? link : downlinks.get(way.to);
        return link != null ? link : everywhere;
    }

    private WayState stateOf(Way way) {
        Way shared = way;
        if (!links.containsKey(way)) {
            if (uplinks.containsKey(way.from)) {
                shared = new Way(way.from, way.from);
            } else if (downlinks.containsKey(way.to)) {
                shared = new Way(way.to, way.to);
            }
        }
        return states.computeIfAbsent(shared, w -> new WayState());
    }

    /** For how long a datagram that is sent now would wait for those before it. */
    public long queueDelayNs(InetSocketAddress from, InetSocketAddress to) {
        return Math.max(0, stateOf(new Way(from, innerOf.getOrDefault(to, to))).freeAtNs - clock.nowNs());
    }

    private void arrive(byte[] bytes, InetSocketAddress from, InetSocketAddress to) {
        InetSocketAddress inner = innerOf.get(to);
        List<Receiver> attached = receivers.get(inner != null ? inner : to);
        boolean hidden = inner == null && outerOf.containsKey(to); // only its NAT's address reaches it
        if (hidden || attached == null || attached.isEmpty()) {
            unreachable++;
            return;
        }
        delivered++;
        long mixed = (from.hashCode() * 31L + to.hashCode()) * 0x9e3779b97f4a7c15L ^ seed;
        int chosen = Math.floorMod(Long.hashCode(mixed * 0x9e3779b97f4a7c15L), attached.size());
        attached.get(chosen).onArrival(bytes, from, inner != null ? inner : to);
    }

    /** When the next datagram arrives or the next action is due, or {@link Deadlines#NEVER}. */
    public long nextNs() {
        Event next = events.peek();
        return next == null ? Deadlines.NEVER : next.atNs;
    }

    /** Lets all arrive that is due, and does all that is to be done now; whether there was anything. */
    public boolean deliverDue() {
        boolean any = false;
        for (Event next = events.peek(); next != null && next.atNs <= clock.nowNs(); next = events.peek()) {
            events.remove();
            next.action.run();
            any = true;
        }
        return any;
    }

    /** What became of all datagrams so far. */
    public Tally tally() {
        return new Tally(sent, lost, overflowed, unreachable, delivered);
    }
}
