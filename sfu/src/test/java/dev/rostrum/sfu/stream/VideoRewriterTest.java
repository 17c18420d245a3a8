package dev.rostrum.sfu.stream;

import static dev.rostrum.sfu.stream.RewriteResult.BEFORE_SWITCH;
import static dev.rostrum.sfu.stream.RewriteResult.DUPLICATE;
import static dev.rostrum.sfu.stream.RewriteResult.FORWARD;
import static dev.rostrum.sfu.stream.RewriteResult.TOO_LATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.DependencyTemplates;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.sfu.rtp.VideoPackets;
import org.junit.jupiter.api.Test;

class VideoRewriterTest {

    private static final long MS = 1_000_000L;
    private static final int TICKS = 3_000; // 30 frames a second

    private final VideoRewriter rewriter = new VideoRewriter(90_000, 100, 50_000, 7);
    private final VideoFrameInfo frame = new VideoFrameInfo();
    private final SourceClock low = new SourceClock(90_000, 1);
    private final SourceClock high = new SourceClock(90_000, 1);

    private void vp8(int pictureId, int tl0PicIdx, int temporal) {
        byte[] packet = VideoPackets.vp8(true, true, false, pictureId, tl0PicIdx, temporal, false, 3);
        assertTrue(VideoPackets.parse(frame, VideoCodec.VP8, packet, new DependencyTemplates()));
    }

    private RewriteResult rewrite(long source, long number, int timestamp, long nowMs) {
        return rewriter.rewrite(source, source == 2 ? high : low, number, timestamp, true, frame, nowMs * MS);
    }

    private void assertSent(int sequenceNumber, int timestamp) {
        assertEquals(sequenceNumber, rewriter.sequenceNumber());
        assertEquals(timestamp, rewriter.timestamp());
    }

    @Test
    void theFirstPacketGetsTheFirstNumbers() {
        vp8(900, 40, 0);
        assertFalse(rewriter.started());
        assertEquals(FORWARD, rewrite(1, 70_000, 1_000_000, 0));
        assertSent(100, 50_000);
        assertEquals(7, rewriter.pictureId());
        assertEquals(7, rewriter.tl0PicIdx());
        assertEquals(7, rewriter.keyIdx());
        assertEquals(-1, rewriter.frameNumber());
        assertTrue(rewriter.started() && rewriter.marker());
    }

    @Test
    void whatIsLeftOutLeavesNoHoleAndWhatIsLostDoes() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        vp8(901, 40, 1);
        assertFalse(rewriter.leaveOut(1, 70_001, TICKS, frame));
        assertFalse(rewriter.leaveOut(1, 70_002, TICKS, frame));
        vp8(902, 41, 0);
        rewrite(1, 70_003, 2 * TICKS, 66);
        assertSent(101, 50_000 + 2 * TICKS);
        assertEquals(8, rewriter.pictureId());
        assertEquals(8, rewriter.tl0PicIdx());
        vp8(904, 42, 0); // 903 and packet 70_004 are lost
        rewrite(1, 70_005, 4 * TICKS, 133);
        assertSent(103, 50_000 + 4 * TICKS);
        assertEquals(10, rewriter.pictureId());
        vp8(903, 41, 0);
        assertEquals(FORWARD, rewrite(1, 70_004, 3 * TICKS, 200)); // sent again
        assertSent(102, 50_000 + 3 * TICKS);
        assertEquals(9, rewriter.pictureId());
        assertEquals(DUPLICATE, rewrite(1, 70_004, 3 * TICKS, 201));
        assertEquals(DUPLICATE, rewrite(1, 70_001, TICKS, 201));
    }

    @Test
    void aNumberThatWasLeftOpenForAPacketThatIsLeftOutIsFilledOnce() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        vp8(902, 41, 0);
        rewrite(1, 70_002, 2 * TICKS, 66);
        assertSent(102, 50_000 + 2 * TICKS);
        int place = rewriter.numbers().find(101);
        assertEquals(70_001, rewriter.numbers().extendedSequenceNumber(place));
        assertFalse(rewriter.numbers().sent(place));
        vp8(901, 40, 1);
        assertTrue(rewriter.leaveOut(1, 70_001, TICKS, frame));
        assertSent(101, 50_000 + TICKS);
        assertFalse(rewriter.leaveOut(1, 70_001, TICKS, frame));
        assertEquals(-1, rewriter.numbers().find(101));
        vp8(901, 40, 1);
        assertEquals(DUPLICATE, rewrite(1, 70_001, TICKS, 80));
    }

    @Test
    void streamsOfOnePublisherAreBroughtInLineByItsReports() {
        low.onSenderReport(5L << 32, 1_000_000);
        high.onSenderReport(6L << 32, 40_000_000); // a second later
        vp8(900, 40, 0);
        rewrite(1, 70_000, 1_000_000 + 90_000, 0);
        vp8(12, 200, 0);
        rewrite(2, 900_000, 40_000_000 + TICKS, 90); // captured 33 ms later, came 90 ms later
        assertSent(101, 50_000 + TICKS);
        assertEquals(8, rewriter.pictureId());
        assertEquals(8, rewriter.tl0PicIdx());
        rewrite(2, 900_001, 40_000_000 + 2 * TICKS, 120);
        assertSent(102, 50_000 + 2 * TICKS);
    }

    @Test
    void aStreamThatIsBehindCatchesUpAndTheClockStaysRight() {
        low.onSenderReport(5L << 32, 0);
        high.onSenderReport(5L << 32, 0);
        vp8(900, 40, 0);
        rewrite(1, 70_000, 10 * TICKS, 0);
        vp8(12, 200, 0);
        rewrite(2, 900_000, 9 * TICKS, 10); // an older frame than the last
        assertSent(101, 50_000 + 90);
        rewrite(2, 900_001, 9 * TICKS, 11); // the same frame
        assertSent(102, 50_000 + 90);
        rewrite(2, 900_003, 10 * TICKS, 43); // the frame that was shown already
        assertSent(104, 50_000 + 90 + TICKS / 32);
        rewrite(2, 900_004, 11 * TICKS, 76);
        assertSent(105, 50_000 + TICKS); // in line again
        rewrite(2, 900_002, 9 * TICKS, 80); // late: a packet of the first frame
        assertSent(103, 50_000 + 90);
    }

    @Test
    void withoutReportsTheTimeThatWentByCounts() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 1_000, 0);
        rewrite(2, 900_000, 77_000, 50);
        assertSent(101, 50_000 + 4_500);
        rewriter.release();
        rewrite(2, 900_500, 999, 1_050); // after a pause
        assertSent(102, 50_000 + 4_500 + 90_000);
    }

    @Test
    void absurdReportsAreNotBelieved() {
        low.onSenderReport(5L << 32, 0);
        high.onSenderReport(5_000L << 32, 0);
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        rewrite(2, 900_000, 0, 50);
        assertSent(101, 50_000 + 4_500);
    }

    @Test
    void aPublisherThatSetsItsClockAnewStopsNothing() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        rewrite(1, 70_001, 2_000_000_000, 33);
        assertSent(101, 50_000 + 2_970);
        rewrite(1, 70_002, 2_000_000_000 + TICKS, 66);
        assertSent(102, 50_000 + 2_970 + TICKS);
        rewrite(1, 70_003, -5, 100);
        assertSent(103, 50_000 + 2_970 + TICKS + 3_060);
    }

    @Test
    void framesInAnotherOrderThanTheyAreShownKeepTheirTimes() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        rewrite(1, 70_001, 3 * TICKS, 33);
        rewrite(1, 70_002, TICKS, 66);
        assertSent(102, 50_000 + TICKS);
        rewrite(1, 70_003, 2 * TICKS, 100);
        assertSent(103, 50_000 + 2 * TICKS);
    }

    @Test
    void packetsFromBeforeASwitchAndAncientOnesHaveNoNumber() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        assertEquals(BEFORE_SWITCH, rewrite(1, 69_999, 0, 1));
        for (int i = 1; i < 600; i++) {
            rewrite(1, 70_000 + i, i, i);
        }
        assertEquals(TOO_LATE, rewrite(1, 70_001, 1, 700));
    }

    @Test
    void aLeapOfTheSourceIsANewRun() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        rewrite(1, 80_000, TICKS, 33);
        assertEquals(101, rewriter.sequenceNumber());
        assertEquals(BEFORE_SWITCH, rewrite(1, 79_000, 0, 34));
    }

    @Test
    void vp9PictureIdsKeepTheirDistances() {
        DependencyTemplates none = new DependencyTemplates();
        VideoPackets.parse(
                frame,
                VideoCodec.VP9,
                VideoPackets.vp9(true, true, true, false, 0x7FFF, 255, 0, 0, true, false, false),
                none);
        rewrite(1, 70_000, 0, 0);
        assertEquals(7, rewriter.pictureId());
        VideoPackets.parse(
                frame,
                VideoCodec.VP9,
                VideoPackets.vp9(true, true, true, true, 0, 255, 0, 1, true, false, false),
                none);
        rewriter.leaveOut(1, 70_001, TICKS, frame);
        VideoPackets.parse(
                frame, VideoCodec.VP9, VideoPackets.vp9(true, true, true, true, 1, 0, 0, 0, true, false, false), none);
        rewrite(1, 70_002, 2 * TICKS, 66);
        assertEquals(9, rewriter.pictureId());
        assertEquals(8, rewriter.tl0PicIdx());
        assertEquals(101, rewriter.sequenceNumber());
        VideoPackets.parse(
                frame,
                VideoCodec.VP9,
                VideoPackets.vp9(true, true, true, false, 500, 60, 0, 0, true, false, false),
                none);
        rewrite(2, 70_002, 2 * TICKS, 100);
        assertEquals(10, rewriter.pictureId());
        assertEquals(9, rewriter.tl0PicIdx());
    }

    @Test
    void aRetransmissionFindsWhatWentOutAcrossSwitchesAndWrapArounds() {
        VideoRewriter late = new VideoRewriter(90_000, 0xFFFE, 0xFFFF_FF00, 0x7FFE);
        for (int i = 0; i < 6; i++) {
            vp8(0x7FFF + i & 0x7FFF, i, 0);
            int source = 1 + i / 3;
            assertEquals(
                    FORWARD,
                    late.rewrite(
                            source, source == 2 ? high : low, 65_535 + i, TICKS * i, i % 2 == 0, frame, 33 * MS * i));
            assertEquals(0xFFFE + i & 0xFFFF, late.sequenceNumber());
        }
        SlotNumbers numbers = late.numbers();
        for (int i = 0; i < 6; i++) {
            int place = numbers.find(0xFFFE + i & 0xFFFF);
            assertTrue(numbers.sent(place));
            assertEquals(1 + i / 3, numbers.source(place));
            assertEquals(65_535 + i, numbers.extendedSequenceNumber(place));
            assertEquals(0x7FFE + i & 0x7FFF, numbers.pictureId(place));
            assertEquals(i % 2 == 0, numbers.marker(place));
        }
        int place = numbers.find(3);
        assertEquals(late.timestamp(), numbers.timestamp(place));
        assertEquals(late.tl0PicIdx(), numbers.tl0PicIdx(place));
        assertEquals(late.keyIdx(), numbers.keyIdx(place));
        assertEquals(-1, numbers.find(4));
        assertEquals(-1, numbers.find(0xFFFD));
        assertTrue(numbers.takeRepair(place, 0, 50 * MS));
        assertFalse(numbers.takeRepair(place, 49 * MS, 50 * MS));
        assertTrue(numbers.takeRepair(place, 50 * MS, 50 * MS));
    }

    @Test
    void reportsTellTheTimeOfTheSlot() {
        vp8(900, 40, 0);
        rewrite(1, 70_000, 0, 0);
        rewrite(1, 70_001, TICKS, 33);
        assertEquals(50_000 + TICKS + 9_000, rewriter.timestampAt(133 * MS), 100);
    }
}
