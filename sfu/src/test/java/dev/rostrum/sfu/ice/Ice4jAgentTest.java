package dev.rostrum.sfu.ice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.udp.PeerAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.ice4j.Transport;
import org.ice4j.TransportAddress;
import org.ice4j.ice.Agent;
import org.ice4j.ice.CandidateType;
import org.ice4j.ice.Component;
import org.ice4j.ice.HostCandidate;
import org.ice4j.ice.IceMediaStream;
import org.ice4j.ice.IceProcessingState;
import org.ice4j.ice.LocalCandidate;
import org.ice4j.ice.RemoteCandidate;
import org.ice4j.ice.harvest.AbstractCandidateHarvester;
import org.ice4j.socket.IceSocketWrapper;
import org.ice4j.socket.IceUdpSocketWrapper;
import org.ice4j.socket.MultiplexingDatagramSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody else's full agent, over loopback sockets, against ours. */
class Ice4jAgentTest {

    private static final long PATIENCE_S = 60; // reached only by a failure
    private static final Logger ICE4J_LOG = Logger.getLogger("org.ice4j"); // held, or its level is forgotten

    private static final IceCredentials LOCAL = IceCredentials.random(new Random(3));

    /** Our agent behind one socket and one thread. */
    private static final class Server implements IceLiteAgent.Sink {
        final CompletableFuture<PeerAddress> selected = new CompletableFuture<>();
        final CompletableFuture<PeerAddress> nominated = new CompletableFuture<>();
        final CountDownLatch wrongPasswords = new CountDownLatch(3);
        final CountDownLatch roleConflicts = new CountDownLatch(1);
        private final DatagramSocket socket;
        private final IceLiteAgent agent = new IceLiteAgent(LOCAL, this, 0);
        private final Thread thread;

        Server() throws IOException {
            socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            thread = Thread.ofPlatform().daemon().start(this::pump);
        }

        InetSocketAddress address() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        private void pump() {
            DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
            long nowNs = 0; // consent and its time are tested elsewhere
            try {
                while (true) {
                    packet.setLength(1500);
                    socket.receive(packet);
                    PeerAddress from = PeerAddress.of((InetSocketAddress) packet.getSocketAddress(), 0);
                    agent.onDatagram(ByteBuffer.wrap(packet.getData()), 0, packet.getLength(), from, nowNs++);
                    PeerAddress to = agent.selected();
                    if (agent.isNominated() && to != null) {
                        nominated.complete(to);
                    }
                }
            } catch (SocketException _) {
                // closed
            } catch (IOException | RuntimeException | Error e) {
                selected.completeExceptionally(e);
                nominated.completeExceptionally(e);
            }
        }

        @Override
        public void onSend(byte[] response, PeerAddress to) {
            try {
                socket.send(new DatagramPacket(response, response.length, to.toSocketAddress()));
            } catch (IOException e) {
                nominated.completeExceptionally(e);
            }
        }

        @Override
        public void onValidated(PeerAddress tuple) {}

        @Override
        public void onInvalidated(PeerAddress tuple) {}

        @Override
        public void onSelected(PeerAddress tuple) {
            selected.complete(tuple);
        }

        @Override
        public void onUfragRetired(String ufrag) {}

        @Override
        public void onConsentExpired() {}

        @Override
        public void onNeverConnected() {}

        @Override
        public void onRefused(StunRefusal reason) {
            if (reason == StunRefusal.WRONG_MESSAGE_INTEGRITY) {
                wrongPasswords.countDown();
            } else if (reason == StunRefusal.ROLE_CONFLICT) {
                roleConflicts.countDown();
            }
        }

        void close() throws InterruptedException {
            socket.close();
            thread.join();
        }
    }

    /** ice4j gathers no loopback addresses by itself. */
    private static final class LoopbackHarvester extends AbstractCandidateHarvester {

        @Override
        public Collection<LocalCandidate> harvest(Component component) {
            IceSocketWrapper socket;
            try {
                socket = new IceUdpSocketWrapper(new MultiplexingDatagramSocket(0, InetAddress.getLoopbackAddress()));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            HostCandidate candidate = new HostCandidate(socket, component);
            component.addLocalCandidate(candidate);
            component.getParentStream().getParentAgent().getStunStack().addSocket(candidate.getStunSocket(null));
            if (component.getComponentSocket() != null) {
                component.getComponentSocket().add(socket);
            }
            return List.of(candidate);
        }

        @Override
        public boolean isHostHarvester() {
            return true;
        }
    }

    private Server server;
    private Agent client;

    private final CompletableFuture<IceProcessingState> ended = new CompletableFuture<>();

    @BeforeEach
    void open() throws IOException {
        ICE4J_LOG.setLevel(Level.OFF);
        server = new Server();
        client = new Agent();
        client.setUseDynamicPorts(false);
        client.addCandidateHarvester(new LoopbackHarvester());
        client.addStateChangeListener(event -> {
            if (event.getNewValue() == IceProcessingState.COMPLETED
                    || event.getNewValue() == IceProcessingState.FAILED) {
                ended.complete((IceProcessingState) event.getNewValue());
            }
        });
    }

    @AfterEach
    void close() throws InterruptedException {
        client.free();
        server.close();
    }

    private Component connect(String password, boolean controlling) throws IOException {
        client.setControlling(controlling);
        IceMediaStream stream = client.createMediaStream("audio");
        Component component = client.createComponent(stream, 0, 0, 0);
        stream.setRemoteUfrag(LOCAL.ufrag());
        stream.setRemotePassword(password);
        TransportAddress address = new TransportAddress(server.address(), Transport.UDP);
        component.addRemoteCandidate(
                new RemoteCandidate(address, component, CandidateType.HOST_CANDIDATE, "1", 0x7effffffL, null));
        client.startConnectivityEstablishment();
        return component;
    }

    private void assertConnected(Component component) throws Exception {
        assertEquals(IceProcessingState.COMPLETED, ended.get(PATIENCE_S, TimeUnit.SECONDS));
        InetSocketAddress clients =
                component.getSelectedPair().getLocalCandidate().getTransportAddress();
        PeerAddress expected = PeerAddress.of(new InetSocketAddress(clients.getAddress(), clients.getPort()), 0);
        assertEquals(expected, server.nominated.get(PATIENCE_S, TimeUnit.SECONDS));
        assertEquals(expected, server.selected.get(PATIENCE_S, TimeUnit.SECONDS));
    }

    @Test
    void aFullAgentCompletesAgainstTheLiteOne() throws Exception {
        assertConnected(connect(LOCAL.pwd(), true));
    }

    @Test
    void aFullAgentThatTakesItselfForControlledLearnsBetterAndCompletes() throws Exception {
        assertConnected(connect(LOCAL.pwd(), false));
        assertTrue(server.roleConflicts.await(PATIENCE_S, TimeUnit.SECONDS));
        assertTrue(client.isControlling());
    }

    @Test
    void aFullAgentWithAWrongPasswordGetsNowhere() throws Exception {
        connect("notthepasswordofthatside", true);
        assertTrue(server.wrongPasswords.await(PATIENCE_S, TimeUnit.SECONDS));
        assertNotEquals(IceProcessingState.COMPLETED, client.getState());
        assertFalse(server.selected.isDone());
    }
}
