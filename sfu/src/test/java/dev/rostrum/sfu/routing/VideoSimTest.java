package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.VideoNotice;
import dev.rostrum.sfu.VideoWish;
import dev.rostrum.sfu.sim.SimLink;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The SFU's video in virtual time: model cameras, strict receivers, several shards, bad networks. */
final class VideoSimTest {

    private static final long MS = 1_000_000;
    private static final long S = 1_000 * MS;
    private static final int SPACE = 3;
    private static final int CAMERA = 500;
    private static final int SEEDS = Integer.getInteger("rostrum.video.seeds", 100);

    private final List<VideoSimPeer> viewers = new ArrayList<>();

    private SimSfu sfu(long seed, int shards) {
        SimSfu sfu = new SimSfu(seed, shards);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(15 * MS, 0));
        return sfu;
    }

    private VideoSimPeer speaker(SimSfu sfu) {
        VideoSimPeer speaker = sfu.video("speaker", SPACE, 77, 0, List.of(VideoSimPeer.camera(CAMERA)));
        speaker.start();
        speaker.camera().film();
        return speaker;
    }

    private VideoSimPeer viewer(SimSfu sfu, int slots) {
        VideoSimPeer viewer = sfu.video("viewer" + viewers.size(), SPACE, 0, 1, VideoSimPeer.slots(slots));
        viewers.add(viewer);
        viewer.start();
        return viewer;
    }

    /** A speaker and viewers who have settled on the highest layer. */
    private VideoSimPeer settled(SimSfu sfu, int count) {
        VideoSimPeer speaker = speaker(sfu);
        for (int i = 0; i < count; i++) {
            viewer(sfu, 1);
        }
        assertTrue(
                sfu.world.runUntil(
                        () -> viewers.stream().allMatch(v -> v.picture(0).encoding() == 2), 10 * S),
                () -> "never settled: "
                        + viewers.stream().map(v -> v.picture(0)).toList());
        sfu.world.runFor(2 * S);
        viewers.forEach(VideoSimPeer::watch);
        return speaker;
    }

    private void assertRight(int encoding) {
        for (VideoSimPeer viewer : viewers) {
            SimPicture picture = viewer.picture(0);
            assertEquals(List.of(), viewer.faults(), picture.toString());
            assertEquals(encoding, picture.encoding(), picture.toString());
            assertTrue(picture.moves(250 * MS), picture.toString());
        }
    }

    private void assertNoFreeze(long longestNs) {
        for (VideoSimPeer viewer : viewers) {
            SimPicture picture = viewer.picture(0);
            assertTrue(picture.longestFreezeNs() <= longestNs, picture.toString());
        }
    }

    private static VideoWish wish(int csrc, int maxHeight) {
        return new VideoWish("v0", csrc, maxHeight, false);
    }

    /** How often key frames were asked for at most within any second. */
    private static long mostRequestsInASecond(SimCamera camera, int encoding) {
        List<Long> times = camera.keyFramesWantedNs(encoding);
        long most = 0;
        for (long from : times) {
            most = Math.max(
                    most,
                    times.stream().filter(t -> t >= from && t < from + S - MS).count());
        }
        return most;
    }

    // ---- the usual

    @Test
    void aCameraIsSeenOnAllShardsInItsHighestLayer() {
        SimSfu sfu = sfu(1, 3);
        VideoSimPeer speaker = settled(sfu, 6);
        sfu.world.runFor(5 * S);
        assertRight(2);
        assertNoFreeze(100 * MS);
        assertEquals(
                3,
                viewers.stream().mapToInt(v -> sfu.shardOf(v.peer())).distinct().count());
        assertTrue(speaker.feedbacks() > 30, speaker.feedbacks() + " feedbacks");
    }

    // ---- the failures that others have seen

    @Test
    void aSwitchingStormLeavesARightPicture() {
        SimSfu sfu = sfu(2, 2);
        VideoSimPeer speaker = settled(sfu, 3);
        int[] heights = {180, 360, 720};
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 80; i++) {
            sfu.wish(viewers.get(0), wish(CAMERA, heights[random.nextInt(3)]));
            sfu.world.runFor(100 * MS);
        }
        for (int height : new int[] {720, 180, 360}) {
            sfu.wish(viewers.get(0), wish(CAMERA, height));
            sfu.world.runFor(2 * S);
            SimPicture picture = viewers.get(0).picture(0);
            assertEquals(height, picture.height(), picture.toString());
        }
        assertNoFreeze(300 * MS);
        assertEquals(2, viewers.get(1).picture(0).encoding());
        for (VideoSimPeer viewer : viewers) {
            assertEquals(List.of(), viewer.faults(), viewer.picture(0).toString());
        }
        for (int encoding = 0; encoding < 3; encoding++) {
            assertTrue(mostRequestsInASecond(speaker.camera(), encoding) <= 1);
        }
    }

    @Test
    void aPublisherThatStopsItsTopLayerIsSeenInTheNextOne() {
        SimSfu sfu = sfu(3, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        speaker.camera().stop(2);
        sfu.world.runFor(1500 * MS);
        assertRight(1);
        assertNoFreeze(S);
        speaker.camera().stop(1);
        sfu.world.runFor(1500 * MS);
        assertRight(0);
        assertNoFreeze(S);
        viewers.forEach(VideoSimPeer::watch);
        speaker.camera().resume(1);
        speaker.camera().resume(2);
        sfu.world.runFor(6 * S);
        assertRight(2);
        assertNoFreeze(150 * MS);
    }

    @Test
    void aPublisherThatRestartsAllLayersIsSeenAtOnce() {
        SimSfu sfu = sfu(4, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        for (int i = 0; i < 4; i++) {
            speaker.camera().restart();
            sfu.world.runFor(S);
            assertRight(2);
        }
        assertNoFreeze(300 * MS);
    }

    @Test
    void aLostKeyFrameKeepsTheOldLayerInSight() {
        SimSfu sfu = sfu(5, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        for (VideoSimPeer viewer : viewers) {
            sfu.wish(viewer, wish(CAMERA, 180));
        }
        sfu.world.runFor(2 * S);
        assertRight(0);
        speaker.camera().loseNextKeyFrame(2);
        for (VideoSimPeer viewer : viewers) {
            sfu.wish(viewer, wish(CAMERA, 720));
        }
        sfu.world.runFor(3 * S);
        assertRight(2);
        assertNoFreeze(300 * MS);
    }

    @Test
    void aLostKeyFrameOfARestartIsAskedForAgain() {
        SimSfu sfu = sfu(6, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        for (int i = 0; i < 3; i++) {
            for (int encoding = 0; encoding < 3; encoding++) {
                speaker.camera().loseNextKeyFrame(encoding);
            }
            speaker.camera().restart();
            sfu.world.runFor(2 * S);
            assertRight(2);
        }
        assertNoFreeze(S);
    }

    @Test
    void aKeyFrameLostOnTheLastMileIsRepaired() {
        SimSfu sfu = sfu(7, 1);
        VideoSimPeer speaker = settled(sfu, 2);
        for (int i = 0; i < 5; i++) {
            speaker.camera().restart();
            sfu.world.runFor(15 * MS);
            var address = viewers.get(0).peer().address();
            sfu.world
                    .network()
                    .downlink(address, SimLink.PERFECT.withDelay(15 * MS, 0).withLoss(1));
            sfu.world.runFor(80 * MS);
            sfu.world.network().downlink(address, SimLink.PERFECT.withDelay(15 * MS, 0));
            sfu.world.runFor(S);
        }
        assertNoFreeze(S);
        sfu.world.runFor(4 * S);
        assertRight(2);
        assertTrue(viewers.get(0).picture(0).repeated() > 0);
    }

    @Test
    void wrapAroundsOf16And32BitsAreNotSeen() {
        for (int packets = 1; packets < 60; packets += 7) {
            viewers.clear();
            SimSfu sfu = sfu(100 + packets, 2);
            VideoSimPeer speaker = sfu.video("speaker", SPACE, 77, 0, List.of(VideoSimPeer.camera(CAMERA)));
            speaker.start();
            speaker.camera().temporalLayers(1 + packets % 3);
            viewer(sfu, 1);
            viewer(sfu, 1);
            sfu.world.runFor(500 * MS);
            speaker.camera().nearWrap(packets, 90 * 400 + packets * 100);
            speaker.camera().film();
            sfu.world.runFor(4 * S);
            assertRight(2);
            assertNoFreeze(4 * S - S);
            viewers.forEach(VideoSimPeer::watch);
            sfu.world.runFor(S);
            assertNoFreeze(150 * MS);
        }
    }

    @Test
    void theNumbersOfASlotWrapAround() {
        SimSfu sfu = sfu(9, 1);
        VideoSimPeer speaker = speaker(sfu);
        speaker.camera().bitrate(2, 6_000_000);
        viewer(sfu, 1);
        sfu.world.runFor(5 * S);
        viewers.forEach(VideoSimPeer::watch);
        sfu.world.runFor(115 * S);
        assertRight(2);
        assertNoFreeze(150 * MS);
        assertTrue(
                viewers.get(0).picture(0).received() > 65_536,
                viewers.get(0).picture(0).received() + " packets");
    }

    @Test
    void twoHundredJoinsCostThePublisherAKeyFrameASecond() {
        SimSfu sfu = sfu(10, 3);
        VideoSimPeer speaker = speaker(sfu);
        speaker.camera().rate(10);
        speaker.camera().bitrate(0, 20_000);
        speaker.camera().bitrate(1, 40_000);
        speaker.camera().bitrate(2, 80_000);
        sfu.world.runFor(S);
        for (int i = 0; i < 200; i++) {
            viewer(sfu, 1);
            sfu.world.runFor(50 * MS);
        }
        sfu.world.runFor(3 * S);
        assertRight(2);
        for (int encoding = 0; encoding < 3; encoding++) {
            assertTrue(
                    mostRequestsInASecond(speaker.camera(), encoding) <= 1,
                    speaker.camera().keyFramesWantedNs(encoding).toString());
        }
    }

    @Test
    void aForbiddenCameraIsSeenNowhereAndComesBack() {
        SimSfu sfu = sfu(11, 3);
        VideoSimPeer speaker = settled(sfu, 6);
        for (int round = 0; round < 10; round++) {
            CompletableFuture<Void> hidden = sfu.permit(speaker.peer(), "cam", false);
            assertTrue(sfu.world.runUntil(hidden::isDone, S), "it is never confirmed");
            sfu.world.runFor(16 * MS); // what was on its way to the viewers
            long[] received =
                    viewers.stream().mapToLong(v -> v.picture(0).received()).toArray();
            sfu.world.runFor(500 * MS);
            for (int i = 0; i < received.length; i++) {
                assertEquals(received[i], viewers.get(i).picture(0).received(), "packets of a forbidden camera");
            }
            CompletableFuture<Void> seen = sfu.permit(speaker.peer(), "cam", true);
            assertTrue(sfu.world.runUntil(seen::isDone, S));
            sfu.world.runFor(S + 200 * MS);
            for (VideoSimPeer viewer : viewers) {
                assertTrue(viewer.picture(0).moves(250 * MS), "round " + round + ": " + viewer.picture(0));
                assertEquals(List.of(), viewer.faults());
            }
        }
        sfu.world.runFor(4 * S);
        assertRight(2);
    }

    @Test
    void aPublisherThatLeavesMakesRoomForAnother() {
        SimSfu sfu = sfu(12, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        VideoSimPeer second = sfu.video("second", SPACE, 78, 0, List.of(VideoSimPeer.camera(CAMERA + 1)));
        second.start();
        second.camera().film();
        sfu.world.runFor(2 * S);
        for (VideoSimPeer viewer : viewers) {
            assertEquals(CAMERA, viewer.picture(0).csrc(), "who came first stays");
        }
        sfu.registration(speaker.peer()).execute(endpoint -> endpoint.close(CloseReason.CLOSED_HERE, "test"));
        sfu.world.runFor(S);
        for (VideoSimPeer viewer : viewers) {
            assertEquals(CAMERA + 1, viewer.picture(0).csrc(), viewer.picture(0).toString());
        }
        sfu.world.runFor(6 * S);
        assertRight(2);
        assertNoFreeze(S);
        sfu.registration(second.peer()).execute(endpoint -> endpoint.close(CloseReason.CLOSED_HERE, "test"));
        sfu.world.runFor(S);
        for (VideoSimPeer viewer : viewers) {
            assertEquals(VideoNotice.ENDED, lastNotice(sfu, viewer, "v0").notice());
            assertFalse(viewer.picture(0).moves(500 * MS));
        }
    }

    private static SimSfu.Notice lastNotice(SimSfu sfu, VideoSimPeer viewer, String mid) {
        return sfu.notices.stream()
                .filter(notice ->
                        notice.endpointId().equals(viewer.id()) && notice.mid().equals(mid))
                .reduce((_, later) -> later)
                .orElseThrow();
    }

    @Test
    void aViewerThatLeavesIsNotNoticed() {
        SimSfu sfu = sfu(13, 2);
        settled(sfu, 6);
        for (int i = 0; i < 4; i++) {
            VideoSimPeer leaving = viewers.removeFirst();
            sfu.registration(leaving.peer()).execute(endpoint -> endpoint.close(CloseReason.CLOSED_HERE, "test"));
            leaving.vanish();
            sfu.world.runFor(500 * MS);
        }
        assertRight(2);
        assertNoFreeze(150 * MS);
    }
}
