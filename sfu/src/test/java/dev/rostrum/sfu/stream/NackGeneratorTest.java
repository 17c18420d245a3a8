package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NackGeneratorTest {

    private static final long MS = 1_000_000L;

    private final NackGenerator nacks = new NackGenerator();
    private final long[] into = new long[64];

    private long[] collect(long nowNs) {
        return Arrays.copyOf(into, nacks.collect(nowNs, into));
    }

    @Test
    void aStreamWithoutHolesAsksForNothing() {
        for (int i = 0; i < 1_000; i++) {
            nacks.onPacket(65_000 + i, i * MS);
        }
        assertEquals(NackGenerator.NEVER, nacks.deadlineNs());
        assertEquals(0, collect(10_000 * MS).length);
    }

    @Test
    void aHoleIsAskedForAfterTheReorderingTime() {
        nacks.onPacket(10, 0);
        nacks.onPacket(13, MS);
        assertEquals(0, collect(MS).length);
        assertEquals(11 * MS, nacks.deadlineNs());
        assertArrayEquals(new long[] {11, 12}, collect(11 * MS));
    }

    @Test
    void whatIsMissingIsKnownByItsSequenceNumber() {
        nacks.onPacket(0x1FFFE, 0);
        nacks.onPacket(0x20002, MS);
        assertTrue(nacks.misses(0xFFFF));
        assertTrue(nacks.misses(0));
        assertTrue(nacks.misses(1));
        assertFalse(nacks.misses(2));
        assertFalse(nacks.misses(0xFFFE));
        nacks.onPacket(0x20000, 2 * MS);
        assertFalse(nacks.misses(0));
    }

    @Test
    void threeNewerPacketsEndTheWait() {
        nacks.onPacket(10, 0);
        nacks.onPacket(12, MS);
        nacks.onPacket(13, 2 * MS);
        assertEquals(0, collect(2 * MS).length);
        nacks.onPacket(14, 3 * MS);
        assertArrayEquals(new long[] {11}, collect(3 * MS));
    }

    @Test
    void aReorderedPacketIsNotAskedFor() {
        nacks.onPacket(10, 0);
        nacks.onPacket(12, MS);
        nacks.onPacket(11, 2 * MS);
        assertEquals(NackGenerator.NEVER, nacks.deadlineNs());
        assertEquals(0, collect(100 * MS).length);
    }

    @Test
    void itIsAskedForAgainOncePerRoundTripAndGivenUpAfterTenTimes() {
        nacks.onRoundTrip(40 * MS);
        nacks.onPacket(10, 0);
        nacks.onPacket(12, 0);
        int asked = 0;
        long lastNs = -1;
        for (long nowNs = 0; nacks.deadlineNs() != NackGenerator.NEVER; nowNs = nacks.deadlineNs()) {
            if (collect(nowNs).length > 0) {
                assertTrue(lastNs < 0 || nowNs - lastNs >= 40 * MS);
                lastNs = nowNs;
                asked++;
            }
            assertFalse(nacks.missing() > 0 && nacks.takeKeyFrameWanted());
        }
        assertEquals(10, asked);
        assertTrue(nacks.takeKeyFrameWanted());
        assertFalse(nacks.takeKeyFrameWanted(), "once");
    }

    @Test
    void aSlowPathGivesUpAfterASecond() {
        nacks.onRoundTrip(400 * MS);
        nacks.onPacket(10, 0);
        nacks.onPacket(12, 0);
        int asked = 0;
        for (long nowNs = 0; nacks.deadlineNs() != NackGenerator.NEVER; nowNs = nacks.deadlineNs()) {
            asked += collect(nowNs).length;
            assertTrue(nowNs < 2_000 * MS);
        }
        assertEquals(2, asked);
        assertTrue(nacks.takeKeyFrameWanted());
    }

    @Test
    void aKeyFrameMakesOlderHolesMeaningless() {
        nacks.onPacket(10, 0);
        nacks.onPacket(12, 0);
        nacks.onPacket(20, 0);
        nacks.onKeyFrame(15);
        assertArrayEquals(new long[] {15, 16, 17, 18, 19}, collect(10 * MS));
        nacks.onKeyFrame(20);
        assertEquals(NackGenerator.NEVER, nacks.deadlineNs());
    }

    @Test
    void aHugeHoleWantsAKeyFrameInsteadOfAFloodOfNacks() {
        nacks.onPacket(10, 0);
        nacks.onPacket(12, 0);
        nacks.onPacket(1_000, 0);
        assertTrue(nacks.takeKeyFrameWanted());
        assertEquals(0, nacks.missing());
        assertEquals(0, collect(100 * MS).length);
    }

    @Test
    void whatDoesNotFitComesNextTime() {
        nacks.onPacket(10, 0);
        nacks.onPacket(111, 0);
        long[] first = collect(10 * MS);
        long[] second = collect(10 * MS);
        assertEquals(64, first.length);
        assertEquals(36, second.length);
        assertEquals(75, second[0]);
        assertEquals(0, collect(10 * MS).length);
    }

    private record Arrival(long atNs, long number) {}

    @Test
    void everyLostPacketIsHadAgainOverABadPath() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            NackGenerator generator = new NackGenerator();
            long rttNs = (5 + random.nextInt(80)) * MS;
            generator.onRoundTrip(rttNs);
            PriorityQueue<Arrival> network = new PriorityQueue<>((a, b) -> Long.compare(a.atNs(), b.atNs()));
            Set<Long> got = new HashSet<>();
            long lossPermille = random.nextInt(150);
            for (int i = 0; i < 3_000; i++) {
                if (i == 0 || i > 2_990 || random.nextInt(1_000) >= lossPermille) {
                    network.add(new Arrival(i * 3L * MS + random.nextLong(8 * MS), 70_000 + i));
                }
            }
            long nowNs = 0;
            while (!network.isEmpty() || generator.deadlineNs() != NackGenerator.NEVER) {
                long nextNs =
                        network.isEmpty() ? Long.MAX_VALUE : network.peek().atNs();
                nowNs = Math.max(nowNs, Math.min(nextNs, generator.deadlineNs()));
                if (!network.isEmpty() && network.peek().atNs() <= nowNs) {
                    Arrival arrival = network.remove();
                    got.add(arrival.number());
                    generator.onPacket(arrival.number(), nowNs);
                }
                int count = generator.collect(nowNs, into);
                for (int i = 0; i < count; i++) {
                    assertFalse(got.contains(into[i]), "seed " + seed + ": asked for what is there");
                    if (random.nextInt(1_000) >= lossPermille) {
                        network.add(new Arrival(nowNs + rttNs, into[i]));
                    }
                }
                assertFalse(generator.takeKeyFrameWanted(), "seed " + seed);
            }
            long lowest = got.stream().mapToLong(Long::longValue).min().orElseThrow();
            assertEquals(73_000 - lowest, got.size(), "seed " + seed);
        }
    }
}
