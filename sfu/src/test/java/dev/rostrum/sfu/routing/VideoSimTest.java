package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.sim.SimLink;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The SFU's video in virtual time: model cameras, strict receivers, several shards, bad networks. */
final class VideoSimTest {

    private static final long MS = 1_000_000;
    private static final long S = 1_000 * MS;
    private static final int SPACE = 3;
    private static final int CAMERA = 500;

    @Test
    void aCameraIsSeenOnAllShardsInItsHighestLayer() {
        SimSfu sfu = new SimSfu(1, 3);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(10 * MS, 0));
        VideoSimPeer speaker = sfu.video("speaker", SPACE, 77, 0, List.of(VideoSimPeer.camera(CAMERA)));
        List<VideoSimPeer> viewers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            viewers.add(sfu.video("viewer" + i, SPACE, 0, 1, VideoSimPeer.slots(1)));
        }
        speaker.start();
        viewers.forEach(VideoSimPeer::start);
        sfu.world.runFor(S);
        speaker.camera().film();
        sfu.world.runFor(8 * S);
        viewers.forEach(VideoSimPeer::watch);
        sfu.world.runFor(3 * S);
        for (VideoSimPeer viewer : viewers) {
            SimPicture picture = viewer.picture(0);
            assertEquals(List.of(), viewer.faults(), picture.toString());
            assertEquals(2, picture.encoding(), picture.toString());
            assertTrue(picture.longestFreezeNs() < 100 * MS, picture.toString());
        }
        assertTrue(speaker.feedbacks() > 30, speaker.feedbacks() + " feedbacks");
    }
}
