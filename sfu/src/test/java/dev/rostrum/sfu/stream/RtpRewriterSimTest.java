package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.rtp.SequenceUnwrapper;
import dev.rostrum.sfu.rtp.TimestampUnwrapper;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Three publishers over bad networks, one slot that switches between them at random times; what comes out is checked as
 * a receiver would see it.
 */
class RtpRewriterSimTest {

    private static final int SEEDS = 200;
    private static final long MS = 1_000_000L;
    private static final long LENGTH_NS = 120_000 * MS;

    /** A packet as it arrives at the server. */
    private record Arrival(long atNs, int source, int sequenceNumber, int timestamp) {}

    /** A packet as it leaves for the listener; {@code start}: the first of its selection. */
    private record Sent(long atNs, int timestamp, int selection, long incoming, int incomingTimestamp, boolean start) {}

    @Test
    void aReceiverSeesOneStream() {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                simulate(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private static List<Arrival> arrivals(Random random) {
        List<Arrival> arrivals = new ArrayList<>();
        for (int source = 0; source < 3; source++) {
            int ptimeMs = new int[] {10, 20, 40, 60}[random.nextInt(4)];
            double drift = 1 + random.nextDouble(-200e-6, 200e-6);
            double loss = random.nextDouble(0.1);
            long jitterNs = 1 + random.nextLong(60 * MS);
            int sequence = random.nextInt(0x10000);
            int timestamp = random.nextInt();
            long delayNs = random.nextLong(150 * MS);
            for (long at = random.nextLong(20 * MS); at < LENGTH_NS; at += (long) (ptimeMs * MS * drift)) {
                if (random.nextInt(2_000) == 0) { // the publisher begins anew: new numbers, new clock
                    sequence = random.nextInt(0x10000);
                    timestamp = random.nextInt();
                }
                if (random.nextDouble() >= loss) {
                    long spikeNs = random.nextInt(500) == 0 ? random.nextLong(300 * MS) : 0;
                    long arrivalNs = at + delayNs + random.nextLong(jitterNs) + spikeNs;
                    arrivals.add(new Arrival(arrivalNs, source, sequence & 0xFFFF, timestamp));
                }
                sequence++;
                timestamp += ptimeMs * 48;
            }
        }
        arrivals.sort(Comparator.comparingLong(Arrival::atNs));
        return arrivals;
    }

    private static void simulate(Random random) {
        RtpRewriter rewriter = new RtpRewriter(48_000, 960, random.nextInt(0x8000), random.nextInt());
        ReceptionStatistics[] receptions = {
            new ReceptionStatistics(48_000), new ReceptionStatistics(48_000), new ReceptionStatistics(48_000)
        };
        SequenceUnwrapper outgoing = new SequenceUnwrapper();
        NavigableMap<Long, Sent> sent = new TreeMap<>();
        int selected = -1;
        int selection = 0;
        int late = 0;
        long switchAtNs = 0;
        for (Arrival arrival : arrivals(random)) {
            if (arrival.atNs() >= switchAtNs) {
                switchAtNs = arrival.atNs() + random.nextLong(random.nextBoolean() ? 100 * MS : 8_000 * MS);
                int next = random.nextInt(4) - 1;
                if (next != selected) {
                    selected = next;
                    selection++;
                    if (next >= 0) {
                        rewriter.select(next);
                    } else {
                        rewriter.release();
                        for (int i = 0; i < 3; i++) {
                            rewriter.nextSilence(arrival.atNs());
                            add(
                                    sent,
                                    outgoing,
                                    rewriter,
                                    new Sent(arrival.atNs(), rewriter.timestamp(), -selection, 0, 0, i == 0));
                        }
                    }
                }
            }
            long sequence = receptions[arrival.source()].onPacket(
                    arrival.sequenceNumber(), arrival.timestamp(), arrival.atNs());
            if (sequence == ReceptionStatistics.OUT_OF_RANGE) {
                continue;
            }
            switch (rewriter.rewrite(arrival.source(), sequence, arrival.timestamp(), false, arrival.atNs())) {
                case FORWARD -> {
                    assertEquals(selected, arrival.source());
                    add(
                            sent,
                            outgoing,
                            rewriter,
                            new Sent(
                                    arrival.atNs(),
                                    rewriter.timestamp(),
                                    selection,
                                    sequence,
                                    arrival.timestamp(),
                                    rewriter.marker()));
                }
                case NOT_SELECTED -> assertTrue(selected != arrival.source());
                case BEFORE_SWITCH -> late++;
                // A new numbering that begins shortly behind the old one looks like late packets until it overtakes.
                case TOO_LATE, DUPLICATE -> late++;
            }
        }
        check(sent);
        assertTrue(late < 400, late + " late packets");
    }

    private static void add(
            NavigableMap<Long, Sent> sent, SequenceUnwrapper outgoing, RtpRewriter rewriter, Sent packet) {
        Sent twice = sent.put(outgoing.unwrap(rewriter.sequenceNumber()), packet);
        assertEquals(null, twice, "a number went out twice");
    }

    private static void check(NavigableMap<Long, Sent> sent) {
        assertTrue(sent.size() > 500, sent.size() + " packets");
        TimestampUnwrapper timestamps = new TimestampUnwrapper();
        long lastSequence = sent.firstKey() - 1;
        long lastTimestamp = -1;
        Sent last = sent.firstEntry().getValue();
        for (Map.Entry<Long, Sent> entry : sent.entrySet()) {
            Sent packet = entry.getValue();
            long timestamp = timestamps.unwrap(packet.timestamp());
            long gap = entry.getKey() - lastSequence - 1;
            if (packet.start()) {
                assertEquals(0, gap, "a switch leaves no gap");
            } else if (packet.selection() > 0) {
                assertEquals(packet.incoming() - last.incoming() - 1, gap, "a gap is that of the publisher");
                assertEquals(
                        packet.incomingTimestamp() - last.incomingTimestamp(),
                        packet.timestamp() - last.timestamp(),
                        "and so is the time");
            }
            if (lastTimestamp >= 0) {
                assertTrue(timestamp > lastTimestamp, "time runs on");
                if (packet.start()) {
                    long elapsed = (packet.atNs() - last.atNs()) / 1_000 * 48 / 1_000;
                    assertTrue(
                            timestamp - lastTimestamp >= elapsed - 1,
                            "time is lost: " + (timestamp - lastTimestamp) + " in " + elapsed + last + packet);
                    // A late packet's lag of up to 60 ms is made up for; a step is at most 60 ms; sorted by number,
                    // the packet before may have been one that came late.
                    assertTrue(
                            timestamp - lastTimestamp <= Math.max(elapsed, 0) + 2 * 2_880 + 360 * 48,
                            "no time is invented: " + (timestamp - lastTimestamp) + " in " + elapsed);
                }
            }
            lastSequence = entry.getKey();
            lastTimestamp = timestamp;
            last = packet;
        }
    }
}
