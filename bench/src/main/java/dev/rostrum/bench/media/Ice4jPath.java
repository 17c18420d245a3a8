package dev.rostrum.bench.media;

import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.Deadline;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;
import org.ice4j.Transport;
import org.ice4j.TransportAddress;
import org.ice4j.ice.Agent;
import org.ice4j.ice.CandidatePair;
import org.ice4j.ice.CandidateType;
import org.ice4j.ice.Component;
import org.ice4j.ice.HostCandidate;
import org.ice4j.ice.IceMediaStream;
import org.ice4j.ice.IceProcessingState;
import org.ice4j.ice.KeepAliveStrategy;
import org.ice4j.ice.LocalCandidate;
import org.ice4j.ice.RemoteCandidate;
import org.ice4j.ice.harvest.AbstractCandidateHarvester;
import org.ice4j.socket.IceUdpSocketWrapper;
import org.ice4j.socket.MultiplexingDatagramSocket;
import org.jspecify.annotations.Nullable;

/**
 * A path that Jitsi's ice4j finds: its full agent, controlling, without trickling, with one host candidate at the address
 * from which the server is reached. It takes STUN from the candidate's socket; what it leaves there a thread of this path
 * brings to the loop. Each costs two threads and some milliseconds, so there are only few.
 *
 * <p>As {@link IcePath} says. What may take ice4j long is done by its {@link Executor}, one thing after the other; to make
 * one, and to renew one, takes the caller's time.
 */
final class Ice4jPath implements IcePath {

    /** Held, or their level is forgotten. */
    private static final List<Logger> LOGS =
            List.of(Logger.getLogger("org.ice4j"), Logger.getLogger("org.jitsi"), Logger.getLogger("JitsiConfig"));

    private static final int MAX_DATAGRAM_BYTES = 1500;
    private static final long WATCH_NS = 500_000_000L;
    private static final long CONSENT_MS = 5_000;

    /** A path on which nothing comes answers each consent check: these come 6 s apart at most (RFC 7675 §5.1). */
    private static final long QUIET_NS = 8_500_000_000L;

    private static final long PATIENCE_NS = 15_000_000_000L;

    static {
        LOGS.forEach(log -> log.setLevel(Level.SEVERE));
        // Read once, when its classes are loaded.
        System.setProperty("org.ice4j.ice.CONSENT_FRESHNESS_INTERVAL", Long.toString(CONSENT_MS));
        System.setProperty("org.ice4j.ice.harvest.DISABLE_AWS_HARVESTER", "true");
    }

    private final MediaLoop loop;
    private final Executor work;
    private final InetAddress localHost;
    private final Runnable onClosed;
    private final Deadline watch = new Deadline(this::onWatch);
    private volatile boolean cut;
    private volatile Attempt offered;
    private volatile long lastConsentNs;
    private @Nullable Attempt selected;
    private @Nullable Sink sink;
    private State state = State.CHECKING;
    private long lastReceivedNs;
    private boolean closed;

    /**
     * Opens the socket.
     *
     * @param work does one thing after the other
     * @param onClosed is run, by {@code work}, when nothing is left of it
     */
    Ice4jPath(MediaLoop loop, Executor work, InetAddress localHost, Runnable onClosed) throws IOException {
        this.loop = loop;
        this.work = work;
        this.localHost = localHost;
        this.onClosed = onClosed;
        offered = new Attempt();
    }

    /** Loads what the first agent would have to load: that takes a good part of a second. */
    static void prepare() {
        new Agent().free();
    }

    @Override
    public IceCredentials credentials() {
        return offered.credentials;
    }

    @Override
    public InetSocketAddress local() {
        return offered.local;
    }

    @Override
    public boolean isOfIce4j() {
        return true;
    }

    @Override
    public void start(RemoteDescription remote, Sink heard) {
        sink = heard;
        offered.start(remote.credentials(), remote.candidates());
    }

    /** An agent of ice4j runs once: a restart takes another, at another port. */
    @Override
    public void renew(RandomGenerator random) throws IOException {
        Attempt before = offered;
        offered = new Attempt();
        loop.execute(() -> {
            if (before != selected || closed) {
                before.free();
            }
            if (closed) {
                offered.free();
            }
        });
    }

    @Override
    public void restart(IceCredentials remote, List<InetSocketAddress> candidates) {
        offered.start(remote, candidates);
    }

    @Override
    public void move() throws IOException {
        throw new IOException("ice4j stays at its address");
    }

    @Override
    public void cut(boolean now) {
        cut = now;
    }

    @Override
    public boolean isFound() {
        return selected != null;
    }

    @Override
    public boolean send(int lengthBytes) {
        Attempt path = selected;
        if (path == null || closed) {
            return false;
        }
        byte[] datagram = new byte[lengthBytes];
        loop.out.bytes().get(0, datagram);
        return path.send(datagram);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        loop.deadlines.cancel(watch);
        offered.free();
        if (selected != null) {
            selected.free();
        }
        work.execute(onClosed);
    }

    private void onSelected(Attempt attempt) {
        if (closed || attempt != offered) {
            return;
        }
        Attempt before = selected;
        selected = attempt;
        attempt.listen();
        if (before != null) {
            before.free();
        }
        lastConsentNs = MediaLoop.clockNs();
        become(State.CONNECTED, lastConsentNs);
        loop.deadlines.schedule(watch, lastConsentNs + WATCH_NS);
    }

    private void onFailed(Attempt attempt) {
        if (!closed && attempt == offered && selected == null) {
            become(State.FAILED, MediaLoop.clockNs());
        }
    }

    private void onWatch(long nowNs) {
        loop.deadlines.schedule(watch, nowNs + WATCH_NS);
        become(after(state, nowNs - Math.max(lastReceivedNs, lastConsentNs)), nowNs);
    }

    /** The state of a path after nothing has come for so long, neither media nor an answer to a check. */
    static State after(State state, long quietNs) {
        if (quietNs <= QUIET_NS) {
            return State.CONNECTED;
        }
        return state == State.DISCONNECTED && quietNs > QUIET_NS + PATIENCE_NS ? State.FAILED : State.DISCONNECTED;
    }

    private void become(State next, long nowNs) {
        if (state != next) {
            state = next;
            if (sink != null) {
                sink.onState(next, nowNs);
            }
        }
    }

    private void onDatagram(byte[] datagram, long atNs) {
        if (!closed && sink != null) {
            lastReceivedNs = atNs;
            loop.in.bytes().put(0, datagram);
            sink.onDatagram(loop.in, 0, datagram.length, atNs);
        }
    }

    /** A socket that loses everything, both ways, while the path is cut: ice4j shall not notice any other way. */
    private final class CuttableSocket extends DatagramSocket {

        CuttableSocket() throws IOException {
            super(new InetSocketAddress(localHost, 0));
        }

        @Override
        public void send(DatagramPacket packet) throws IOException {
            if (!cut) {
                super.send(packet);
            }
        }

        @Override
        public void receive(DatagramPacket packet) throws IOException {
            do {
                super.receive(packet);
            } while (cut);
        }
    }

    /** The one candidate: ice4j's own harvester takes all interfaces, but never the loopback. */
    private static final class OneSocket extends AbstractCandidateHarvester {

        private final IceUdpSocketWrapper socket;

        OneSocket(IceUdpSocketWrapper socket) {
            this.socket = socket;
        }

        @Override
        public Collection<LocalCandidate> harvest(Component component) {
            HostCandidate candidate = new HostCandidate(socket, component);
            component.addLocalCandidate(candidate);
            component.getParentStream().getParentAgent().getStunStack().addSocket(candidate.getStunSocket(null));
            return List.of(candidate);
        }

        @Override
        public boolean isHostHarvester() {
            return true;
        }
    }

    /** One agent and its socket. Its own threads tell the loop what it finds. */
    private final class Attempt {

        private final IceUdpSocketWrapper socket;
        private final Agent agent = new Agent();
        private final IceMediaStream stream;
        private final Component component;
        final IceCredentials credentials;
        final InetSocketAddress local;

        Attempt() throws IOException {
            socket = new IceUdpSocketWrapper(new MultiplexingDatagramSocket(new CuttableSocket()));
            local = new InetSocketAddress(localHost, socket.getLocalPort());
            agent.setUseDynamicPorts(false);
            agent.addCandidateHarvester(new OneSocket(socket));
            agent.setControlling(true);
            agent.setPerformConsentFreshness(true);
            stream = agent.createMediaStream("media");
            component = agent.createComponent(stream, KeepAliveStrategy.SELECTED_ONLY, false);
            credentials = new IceCredentials(agent.getLocalUfrag(), agent.getLocalPassword());
            agent.addStateChangeListener(event -> {
                if (event.getNewValue() == IceProcessingState.COMPLETED) {
                    loop.execute(() -> onSelected(this));
                } else if (event.getNewValue() == IceProcessingState.FAILED) {
                    loop.execute(() -> onFailed(this));
                }
            });
            stream.addPairChangeListener(event -> {
                if (IceMediaStream.PROPERTY_PAIR_CONSENT_FRESHNESS_CHANGED.equals(event.getPropertyName())) {
                    lastConsentNs = MediaLoop.clockNs();
                }
            });
        }

        void start(IceCredentials remote, List<InetSocketAddress> candidates) {
            work.execute(() -> {
                stream.setRemoteUfrag(remote.ufrag());
                stream.setRemotePassword(remote.pwd());
                for (int i = 0; i < candidates.size(); i++) {
                    component.addRemoteCandidate(new RemoteCandidate(
                            new TransportAddress(candidates.get(i), Transport.UDP),
                            component,
                            CandidateType.HOST_CANDIDATE,
                            Integer.toString(i + 1),
                            0x7eff_ffffL - i,
                            null));
                }
                agent.startConnectivityEstablishment();
            });
        }

        /** Brings what is no STUN to the loop from now on. */
        void listen() {
            Thread.ofPlatform().daemon().name("load-ice4j-" + local.getPort()).start(this::receive);
        }

        private void receive() {
            DatagramPacket packet = new DatagramPacket(new byte[MAX_DATAGRAM_BYTES], MAX_DATAGRAM_BYTES);
            try {
                while (true) {
                    packet.setLength(MAX_DATAGRAM_BYTES);
                    socket.receive(packet);
                    long atNs = MediaLoop.clockNs();
                    byte[] datagram = Arrays.copyOf(packet.getData(), packet.getLength());
                    if (datagram.length >= 2) {
                        loop.execute(() -> onDatagram(datagram, atNs));
                    }
                }
            } catch (IOException _) {
                return; // the agent was freed, and its socket with it
            }
        }

        boolean send(byte[] datagram) {
            CandidatePair pair = component.getSelectedPair();
            if (pair == null) {
                return false;
            }
            try {
                socket.send(new DatagramPacket(
                        datagram, datagram.length, pair.getRemoteCandidate().getTransportAddress()));
                return true;
            } catch (IOException _) {
                return false;
            }
        }

        void free() {
            work.execute(agent::free);
        }
    }
}
