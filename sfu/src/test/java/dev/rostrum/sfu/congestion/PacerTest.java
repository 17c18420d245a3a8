package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.congestion.Pacer.Priority;
import dev.rostrum.sfu.loop.Deadlines;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacerTest {

    private static final long MS = 1_000_000;
    private static final int PACKET = 1_000;

    /** Remembers what was sent and when. */
    private static final class Recorder implements Pacer.Sink {
        private final List<Long> tokens = new ArrayList<>();
        private final List<Long> times = new ArrayList<>();
        private int probes;
        private int padding;
        private boolean noPadding;

        @Override
        public int send(long token, boolean probe, long nowNs) {
            tokens.add(token);
            times.add(nowNs);
            probes += probe ? 1 : 0;
            return PACKET;
        }

        @Override
        public int sendPadding(int lengthBytes, boolean probe, long nowNs) {
            if (noPadding) {
                return 0;
            }
            padding++;
            probes += probe ? 1 : 0;
            return lengthBytes;
        }
    }

    private final Recorder sink = new Recorder();
    private final Pacer pacer = new Pacer(sink, 256);
    private long nowNs = 1_000 * MS;

    private void runTo(long endNs) {
        int turns = 0;
        while (pacer.deadlineNs() <= endNs) {
            assertTrue(turns++ < 100_000, "a deadline that never passes");
            nowNs = Math.max(nowNs, pacer.deadlineNs());
            pacer.onDeadline(nowNs);
            assertTrue(pacer.deadlineNs() > nowNs);
        }
        nowNs = endNs;
    }

    @Test
    void aPacketThatFitsTheBudgetGoesAtOnce() {
        pacer.setRate(1_000_000, nowNs);
        assertTrue(pacer.enqueue(7, PACKET, Priority.VIDEO, nowNs));
        assertEquals(List.of(7L), sink.tokens);
        assertEquals(Deadlines.NEVER, pacer.deadlineNs());
    }

    @Test
    void aKeyFrameIsSpreadAtThePacingRate() {
        pacer.setRate(2_000_000, nowNs); // 4 ms per packet
        long start = nowNs;
        for (int i = 0; i < 50; i++) {
            pacer.enqueue(i, PACKET, Priority.VIDEO, nowNs);
        }
        assertTrue(sink.tokens.size() <= 2, "at once: " + sink.tokens.size());
        runTo(start + 100 * MS);
        assertEquals(26, sink.tokens.size(), 2);
        runTo(start + 250 * MS);
        assertEquals(50, sink.tokens.size());
        assertEquals(0, pacer.queuedPackets());
        assertEquals(0, pacer.queuedBytes());
        assertEquals(sink.tokens.stream().sorted().toList(), sink.tokens, "in order");
    }

    @Test
    void nothingWaitsForMuchLongerThanTheLimit() {
        pacer.setRate(100_000, nowNs);
        long start = nowNs;
        for (int i = 0; i < 200; i++) {
            pacer.enqueue(i, PACKET, Priority.VIDEO, nowNs);
        }
        runTo(start + 3_000 * MS);
        assertEquals(200, sink.tokens.size());
        assertTrue(sink.times.get(100) - start < 500 * MS);
    }

    @Test
    void soundNeverWaits() {
        pacer.setRate(100_000, nowNs);
        for (int i = 0; i < 100; i++) {
            pacer.enqueue(i, PACKET, Priority.VIDEO, nowNs);
        }
        pacer.enqueue(999, PACKET, Priority.AUDIO, nowNs);
        assertEquals(999, sink.tokens.getLast());
    }

    @Test
    void repetitionsGoBeforeVideoButDontStopIt() {
        pacer.setRate(400_000, nowNs); // 20 ms per packet
        long start = nowNs;
        for (int i = 0; i < 20; i++) {
            pacer.enqueue(i, PACKET, Priority.VIDEO, nowNs);
        }
        for (int i = 100; i < 120; i++) {
            pacer.enqueue(i, PACKET, Priority.RETRANSMISSION, nowNs);
        }
        int before = sink.tokens.size();
        runTo(start + 40 * MS);
        assertTrue(sink.tokens.get(before) >= 100, "first a repetition");
        runTo(start + 400 * MS);
        assertTrue(sink.tokens.stream().filter(token -> token < 100).count() > 5);
    }

    @Test
    void whatIsDiscardedIsNotSentAndTheRestKeepsItsOrder() {
        pacer.setRate(1_000_000, nowNs);
        for (int i = 0; i < 40; i++) {
            long stream = i % 2;
            pacer.enqueue(stream << 16 | i, PACKET, i % 5 == 0 ? Priority.RETRANSMISSION : Priority.VIDEO, nowNs);
        }
        int sent = sink.tokens.size();
        int waitedOfOne = (int) java.util.stream.IntStream.range(sent, 40)
                .filter(i -> i % 2 == 1)
                .count();
        assertTrue(waitedOfOne > 10, "little waited");
        assertEquals(waitedOfOne, pacer.discard(0xFFFF_0000L, 1 << 16));
        assertEquals(40 - sent - waitedOfOne, pacer.queuedPackets());
        assertEquals((40 - sent - waitedOfOne) * PACKET, pacer.queuedBytes());
        runTo(nowNs + 1_000 * MS);
        List<Long> later = sink.tokens.subList(sent, sink.tokens.size());
        assertEquals(40 - sent - waitedOfOne, later.size());
        assertTrue(later.stream().allMatch(token -> token >>> 16 == 0), later.toString());
        List<Long> video = later.stream().filter(token -> token % 5 != 0).toList();
        assertEquals(video.stream().sorted().toList(), video);
        assertEquals(0, pacer.queuedBytes());
    }

    @Test
    void aFullQueueRefuses() {
        pacer.setRate(1_000, nowNs);
        int taken = 0;
        for (int i = 0; i < 1_000; i++) {
            taken += pacer.enqueue(i, PACKET, Priority.VIDEO, nowNs) ? 1 : 0;
        }
        assertTrue(taken >= 256 && taken < 260, "" + taken);
        assertFalse(pacer.enqueue(1, PACKET, Priority.VIDEO, nowNs));
        assertTrue(pacer.queueDelayNs(nowNs + 5) == 5);
        pacer.clear();
        assertEquals(0, pacer.queuedPackets());
        assertEquals(Deadlines.NEVER, pacer.deadlineNs());
    }

    @Test
    void aProbeIsFilledWithPaddingAtItsBitrate() {
        pacer.setRate(500_000, nowNs);
        long start = nowNs;
        ProbeCluster cluster = new ProbeCluster(1, 2_000_000, 5, 7_500);
        pacer.setProbe(cluster, nowNs);
        pacer.onDeadline(nowNs);
        pacer.enqueue(1, PACKET, Priority.VIDEO, nowNs);
        runTo(start + 100 * MS);
        assertEquals(List.of(1L), sink.tokens);
        assertTrue(sink.padding >= 5);
        assertEquals(sink.padding + 1, sink.probes);
        assertTrue(sink.times.get(0) > start && sink.times.get(0) < start + 30 * MS);
        assertEquals(Deadlines.NEVER, pacer.deadlineNs());
        pacer.setProbe(cluster, nowNs);
        assertEquals(Deadlines.NEVER, pacer.deadlineNs(), "it is done once");
    }

    @Test
    void withoutPaddingAProbeWaitsForPackets() {
        sink.noPadding = true;
        pacer.setRate(500_000, nowNs);
        pacer.setProbe(new ProbeCluster(1, 2_000_000, 5, 4_000), nowNs);
        runTo(nowNs + 50 * MS);
        for (int i = 0; i < 20; i++) {
            pacer.enqueue(i, PACKET, Priority.VIDEO, nowNs);
            runTo(nowNs + 10 * MS);
        }
        runTo(nowNs + 300 * MS);
        assertEquals(20, sink.tokens.size());
        assertEquals(5, sink.probes);
        pacer.setProbe(new ProbeCluster(2, 2_000_000, 5, 4_000), nowNs);
        pacer.setProbe(null, nowNs);
        assertEquals(Deadlines.NEVER, pacer.deadlineNs());
    }
}
