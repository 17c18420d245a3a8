package dev.rostrum.sfu.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardHandler;
import dev.rostrum.sfu.loop.ShardLink;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SimShardsTest {

    private static final long MS = 1_000_000;
    private static final InetSocketAddress SERVER = at("192.0.2.1", 7000);

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    /** Hands each datagram to the next shard, which answers it. */
    private record HandingOver(Shard shard, List<String> history) implements ShardHandler, ShardLink.Handler {

        @Override
        public void onDatagram(
                Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {
            history.add(shard.index() + " received " + slab.bytes().getInt(offset));
            int next = (shard.index() + 1) % shard.shardCount();
            assertTrue(shard.link(next).offerDatagram(slab, offset, lengthBytes, hi, lo, port, local, nowNs));
        }

        @Override
        public void onDatagram(
                int fromShard,
                Slab ring,
                int offset,
                int lengthBytes,
                long hi,
                long lo,
                int port,
                int local,
                long timeNs) {
            assertTrue(shard.inLoop());
            int number = ring.bytes().getInt(offset);
            history.add(shard.index() + " answers " + number);
            int at = shard.port().reserve();
            shard.port().outgoing().bytes().putInt(at, number);
            shard.port().commit(4, new PeerAddress(hi, lo, port, local));
        }

        @Override
        public ShardLink.Handler links() {
            return this;
        }

        @Override
        public void onTurnEnd(long nowNs) {}

        @Override
        public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {}

        @Override
        public void onNumbers(int fromShard, int type, long a, long b, long c) {}

        @Override
        public void onObject(int fromShard, Object message) {}
    }

    /** Ten clients send ten datagrams each, 20 ms apart. */
    private static List<String> history(long seed) {
        SimShards world = new SimShards(seed, 3, List.of(SERVER));
        world.network().everyLink(SimLink.PERFECT.withDelay(30 * MS, 5 * MS));
        world.unsteady(0.2, 3 * MS);
        List<String> history = new ArrayList<>();
        world.start(shard -> new HandingOver(shard, history));
        int[] answers = {0};
        for (int client = 0; client < 10; client++) {
            SimHost host = world.host(at("198.51.100." + (client + 1), 5000));
            host.setHandler((bytes, from, nowNs) -> {
                assertEquals(SERVER, from);
                answers[0]++;
            });
            int first = client * 10;
            int[] sent = {0};
            Deadline[] next = new Deadline[1];
            next[0] = new Deadline(nowNs -> {
                host.send(new byte[] {0, 0, 0, (byte) (first + sent[0])}, SERVER);
                if (++sent[0] < 10) {
                    host.deadlines().schedule(next[0], nowNs + 20 * MS);
                }
            });
            host.deadlines().schedule(next[0], world.nowNs());
        }
        assertTrue(world.runUntil(() -> answers[0] == 100, 10_000 * MS), world.toString());
        world.runFor(1000 * MS);
        assertEquals(100, answers[0], world.toString());
        assertEquals(200, history.size(), world.toString());
        return history;
    }

    @Test
    void datagramsPassFromShardToShardAndBackToTheirClientsWhateverTheInterleaving() {
        for (long seed = 1; seed <= 50; seed++) {
            history(seed);
        }
    }

    @Test
    void oneSeedIsOneHistoryAndAnotherSeedAnother() {
        assertEquals(history(5), history(5));
        assertNotEquals(history(5), history(6));
    }

    @Test
    void timePassesWithoutAnythingToDo() {
        SimShards world = new SimShards(1, 2, List.of(SERVER));
        long startNs = world.nowNs();
        world.runFor(3_600_000 * MS);
        assertEquals(startNs + 3_600_000 * MS, world.nowNs());
        assertFalse(world.runUntil(() -> false, 10));
        assertEquals(startNs + 3_600_000 * MS + 10, world.nowNs());
    }

    @Test
    void deadlinesOfShardsRunAtTheirTime() {
        SimShards world = new SimShards(1, 2, List.of(SERVER));
        List<Long> ran = new ArrayList<>();
        long startNs = world.nowNs();
        Shard shard = world.shard(1);
        world.inTurn(1, () -> shard.deadlines().schedule(new Deadline(ran::add), startNs + 7));
        world.runFor(6);
        assertEquals(List.of(), ran);
        world.runFor(1);
        assertEquals(List.of(startNs + 7), ran);
    }

    @Test
    void tasksRunInTheTurnOfTheirShard() {
        SimShards world = new SimShards(1, 2, List.of(SERVER));
        boolean[] inside = new boolean[3];
        world.inTurn(0, () -> inside[0] = world.shard(0).inLoop());
        world.shard(1).execute(() -> inside[1] = world.shard(1).inLoop());
        assertFalse(inside[1]);
        world.runFor(0);
        assertTrue(inside[0] && inside[1]);
    }

    @Test
    void aWorldThatNeverComesToRestIsReported() {
        SimShards world = new SimShards(1, 1, List.of(SERVER));
        Shard shard = world.shard(0);
        Deadline[] endless = new Deadline[1];
        endless[0] = new Deadline(nowNs -> shard.deadlines().schedule(endless[0], nowNs));
        world.inTurn(0, () -> shard.deadlines().schedule(endless[0], 0));
        assertThrows(AssertionError.class, () -> world.runFor(1));
    }

    @Test
    void aSimulatedPortKeepsToTheContract() {
        SimClock clock = new SimClock();
        SimNetwork network = new SimNetwork(clock, 1);
        InetSocketAddress second = at("2001:db8::1", 7000);
        SimUdpPort port = new SimUdpPort(network, List.of(SERVER, second));
        SimUdpPort client = new SimUdpPort(network, List.of(at("198.51.100.1", 5), at("2001:db8::2", 6)));
        client.outgoing().bytes().putInt(client.reserve(), 11);
        client.commit(4, PeerAddress.of(SERVER, 0));
        client.outgoing().bytes().putInt(client.reserve(), 22);
        client.commit(8, PeerAddress.of(second, 1));
        client.commit(1501, PeerAddress.of(second, 1));
        assertFalse(network.deliverDue(), "nothing leaves before the flush");
        client.flush();
        network.deliverDue();
        assertTrue(port.readable());
        assertEquals(2, port.receive(0));
        assertEquals(11, port.received().bytes().getInt(port.receivedOffset(0)));
        assertEquals(22, port.received().bytes().getInt(port.receivedOffset(1)));
        assertEquals(4, port.receivedLength(0));
        assertEquals(8, port.receivedLength(1));
        assertEquals(0, port.receivedLocal(0));
        assertEquals(1, port.receivedLocal(1));
        assertEquals(
                PeerAddress.of(client.local(1), 1),
                new PeerAddress(port.receivedHi(1), port.receivedLo(1), port.receivedPort(1), 1));
        assertEquals(1, port.counters().get(UdpPort.Counter.RECEIVED_TOO_LONG));
        assertEquals(0, port.receive(0));
        port.close();
        client.commit(4, PeerAddress.of(SERVER, 0));
        client.flush();
        network.deliverDue();
        assertEquals(1, network.tally().unreachable());
    }
}
