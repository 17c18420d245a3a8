package dev.rostrum.bench.revision;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.fanout.Contest;
import dev.rostrum.bench.gate.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {

    private static final Bounds BOUNDS = new Bounds(3, 0, 3, 1.10, 0.01);

    private static List<Contest.Window> windows(int nsPerPacket, int bytesPerWindow) {
        // One window in three is disturbed.
        return List.of(
                new Contest.Window(1000, 1000L * nsPerPacket, bytesPerWindow),
                new Contest.Window(1000, 9000L * nsPerPacket, bytesPerWindow + 100_000),
                new Contest.Window(1000, 1000L * nsPerPacket, bytesPerWindow));
    }

    private static Pair pair(int nowNs, int beforeNs) {
        return new Pair(windows(nowNs, 0), windows(beforeNs, 0));
    }

    private static Verdict verdict(Pair... pairs) {
        return Comparison.verdict("audio-fan-out", "abc1234", BOUNDS, List.of(pairs));
    }

    @Test
    void theSamePasses() {
        assertTrue(verdict(pair(2000, 2000), pair(2100, 2000), pair(1900, 2000)).passed());
    }

    @Test
    void onePairOfUnluckyJvmsDoesNotFailIt() {
        assertTrue(verdict(pair(2000, 2000), pair(3000, 2000), pair(2020, 2000)).passed());
    }

    @Test
    void whatCostsMoreInMostPairsFails() {
        Verdict verdict = verdict(pair(2400, 2000), pair(2000, 2000), pair(2300, 2000));
        assertFalse(verdict.passed());
        assertEquals(
                "gate audio-fan-out  FAIL  processor time per packet / that of abc1234 1.150 (at most 1.1);"
                        + " more bytes allocated per packet 0.000 (at most 0.01)",
                verdict.line());
    }

    @Test
    void oneObjectPerHundredPacketsFails() {
        Pair allocating = new Pair(windows(2000, 240), windows(2000, 0));
        assertFalse(verdict(allocating, allocating, allocating).passed());
    }

    @Test
    void twoOfThreePairsSufficeIfTheyAgree() {
        Pair same = pair(2000, 2000);
        Pair slower = pair(2400, 2000);
        assertFalse(BOUNDS.decided(List.of()));
        assertFalse(BOUNDS.decided(List.of(same)));
        assertTrue(BOUNDS.decided(List.of(same, same)));
        assertTrue(BOUNDS.decided(List.of(slower, slower)));
        assertFalse(BOUNDS.decided(List.of(slower, same)));
        assertTrue(BOUNDS.decided(List.of(slower, same, slower)));
        Pair allocating = new Pair(windows(2000, 240), windows(2000, 0));
        assertFalse(BOUNDS.decided(List.of(same, allocating)));
    }

    @Test
    void fewerBytesPass() {
        Pair frugal = new Pair(windows(2000, 0), windows(2000, 240));
        assertTrue(verdict(frugal, frugal, frugal).passed());
    }

    @Test
    void eachPairIsTold() {
        assertEquals(
                "this build 2400 ns of processor time per packet, abc1234 2000: 1.200 of neighbours; 0.000 bytes,"
                        + " abc1234 0.000 (medians of 3 windows each, by turns)",
                verdict(pair(2400, 2000)).details().strip());
    }

    @Test
    void whatDisturbsNeighboursAlikeDoesNotMatter() {
        List<Contest.Window> now =
                List.of(new Contest.Window(1, 2000, 0), new Contest.Window(1, 9000, 0), new Contest.Window(1, 6000, 0));
        List<Contest.Window> before =
                List.of(new Contest.Window(1, 2000, 0), new Contest.Window(1, 9000, 0), new Contest.Window(1, 5000, 0));
        assertEquals(1.2, new Pair(now, before).nowNs() / new Pair(now, before).beforeNs(), 1e-9);
        assertEquals(1.0, new Pair(now, before).ratio(), 1e-9);
    }

    @Test
    void windowsComeByTwos() {
        assertThrows(IllegalArgumentException.class, () -> new Pair(windows(1, 0), List.of()));
        assertThrows(IllegalArgumentException.class, () -> new Pair(List.of(), List.of()));
    }
}
