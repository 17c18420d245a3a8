package dev.rostrum.bench.media;

import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The path of the mass: a socket that the loop empties, and a {@link ControllingAgent}.
 *
 * <p>As {@link IcePath} says.
 */
final class LightPath implements IcePath {

    private static final AtomicInteger GENERATIONS = new AtomicInteger();
    private static final long SOON_NS = 100_000_000L;

    private final MediaLoop loop;
    private final int generation = GENERATIONS.incrementAndGet() & 0x7fff_ffff;
    private final Deadline deadline = new Deadline(this::onDeadline);
    private volatile IceCredentials credentials;
    private volatile InetSocketAddress local;
    private volatile boolean cut;
    private int socket;
    private long registered = -1;
    private boolean closed;
    private @Nullable ControllingAgent agent;
    private @Nullable Sink sink;

    LightPath(MediaLoop loop, InetAddress localHost, RandomGenerator random) throws IOException {
        this.loop = loop;
        credentials = IceCredentials.random(random);
        socket = SocketCalls.open(localHost);
        local = new InetSocketAddress(localHost, SocketCalls.port(socket));
    }

    int generation() {
        return generation;
    }

    int socket() {
        return socket;
    }

    boolean isOpen() {
        return !closed;
    }

    @Override
    public IceCredentials credentials() {
        return credentials;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public boolean isOfIce4j() {
        return false;
    }

    @Override
    public void start(RemoteDescription remote, Sink heard) {
        sink = heard;
        registered = loop.register(this);
        ControllingAgent ice = new ControllingAgent(
                credentials,
                remote.credentials(),
                remote.candidates(),
                loop.settings.consentNs(),
                loop.random,
                new ControllingAgent.Sink() {

                    @Override
                    public void send(byte[] message, InetSocketAddress to) {
                        sendStun(message, to);
                    }

                    @Override
                    public void onState(State state, long nowNs) {
                        heard.onState(state, nowNs);
                    }
                });
        agent = ice;
        loop.schedule(deadline, ice.start(MediaLoop.clockNs()));
    }

    @Override
    public void renew(RandomGenerator random) {
        credentials = IceCredentials.random(random);
    }

    @Override
    public void restart(IceCredentials remote, List<InetSocketAddress> candidates) {
        ControllingAgent ice = agent;
        if (ice != null && !closed) {
            ice.restart(credentials, remote, candidates, MediaLoop.clockNs());
            loop.schedule(deadline, MediaLoop.clockNs() + SOON_NS);
        }
    }

    @Override
    public void move() throws IOException {
        ControllingAgent ice = agent;
        if (ice == null || closed) {
            return;
        }
        int next = SocketCalls.open(local.getAddress());
        SocketCalls.close(socket);
        socket = next;
        local = new InetSocketAddress(local.getAddress(), SocketCalls.port(next));
        loop.registerAnew(next, registered);
        ice.checkNow(MediaLoop.clockNs());
        loop.schedule(deadline, MediaLoop.clockNs() + SOON_NS);
    }

    @Override
    public void cut(boolean now) {
        cut = now;
    }

    @Override
    public boolean isFound() {
        return agent != null && agent.selected() != null;
    }

    @Override
    public boolean send(int lengthBytes) {
        InetSocketAddress to = agent == null ? null : agent.selected();
        return to != null && !closed && (cut || loop.send(socket, lengthBytes, to));
    }

    private void sendStun(byte[] message, InetSocketAddress to) {
        if (!closed && !cut) {
            loop.out.bytes().put(0, message);
            loop.send(socket, message.length, to);
        }
    }

    /** A datagram was in the socket. */
    void onDatagram(Slab in, int offset, int lengthBytes, long nowNs) {
        ControllingAgent ice = agent;
        if (ice == null || sink == null || cut || lengthBytes < 2) {
            return;
        }
        ByteBuffer bytes = in.bytes();
        int first = bytes.get(offset) & 0xff;
        if (first < 4) {
            InetSocketAddress path = ice.selected();
            byte[] answer = ice.onStun(bytes, offset, lengthBytes, path == null ? local : path, nowNs);
            if (answer != null && path != null) {
                sendStun(answer, path);
            }
        } else {
            ice.onReceived(nowNs);
            sink.onDatagram(in, offset, lengthBytes, nowNs);
        }
    }

    private void onDeadline(long nowNs) {
        if (agent != null) {
            loop.schedule(deadline, agent.onDeadline(nowNs));
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        loop.deadlines.cancel(deadline);
        if (registered >= 0) {
            loop.unregister(registered);
        }
        SocketCalls.close(socket);
    }
}
