package dev.rostrum.sfu.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.loop.Deadlines;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SimNetworkTest {

    private static final long MS = 1_000_000;
    private static final InetSocketAddress A = at("192.0.2.1", 1000);
    private static final InetSocketAddress B = at("192.0.2.2", 2000);

    private final SimClock clock = new SimClock();
    private final List<Integer> came = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private final List<InetSocketAddress> sources = new ArrayList<>();

    private static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    private SimNetwork network(long seed) {
        SimNetwork network = new SimNetwork(clock, seed);
        network.attach(B, (bytes, from, to) -> {
            came.add((bytes[0] & 0xff) | ((bytes[1] & 0xff) << 8));
            times.add(clock.nowNs());
            sources.add(from);
        });
        return network;
    }

    private static byte[] numbered(int number, int length) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) number;
        bytes[1] = (byte) (number >> 8);
        return bytes;
    }

    private void run(SimNetwork network) {
        while (network.nextNs() != Deadlines.NEVER) {
            clock.advanceTo(Math.max(network.nextNs(), clock.nowNs()));
            network.deliverDue();
        }
    }

    private SimNetwork sendMany(long seed, SimLink link, int count) {
        SimNetwork network = network(seed);
        network.everyLink(link);
        for (int i = 0; i < count; i++) {
            long at = clock.nowNs() + 1;
            while (network.nextNs() < at) {
                clock.advanceTo(network.nextNs());
                network.deliverDue();
            }
            clock.advanceTo(at);
            network.send(A, B, numbered(i, 100));
        }
        run(network);
        return network;
    }

    private List<Integer> inOrder(int count) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(i);
        }
        return numbers;
    }

    @Test
    void aPerfectNetworkDeliversAllInOrderAtOnce() {
        SimNetwork network = sendMany(1, SimLink.PERFECT, 1000);
        assertEquals(inOrder(1000), came);
        assertEquals(new SimNetwork.Tally(1000, 0, 0, 0, 1000), network.tally());
    }

    @Test
    void delayAndJitterKeepTheOrder() {
        long startNs = clock.nowNs();
        sendMany(2, SimLink.PERFECT.withDelay(300 * MS, 50 * MS), 1000);
        assertEquals(inOrder(1000), came);
        assertTrue(times.getFirst() >= startNs + 300 * MS);
        assertTrue(times.getLast() <= startNs + 351 * MS);
        assertTrue(new HashSet<>(times).size() > 1);
    }

    @Test
    void aTenthIsLostIfSaid() {
        SimNetwork network = sendMany(3, SimLink.PERFECT.withLoss(0.1), 20_000);
        assertEquals(2000.0, (double) network.tally().lost(), 200);
        assertEquals(20_000 - network.tally().lost(), came.size());
    }

    @Test
    void lossComesInBurstsIfSaid() {
        SimNetwork network = sendMany(4, SimLink.PERFECT.withBurstLoss(0.01, 0.2), 20_000);
        long lost = network.tally().lost();
        assertEquals(20_000 * 0.01 / 0.21, (double) lost, 400);
        int bursts = 0;
        for (int i = 1; i < came.size(); i++) {
            bursts += came.get(i) != came.get(i - 1) + 1 ? 1 : 0;
        }
        assertEquals(5, (double) lost / bursts, 1.5, "a burst takes 5 on average");
    }

    @Test
    void aRateSpreadsDatagramsAndAFullQueueLosesThem() {
        SimNetwork network = network(5);
        network.everyLink(SimLink.PERFECT.withRate(800_000, 1000)); // 100 bytes take 1 ms
        long startNs = clock.nowNs();
        for (int i = 0; i < 20; i++) {
            network.send(A, B, numbered(i, 100));
        }
        run(network);
        assertEquals(inOrder(10), came);
        assertEquals(10, network.tally().overflowed());
        for (int i = 0; i < 10; i++) {
            assertEquals(startNs + (i + 1) * MS, times.get(i));
        }
    }

    @Test
    void someAreOvertakenAndSomeComeTwiceIfSaid() {
        sendMany(6, SimLink.PERFECT.withReordering(0.05, 20).withDuplicates(0.02), 10_000);
        Set<Integer> distinct = new HashSet<>(came);
        assertEquals(10_000, distinct.size());
        assertEquals(200, came.size() - 10_000, 60);
        int overtaken = 0;
        for (int i = 1; i < came.size(); i++) {
            overtaken += came.get(i) < came.get(i - 1) ? 1 : 0;
        }
        assertTrue(overtaken > 200, overtaken + " were overtaken");
    }

    @Test
    void oneSeedIsOneHistoryAndAnotherSeedAnother() {
        SimLink link = SimLink.PERFECT
                .withLoss(0.1)
                .withReordering(0.1, 50)
                .withDelay(5, 7)
                .withDuplicates(0.1);
        sendMany(7, link, 500);
        List<Integer> first = List.copyOf(came);
        came.clear();
        sendMany(7, link, 500);
        assertEquals(first, came);
        came.clear();
        sendMany(8, link, 500);
        assertNotEquals(first, came);
    }

    @Test
    void eachWayMayDiffer() {
        SimNetwork network = network(9);
        InetSocketAddress c = at("192.0.2.3", 1);
        InetSocketAddress d = at("192.0.2.4", 1);
        network.everyLink(SimLink.PERFECT.withDelay(5, 0));
        network.downlink(B, SimLink.PERFECT.withDelay(3, 0));
        network.uplink(c, SimLink.PERFECT.withDelay(2, 0));
        network.link(d, B, SimLink.PERFECT.withDelay(1, 0));
        network.send(A, B, numbered(0, 2));
        network.send(c, B, numbered(1, 2));
        network.send(d, B, numbered(2, 2));
        run(network);
        assertEquals(List.of(2, 1, 0), came);
    }

    @Test
    void aNatHidesAnAddressAndMayRebindIt() {
        SimNetwork network = network(10);
        network.everyLink(SimLink.PERFECT.withDelay(10 * MS, 0));
        List<String> back = new ArrayList<>();
        network.attach(A, (bytes, from, to) -> back.add(bytes[0] + " at " + to));
        InetSocketAddress first = at("203.0.113.1", 40001);
        InetSocketAddress second = at("203.0.113.2", 40002);
        network.rebind(A, first);
        network.send(A, B, numbered(1, 2));
        network.send(B, first, numbered(2, 2));
        network.send(B, A, numbered(3, 2));
        run(network);
        network.send(B, first, numbered(4, 2));
        network.at(clock.nowNs() + 5 * MS, () -> network.rebind(A, second));
        run(network);
        network.send(A, B, numbered(5, 2));
        network.send(B, second, numbered(6, 2));
        run(network);
        assertEquals(List.of(first, second), sources);
        assertEquals(List.of("2 at " + A, "6 at " + A), back);
        assertEquals(2, network.tally().unreachable());
    }

    @Test
    void sharedAddressesKeepEachSourceAtOneReceiver() {
        SimNetwork network = new SimNetwork(clock, 11);
        List<Set<InetSocketAddress>> seen = List.of(new HashSet<>(), new HashSet<>(), new HashSet<>());
        for (Set<InetSocketAddress> mine : seen) {
            network.attach(B, (bytes, from, to) -> mine.add(from));
        }
        for (int round = 0; round < 3; round++) {
            for (int source = 0; source < 300; source++) {
                network.send(at("192.0.2.77", 1000 + source), B, new byte[2]);
            }
        }
        run(network);
        assertEquals(300, seen.stream().mapToInt(Set::size).sum());
        seen.forEach(mine -> assertTrue(mine.size() > 50, mine.size() + " of 300"));
    }

    @Test
    void theClockOnlyGoesForward() {
        clock.advance(5);
        assertThrows(IllegalArgumentException.class, () -> clock.advanceTo(3));
    }
}
