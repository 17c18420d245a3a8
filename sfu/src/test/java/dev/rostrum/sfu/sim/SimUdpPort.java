package dev.rostrum.sfu.sim;

import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * A port of a shard on a {@link SimNetwork}. It never waits: whoever runs the simulation moves the time on.
 *
 * <p>Owned by the thread of the simulation.
 */
public final class SimUdpPort implements UdpPort {

    private static final int BATCH = 16; // small, so that simulations see batches that are full
    private static final int STRIDE = 1600;
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;

    private record Arrival(byte[] bytes, PeerAddress from) {}

    private record Departure(byte[] bytes, PeerAddress to) {}

    private final SimNetwork network;
    private final List<InetSocketAddress> locals;
    private final List<SimNetwork.Receiver> receivers = new ArrayList<>();
    private final Counters<Counter> counters = new Counters<>(Counter.class);
    private final Slab received = Slab.allocate(BATCH * STRIDE);
    private final Slab outgoing = Slab.allocate(STRIDE);
    private final Queue<Arrival> waiting = new ArrayDeque<>();
    private final List<Arrival> batch = new ArrayList<>();
    private final List<Departure> committed = new ArrayList<>();
    private int waitingBytes;
    private long wakeups;
    private long lastWaitNs;

    /** Binds the addresses, which other ports may share. */
    public SimUdpPort(SimNetwork network, List<InetSocketAddress> locals) {
        this.network = network;
        this.locals = List.copyOf(locals);
        for (int local = 0; local < locals.size(); local++) {
            int index = local;
            SimNetwork.Receiver receiver = (bytes, from, to) -> onArrival(bytes, PeerAddress.of(from, index));
            receivers.add(receiver);
            network.attach(locals.get(local), receiver);
        }
    }

    private void onArrival(byte[] bytes, PeerAddress from) {
        if (waitingBytes + bytes.length > SOCKET_BUFFER_BYTES) {
            return; // as a full socket does: silently
        }
        waitingBytes += bytes.length;
        waiting.add(new Arrival(bytes, from));
    }

    /** Whether {@link #receive} would return something. */
    public boolean readable() {
        return !waiting.isEmpty();
    }

    /** How often the shard was woken while it waited. */
    public long wakeups() {
        return wakeups;
    }

    /** How long the last {@link #receive} might have waited. */
    public long lastWaitNs() {
        return lastWaitNs;
    }

    @Override
    public int localCount() {
        return locals.size();
    }

    @Override
    public InetSocketAddress local(int localIndex) {
        return locals.get(localIndex);
    }

    @Override
    public int receive(long waitNs) {
        lastWaitNs = waitNs;
        batch.clear();
        while (batch.size() < BATCH) {
            Arrival arrival = waiting.poll();
            if (arrival == null) {
                break;
            }
            waitingBytes -= arrival.bytes.length;
            if (arrival.bytes.length > MAX_DATAGRAM_BYTES) {
                counters.count(Counter.RECEIVED_TOO_LONG);
                continue;
            }
            received.bytes().put(batch.size() * STRIDE, arrival.bytes);
            batch.add(arrival);
            counters.count(Counter.RECEIVED);
            counters.add(Counter.RECEIVED_BYTES, arrival.bytes.length);
        }
        return batch.size();
    }

    @Override
    public Slab received() {
        return received;
    }

    @Override
    public int receivedOffset(int i) {
        return i * STRIDE;
    }

    @Override
    public int receivedLength(int i) {
        return batch.get(i).bytes.length;
    }

    @Override
    public long receivedHi(int i) {
        return batch.get(i).from.hi();
    }

    @Override
    public long receivedLo(int i) {
        return batch.get(i).from.lo();
    }

    @Override
    public int receivedPort(int i) {
        return batch.get(i).from.port();
    }

    @Override
    public int receivedLocal(int i) {
        return batch.get(i).from.localIndex();
    }

    @Override
    public Slab outgoing() {
        return outgoing;
    }

    @Override
    public int reserve() {
        if (committed.size() == BATCH) {
            flush();
        }
        return 0;
    }

    @Override
    public void commit(int lengthBytes, PeerAddress to) {
        byte[] bytes = new byte[lengthBytes];
        outgoing.bytes().get(0, bytes);
        committed.add(new Departure(bytes, to));
    }

    @Override
    public void flush() {
        for (Departure departure : committed) {
            network.send(locals.get(departure.to.localIndex()), departure.to.toSocketAddress(), departure.bytes);
            counters.count(Counter.SENT);
            counters.add(Counter.SENT_BYTES, departure.bytes.length);
        }
        committed.clear();
    }

    @Override
    public void wakeup() {
        wakeups++;
    }

    @Override
    public Counters<Counter> counters() {
        return counters;
    }

    @Override
    public String description() {
        return "simulated";
    }

    @Override
    public void close() {
        for (int local = 0; local < receivers.size(); local++) {
            network.detach(locals.get(local), receivers.get(local));
        }
        waiting.clear();
    }
}
