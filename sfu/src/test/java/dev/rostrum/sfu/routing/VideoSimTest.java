package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoNotice;
import dev.rostrum.sfu.VideoWish;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.sim.SimLink;
import dev.rostrum.sfu.transport.DropReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
            assertEquals(0, picture.truncated(), picture.toString());
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

    // ---- errors of the server's own

    /** The viewer whose notices make the server fail is gone; the other sees what it saw, and the speaker is there. */
    private void assertOnlyTheFirstViewerEnded(SimSfu sfu) {
        assertEquals(Map.of("viewer0", CloseReason.INTERNAL_ERROR), sfu.closed);
        assertEquals(2, sfu.openEndpoints());
        viewers.removeFirst();
        sfu.world.runFor(2 * S);
        assertRight(2);
    }

    @Test
    void anErrorInAWishEndsWhoWished() {
        SimSfu sfu = sfu(31, 1);
        settled(sfu, 2);
        sfu.troubled.add("viewer0");
        sfu.wish(viewers.get(0), wish(0, 0));
        sfu.world.runFor(100 * MS);
        assertOnlyTheFirstViewerEnded(sfu);
    }

    @Test
    void anErrorInATimerEndsTheViewerWhoseTimerItIs() {
        SimSfu sfu = sfu(32, 1);
        settled(sfu, 2);
        sfu.troubled.add("viewer0");
        sfu.world
                .network()
                .downlink(
                        viewers.get(0).peer().address(),
                        SimLink.PERFECT.withDelay(20 * MS, 0).withRate(60_000, 6_000));
        sfu.world.runFor(15 * S); // until its picture would be paused, and its page told so
        assertOnlyTheFirstViewerEnded(sfu);
    }

    @Test
    void anErrorInWhatConcernsAllViewersEndsTheOneWithTheError() {
        SimSfu sfu = sfu(33, 1);
        VideoSimPeer speaker = settled(sfu, 2);
        sfu.troubled.add("viewer0");
        CompletableFuture<Void> hidden = sfu.permit(speaker.peer(), "cam", false);
        sfu.world.runFor(100 * MS);
        assertTrue(hidden.isDone());
        assertTrue(sfu.notices.contains(new SimSfu.Notice("viewer1", "v0", CAMERA, VideoNotice.ENDED)));
        CompletableFuture<Void> seen = sfu.permit(speaker.peer(), "cam", true);
        sfu.world.runFor(8 * S);
        assertTrue(seen.isDone());
        viewers.get(1).watch();
        assertOnlyTheFirstViewerEnded(sfu);
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
    void anEncodingThatComesBackAfterItsGoodbyeIsStillKnown() {
        SimSfu sfu = sfu(31, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        speaker.camera().stopNaming();
        for (int i = 0; i < 3; i++) {
            speaker.camera().leave(2);
            speaker.camera().leave(1);
            sfu.world.runFor(3 * S);
            assertRight(0);
            speaker.camera().resume(1);
            speaker.camera().resume(2);
            sfu.world.runFor(15 * S);
            assertRight(2);
        }
        assertEquals(0, sfu.drops(DropReason.RTP_UNKNOWN_STREAM));
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
    void aStragglerFromBeforeARestartDisturbsNobody() {
        SimSfu sfu = sfu(32, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        speaker.camera().holdNext(2);
        sfu.world.runFor(200 * MS);
        speaker.camera().restart();
        sfu.world.runFor(500 * MS);
        int frames = speaker.camera().keyFramesNs(2).size();
        speaker.camera().release();
        sfu.world.runFor(10 * S);
        assertEquals(frames, speaker.camera().keyFramesNs(2).size(), "key frames that nobody needs");
        assertRight(2);
        assertNoFreeze(300 * MS);
    }

    @Test
    void aRetransmissionFromBeforeARestartDisturbsNobody() {
        SimSfu sfu = sfu(34, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        for (int i = 0; i < 4; i++) {
            Runnable repeat = speaker.camera().repeatLater(2);
            speaker.camera().restart();
            sfu.world.runFor(500 * MS);
            int frames = speaker.camera().keyFramesNs(2).size();
            repeat.run();
            sfu.world.runFor(5 * S);
            assertRight(2);
            assertNoFreeze(300 * MS);
            assertEquals(frames, speaker.camera().keyFramesNs(2).size(), "key frames that nobody needs");
        }
    }

    @Test
    void anSsrcThatComesBackWhenItsSuccessorIsSilentIsSeenAgain() {
        SimSfu sfu = sfu(33, 2);
        VideoSimPeer speaker = settled(sfu, 4);
        for (int i = 0; i < 3; i++) {
            Runnable back = speaker.camera().restart();
            sfu.world.runFor(2 * S);
            assertRight(2);
            back.run();
            sfu.world.runFor(4 * S);
            assertRight(2);
        }
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

    @Test
    void aFullWayBetweenShardsCostsOneFrameAndNoMore() {
        SimSfu sfu = sfu(14, 3);
        VideoSimPeer speaker = speaker(sfu);
        speaker.camera().bitrate(2, 4_000_000);
        for (int i = 0; i < 4; i++) {
            viewer(sfu, 1);
        }
        sfu.world.runFor(6 * S);
        assertRight(2);
        sfu.world.unsteady(0.02, 400 * MS);
        sfu.world.runFor(5 * S);
        sfu.world.unsteady(0, 0);
        assertTrue(sfu.drops(DropReason.LINK_FULL) > 0, "the ways were never full");
        sfu.world.runFor(6 * S);
        viewers.forEach(VideoSimPeer::watch);
        sfu.world.runFor(4 * S);
        assertRight(2);
        assertNoFreeze(300 * MS);
    }

    // ---- which publication, which layer

    @Test
    void slotsThatNobodySpokeOfShowTheScreenAndTheLoudest() {
        SimSfu sfu = sfu(15, 2);
        List<VideoSimPeer> stage = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            VideoSimPeer speaker = sfu.video("speaker" + i, SPACE, 70 + i, 0, List.of(VideoSimPeer.camera(CAMERA + i)));
            speaker.start();
            speaker.camera().film();
            stage.add(speaker);
        }
        VideoSimPeer presenter = sfu.video("presenter", SPACE, 79, 0, List.of(VideoSimPeer.screen(CAMERA + 9)));
        presenter.start();
        VideoSimPeer viewer = viewer(sfu, 2);
        sfu.world.runFor(S);
        stage.get(0).peer().speak(60);
        stage.get(1).peer().speak(20);
        stage.get(2).peer().speak(50);
        sfu.world.runFor(3 * S);
        presenter.camera().film();
        sfu.world.runFor(3 * S);
        assertEquals(List.of(CAMERA + 1, CAMERA + 9), shownBy(viewer), "the screen and the loudest");
        stage.get(1).peer().speak(100);
        stage.get(2).peer().speak(10);
        sfu.world.runFor(6 * S);
        assertEquals(List.of(CAMERA + 2, CAMERA + 9), shownBy(viewer), "the screen and who is the loudest now");
        sfu.wish(viewer, new VideoWish("v0", CAMERA, 180, false), new VideoWish("v1", CAMERA + 1, 720, true));
        sfu.world.runFor(3 * S);
        assertEquals(List.of(CAMERA, CAMERA + 1), shownBy(viewer), "what was asked for");
        assertEquals(180, viewer.picture(0).height());
        assertEquals(720, viewer.picture(1).height());
        sfu.wish(viewer, new VideoWish("v1", CAMERA + 1, 720, true));
        sfu.world.runFor(S);
        assertFalse(viewer.picture(0).moves(500 * MS), "a slot that is not named any more is empty");
        assertTrue(viewer.picture(1).moves(150 * MS));
        assertEquals(List.of(), viewer.faults());
    }

    private static List<Integer> shownBy(VideoSimPeer viewer) {
        return viewer.pictures().stream()
                .filter(picture -> picture.moves(300 * MS))
                .map(SimPicture::csrc)
                .sorted()
                .toList();
    }

    @Test
    void whoCannotDecodeIsTold() {
        SimSfu sfu = sfu(16, 2);
        StreamSpec camera = VideoSimPeer.publish("cam", CAMERA, List.of(), false, VideoCodec.H264);
        VideoSimPeer speaker = sfu.video("speaker", SPACE, 77, 0, List.of(camera));
        speaker.start();
        speaker.peer().speak(20);
        VideoSimPeer viewer = viewer(sfu, 1);
        sfu.world.runFor(2 * S);
        assertEquals(
                new SimSfu.Notice(viewer.id(), "v0", CAMERA, VideoNotice.UNDECODABLE), lastNotice(sfu, viewer, "v0"));
        assertEquals(0, viewer.picture(0).received());
        assertTrue(viewer.peer().received() > 50, "the sound goes on");
    }

    @Test
    void aNarrowNetworkShowsTheLowLayerAndAWideOneAll() {
        SimSfu sfu = sfu(17, 2);
        VideoSimPeer speaker = speaker(sfu);
        VideoSimPeer wide = viewer(sfu, 1);
        VideoSimPeer narrow = viewer(sfu, 1);
        speaker.peer().speak(20);
        var limited = SimLink.PERFECT.withDelay(20 * MS, 0).withRate(300_000, 15_000);
        sfu.world.network().downlink(narrow.peer().address(), limited);
        sfu.world.runFor(6 * S);
        viewers.forEach(VideoSimPeer::watch);
        sfu.world.runFor(10 * S);
        assertEquals(List.of(2), wide.picture(0).encodingsShown());
        assertTrue(wide.picture(0).longestFreezeNs() < 100 * MS, wide.picture(0).toString());
        assertEquals(List.of(0), narrow.picture(0).encodingsShown());
        assertTrue(
                narrow.picture(0).longestFreezeNs() < 300 * MS,
                narrow.picture(0).toString());
        assertEquals(List.of(), narrow.faults());
        sfu.world.network().downlink(narrow.peer().address(), SimLink.PERFECT.withDelay(20 * MS, 0));
        sfu.world.runFor(10 * S);
        assertRight(2);
        assertTrue(
                narrow.peer().slotLoss() < 0.01, "sound lost: " + narrow.peer().slotLoss());
    }

    @Test
    void belowTheLowestLayerThePicturePausesAndComesBackByItself() {
        SimSfu sfu = sfu(18, 2);
        VideoSimPeer speaker = settled(sfu, 2);
        VideoSimPeer viewer = viewers.get(0);
        sfu.world
                .network()
                .downlink(
                        viewer.peer().address(),
                        SimLink.PERFECT.withDelay(20 * MS, 0).withRate(60_000, 6_000));
        sfu.world.runFor(12 * S);
        assertEquals(
                VideoNotice.PAUSED_BANDWIDTH,
                lastNotice(sfu, viewer, "v0").notice(),
                viewer.picture(0).toString());
        assertFalse(viewer.picture(0).moves(S), viewer.picture(0).toString());
        sfu.world.network().downlink(viewer.peer().address(), SimLink.PERFECT.withDelay(20 * MS, 0));
        sfu.world.runFor(20 * S);
        assertEquals(
                VideoNotice.CARRIED,
                lastNotice(sfu, viewer, "v0").notice(),
                viewer.picture(0).toString());
        assertRight(2);
        assertTrue(viewers.get(1).picture(0).longestFreezeNs() < 150 * MS, "somebody else's network");
        assertTrue(speaker.camera().keyFramesWantedNs(0).size() < 10);
    }

    // ---- one client against the others

    /** What the others have had of ten seconds. */
    private record Had(List<Long> packets, List<List<Integer>> encodings, List<Long> freezesMs, int keyFrames) {}

    private Had beside(boolean flooding) {
        viewers.clear();
        SimSfu sfu = sfu(19, 2);
        VideoSimPeer speaker = speaker(sfu);
        VideoSimPeer flooder = sfu.video("flooder", SPACE, 0, 0, VideoSimPeer.slots(1));
        flooder.start();
        for (int i = 0; i < 4; i++) {
            viewer(sfu, 1);
        }
        sfu.world.runFor(6 * S);
        viewers.forEach(VideoSimPeer::watch);
        flooder.watch();
        flooder.reporting(!flooding);
        int before = speaker.camera().keyFramesNs(2).size();
        SplittableRandom random = new SplittableRandom(19);
        int slot = flooder.picture(0).spec().ssrc();
        for (int i = 0; i < 1000; i++) {
            if (flooding) {
                flood(flooder, slot, random);
            }
            sfu.world.runFor(10 * MS);
        }
        if (flooding) {
            long most = 20_000_000L / 8 * 10 / 2 + 3_000_000;
            assertTrue(
                    flooder.picture(0).receivedBytes() < most,
                    flooder.picture(0).receivedBytes() + " bytes");
            assertTrue(sfu.drops(DropReason.REPAIR_LIMITED) > 0, "repairs are not limited");
            assertTrue(sfu.drops(DropReason.KEY_FRAME_REQUEST_LIMITED) > 0, "key frame requests are not limited");
            assertTrue(mostRequestsInASecond(speaker.camera(), 2) <= 1);
        }
        for (VideoSimPeer viewer : viewers) {
            assertEquals(List.of(), viewer.faults());
        }
        return new Had(
                viewers.stream().map(v -> v.picture(0).frames()).toList(),
                viewers.stream().map(v -> v.picture(0).encodingsShown()).toList(),
                viewers.stream().map(v -> v.picture(0).longestFreezeNs() / MS).toList(),
                speaker.camera().keyFramesNs(2).size() - before);
    }

    private static void flood(VideoSimPeer flooder, int slot, SplittableRandom random) {
        List<Integer> all = new ArrayList<>();
        int from = random.nextInt(65536);
        for (int k = 0; k < 2000; k++) {
            all.add(from + k & 0xFFFF);
        }
        flooder.report(new RtcpMessage.Nack(1, slot, all));
        flooder.report(
                new RtcpMessage.PictureLossIndication(1, slot),
                new RtcpMessage.FullIntraRequest(
                        1, List.of(new RtcpMessage.FullIntraRequest.Request(slot, random.nextInt(256)))));
        long[] absurd = {0, 1, 1_000, 1L << 40, (1L << 62) - 1};
        flooder.report(new RtcpMessage.ReceiverEstimatedMaximumBitrate(
                1, absurd[random.nextInt(absurd.length)], List.of(slot)));
        List<RtcpMessage.TransportFeedback.Arrival> arrivals = new ArrayList<>();
        int base = random.nextInt(65536);
        for (int k = 0; k < 300; k++) {
            arrivals.add(new RtcpMessage.TransportFeedback.Arrival(base + k & 0xFFFF, random.nextInt(-32768, 32768)));
        }
        flooder.report(new RtcpMessage.TransportFeedback(
                1, slot, base, 300, random.nextInt(1 << 23), random.nextInt(256), arrivals));
        flooder.report(new RtcpMessage.ReceiverReport(
                1, List.of(new ReportBlock(slot, random.nextInt(256), -1, random.nextInt(), -1, random.nextInt(), 7))));
    }

    @Test
    void aFloodOfFeedbackFromOneClientChangesNothingForTheOthers() {
        Had calm = beside(false);
        Had flooded = beside(true);
        assertEquals(calm.encodings, flooded.encodings);
        for (int i = 0; i < 4; i++) {
            assertTrue(Math.abs(calm.packets.get(i) - flooded.packets.get(i)) <= 3, calm + " and " + flooded);
            assertTrue(flooded.freezesMs.get(i) < 150, flooded.toString());
        }
        assertTrue(flooded.keyFrames <= calm.keyFrames + 8, calm + " and " + flooded);
    }

    // ---- whatever the network

    @Test
    void onAnyNetworkEverybodySeesARightAndMovingPicture() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            viewers.clear();
            onSomeNetwork(1000 + seed);
        }
    }

    /** It was taken for one above what is shown, though all was wanted; the next one of its layer refers to it. */
    @Test
    void aFrameThatComesLateToOneWhoWantsAllLayersGoesOut() {
        onSomeNetwork(1242);
    }

    private void onSomeNetwork(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        SimSfu sfu = new SimSfu(seed, 1 + random.nextInt(3));
        double[] losses = {0, 0, 0.01, 0.03, 0.05, 0.1};
        double loss = losses[random.nextInt(losses.length)];
        SimLink link = SimLink.PERFECT
                .withDelay(random.nextLong(5, 60) * MS, random.nextLong(10) * MS)
                .withLoss(loss)
                .withReordering(random.nextInt(3) * 0.02, 20 * MS)
                .withDuplicates(random.nextInt(3) * 0.01);
        sfu.world.network().everyLink(link);
        if (random.nextInt(3) == 0) {
            sfu.world.unsteady(0.05, 4 * MS);
        }
        VideoSimPeer speaker = sfu.video("speaker", SPACE, 77, 0, List.of(VideoSimPeer.camera(CAMERA)));
        speaker.start();
        speaker.camera().rate(10 + random.nextInt(3) * 5);
        speaker.camera().temporalLayers(1 + random.nextInt(3));
        if (random.nextInt(4) == 0) {
            speaker.camera().nearWrap(random.nextInt(400), random.nextInt(400_000));
        }
        speaker.camera().film();
        for (int i = 0; i < 3; i++) {
            VideoSimPeer viewer = viewer(sfu, 1);
            if (i == 2) {
                sfu.world.network().downlink(viewer.peer().address(), link.withRate(400_000, 20_000));
            }
        }
        sfu.world.runFor(4 * S);
        switch (random.nextInt(4)) {
            case 0 -> speaker.camera().restart();
            case 1 -> sfu.wish(viewers.get(0), wish(CAMERA, 180));
            case 2 -> speaker.camera().stop(2);
            default -> {
                // nothing happens
            }
        }
        sfu.world.runFor(2 * S);
        viewers.forEach(VideoSimPeer::watch);
        sfu.world.runFor(3 * S);
        String at = "seed " + seed + ", loss " + loss + ", " + sfu.world;
        for (VideoSimPeer viewer : viewers) {
            SimPicture picture = viewer.picture(0);
            assertEquals(List.of(), viewer.faults(), () -> at + ", " + picture);
            if (loss >= 0.05 && viewer == viewers.get(2)) {
                continue; // so much loss on a narrow network may pause a picture
            }
            // Where every tenth packet is lost, each way, a key frame and its repairs may need several tries.
            assertTrue(picture.moves(loss < 0.1 ? S : 3 * S), () -> at + ", " + picture);
            long longestNs = loss < 0.02 ? S : loss < 0.1 ? 2 * S : 3 * S - 1;
            assertTrue(picture.longestFreezeNs() <= longestNs, () -> at + ", " + picture);
        }
    }
}
