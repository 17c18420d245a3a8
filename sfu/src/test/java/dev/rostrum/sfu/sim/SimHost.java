package dev.rostrum.sfu.sim;

import dev.rostrum.sfu.loop.Deadlines;
import java.net.InetSocketAddress;

/**
 * A client's computer: one socket and timers, in the time of the simulation.
 *
 * <p>Owned by the thread of the simulation.
 */
public final class SimHost {

    /** What the client does with what it receives. */
    @FunctionalInterface
    public interface Handler {
        /** A datagram arrived; the bytes are the handler's. */
        void onDatagram(byte[] bytes, InetSocketAddress from, long nowNs);
    }

    private final SimNetwork network;
    private final SimClock clock;
    private final InetSocketAddress address;
    private final Deadlines deadlines = new Deadlines();
    private Handler handler = (bytes, from, nowNs) -> {};

    SimHost(SimNetwork network, SimClock clock, InetSocketAddress address) {
        this.network = network;
        this.clock = clock;
        this.address = address;
        network.attach(address, (bytes, from, to) -> handler.onDatagram(bytes, from, clock.nowNs()));
    }

    public void setHandler(Handler handler) {
        this.handler = handler;
    }

    /** Its own address; others see another one if it is behind a NAT ({@link SimNetwork#rebind}). */
    public InetSocketAddress address() {
        return address;
    }

    /** Sends a copy of the bytes. */
    public void send(byte[] bytes, InetSocketAddress to) {
        network.send(address, to, bytes.clone());
    }

    /** Its timers. */
    public Deadlines deadlines() {
        return deadlines;
    }

    public long nowNs() {
        return clock.nowNs();
    }
}
