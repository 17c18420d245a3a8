package dev.rostrum.sfu.simulcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.simulcast.ModelEncoder.Structure;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One publisher, one slot, a bad network between them, and a decoder that knows which frame refers to which. The tests
 * are named after what was seen to fail elsewhere.
 */
class LayerSelectorSimTest {

    /** More by {@code -Drostrum.seeds=}. */
    private static final int SEEDS = Integer.getInteger("rostrum.seeds", 8);

    private static final long MS = 1_000_000L;

    private static void seeds(Consumer<Random> test) {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                test.accept(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Structure.class)
    void aClientThatChangesItsWishTenTimesASecondNeverSeesABrokenPicture(Structure structure) {
        seeds(random -> {
            SlotModel model = new SlotModel(structure, random);
            model.target(0, 0, 2);
            for (int i = 0; i < 100; i++) {
                model.run(100 * MS);
                model.randomTarget();
            }
            model.target(model.encodings() - 1, structure.spatialLayers - 1, 2);
            model.run(1_300 * MS);
            model.assertShowsTarget();
            model.run(2_000 * MS);
            model.assertRight(true);
        });
    }

    @ParameterizedTest
    @EnumSource(Structure.class)
    void aPublisherThatStopsItsTopLayerFreezesNobody(Structure structure) {
        seeds(random -> {
            SlotModel model = new SlotModel(structure, random);
            int top = model.encodings() - 1;
            model.target(top, structure.spatialLayers - 1, 2);
            model.run(3_000 * MS);
            model.assertShowsTarget();
            model.stopTop();
            model.run(3_000 * MS);
            assertTrue(model.longestFreezeNs() <= 1_000 * MS, "froze for " + model.longestFreezeNs() / MS + " ms");
            model.startTop();
            model.run(3_000 * MS);
            model.assertShowsTarget();
            assertTrue(model.longestFreezeNs() <= 1_000 * MS, "froze for " + model.longestFreezeNs() / MS + " ms");
            model.assertRight(true);
        });
    }

    @ParameterizedTest
    @EnumSource(Structure.class)
    void aPublisherThatRestartsAllItsLayersIsSeenAgainWithinASecond(Structure structure) {
        seeds(random -> {
            SlotModel model = new SlotModel(structure, random);
            model.target(model.encodings() - 1, structure.spatialLayers - 1, 2);
            for (int i = 0; i < 5; i++) {
                model.run(2_500 * MS);
                model.assertShowsTarget();
                model.restart();
            }
            model.run(2_500 * MS);
            model.assertShowsTarget();
            assertTrue(model.longestFreezeNs() <= 1_000 * MS, "froze for " + model.longestFreezeNs() / MS + " ms");
            model.assertRight(false);
        });
    }

    @ParameterizedTest
    @EnumSource(Structure.class)
    void aLostKeyFrameIsAskedForAgain(Structure structure) {
        seeds(random -> {
            SlotModel model = new SlotModel(structure, random);
            model.target(0, 0, 2);
            model.run(2_000 * MS);
            model.loseNextKeyFrame();
            model.target(model.encodings() - 1, structure.spatialLayers - 1, 2);
            model.run(2_500 * MS);
            model.assertShowsTarget();
            model.assertNumbersRight();
        });
    }

    @ParameterizedTest
    @EnumSource(Structure.class)
    void aPauseEndsWithAKeyFrame(Structure structure) {
        seeds(random -> {
            SlotModel model = new SlotModel(structure, random);
            for (int i = 0; i < 5; i++) {
                model.target(model.encodings() - 1, structure.spatialLayers - 1, 2);
                model.run(2_000 * MS);
                model.assertShowsTarget();
                model.pause();
                int before = model.forwarded();
                model.run(random.nextLong(3_000 * MS));
                assertEquals(before, model.forwarded());
            }
            model.assertRight(true);
        });
    }

    @ParameterizedTest
    @EnumSource(Structure.class)
    void lostPacketsLeaveHolesThatTheirRetransmissionsFill(Structure structure) {
        seeds(random -> {
            SlotModel model = new SlotModel(structure, random);
            model.lossPermille(60);
            model.target(model.encodings() - 1, structure.spatialLayers - 1, 2);
            for (int i = 0; i < 20; i++) {
                model.run(random.nextLong(1_000 * MS));
                model.randomTarget();
            }
            model.lossPermille(0);
            model.run(2_000 * MS);
            model.assertRight(true);
        });
    }

    @ParameterizedTest
    @EnumSource(Structure.class)
    void whateverHappensTheNumbersAreRight(Structure structure) {
        seeds(random -> {
            SlotModel model = new SlotModel(structure, random);
            model.lossPermille(100);
            model.loseForGood(true);
            for (int i = 0; i < 60; i++) {
                model.run(random.nextLong(400 * MS));
                switch (random.nextInt(8)) {
                    case 0 -> model.pause();
                    case 1 -> model.restart();
                    case 2 -> model.stopTop();
                    case 3 -> model.startTop();
                    default -> model.randomTarget();
                }
            }
            model.assertNumbersRight();
        });
    }

    @Test
    void onASlowDownwardSwitchTheOldLayerIsThinnedOutUntilTheKeyFrame() {
        SlotModel model = new SlotModel(Structure.VP8_T3, new Random(1));
        model.target(2, 0, 2);
        model.run(2_000 * MS);
        assertEquals(2, model.selector().temporalLayer());
        model.answerKeyFrameRequests(false);
        model.target(0, 0, 2);
        model.run(500 * MS);
        assertEquals(2, model.selector().encoding());
        assertEquals(0, model.selector().temporalLayer());
        assertEquals(0, model.selector().keyFrameWanted());
        assertFalse(model.longestFreezeNs() > 250 * MS, "froze for " + model.longestFreezeNs() / MS + " ms");
    }
}
