package dev.rostrum.sfu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.rostrum.sfu.udp.LinuxUdpPort;
import dev.rostrum.sfu.udp.Literal;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ShardAllocationTest {

    private static final int PACKETS = 40;
    private static final int TURNS = 4000;
    private static final int WINDOWS = 20;

    /** Passes each datagram to the other shard, by turns as media and as a stray, which sends it on to the first. */
    private static final class Circle implements ShardHandler, ShardLink.Handler {

        private final Shard shard;
        private final PeerAddress next;
        private final Deadline deadline = new Deadline(this::onDeadline);
        private long handled;

        Circle(Shard shard, PeerAddress next) {
            this.shard = shard;
            this.next = next;
        }

        private void onDeadline(long nowNs) {
            shard.deadlines().schedule(deadline, nowNs + 1000);
        }

        @Override
        public void onDatagram(
                Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {
            handled++;
            ShardLink link = shard.link(1 - shard.index());
            assertTrue(
                    (handled & 1) == 0
                            ? link.offerMedia(handled, slab, offset, lengthBytes, nowNs)
                            : link.offerDatagram(slab, offset, lengthBytes, hi, lo, port, local, nowNs));
            shard.deadlines().schedule(deadline, nowNs + 1000);
        }

        private void send(Slab slab, int offset, int lengthBytes) {
            int at = shard.port().reserve();
            java.lang.foreign.MemorySegment.copy(
                    slab.segment(), offset, shard.port().outgoing().segment(), at, lengthBytes);
            shard.port().commit(lengthBytes, next);
        }

        @Override
        public ShardLink.Handler links() {
            return this;
        }

        @Override
        public void onTurnEnd(long nowNs) {}

        @Override
        public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {
            send(ring, offset, lengthBytes);
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
            send(ring, offset, lengthBytes);
        }

        @Override
        public void onNumbers(int fromShard, int type, long a, long b, long c) {}

        @Override
        public void onObject(int fromShard, Object message) {}
    }

    @Test
    void turnsThatPassPacketsBetweenShardsAllocateNothing() throws IOException {
        assumeTrue(LinuxUdpPort.supported(), "only Linux has a port that allocates nothing");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (UdpPort first = LinuxUdpPort.bind(List.of(Literal.at("127.0.0.1", 0)));
                UdpPort second = LinuxUdpPort.bind(List.of(Literal.at("127.0.0.1", 0)))) {
            List<Shard> shards = Shard.linked(List.of(first, second), ShardClock.system());
            Circle zero = new Circle(shards.get(0), PeerAddress.of(second.local(0), 0));
            Circle one = new Circle(shards.get(1), PeerAddress.of(first.local(0), 0));
            shards.get(0).setHandler(zero);
            shards.get(1).setHandler(one);
            for (int i = 0; i < PACKETS; i++) {
                first.reserve();
                first.commit(130, PeerAddress.of(first.local(0), 0));
            }
            first.flush();
            // What is allocated while the code is still being compiled is not ours: the best window counts.
            long least = Long.MAX_VALUE;
            long handled = 0;
            for (int window = 0; window < WINDOWS && least > 0; window++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                handled = zero.handled + one.handled;
                for (int turn = 0; turn < TURNS; turn++) {
                    shards.get(turn & 1).turn(turn % 8 < 2 ? 1000 : 0);
                }
                handled = zero.handled + one.handled - handled;
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(handled > TURNS, handled + " packets in the last window");
            assertTrue(least < handled / 100, least + " bytes for " + handled + " packets");
            assertEquals(0, shards.get(0).counters().get(Shard.Counter.ESCAPED_ERRORS));
            assertEquals(0, shards.get(1).counters().get(Shard.Counter.ESCAPED_ERRORS));
        }
    }
}
