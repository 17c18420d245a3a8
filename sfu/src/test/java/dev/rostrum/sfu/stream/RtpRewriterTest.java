package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RtpRewriterTest {

    private static final long MS = 1_000_000L;
    private static final long A = 1;
    private static final long B = 2;
    private static final int FIRST_SEQ = 65_530;
    private static final int FIRST_TS = 0xFFFF_F000;

    private final RtpRewriter rewriter = new RtpRewriter(48_000, 960, FIRST_SEQ, FIRST_TS);

    private RewriteResult send(long key, long sequence, int timestamp, long atMs) {
        return rewriter.rewrite(key, sequence, timestamp, false, atMs * MS);
    }

    private void expect(int sequenceSinceFirst, int timestampSinceFirst) {
        assertEquals((FIRST_SEQ + sequenceSinceFirst) & 0xFFFF, rewriter.sequenceNumber());
        assertEquals(timestampSinceFirst, rewriter.timestamp() - FIRST_TS);
    }

    @Test
    void theFirstPacketTakesTheGivenNumbersAndTheMarker() {
        assertFalse(rewriter.started());
        rewriter.select(A);
        assertEquals(RewriteResult.FORWARD, send(A, 70_000, 123, 5));
        expect(0, 0);
        assertTrue(rewriter.marker());
        assertTrue(rewriter.started());
    }

    @Test
    void numbersOfOneSourceWrapAndKeepItsGapsAndItsOrder() {
        rewriter.select(A);
        send(A, 65_530, 0, 0);
        for (int i = 1; i < 10; i++) {
            assertEquals(RewriteResult.FORWARD, send(A, 65_530 + i, 960 * i, 20L * i));
            expect(i, 960 * i);
            assertFalse(rewriter.marker());
        }
        assertEquals(RewriteResult.FORWARD, send(A, 65_530 + 13, 960 * 13, 260), "three are missing");
        expect(13, 960 * 13);
        assertEquals(RewriteResult.FORWARD, send(A, 65_530 + 11, 960 * 11, 261), "one of them comes late");
        expect(11, 960 * 11);
        assertEquals(RewriteResult.FORWARD, send(A, 65_530 + 14, 960 * 14, 280));
        expect(14, 960 * 14);
    }

    @Test
    void theMarkerOfTheSourcePasses() {
        rewriter.select(A);
        send(A, 1, 0, 0);
        assertEquals(RewriteResult.FORWARD, rewriter.rewrite(A, 2, 960, true, 20 * MS));
        assertTrue(rewriter.marker());
    }

    @Test
    void aSwitchGoesOnDirectlyBehindTheLastPacket() {
        rewriter.select(A);
        send(A, 100, 5_000, 0);
        send(A, 101, 5_960, 20);
        rewriter.select(B);
        assertEquals(RewriteResult.NOT_SELECTED, send(A, 102, 6_920, 40));
        assertEquals(RewriteResult.FORWARD, send(B, 9_000, -77, 120));
        expect(2, 960 + 4_800);
        assertTrue(rewriter.marker());
        assertEquals(RewriteResult.FORWARD, send(B, 9_001, -77 + 960, 140));
        expect(3, 960 + 4_800 + 960);
        assertFalse(rewriter.marker());
    }

    @Test
    void aSwitchInAnInstantAdvancesByAPacket() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        send(A, 101, 2_880, 60);
        rewriter.select(B);
        send(B, 7, 0, 63);
        expect(2, 2_880 + 2_880);
    }

    @Test
    void selectingWhatIsSelectedChangesNothing() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        rewriter.select(A);
        send(A, 105, 4_800, 100);
        expect(5, 4_800);
        assertFalse(rewriter.marker());
    }

    @Test
    void whatWasSentWhileTheSlotWasReleasedLeavesNoGap() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        rewriter.release();
        assertEquals(RewriteResult.NOT_SELECTED, send(A, 101, 960, 20));
        rewriter.select(A);
        assertEquals(RewriteResult.FORWARD, send(A, 600, 500 * 960, 10_000));
        expect(1, 480_000);
        assertTrue(rewriter.marker());
        assertEquals(RewriteResult.BEFORE_SWITCH, send(A, 599, 499 * 960, 10_001));
        assertEquals(RewriteResult.FORWARD, send(A, 601, 501 * 960, 10_020));
        expect(2, 480_960);
    }

    @Test
    void noNumberGoesOutTwice() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        send(A, 103, 2_880, 60);
        assertEquals(RewriteResult.DUPLICATE, send(A, 103, 2_880, 61));
        assertEquals(RewriteResult.DUPLICATE, send(A, 100, 0, 61));
        assertEquals(RewriteResult.FORWARD, send(A, 101, 960, 61));
        assertEquals(RewriteResult.DUPLICATE, send(A, 101, 960, 61));
        send(A, 166, 66 * 960, 1_320);
        assertEquals(RewriteResult.TOO_LATE, send(A, 102, 1_920, 1_321));
        assertEquals(RewriteResult.DUPLICATE, send(A, 103, 2_880, 1_321));
        assertEquals(RewriteResult.FORWARD, send(A, 104, 3_840, 1_321));
        send(A, 400, 300 * 960, 6_000);
        assertEquals(RewriteResult.FORWARD, send(A, 399, 299 * 960, 6_001));
        assertEquals(RewriteResult.TOO_LATE, send(A, 166, 66 * 960, 6_001));
    }

    @Test
    void aDistantNumberIsANewBeginning() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        assertEquals(RewriteResult.FORWARD, send(A, 70_000, 777, 200));
        expect(1, 9_600);
        assertTrue(rewriter.marker());
    }

    @Test
    void aClockOfTheSourceThatIsSetAnewDoesNotShow() {
        rewriter.select(A);
        send(A, 100, 50_000, 0);
        send(A, 101, 50_960, 20);
        assertEquals(RewriteResult.FORWARD, send(A, 102, 3, 40));
        expect(2, 1_920);
        assertEquals(RewriteResult.FORWARD, send(A, 103, 963, 60));
        expect(3, 2_880);
        assertEquals(RewriteResult.FORWARD, send(A, 104, 963 + 10 * 48_000, 80));
        expect(4, 3_840);
        assertEquals(RewriteResult.BEFORE_SWITCH, send(A, 101, 50_960, 81), "it would carry the old clock");
    }

    @Test
    void aSilentSourceKeepsItsOwnTimestamps() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        send(A, 101, 19_200, 400); // one packet in 400 ms: Opus DTX
        expect(1, 19_200);
        rewriter.select(B);
        send(B, 5, 0, 405);
        expect(2, 19_200 + 960);
    }

    @Test
    void aLatePacketDoesNotPushTheNextSourceBack() {
        rewriter.select(A);
        for (int i = 0; i < 50; i++) {
            send(A, 100 + i, 960 * i, 20L * i);
        }
        // This one waited for 40 ms on its way; the next source's packet comes 5 ms behind it.
        send(A, 150, 960 * 50, 1_040);
        rewriter.select(B);
        send(B, 5, 0, 1_045);
        assertEquals(45 * 48, rewriter.timestamp() - FIRST_TS - 960 * 50, 50, "but counted from when that was due");
    }

    @Test
    void silenceContinuesTheNumberingTwentyMillisecondsApart() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        send(A, 101, 960, 20);
        rewriter.release();
        for (int i = 1; i <= 3; i++) {
            rewriter.nextSilence(25 * MS);
            expect(1 + i, 960 + 960 * i);
            assertFalse(rewriter.marker());
        }
        rewriter.select(A);
        send(A, 130, 28_800, 620);
        expect(5, 960 + 2_880 + (620 - 25) * 48);
        assertTrue(rewriter.marker());
    }

    @Test
    void silenceAfterAPauseComesWhenItIsDue() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        rewriter.release();
        rewriter.nextSilence(2_000 * MS);
        expect(1, 96_000);
        rewriter.nextSilence(2_020 * MS);
        expect(2, 96_960);
    }

    @Test
    void silenceMayComeFirst() {
        rewriter.nextSilence(0);
        expect(0, 0);
        rewriter.nextSilence(20 * MS);
        expect(1, 960);
    }

    @Test
    void theTimestampOfAReportRunsWithTheWallClock() {
        rewriter.select(A);
        send(A, 100, 0, 0);
        assertEquals(48_000, rewriter.timestampAt(1_000 * MS) - FIRST_TS);
        send(A, 101, 960, 20);
        assertEquals(48_000, rewriter.timestampAt(1_000 * MS) - FIRST_TS);
        rewriter.select(B);
        send(B, 5, 7, 500);
        assertEquals(48_000, rewriter.timestampAt(1_000 * MS) - FIRST_TS);
    }

    @Test
    void aPublicationMayHaveAnyKey() {
        assertEquals(RewriteResult.NOT_SELECTED, send(0, 1, 0, 0));
        rewriter.select(0);
        assertEquals(RewriteResult.FORWARD, send(0, 1, 0, 0));
        rewriter.select(-1);
        assertEquals(RewriteResult.FORWARD, send(-1, 1, 0, 20));
    }
}
