package dev.rostrum.sfu.simulcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LayerAllocatorTest {

    private static final long SECOND_NS = 1_000_000_000L;
    private static final long STEP_NS = SECOND_NS / 5;

    /** What a browser sends for 720p: three encodings without temporal layers. */
    private static final List<Layer> CAMERA = List.of(
            new Layer(0, 0, 0, 150_000, 320, 180, 30),
            new Layer(1, 0, 0, 500_000, 640, 360, 30),
            new Layer(2, 0, 0, 1_500_000, 1280, 720, 30));

    private final LayerAllocator allocator = new LayerAllocator();
    private long nowNs = 1000 * SECOND_NS;

    private record Demand(int slot, long source, List<Layer> layers, int maxHeight, int priority) {}

    private static Demand demand(int slot, int maxHeight, int priority) {
        return new Demand(slot, slot + 1, CAMERA, maxHeight, priority);
    }

    private static void allocate(LayerAllocator allocator, long estimateBps, long nowNs, List<Demand> demands) {
        allocator.clear();
        for (Demand demand : demands) {
            Ladder ladder = Ladder.of(demand.layers(), demand.maxHeight());
            allocator.demand(demand.slot(), demand.source(), ladder, demand.priority(), nowNs);
        }
        allocator.allocate(estimateBps, nowNs);
    }

    /** The encodings that the slots show, as digits; - for a paused one. */
    private String show(long estimateBps, Demand... demands) {
        nowNs += STEP_NS;
        StringBuilder shown = new StringBuilder();
        allocate(allocator, estimateBps, nowNs, List.of(demands));
        for (Demand demand : demands) {
            Layer layer = allocator.shown(demand.slot());
            shown.append(layer == null ? "-" : Integer.toString(layer.encoding()));
        }
        return shown.toString();
    }

    private String showFor(int seconds, long estimateBps, Demand... demands) {
        String shown = "";
        for (long end = nowNs + seconds * SECOND_NS; nowNs < end; ) {
            shown = show(estimateBps, demands);
        }
        return shown;
    }

    @Test
    void oneSlotShowsWhatItsNetworkCarriesWithSomeRoomToSpare() {
        Demand camera = demand(0, 0, 0);
        assertEquals("0", show(200_000, camera));
        assertEquals("1", show(600_000, camera));
        assertEquals("1", show(1_600_000, camera), "1.5 Mbit/s in 1.6 would not last");
        assertEquals("2", show(1_800_000, camera));
        assertEquals("2", show(1_550_000, camera), "what is shown is kept as long as it is carried");
        assertEquals("2", show(1_450_000, camera), "and measured bitrates vary");
        assertEquals("1", show(1_000_000, camera), "but it falls at once when it is not");
        assertEquals("0", show(100_000, camera), "below the smallest layer it holds out for a moment");
        assertEquals("-", showFor(1, 100_000, camera), "and pauses");
    }

    @Test
    void withoutALimitTheBestIsShown() {
        assertEquals("22", show(Long.MAX_VALUE, demand(0, 0, 0), demand(1, 0, 0)));
        assertEquals(3_000_000, allocator.usefulBps());
    }

    @Test
    void noMoreIsShownThanTheWindowIsHigh() {
        assertEquals("0", show(Long.MAX_VALUE, demand(0, 180, 0)));
        assertEquals(150_000, allocator.usefulBps(), "and no more is asked of the network");
        assertEquals("1", show(Long.MAX_VALUE, demand(1, 181, 0)));
        assertEquals("2", show(Long.MAX_VALUE, demand(2, 1080, 0)));
    }

    @Test
    void aPhoneHeldUprightIsMeasuredByItsShortSide() {
        List<Layer> upright =
                List.of(new Layer(0, 0, 0, 150_000, 180, 320, 30), new Layer(1, 0, 0, 500_000, 360, 640, 30));
        allocate(allocator, Long.MAX_VALUE, nowNs, List.of(new Demand(0, 1, upright, 360, 0)));
        Layer shown = allocator.shown(0);
        assertNotNull(shown);
        assertEquals(1, shown.encoding());
    }

    @Test
    void everySlotGetsItsSmallestLayerBeforeAnyRises() {
        Demand[] four = {demand(0, 0, 0), demand(1, 0, 0), demand(2, 0, 0), demand(3, 0, 0)};
        assertEquals("0000", show(1_000_000, four));
        assertEquals("1100", showFor(5, 1_500_000, four), "equals rise in turns");
    }

    @Test
    void theDominantSpeakerRisesFirst() {
        Demand[] three = {demand(0, 0, 0), demand(1, 0, 0), demand(2, 0, 100)};
        assertEquals("002", showFor(5, 2_100_000, three));
        assertEquals("--0", showFor(2, 190_000, three), "and is the last to pause");
    }

    @Test
    void aSteadyNetworkGivesASteadyPictureAlthoughItsEstimateVaries() {
        SplittableRandom random = new SplittableRandom(7);
        Demand camera = demand(0, 0, 0);
        showFor(12, 2_000_000, camera);
        int changes = 0;
        String before = "2";
        for (int i = 0; i < 5 * 120; i++) {
            String shown = show((long) (1_600_000 * (0.9 + 0.2 * random.nextDouble())), camera);
            changes += shown.equals(before) ? 0 : 1;
            before = shown;
        }
        assertTrue(changes <= 12, changes + " changes in 120 s");
    }

    @Test
    void aSlotThatFellBackSoonAfterItRoseWaitsLongerEachTime() {
        Demand camera = demand(0, 0, 0);
        showFor(12, 1_000_000, camera);
        List<Integer> waits = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            int steps = 0;
            while (!show(2_000_000, camera).equals("2")) {
                steps++;
            }
            waits.add(steps);
            showFor(1, 2_000_000, camera);
            assertEquals("1", show(700_000, camera));
        }
        for (int i = 2; i < waits.size(); i++) { // the beginning is no steady state
            assertTrue(waits.get(i) > waits.get(i - 1) || waits.get(i) >= 30 * 5, "waits in steps: " + waits);
        }
    }

    @Test
    void theSmallestPictureOutlastsADipOfTheEstimate() {
        Demand camera = demand(0, 0, 0);
        show(200_000, camera);
        assertEquals("0", showFor(10, 130_000, camera), "150 kbit/s in 130: what is measured varies");
        for (int i = 0; i < 20; i++) {
            assertEquals("0", show(30_000, camera), "less for a moment");
            assertEquals("0", showFor(1, 180_000, camera));
        }
        assertEquals("-", showFor(2, 30_000, camera));
    }

    @Test
    void aPausedSlotComesBackSoonerTheMoreRoomThereIs() {
        Demand camera = demand(0, 0, 0);
        show(200_000, camera);
        assertEquals("-", showFor(20, 100_000, camera));
        assertEquals("-", showFor(1, 200_000, camera), "little room may be the estimate's noise");
        assertEquals("0", showFor(1, 400_000, camera), "twice what it takes is not");
        assertEquals("-", showFor(20, 100_000, camera));
        assertEquals("-", showFor(1, 200_000, camera));
        assertEquals("0", showFor(2, 200_000, camera));
    }

    @Test
    void aPausedSlotComesBackByItself() {
        Demand camera = demand(0, 0, 0);
        assertEquals("0", showFor(20, 200_000, camera));
        assertEquals("-", showFor(2, 50_000, camera));
        assertEquals("-", show(200_000, camera), "not at the first good moment");
        assertEquals("0", showFor(5, 200_000, camera));
    }

    @Test
    void aTopLayerThatStopsIsReplacedAtOnceByTheBestThatRuns() {
        assertEquals("2", show(Long.MAX_VALUE, demand(0, 0, 0)));
        Demand without = new Demand(0, 1, CAMERA.subList(0, 2), 0, 0);
        assertEquals("1", show(Long.MAX_VALUE, without));
    }

    @Test
    void aSlotThatCarriesSomebodyElseBeginsAnew() {
        Demand camera = demand(0, 0, 0);
        showFor(12, 1_000_000, camera);
        show(2_000_000, camera);
        assertEquals("2", show(2_000_000, new Demand(0, 99, CAMERA, 0, 0)), "its own history does not count");
    }

    @Test
    void nothingThatComesInIsNothingToShow() {
        allocate(allocator, 1_000_000, nowNs, List.of(new Demand(0, 1, List.of(), 0, 0)));
        assertNull(allocator.shown(0));
        assertEquals(0, allocator.usefulBps());
    }

    @Test
    void picturesAreLeftOutOfTheSmallestLayerOnly() {
        List<Layer> temporal = List.of(
                new Layer(0, 0, 0, 60_000, 320, 180, 7.5f),
                new Layer(0, 0, 1, 90_000, 320, 180, 15),
                new Layer(0, 0, 2, 150_000, 320, 180, 30),
                new Layer(1, 0, 0, 200_000, 640, 360, 7.5f),
                new Layer(1, 0, 1, 300_000, 640, 360, 15),
                new Layer(1, 0, 2, 500_000, 640, 360, 30));
        Ladder ladder = Ladder.of(temporal, 0);
        assertEquals(
                List.of(temporal.get(0), temporal.get(1), temporal.get(2), temporal.get(5)),
                IntStream.range(0, ladder.size()).mapToObj(ladder::rung).toList());
    }

    @Test
    void neverMoreThanTheEstimateIsGivenOut() {
        for (long seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            LayerAllocator other = new LayerAllocator();
            long at = 0;
            for (int step = 0; step < 50; step++) {
                at += STEP_NS;
                List<Demand> demands = new ArrayList<>();
                for (int slot = 0; slot < 1 + random.nextInt(9); slot++) {
                    demands.add(demand(slot, random.nextInt(800), random.nextInt(3) * 100));
                }
                long estimateBps = random.nextLong(50_000, 8_000_000);
                allocate(other, estimateBps, at, demands);
                at += SECOND_NS; // for so long the smallest pictures hold out
                long given = 0;
                allocate(other, estimateBps, at, demands);
                for (Demand demand : demands) {
                    Layer layer = other.shown(demand.slot());
                    given += layer == null ? 0 : layer.bitrateBps();
                }
                assertTrue(given <= estimateBps / 0.85, "seed " + seed + ": " + given + " of " + estimateBps);
            }
        }
    }
}
