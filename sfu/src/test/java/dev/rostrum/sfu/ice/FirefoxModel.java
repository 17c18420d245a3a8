package dev.rostrum.sfu.ice;

import static dev.rostrum.sfu.ice.IceSimulation.MS;
import static dev.rostrum.sfu.ice.IceSimulation.SECOND;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * How Firefox controls ICE: nominates with every check on every pair (aggressive nomination), retransmits each, takes the
 * best pair that answers, and from then on only asks for consent there, every 4 to 6 s, without nominating again.
 */
final class FirefoxModel implements IceSimulation.Client {

    private static final long PACE_NS = 50 * MS;
    private static final long RTO_NS = 100 * MS;
    private static final int MAX_TRANSMITS = 7;
    private static final long CONSENT_NS = 30 * SECOND;

    private enum State {
        WAITING,
        IN_PROGRESS,
        SUCCEEDED,
        ENDED
    }

    private static final class Pair {
        final IceSimulation.Socket socket;
        final byte[] transactionId;
        State state = State.WAITING;

        Pair(IceSimulation.Socket socket, byte[] transactionId) {
            this.socket = socket;
            this.transactionId = transactionId;
        }
    }

    private final IceSimulation simulation;
    private final Random random;
    private final IceCredentials server;
    private final List<Pair> pairs = new ArrayList<>();
    private @Nullable Pair active;
    private byte @Nullable [] consentId;
    private long lastConsentNs;
    private boolean stopped;

    FirefoxModel(IceSimulation simulation, Random random, IceCredentials server, List<IceSimulation.Socket> sockets) {
        this.simulation = simulation;
        this.random = random;
        this.server = server;
        sockets.stream()
                .sorted(Comparator.comparingLong((IceSimulation.Socket socket) -> -socket.priority))
                .forEach(socket -> pairs.add(new Pair(socket, StunClient.transactionId(random))));
        startNext();
    }

    @Override
    public IceSimulation.@Nullable Socket active() {
        return active == null ? null : active.socket;
    }

    void stop() {
        stopped = true;
    }

    private void startNext() {
        for (Pair pair : pairs) {
            if (pair.state == State.WAITING && !stopped) {
                pair.state = State.IN_PROGRESS;
                byte[] check = StunClient.check(pair.transactionId, server, pair.socket.priority, true);
                transmit(pair, check, 1, RTO_NS);
                simulation.at(simulation.nowNs() + PACE_NS, this::startNext);
                return;
            }
        }
    }

    private void transmit(Pair pair, byte[] check, int transmits, long rtoNs) {
        if (pair.state != State.IN_PROGRESS || stopped) {
            return;
        }
        if (transmits > MAX_TRANSMITS) {
            pair.state = State.ENDED;
            return;
        }
        simulation.send(pair.socket, check);
        simulation.at(simulation.nowNs() + rtoNs, () -> transmit(pair, check, transmits + 1, rtoNs * 2));
    }

    @Override
    public void onResponse(IceSimulation.Socket at, byte[] response, long nowNs) {
        byte[] id = StunClient.transactionIdOf(response);
        if (Arrays.equals(id, consentId) && active != null && active.socket == at) {
            consentId = null;
            lastConsentNs = nowNs;
            return;
        }
        for (Pair pair : pairs) {
            if (pair.socket == at && pair.state == State.IN_PROGRESS && Arrays.equals(id, pair.transactionId)) {
                if (!StunClient.isAuthentic(response, server.pwd())) {
                    throw new AssertionError("a response under other credentials");
                }
                pair.state = State.SUCCEEDED;
                onSucceeded(pair, nowNs);
            }
        }
    }

    private void onSucceeded(Pair pair, long nowNs) {
        if (active != null && active.socket.priority >= pair.socket.priority) {
            return;
        }
        boolean first = active == null;
        active = pair;
        lastConsentNs = nowNs;
        simulation.trace("Firefox selects " + pair.socket);
        for (Pair other : pairs) {
            if (other.socket.priority < pair.socket.priority && other.state != State.SUCCEEDED) {
                other.state = State.ENDED;
            }
        }
        if (first) {
            simulation.at(nowNs + consentIntervalNs(), this::askConsent);
        }
    }

    private long consentIntervalNs() {
        return (4000 + random.nextInt(2000)) * MS;
    }

    private void askConsent() {
        Pair asked = active;
        if (stopped || asked == null) {
            return;
        }
        if (simulation.nowNs() - lastConsentNs > CONSENT_NS) {
            throw new AssertionError("Firefox lost consent");
        }
        byte[] id = StunClient.transactionId(random);
        consentId = id;
        long endNs = simulation.nowNs() + consentIntervalNs();
        byte[] check = StunClient.check(id, server, asked.socket.priority, false);
        transmitConsent(asked, id, check, RTO_NS, endNs);
        simulation.at(endNs, this::askConsent);
    }

    private void transmitConsent(Pair asked, byte[] id, byte[] check, long rtoNs, long endNs) {
        if (Arrays.equals(consentId, id) && simulation.nowNs() < endNs && !stopped) {
            simulation.send(asked.socket, check);
            simulation.at(simulation.nowNs() + rtoNs, () -> transmitConsent(asked, id, check, rtoNs * 2, endNs));
        }
    }
}
