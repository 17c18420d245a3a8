package dev.rostrum.sfu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.rostrum.sfu.loop.Shard.Counter;
import dev.rostrum.sfu.sim.SimClock;
import dev.rostrum.sfu.sim.SimNetwork;
import dev.rostrum.sfu.sim.SimUdpPort;
import dev.rostrum.sfu.udp.Literal;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.srtp.Slab;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class ShardTest {

    private static final InetSocketAddress LOCAL = Literal.at("192.0.2.1", 7000);
    private static final InetSocketAddress CLIENT = Literal.at("198.51.100.1", 5000);

    private final SimClock clock = new SimClock();
    private final SimNetwork network = new SimNetwork(clock, 1);
    private final SimUdpPort port = new SimUdpPort(network, List.of(LOCAL));
    private final SimUdpPort otherPort = new SimUdpPort(network, List.of(Literal.at("192.0.2.2", 7000)));
    private final List<Shard> shards = Shard.linked(List.of(port, otherPort), clock);
    private final Shard shard = shards.get(0);
    private final Shard other = shards.get(1);
    private final List<String> done = new ArrayList<>();
    private final Recording handler = new Recording();

    /** Writes down what the shard is told, and fails where it is asked to. */
    private final class Recording implements ShardHandler, ShardLink.Handler {

        @Override
        public void onDatagram(
                Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {
            done.add("datagram " + slab.bytes().get(offset) + " of " + lengthBytes + " from "
                    + new PeerAddress(hi, lo, port, local) + " at " + nowNs);
            if (lengthBytes == 13) {
                throw new IllegalStateException("thirteen bytes");
            }
            shard.port()
                    .outgoing()
                    .bytes()
                    .put(shard.port().reserve(), slab.bytes().get(offset));
            shard.port().commit(1, new PeerAddress(hi, lo, port, local));
        }

        @Override
        public ShardLink.Handler links() {
            return this;
        }

        @Override
        public void onTurnEnd(long nowNs) {
            done.add("end");
        }

        @Override
        public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {
            done.add("media " + fromShard);
        }

        @Override
        public void onNumbers(int fromShard, int type, long a, long b, long c) {
            done.add("numbers " + fromShard + " " + type);
            if (type == 13) {
                throw new StackOverflowError("thirteen");
            }
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
            done.add("stray " + fromShard);
        }

        @Override
        public void onObject(int fromShard, Object message) {
            done.add("object " + fromShard + " " + message);
        }
    }

    private void start() {
        shard.setHandler(handler);
    }

    private void send(int first, int length) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) first;
        network.send(CLIENT, LOCAL, bytes);
        network.deliverDue();
    }

    @BeforeEach
    void keepTheLogQuiet() {
        ((Logger) LoggerFactory.getLogger(Shard.class)).setLevel(Level.OFF);
    }

    @AfterEach
    void letTheLogSpeak() {
        ((Logger) LoggerFactory.getLogger(Shard.class)).setLevel(null);
    }

    @Test
    void aTurnTakesDatagramsThenLinksThenTasksThenDeadlinesThenSends() {
        start();
        List<String> answers = new ArrayList<>();
        network.attach(CLIENT, (bytes, from, to) -> answers.add(bytes.length + " from " + from));
        long nowNs = clock.nowNs();
        shard.deadlines().schedule(new Deadline(atNs -> done.add("deadline at " + atNs)), nowNs);
        shard.execute(() -> done.add("task"));
        assertTrue(other.link(0).offerObject("hello"));
        send(7, 20);
        shard.turn(0);
        assertEquals(
                List.of(
                        "datagram 7 of 20 from 198.51.100.1:5000@0 at " + nowNs,
                        "object 1 hello",
                        "task",
                        "deadline at " + nowNs,
                        "end"),
                done);
        network.deliverDue();
        assertEquals(List.of("1 from /192.0.2.1:7000"), answers);
        assertEquals(1, shard.counters().get(Counter.TURNS));
        assertEquals(1, shard.counters().get(Counter.DATAGRAMS));
        assertEquals(1, shard.counters().get(Counter.LINK_MESSAGES));
        assertEquals(1, shard.counters().get(Counter.TASKS));
        assertEquals(1, shard.counters().get(Counter.DEADLINES));
        assertEquals(0, shard.counters().get(Counter.ESCAPED_ERRORS));
    }

    @Test
    void errorsThatEscapeAreCountedAndEndNothing() {
        start();
        shard.execute(() -> {
            throw new AssertionError("a task's fault");
        });
        shard.execute(() -> done.add("task"));
        shard.deadlines()
                .schedule(
                        new Deadline(nowNs -> {
                            throw new IllegalStateException("a deadline's fault");
                        }),
                        1);
        shard.deadlines().schedule(new Deadline(nowNs -> done.add("deadline")), 2);
        other.link(0).offerNumbers(13, 0, 0, 0);
        other.link(0).offerNumbers(1, 0, 0, 0);
        send(1, 13);
        send(2, 14);
        shard.turn(0);
        shard.turn(0);
        assertEquals(4, shard.counters().get(Counter.ESCAPED_ERRORS));
        assertTrue(done.contains("task"));
        assertTrue(done.contains("deadline"));
        assertTrue(done.contains("numbers 1 1"));
        assertTrue(done.stream().anyMatch(text -> text.startsWith("datagram 2")));
        assertEquals(2, done.stream().filter("end"::equals).count());
    }

    @Test
    void theLoopIsOnlyEnteredInATurn() {
        assertFalse(shard.inLoop());
        boolean[] inside = {false, true};
        shard.execute(() -> {
            inside[0] = shard.inLoop();
            inside[1] = other.inLoop();
        });
        shard.turn(0);
        assertTrue(inside[0]);
        assertFalse(inside[1], "the turn of one shard is not that of another, though the thread is the same");
        assertFalse(shard.inLoop());
    }

    @Test
    void aTaskThatExecutesAnotherDoesNotHoldUpTheTurn() {
        start();
        Runnable[] endless = new Runnable[1];
        int[] ran = {0};
        endless[0] = () -> {
            ran[0]++;
            shard.execute(endless[0]);
        };
        shard.execute(endless[0]);
        shard.turn(0);
        assertTrue(ran[0] >= 1 && ran[0] < 10_000);
        assertTrue(shard.hasWork());
        assertEquals("end", done.getLast());
    }

    @Test
    void aDeadlineThatIsAlwaysDueDoesNotHoldUpTheTurn() {
        start();
        Deadline[] endless = new Deadline[1];
        endless[0] = new Deadline(nowNs -> shard.deadlines().schedule(endless[0], nowNs));
        shard.deadlines().schedule(endless[0], 0);
        shard.turn(0);
        assertEquals("end", done.getLast());
    }

    @Test
    void workThatWaitsIsSeen() {
        assertFalse(shard.hasWork());
        other.link(0).offerNumbers(1, 0, 0, 0);
        assertTrue(shard.hasWork());
        shard.turn(0);
        assertFalse(shard.hasWork());
        shard.execute(() -> {});
        assertTrue(shard.hasWork());
    }

    @Test
    void aWaitEndsWithTheNextDeadline() {
        shard.turn(500);
        assertEquals(500, port.lastWaitNs());
        shard.deadlines().schedule(new Deadline(nowNs -> {}), clock.nowNs() + 200);
        shard.turn(500);
        assertEquals(200, port.lastWaitNs());
        shard.turn(100);
        assertEquals(100, port.lastWaitNs());
        clock.advance(300);
        shard.turn(0);
        assertEquals(0, port.lastWaitNs());
        shard.execute(() -> {});
        shard.turn(500);
        assertEquals(0, port.lastWaitNs(), "a task waits");
        other.link(0).offerNumbers(1, 0, 0, 0);
        shard.turn(500);
        assertEquals(0, port.lastWaitNs(), "a message waits");
        shard.turn(500);
        assertEquals(500, port.lastWaitNs());
        assertEquals(0, port.wakeups(), "it never slept");
    }

    @Test
    void theLongestTurnAndTheSlowOnesAreRecorded() {
        shard.execute(() -> clock.advance(1_000_000));
        shard.turn(0);
        assertEquals(1_000_000, shard.counters().get(Counter.LONGEST_TURN_NS));
        shard.execute(() -> clock.advance(6_000_000));
        shard.turn(0);
        shard.execute(() -> clock.advance(2_000_000));
        shard.turn(0);
        assertEquals(6_000_000, shard.counters().get(Counter.LONGEST_TURN_NS));
        assertEquals(9_000_000, shard.counters().get(Counter.BUSY_NS));
        assertEquals(1, shard.counters().get(Counter.SLOW_TURNS));
    }

    @Test
    void eachPairOfShardsHasALinkForEachDirection() {
        assertEquals(2, shard.shardCount());
        assertNotSame(shard.link(1), other.link(0));
        assertThrows(IllegalArgumentException.class, () -> shard.link(0));
    }
}
