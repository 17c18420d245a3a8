package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.loop.Deadlines;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ArrivalRecorderTest {

    private static final long MS = 1_000_000;

    private final ArrivalRecorder recorder = new ArrivalRecorder(1);
    private final RtcpWriter writer = new RtcpWriter();
    private final List<TransportFeedback> told = new ArrayList<>();
    private long nowNs = 5_000_000 * MS;

    private void tell() {
        told.clear();
        nowNs = recorder.deadlineNs();
        recorder.onDeadline(nowNs, told::add);
        for (TransportFeedback feedback : told) {
            ByteBuffer out = ByteBuffer.allocate(1_200);
            writer.beginReducedSize(out, 0, out.capacity());
            assertTrue(writer.add(feedback), "a message fits a datagram");
        }
    }

    /** The times of arrival by number, in units of 250 µs. */
    private Map<Integer, Long> times() {
        Map<Integer, Long> times = new LinkedHashMap<>();
        for (TransportFeedback feedback : told) {
            long ticks = feedback.referenceTime() * 256L;
            for (Arrival arrival : feedback.arrivals()) {
                ticks += arrival.delta();
                times.put(arrival.sequenceNumber(), ticks);
            }
        }
        return times;
    }

    @Test
    void arrivalsAreToldToAQuarterOfAMillisecond() {
        SplittableRandom random = new SplittableRandom(4);
        Map<Integer, Long> expected = new LinkedHashMap<>();
        for (int i = 0; i < 50; i++) {
            int number = (65_520 + i) & 0xFFFF;
            nowNs += random.nextLong(2 * MS);
            if (i % 7 != 3) {
                recorder.onPacket(number, 1_000, 9, nowNs);
                expected.put(number, nowNs / 250_000);
            }
        }
        tell();
        assertEquals(expected, times());
        assertEquals(1, told.size());
        assertEquals(65_520, told.get(0).baseSequenceNumber());
        assertEquals(50, told.get(0).statusCount());
        assertEquals(9, told.get(0).mediaSsrc());
    }

    @Test
    void theNextFeedbackGoesOnWhereTheLastEnded() {
        recorder.onPacket(10, 1_000, 9, nowNs);
        recorder.onPacket(11, 1_000, 9, nowNs);
        tell();
        recorder.onPacket(14, 1_000, 9, nowNs);
        tell();
        assertEquals(12, told.get(0).baseSequenceNumber());
        assertEquals(3, told.get(0).statusCount());
        assertEquals(1, told.get(0).feedbackCount());
    }

    @Test
    void aPacketThatComesLateIsToldAgainstTheOrder() {
        recorder.onPacket(10, 1_000, 9, nowNs);
        recorder.onPacket(12, 1_000, 9, nowNs + 3 * MS);
        tell();
        recorder.onPacket(11, 1_000, 9, nowNs);
        tell();
        Map<Integer, Long> times = times();
        assertEquals(List.of(11, 12), List.copyOf(times.keySet()));
        assertTrue(times.getOrDefault(11, 0L) > times.getOrDefault(12, Long.MAX_VALUE));
    }

    @Test
    void silenceTellsNothing() {
        assertEquals(Deadlines.NEVER, recorder.deadlineNs());
        recorder.onPacket(1, 1_000, 9, nowNs);
        tell();
        assertEquals(Deadlines.NEVER, recorder.deadlineNs());
        recorder.onPacket(1, 1_000, 9, nowNs); // a copy
        assertEquals(Deadlines.NEVER, recorder.deadlineNs());
    }

    @Test
    void theIntervalFollowsTheBitrate() {
        for (int round = 0; round < 5; round++) {
            while (recorder.deadlineNs() > nowNs) {
                recorder.onPacket(round++, 1_200, 9, nowNs);
                nowNs += MS; // 9.6 Mbit/s
            }
            tell();
        }
        recorder.onPacket(20_000, 1_200, 9, nowNs);
        assertEquals(50 * MS, recorder.deadlineNs() - nowNs);
        ArrivalRecorder slow = new ArrivalRecorder(1);
        slow.onPacket(1, 50, 9, nowNs);
        slow.onDeadline(slow.deadlineNs(), feedback -> {});
        slow.onPacket(2, 50, 9, nowNs);
        assertEquals(250 * MS, slow.deadlineNs() - nowNs);
    }

    @Test
    void muchIsToldInSeveralMessages() {
        for (int i = 0; i < 3_000; i++) {
            nowNs += 20_000;
            recorder.onPacket(i, 1_000, 9, nowNs);
        }
        tell();
        assertTrue(told.size() >= 6);
        assertEquals(3_000, times().size());
    }

    @Test
    void longPausesGetTheirOwnReferenceTime() {
        recorder.onPacket(1, 1_000, 9, nowNs);
        recorder.onPacket(2, 1_000, 9, nowNs + 30_000 * MS);
        tell();
        assertEquals(2, told.size());
        Map<Integer, Long> times = times();
        assertEquals(120_000, times.getOrDefault(2, 0L) - times.getOrDefault(1, 0L));
    }

    @Test
    void anyNumbersAtAnyTimesAreBorne() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 20_000; i++) {
            nowNs += random.nextLong(3 * MS);
            int number = random.nextInt(10) == 0 ? random.nextInt(0x10000) : i & 0xFFFF;
            recorder.onPacket(number, random.nextInt(1_500), random.nextInt(), nowNs);
            if (recorder.deadlineNs() <= nowNs) {
                tell();
                assertTrue(told.size() < 200);
            }
        }
    }
}
