package dev.rostrum.sfu.ice;

import dev.rostrum.sfu.udp.PeerAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A lite agent, a client with some sockets behind a NAT, and the bad network between them, in virtual time: loss,
 * delay (and so reordering), duplicates, new NAT bindings. The agent's owner sends media to what is selected.
 */
final class IceSimulation implements IceLiteAgent.Sink {

    static final long MS = 1_000_000;
    static final long SECOND = 1000 * MS;

    private static final long MEDIA_PERIOD_NS = 100 * MS;

    /** A client's socket and its binding in the NAT; a dead one is a network on which nothing arrives. */
    static final class Socket {
        final int id;
        final long priority;
        final boolean dead;
        PeerAddress binding;

        Socket(int id, long priority, boolean dead, PeerAddress binding) {
            this.id = id;
            this.priority = priority;
            this.dead = dead;
            this.binding = binding;
        }

        @Override
        public String toString() {
            return "socket " + id + (dead ? " (dead)" : "") + " at " + binding;
        }
    }

    /** The controlling side. */
    interface Client {
        void onResponse(Socket at, byte[] response, long nowNs);

        /** The socket that the client sends media from, and expects it at. */
        @Nullable
        Socket active();
    }

    private record Event(long atNs, long order, Runnable action) {}

    private final Random random;
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::atNs).thenComparingLong(Event::order));
    private final List<Socket> sockets = new ArrayList<>();
    private final Set<ByteBuffer> delivered = new HashSet<>();
    private final double loss;
    private final double duplicates;
    private final long minDelayNs;
    private final long jitterNs;

    private final Map<PeerAddress, Long> lastCheckNs = new HashMap<>();

    private long nowNs;
    private long eventCount;
    private int bindings;
    private long lastMediaNs;

    final IceLiteAgent agent;
    final List<String> trace = new ArrayList<>();
    final List<String> retired = new ArrayList<>();
    int selections;
    int expirations;
    long lastFreshCheckNs;
    long longestGapNs;

    @Nullable
    Client client;

    IceSimulation(Random random, IceCredentials local) {
        this.random = random;
        this.loss = random.nextDouble() * 0.1;
        this.duplicates = random.nextDouble() * 0.1;
        this.minDelayNs = (5 + random.nextInt(100)) * MS;
        this.jitterNs = random.nextInt(1, 200) * MS;
        this.agent = new IceLiteAgent(local, this, 0);
        at(0, this::sendMedia);
    }

    long nowNs() {
        return nowNs;
    }

    void at(long atNs, Runnable action) {
        events.add(new Event(Math.max(atNs, nowNs), eventCount++, action));
    }

    void run(long untilNs) {
        while (true) {
            Event event = events.peek();
            long deadlineNs = agent.deadlineNs();
            if (deadlineNs <= untilNs && (event == null || deadlineNs <= event.atNs)) {
                nowNs = Math.max(nowNs, deadlineNs);
                agent.onDeadline(nowNs);
                if (agent.deadlineNs() <= nowNs) {
                    throw new AssertionError("the deadline stays in the past");
                }
            } else if (event != null && event.atNs <= untilNs) {
                events.remove(event);
                nowNs = event.atNs;
                event.action.run();
            } else {
                nowNs = untilNs;
                return;
            }
        }
    }

    private PeerAddress newBinding() {
        bindings++;
        return new PeerAddress(0, 0xffff_cb00_7100L + random.nextInt(4), 10_000 + bindings, random.nextInt(2));
    }

    Socket socket(long priority, boolean dead) {
        Socket socket = new Socket(sockets.size(), priority, dead, newBinding());
        sockets.add(socket);
        return socket;
    }

    /** The NAT forgets all bindings. */
    void rebind() {
        for (Socket socket : sockets) {
            socket.binding = newBinding();
        }
        trace("rebound");
    }

    void trace(String what) {
        trace.add(nowNs / MS + " ms: " + what);
    }

    /** From a client's socket to the agent. */
    void send(Socket from, byte[] datagram) {
        if (from.dead) {
            return;
        }
        PeerAddress source = from.binding; // as the NAT had it when the datagram passed
        int copies = copies();
        for (int i = 0; i < copies; i++) {
            at(nowNs + delayNs(), () -> arrive(from, source, datagram));
        }
    }

    private int copies() {
        return random.nextDouble() < loss ? 0 : random.nextDouble() < duplicates ? 2 : 1;
    }

    private long delayNs() {
        return minDelayNs + (long) (random.nextDouble() * jitterNs);
    }

    private void arrive(Socket from, PeerAddress source, byte[] datagram) {
        ByteBuffer slab = ByteBuffer.allocateDirect(2048);
        slab.put(512, datagram);
        boolean fresh = delivered.add(ByteBuffer.wrap(StunClient.transactionIdOf(datagram)));
        PeerAddress before = agent.selected();
        agent.onDatagram(slab, 512, datagram.length, source, nowNs);
        PeerAddress after = agent.selected();
        if (!fresh) {
            if (!Objects.equals(before, after)) {
                throw new AssertionError("a repeated request moved the selection");
            }
            return;
        }
        // Media follows the client's own choice at its next check: if that nominates, and if it is the first from
        // there.
        boolean nominates = StunClient.value(datagram, StunClient.USE_CANDIDATE) != null;
        boolean rebound = !lastCheckNs.containsKey(source)
                && before != null
                && nowNs - lastCheckNs.getOrDefault(before, nowNs) >= IceLiteAgent.REBINDING_NS;
        boolean chosen = client != null && from == client.active() && source.equals(from.binding);
        if (chosen && (nominates || rebound) && !Objects.equals(source, after)) {
            throw new AssertionError("media did not follow to " + source);
        }
        lastFreshCheckNs = nowNs;
        lastCheckNs.put(source, nowNs);
    }

    private void deliver(PeerAddress to, byte @Nullable [] response) {
        int copies = copies();
        for (int i = 0; i < copies; i++) {
            at(nowNs + delayNs(), () -> {
                for (Socket socket : sockets) {
                    if (!socket.dead && socket.binding.equals(to)) {
                        if (response == null) {
                            longestGapNs = Math.max(longestGapNs, nowNs - lastMediaNs);
                            lastMediaNs = nowNs;
                        } else if (client != null) {
                            client.onResponse(socket, response, nowNs);
                        }
                    }
                }
            });
        }
    }

    private void sendMedia() {
        PeerAddress selected = agent.selected();
        if (selected != null) {
            if (!agent.isValidated(selected)) {
                throw new AssertionError("the selected tuple is not validated");
            }
            deliver(selected, null);
        }
        at(nowNs + MEDIA_PERIOD_NS, this::sendMedia);
    }

    /** When media last reached any of the client's sockets. */
    long lastMediaNs() {
        return lastMediaNs;
    }

    @Override
    public void onSend(byte[] response, PeerAddress to) {
        deliver(to, response);
    }

    @Override
    public void onValidated(PeerAddress tuple) {
        trace("validated " + tuple);
    }

    @Override
    public void onInvalidated(PeerAddress tuple) {
        trace("invalidated " + tuple);
    }

    @Override
    public void onSelected(PeerAddress tuple) {
        selections++;
        trace("selected " + tuple);
    }

    @Override
    public void onUfragRetired(String ufrag) {
        retired.add(ufrag);
        trace("retired " + ufrag);
    }

    @Override
    public void onConsentExpired() {
        expirations++;
        trace("consent expired");
    }

    @Override
    public void onNeverConnected() {
        throw new AssertionError("never connected");
    }

    @Override
    public void onRefused(StunRefusal reason) {
        if (reason != StunRefusal.UNKNOWN_UFRAG) { // late checks under old credentials
            throw new AssertionError(reason);
        }
    }
}
