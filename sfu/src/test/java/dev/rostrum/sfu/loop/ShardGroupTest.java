package dev.rostrum.sfu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.udp.Literal;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ShardGroupTest {

    private final List<AutoCloseable> opened = new ArrayList<>();
    private List<InetAddress> loopback = List.of();

    @BeforeEach
    void resolve() throws IOException {
        loopback = List.of(Literal.host("127.0.0.1"), Literal.host("127.0.0.2"), Literal.host(Literal.IPV6_OR_4));
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }

    private ShardGroup bind(List<InetAddress> addresses, int port, int shards, boolean portable) throws IOException {
        ShardGroup group = ShardGroup.bind(addresses, port, shards, portable, ShardClock.system());
        opened.add(group);
        return group;
    }

    /** Answers each datagram with the index of the shard, and remembers which shards saw which number. */
    private record Answering(Shard shard, ConcurrentMap<Integer, AtomicInteger> seen) implements ShardHandler {

        @Override
        public void onDatagram(
                Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {
            assertTrue(shard.inLoop());
            int number = slab.bytes().getInt(offset);
            seen.computeIfAbsent(number, n -> new AtomicInteger()).addAndGet(1 << (8 * shard.index()));
            int at = shard.port().reserve();
            shard.port().outgoing().bytes().putInt(at, shard.index());
            shard.port().commit(4, new PeerAddress(hi, lo, port, local));
        }

        @Override
        public ShardLink.Handler links() {
            return new Linking(new CompletableFuture<>());
        }

        @Override
        public void onTurnEnd(long nowNs) {}
    }

    /** Completes with the first object that comes. */
    private record Linking(CompletableFuture<Object> came) implements ShardHandler, ShardLink.Handler {

        @Override
        public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {}

        @Override
        public void onNumbers(int fromShard, int type, long a, long b, long c) {}

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
                long timeNs) {}

        @Override
        public void onObject(int fromShard, Object message) {
            came.complete(
                    fromShard + " " + message + " " + Thread.currentThread().getName());
        }

        @Override
        public void onDatagram(
                Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {}

        @Override
        public ShardLink.Handler links() {
            return this;
        }

        @Override
        public void onTurnEnd(long nowNs) {}
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachDatagramReachesOneShardAndEachSourceAlwaysTheSame(boolean portable) throws IOException {
        ShardGroup group = bind(loopback, 0, 2, portable);
        ConcurrentMap<Integer, AtomicInteger> seen = new ConcurrentHashMap<>();
        group.start(shard -> new Answering(shard, seen));
        int sources = 60;
        int rounds = 3;
        Set<Integer> shards = new HashSet<>();
        for (int source = 0; source < sources; source++) {
            InetSocketAddress asked = group.locals().get(source % 3);
            InetAddress host = loopback.get(source % 3 == 2 ? 2 : 0);
            try (DatagramSocket client = new DatagramSocket(new InetSocketAddress(host, 0))) {
                client.setSoTimeout(10_000);
                int first = -1;
                for (int round = 0; round < rounds; round++) {
                    byte[] question = ByteBuffer.allocate(4)
                            .putInt(source * rounds + round)
                            .array();
                    client.send(new DatagramPacket(question, 4, asked));
                    DatagramPacket answer = new DatagramPacket(new byte[4], 4);
                    client.receive(answer);
                    assertEquals(asked, answer.getSocketAddress());
                    int shard = ByteBuffer.wrap(answer.getData()).getInt();
                    shards.add(shard);
                    first = first < 0 ? shard : first;
                    assertEquals(first, shard, "a source stays with its shard");
                }
            }
        }
        assertEquals(sources * rounds, seen.size());
        seen.forEach((number, count) -> assertTrue(count.get() == 1 || count.get() == (1 << 8), "once, at one shard"));
        assertEquals(group.shards().size(), shards.size(), "all shards get their share of 60 sources");
        long total = group.shards().stream()
                .mapToLong(shard -> shard.port().counters().get(UdpPort.Counter.RECEIVED))
                .sum();
        assertEquals((long) sources * rounds, total);
    }

    @Test
    void allAddressesOfAllShardsHaveOnePort() throws IOException {
        ShardGroup group = bind(loopback, 0, 2, false);
        assertNotEquals(0, group.mediaPort());
        assertEquals(3, group.locals().size());
        for (Shard shard : group.shards()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(
                        new InetSocketAddress(loopback.get(i), group.mediaPort()),
                        shard.port().local(i));
            }
        }
        assertTrue(group.description().startsWith("2 shards, "), group.description());
    }

    @Test
    void anAddressThatIsGivenTwiceIsBoundOnce() throws IOException {
        ShardGroup group = bind(List.of(loopback.get(0), loopback.get(0)), 0, 1, false);
        assertEquals(1, group.locals().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closingFreesThePort(boolean portable) throws IOException {
        ShardGroup group = bind(loopback, 0, 2, portable);
        int port = group.mediaPort();
        group.start(shard -> new Linking(new CompletableFuture<>()));
        group.close();
        group.close();
        for (InetAddress address : loopback) {
            new DatagramSocket(new InetSocketAddress(address, port)).close();
        }
        ShardGroup again = bind(loopback, port, 2, portable);
        assertEquals(port, again.mediaPort());
        again.close(); // without having been started
        new DatagramSocket(new InetSocketAddress(loopback.getFirst(), port)).close();
    }

    @Test
    void aPortThatAnotherServerHasIsRefusedWithAdviceAndNothingStaysOpen() throws IOException {
        ShardGroup group = bind(loopback.subList(1, 2), 0, 1, false);
        int port = group.mediaPort();
        BindException e = assertThrows(BindException.class, () -> bind(loopback, port, 2, false));
        assertTrue(e.toString().contains("127.0.0.2:" + port), e.toString());
        assertTrue(e.toString().contains("another media port"), e.toString());
        new DatagramSocket(new InetSocketAddress(loopback.getFirst(), port)).close();
        BindException foreign =
                assertThrows(BindException.class, () -> bind(List.of(Literal.host("192.0.2.9")), 7000, 1, false));
        assertTrue(foreign.toString().contains("192.0.2.9:7000"), foreign.toString());
        assertTrue(foreign.toString().contains("no such address"), foreign.toString());
    }

    @Test
    void aWildcardIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> bind(List.of(Literal.host("0.0.0.0")), 0, 1, false));
        assertThrows(IllegalArgumentException.class, () -> bind(List.of(), 0, 1, false));
        assertThrows(IllegalArgumentException.class, () -> bind(loopback, 0, 0, false));
    }

    @Test
    void aShardThatSleepsIsWokenByTasksAndByOtherShards() throws Exception {
        ShardGroup group = bind(loopback, 0, 2, false);
        CompletableFuture<Object> came = new CompletableFuture<>();
        group.start(shard -> new Linking(came));
        Shard first = group.shards().get(0);
        // Nothing else goes on, so that without a wake-up each of these would take the longest wait, a second.
        for (int i = 0; i < 20; i++) {
            CountDownLatch ran = new CountDownLatch(1);
            first.execute(ran::countDown);
            assertTrue(ran.await(30, TimeUnit.SECONDS));
        }
        first.execute(() -> first.link(1).offerObject("hello"));
        assertEquals("0 hello rostrum-shard-1", came.get(30, TimeUnit.SECONDS));
        assertFalse(first.inLoop());
    }

    @Test
    void tasksThatWaitAtTheEndStillRun() throws IOException {
        ShardGroup group = bind(loopback, 0, 2, false);
        AtomicInteger ran = new AtomicInteger();
        group.start(shard -> new Linking(new CompletableFuture<>()));
        for (int i = 0; i < 1000; i++) {
            group.shards().get(i % 2).execute(ran::incrementAndGet);
        }
        group.close();
        assertEquals(1000, ran.get());
        assertThrows(IllegalStateException.class, () -> group.start(shard -> new Linking(new CompletableFuture<>())));
    }

    @Test
    void manyThreadsThatExecuteLoseNoTask() throws Exception {
        ShardGroup group = bind(loopback.subList(0, 1), 0, 1, false);
        group.start(shard -> new Linking(new CompletableFuture<>()));
        int threads = 4;
        int each = 20_000;
        CountDownLatch all = new CountDownLatch(threads * each);
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            started.add(Thread.ofVirtual().start(() -> {
                for (int task = 0; task < each; task++) {
                    group.shards().getFirst().execute(all::countDown);
                }
            }));
        }
        for (Thread thread : started) {
            thread.join();
        }
        assertTrue(all.await(60, TimeUnit.SECONDS), all.getCount() + " tasks are lost");
    }
}
