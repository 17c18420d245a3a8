package dev.rostrum.sfu.ice;

import static dev.rostrum.sfu.ice.IceSimulation.MS;
import static dev.rostrum.sfu.ice.IceSimulation.SECOND;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * How Chrome controls ICE against a lite agent: pings with a new transaction each, never retransmits, selects the best
 * pair that answers, and then nominates with every ping on the selected pair; leaves it when it stops answering.
 */
final class ChromeModel implements IceSimulation.Client {

    private static final long TICK_NS = 48 * MS;
    private static final long UNPROVEN_NS = 200 * MS;
    private static final long WEAK_NS = 480 * MS;
    private static final long STABLE_NS = 2500 * MS;
    private static final long BACKUP_NS = 25 * SECOND;
    private static final long UNWRITABLE_NS = 5 * SECOND;
    private static final int UNWRITABLE_PINGS = 5;

    private static final class Connection {
        final IceSimulation.Socket socket;
        boolean writable;
        int unanswered;
        long firstUnansweredNs;
        long lastPingNs = -SECOND;
        int answers;

        Connection(IceSimulation.Socket socket) {
            this.socket = socket;
        }
    }

    private final IceSimulation simulation;
    private final Random random;
    private final List<Connection> connections = new ArrayList<>();
    private final Map<String, Connection> pending = new HashMap<>();
    private final IceCredentials server;
    private @Nullable Connection selected;
    private boolean stopped;

    ChromeModel(IceSimulation simulation, Random random, IceCredentials server, List<IceSimulation.Socket> sockets) {
        this.simulation = simulation;
        this.random = random;
        this.server = server;
        sockets.forEach(socket -> connections.add(new Connection(socket)));
        tick();
    }

    @Override
    public IceSimulation.@Nullable Socket active() {
        return selected == null ? null : selected.socket;
    }

    void stop() {
        stopped = true;
    }

    private void tick() {
        if (stopped) {
            return;
        }
        long nowNs = simulation.nowNs();
        for (Connection connection : connections) {
            if (connection.writable
                    && connection.unanswered >= UNWRITABLE_PINGS
                    && nowNs - connection.firstUnansweredNs > UNWRITABLE_NS) {
                connection.writable = false;
            }
        }
        select();
        Connection due = null;
        for (Connection connection : connections) {
            if (nowNs - connection.lastPingNs >= intervalNs(connection)
                    && (due == null || connection.lastPingNs < due.lastPingNs)) {
                due = connection;
            }
        }
        if (due != null) {
            ping(due, nowNs);
        }
        simulation.at(nowNs + TICK_NS, this::tick);
    }

    private long intervalNs(Connection connection) {
        if (!connection.writable) {
            return UNPROVEN_NS;
        }
        if (connection == selected) {
            return connection.unanswered > 1 || connection.answers < 4 ? WEAK_NS : STABLE_NS;
        }
        return BACKUP_NS;
    }

    private void ping(Connection connection, long nowNs) {
        byte[] id = StunClient.transactionId(random);
        pending.put(HexFormat.of().formatHex(id), connection);
        if (connection.unanswered++ == 0) {
            connection.firstUnansweredNs = nowNs;
        }
        connection.lastPingNs = nowNs;
        boolean useCandidate = connection == selected && connection.writable;
        simulation.send(connection.socket, StunClient.check(id, server, connection.socket.priority, useCandidate));
    }

    @Override
    public void onResponse(IceSimulation.Socket at, byte[] response, long nowNs) {
        Connection connection = pending.remove(HexFormat.of().formatHex(StunClient.transactionIdOf(response)));
        if (connection == null || connection.socket != at) {
            return;
        }
        if (!StunClient.isAuthentic(response, server.pwd())) {
            throw new AssertionError("a response under other credentials");
        }
        connection.unanswered = 0;
        connection.answers++;
        connection.writable = true;
        select();
    }

    private void select() {
        Connection best = selected != null && selected.writable ? selected : null;
        for (Connection connection : connections) {
            if (connection.writable && (best == null || connection.socket.priority > best.socket.priority)) {
                best = connection;
            }
        }
        if (best != null && best != selected) {
            selected = best;
            simulation.trace("Chrome selects " + best.socket);
        }
    }
}
