package dev.rostrum.sfu.simulcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LayerAllocatorTest {

    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final long STEP = 200 * MS;

    private static final List<Layer> CAMERA = List.of(
            new Layer(0, 0, 0, 60_000, 320, 180, 7.5f),
            new Layer(0, 0, 1, 100_000, 320, 180, 15),
            new Layer(0, 0, 2, 150_000, 320, 180, 30),
            new Layer(1, 0, 0, 200_000, 640, 360, 7.5f),
            new Layer(1, 0, 1, 330_000, 640, 360, 15),
            new Layer(1, 0, 2, 500_000, 640, 360, 30),
            new Layer(2, 0, 0, 600_000, 1280, 720, 7.5f),
            new Layer(2, 0, 1, 1_000_000, 1280, 720, 15),
            new Layer(2, 0, 2, 1_500_000, 1280, 720, 30));

    private final LayerAllocator allocator = new LayerAllocator();
    private long nowNs;
    private int changes;
    private List<Allotment> last = List.of();

    private static VideoWish wish(int slot, int priority, int maxHeight) {
        return new VideoWish(slot, 100 + slot, priority, maxHeight, CAMERA);
    }

    private List<Allotment> allocate(long budgetBps, VideoWish... wishes) {
        List<Allotment> now = allocator.allocate(budgetBps + 40_000, 40_000, List.of(wishes), nowNs);
        for (int i = 0; i < Math.min(now.size(), last.size()); i++) {
            Layer before = last.get(i).layer();
            Layer after = now.get(i).layer();
            boolean same = before == null ? after == null : after != null && after.sameAs(before);
            changes += same ? 0 : 1;
        }
        last = now;
        nowNs += STEP;
        return now;
    }

    private List<Allotment> run(long lengthNs, long budgetBps, VideoWish... wishes) {
        for (long endNs = nowNs + lengthNs; nowNs < endNs; ) {
            allocate(budgetBps, wishes);
        }
        return last;
    }

    private static int height(Allotment allotment) {
        Layer layer = allotment.layer();
        return layer == null ? 0 : layer.height();
    }

    @Test
    void aFastNetworkShowsTheTopAtOnceAndASlowOneTheLeast() {
        assertEquals(
                720,
                height(allocate(3_000_000, wish(1, 0, VideoWish.ANY_HEIGHT)).getFirst()));
        assertEquals(
                180,
                height(new LayerAllocator()
                        .allocate(200_000, 0, List.of(wish(1, 0, VideoWish.ANY_HEIGHT)), 0)
                        .getFirst()));
    }

    @Test
    void aSmallTileGetsASmallPictureAndNothingWantedIsNothing() {
        assertEquals(180, height(allocate(9_000_000, wish(1, 0, 200)).getFirst()));
        assertEquals(360, height(allocate(9_000_000, wish(1, 0, 300)).getFirst()));
        assertEquals(720, height(allocate(9_000_000, wish(1, 0, 700)).getFirst()));
        Allotment none = allocate(9_000_000, wish(1, 0, 0)).getFirst();
        assertNull(none.layer());
        assertFalse(none.paused());
    }

    @Test
    void theImportantSlotComesFirstAndAllGetSomething() {
        List<Allotment> shares =
                allocate(2_000_000, wish(1, 0, 720), wish(2, 2, 720), wish(3, 0, 720), wish(4, 0, 720));
        assertEquals(720, height(shares.get(1)));
        for (Allotment share : shares) {
            assertNotNull(share.layer());
        }
        assertTrue(allocator.allocatedBps() <= 2_000_000);
    }

    @Test
    void equalSlotsShareFairly() {
        List<Allotment> shares = allocate(1_200_000, wish(1, 0, 720), wish(2, 0, 720));
        assertEquals(360, height(shares.get(0)));
        assertEquals(360, height(shares.get(1)));
    }

    @Test
    void audioIsPaidFirst() {
        List<Allotment> shares = allocator.allocate(100_000, 90_000, List.of(wish(1, 0, 720)), 0);
        assertNull(shares.getFirst().layer());
        assertTrue(shares.getFirst().paused());
        assertTrue(allocator
                .allocate(0, 90_000, List.of(wish(1, 0, 720)), STEP)
                .getFirst()
                .paused());
    }

    @Test
    void aCollapseLowersAtOnceAndARecoveryBringsTheTopBackWithinTenSeconds() {
        run(20 * SECOND, 3_000_000, wish(1, 0, 720));
        assertEquals(180, height(allocate(180_000, wish(1, 0, 720)).getFirst()));
        run(20 * SECOND, 180_000, wish(1, 0, 720));
        assertEquals(180, height(last.getFirst()));
        run(3 * SECOND, 3_000_000, wish(1, 0, 720));
        assertEquals(720, height(last.getFirst()));
    }

    @Test
    void belowTheLeastLayerItPausesAndComesBackByItself() {
        run(5 * SECOND, 300_000, wish(1, 0, 720));
        run(3 * SECOND, 40_000, wish(1, 0, 720));
        assertTrue(last.getFirst().paused());
        run(20 * SECOND, 62_000, wish(1, 0, 720));
        assertTrue(last.getFirst().paused(), "62 kbit/s leave no headroom above 60");
        run(6 * SECOND, 80_000, wish(1, 0, 720));
        assertFalse(last.getFirst().paused());
    }

    /** As seen elsewhere: layers that flap five or six times a minute. */
    @Test
    void aSteadyNetworkWithANoisyEstimateChangesNoLayerMoreThanOnceInTenSeconds() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            LayerAllocator noisy = new LayerAllocator();
            long linkBps = 100_000 + random.nextLong(3_000_000);
            List<Long> changedNs = new ArrayList<>();
            Layer before = null;
            for (long atNs = 0; atNs < 120 * SECOND; atNs += STEP) {
                // A sawtooth between 88 % and 100 % of the link, and layers that vary by 5 %.
                long estimateBps = linkBps * (88 + atNs / STEP % 13) / 100;
                List<Layer> layers = CAMERA.stream()
                        .map(layer -> new Layer(
                                layer.encoding(),
                                0,
                                layer.temporal(),
                                (int) (layer.bitrateBps() * (0.95 + random.nextDouble() / 10)),
                                layer.width(),
                                layer.height(),
                                layer.framesPerSecond()))
                        .toList();
                VideoWish wish = new VideoWish(1, 7, 0, 720, layers);
                Layer layer = noisy.allocate(estimateBps, 0, List.of(wish), atNs)
                        .getFirst()
                        .layer();
                boolean same = before == null ? layer == null : layer != null && layer.sameAs(before);
                if (!same && atNs > 0) {
                    changedNs.add(atNs);
                }
                before = layer;
            }
            for (int i = 1; i < changedNs.size(); i++) {
                assertTrue(
                        changedNs.get(i) - changedNs.get(i - 1) >= 10 * SECOND || changedNs.get(i) < 10 * SECOND,
                        "seed " + seed + ", link " + linkBps + ": " + changedNs);
            }
            assertTrue(changedNs.size() <= 4, "seed " + seed + ", link " + linkBps + ": " + changedNs);
        }
    }

    /** The estimate rises whenever less is sent, and falls whenever more is: each attempt is punished by a longer wait. */
    @Test
    void aNetworkThatAlwaysDisappointsIsTriedLessAndLess() {
        run(5 * SECOND, 400_000, wish(1, 0, 720));
        changes = 0;
        for (long endNs = nowNs + 120 * SECOND; nowNs < endNs; ) {
            boolean high = allocator.allocatedBps() > 400_000;
            allocate(high ? 300_000 : 1_200_000, wish(1, 0, 720));
        }
        assertTrue(changes <= 12, changes + " changes in two minutes");
    }

    @Test
    void aScreenThatNeedsAllLeavesTheAudioWhole() {
        List<Layer> screen = List.of(new Layer(0, 0, 0, 2_500_000, 1920, 1080, 5));
        List<Allotment> shares = allocator.allocate(
                1_000_000, 120_000, List.of(new VideoWish(1, 1, 5, 1080, screen), wish(2, 0, 360)), 0);
        assertNull(shares.get(0).layer());
        assertTrue(shares.get(0).paused());
        assertEquals(360, height(shares.get(1)));
        assertTrue(allocator.allocatedBps() <= 880_000);
    }

    @Test
    void aPublisherWhoseTopLayerComesLaterIsFollowedWithoutAWait() {
        List<Layer> low = CAMERA.subList(0, 3);
        run(2 * SECOND, 5_000_000, new VideoWish(1, 101, 0, 720, low));
        assertEquals(180, height(last.getFirst()));
        run(2 * SECOND, 5_000_000, new VideoWish(1, 101, 0, 720, CAMERA));
        assertEquals(720, height(last.getFirst()));
        allocate(5_000_000, new VideoWish(1, 101, 0, 720, CAMERA.subList(0, 6)));
        assertEquals(360, height(last.getFirst()), "the top layer has stopped");
    }

    @Test
    void aStormOfWishesIsFollowedAndCostsTheOthersNothing() {
        VideoWish steady = wish(1, 0, 360);
        run(5 * SECOND, 2_500_000, steady, wish(2, 0, 720));
        Layer before = last.getFirst().layer();
        for (int i = 0; i < 100; i++) {
            int wanted = i % 2 == 0 ? 180 : 720;
            allocate(2_500_000, steady, wish(2, 0, wanted));
            assertEquals(wanted, height(last.get(1)));
            assertEquals(before, last.get(0).layer());
        }
    }

    @Test
    void aLayerThatCostsMoreThanABetterOneIsNoStep() {
        List<Layer> odd = List.of( // as a browser sends whose lowest encoding ignores its limit
                new Layer(0, 0, 0, 1_400_000, 320, 180, 30),
                new Layer(1, 0, 0, 500_000, 640, 360, 30),
                new Layer(2, 0, 0, 1_500_000, 1280, 720, 30));
        assertEquals(
                360, height(allocate(800_000, new VideoWish(1, 1, 0, 720, odd)).getFirst()));
    }

    @Test
    void whatCouldBeUsedIsTold() {
        allocate(300_000, wish(1, 0, 720), wish(2, 0, 180));
        assertEquals(40_000 + 1_500_000 * 115 / 100 + 150_000 * 115 / 100, allocator.usefulBps());
    }

    @Test
    void whateverIsAskedNoMoreIsGivenThanThereIsForLong() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            LayerAllocator any = new LayerAllocator();
            long budgetBps = random.nextLong(6_000_000);
            long overSinceNs = -1;
            for (long atNs = 0; atNs < 60 * SECOND; atNs += STEP) {
                if (random.nextInt(20) == 0) {
                    budgetBps = random.nextLong(6_000_000);
                }
                List<VideoWish> wishes = new ArrayList<>();
                for (int slot = 0; slot < 5; slot++) {
                    List<Layer> layers = CAMERA.subList(0, random.nextInt(4) == 0 ? 3 * random.nextInt(4) : 9);
                    wishes.add(new VideoWish(
                            slot, random.nextInt(30) == 0 ? 1 : 2, slot % 3, 180 << random.nextInt(3), layers));
                }
                List<Allotment> given = any.allocate(budgetBps, 0, wishes, atNs);
                assertEquals(5, given.size());
                if (any.allocatedBps() <= budgetBps) {
                    overSinceNs = -1;
                } else if (overSinceNs < 0) {
                    overSinceNs = atNs;
                }
                assertTrue(overSinceNs < 0 || atNs - overSinceNs <= 1_200 * MS, "seed " + seed + " at " + atNs);
            }
        }
    }
}
