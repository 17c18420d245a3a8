package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.srtp.Slab;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketCacheTest {

    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;

    private final Slab slab = Slab.allocate(70_000);

    private void store(PacketCache cache, long number, int length, long nowNs) {
        for (int i = 0; i < length; i++) {
            slab.bytes().put(7 + i, (byte) (number + i));
        }
        cache.store(number, slab, 7, length, nowNs);
    }

    private static void assertHolds(PacketCache cache, long number, int length) {
        int place = cache.find(number);
        assertTrue(place >= 0, "packet " + number);
        assertEquals(length, cache.lengthBytes(place));
        for (int i = 0; i < length; i++) {
            assertEquals((byte) (number + i), cache.slab().bytes().get(cache.offset(place) + i));
        }
    }

    @Test
    void whatWasStoredIsFound() {
        PacketCache cache = new PacketCache(1 << 20, SECOND);
        assertEquals(0, cache.capacityBytes());
        assertEquals(-1, cache.find(65_536));
        store(cache, 65_536, 1_200, 0);
        store(cache, 65_538, 1, 0);
        assertHolds(cache, 65_536, 1_200);
        assertHolds(cache, 65_538, 1);
        assertEquals(-1, cache.find(65_537));
        assertEquals(-1, cache.find(-1));
        assertEquals(-1, cache.find(65_536 + 128));
    }

    @Test
    void aFastStreamGetsTheSecondThatItNeedsAndASlowOneStaysSmall() {
        PacketCache fast = new PacketCache(4 << 20, SECOND);
        PacketCache slow = new PacketCache(4 << 20, SECOND);
        for (int i = 0; i < 20_000; i++) {
            long nowNs = i * MS; // 1,000 packets of 1,200 bytes a second: 9.6 Mbit/s
            store(fast, 65_536 + i, 1_200, nowNs);
            if (i % 50 == 0) {
                store(slow, 65_536 + i / 50, 1_000, nowNs);
            }
            if (i > 10_000 && i % 97 == 0) {
                assertHolds(fast, 65_536 + i - 999, 1_200);
            }
        }
        assertEquals(2 << 20, fast.capacityBytes());
        assertEquals(64 << 10, slow.capacityBytes());
    }

    @Test
    void theLimitHoldsAndTheNewestPacketsAreKept() {
        PacketCache cache = new PacketCache(100_000, SECOND);
        for (int i = 0; i < 5_000; i++) {
            store(cache, 65_536 + i, 1_200, 0);
        }
        assertEquals(128 << 10, cache.capacityBytes());
        for (int i = 4_900; i < 5_000; i++) {
            assertHolds(cache, 65_536 + i, 1_200);
        }
        assertEquals(-1, cache.find(65_536 + 4_800));
    }

    @Test
    void aLatePacketIsKeptButReplacesNoNewerOne() {
        PacketCache cache = new PacketCache(1 << 20, SECOND);
        store(cache, 70_000, 100, 0);
        store(cache, 69_990, 100, 0);
        assertHolds(cache, 69_990, 100);
        store(cache, 70_000 - 128, 100, 0); // the same place
        assertHolds(cache, 70_000, 100);
    }

    @Test
    void anOverlongPacketIsNotKept() {
        PacketCache cache = new PacketCache(1 << 20, SECOND);
        cache.store(65_536, slab, 0, 66_000, 0);
        assertEquals(-1, cache.find(65_536));
    }

    @Test
    void whateverIsFoundIsWhatWasStored() {
        for (long seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            PacketCache cache = new PacketCache(1 << (17 + random.nextInt(3)), random.nextLong(2 * SECOND));
            int[] lengths = new int[30_000];
            long nowNs = 0;
            int next = 0;
            for (int i = 0; i < 6_000; i++) {
                int number = random.nextInt(8) == 0 ? Math.max(0, next - random.nextInt(40)) : next++;
                next += random.nextInt(30) == 0 ? random.nextInt(5) : 0;
                if (lengths[number] == 0) {
                    lengths[number] = 1 + random.nextInt(1_400);
                    nowNs += random.nextLong(4 * MS);
                    store(cache, 65_536 + number, lengths[number], nowNs);
                }
                int wanted = Math.max(0, next - random.nextInt(600));
                if (cache.find(65_536 + wanted) >= 0) {
                    assertHolds(cache, 65_536 + wanted, lengths[wanted]);
                }
            }
        }
    }
}
