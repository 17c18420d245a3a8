package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.loop.Deadlines;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ProbeControllerTest {

    private static final long MS = 1_000_000;

    private final ProbeController probes = new ProbeController(10_000_000);
    private long nowNs = 1_000 * MS;

    private ProbeCluster cluster() {
        return Objects.requireNonNull(probes.cluster());
    }

    /** Sends the current cluster and lets it arrive at the link's bitrate. */
    private long pass(long linkBps) {
        ProbeCluster cluster = cluster();
        long sentNs = nowNs;
        long arrivalNs = nowNs + 30 * MS;
        int length = Math.max(200, cluster.lengthBytes() / cluster.packets() + 1);
        while (probes.cluster() != null) {
            int id = probes.onSent(length, sentNs);
            assertEquals(cluster.id(), id);
            probes.onArrival(id, sentNs, arrivalNs, length);
            sentNs += length * 8_000_000_000L / cluster.bitrateBps();
            arrivalNs = Math.max(sentNs + 30 * MS, arrivalNs + length * 8_000_000_000L / linkBps);
        }
        nowNs += 200 * MS;
        return probes.takeResult(nowNs);
    }

    @Test
    void nothingIsProbedBeforeItIsUseful() {
        assertNull(probes.cluster());
        assertEquals(Deadlines.NEVER, probes.deadlineNs());
        probes.onWish(0, 300_000, nowNs);
        assertNull(probes.cluster());
    }

    @Test
    void theFirstProbeIsThreeTimesTheTargetAndEachSuccessIsFollowed() {
        probes.onWish(5_000_000, 300_000, nowNs);
        assertEquals(900_000, cluster().bitrateBps());
        long result = pass(20_000_000);
        assertNear(900_000, result, 20_000);
        probes.onResultUsed(result, true, result, nowNs);
        assertNear(1_800_000, cluster().bitrateBps(), 50_000);
    }

    @Test
    void aFullNetworkShowsWhatItCarries() {
        probes.onWish(5_000_000, 300_000, nowNs);
        long result = pass(500_000);
        assertNear(475_000, result, 10_000);
        probes.onResultUsed(result, true, result, nowNs);
        assertNull(probes.cluster(), "there is no more");
    }

    @Test
    void noMoreIsProbedThanIsUseful() {
        probes.onWish(400_000, 300_000, nowNs);
        assertEquals(520_000, cluster().bitrateBps());
        probes.onResultUsed(pass(20_000_000), true, 520_000, nowNs);
        assertNull(probes.cluster());
        nowNs += 5_000 * MS;
        probes.onDeadline(520_000, true, false, nowNs);
        assertNull(probes.cluster(), "the target is enough");
        probes.onWish(2_000_000, 520_000, nowNs);
        nowNs = probes.deadlineNs();
        probes.onDeadline(520_000, true, false, nowNs);
        assertEquals(1_040_000, cluster().bitrateBps());
    }

    @Test
    void everyFiveSecondsItIsTriedAgainIfAllIsCalm() {
        probes.onWish(5_000_000, 300_000, nowNs);
        probes.onResultUsed(pass(500_000), true, 475_000, nowNs);
        for (int i = 0; i < 4; i++) {
            nowNs = probes.deadlineNs();
            probes.onDeadline(475_000, false, false, nowNs);
            assertNull(probes.cluster());
        }
        nowNs = probes.deadlineNs();
        probes.onDeadline(475_000, true, false, nowNs);
        assertEquals(950_000, cluster().bitrateBps());
    }

    @Test
    void aClusterThatCannotBeSentIsGivenUp() {
        probes.onWish(5_000_000, 300_000, nowNs);
        nowNs = probes.deadlineNs();
        probes.onDeadline(300_000, true, false, nowNs);
        assertNull(probes.cluster());
        assertTrue(probes.deadlineNs() > nowNs);
    }

    @Test
    void congestionEndsAProbe() {
        probes.onWish(5_000_000, 300_000, nowNs);
        probes.onReduced(nowNs);
        assertNull(probes.cluster());
        assertEquals(SentPackets.NO_PROBE, probes.onSent(1_000, nowNs));
    }

    @Test
    void packetsThatCameAtOnceShowNothing() {
        probes.onWish(5_000_000, 300_000, nowNs);
        ProbeCluster cluster = cluster();
        for (int i = 0; i < 20 && probes.cluster() != null; i++) {
            probes.onSent(1_000, nowNs + i * 8L * MS);
            probes.onArrival(cluster.id(), nowNs + i * 8L * MS, nowNs + 300 * MS + i, 1_000);
        }
        assertEquals(ProbeMeasurement.NONE, probes.takeResult(nowNs));
    }

    private static void assertNear(long expected, long actual, long tolerance) {
        assertTrue(Math.abs(expected - actual) <= tolerance, expected + " or so, but " + actual);
    }
}
