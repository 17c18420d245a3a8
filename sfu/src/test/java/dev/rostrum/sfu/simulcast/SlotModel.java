package dev.rostrum.sfu.simulcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.DependencyTemplates;
import dev.rostrum.sfu.rtp.SequenceUnwrapper;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.sfu.rtp.VideoPackets;
import dev.rostrum.sfu.simulcast.ModelEncoder.Frame;
import dev.rostrum.sfu.simulcast.ModelEncoder.Packet;
import dev.rostrum.sfu.simulcast.ModelEncoder.Structure;
import dev.rostrum.sfu.stream.KeyframeRequests;
import dev.rostrum.sfu.stream.RewriteResult;
import dev.rostrum.sfu.stream.SourceClock;
import dev.rostrum.sfu.stream.VideoRewriter;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A publisher, the way to the SFU, one slot, and the decoder at its end. */
final class SlotModel {

    private static final long MS = 1_000_000L;
    private static final long FRAME_NS = 33_333_333L;
    private static final long DELAY_NS = 20 * MS;
    private static final long JITTER_NS = 12 * MS;
    private static final long ROUND_TRIP_NS = 60 * MS;

    private record Arrival(long atNs, Packet packet) {}

    /** What went out; without a packet it is padding. */
    private record Sent(@Nullable Packet packet, int timestamp, int pictureId, boolean marker, long atNs, int run) {}

    private final Structure structure;
    private final Random random;
    private final ModelEncoder[] encoders;
    private final boolean[] stopped;
    private final PriorityQueue<Arrival> network = new PriorityQueue<>(Comparator.comparingLong(Arrival::atNs));
    private final TreeMap<Long, Integer> keyFrameOrders = new TreeMap<>();
    private final Map<Long, DependencyTemplates> templates = new HashMap<>();
    private final Map<Long, SequenceUnwrapper> unwrappers = new HashMap<>();
    private final Map<Long, SourceClock> clocks = new HashMap<>();
    private final VideoFrameInfo info = new VideoFrameInfo();
    private final LayerSelector selector = new LayerSelector();
    private final LayerMeter meter = new LayerMeter();
    private final KeyframeRequests requests;
    private final VideoRewriter rewriter;
    private final SequenceUnwrapper outgoing = new SequenceUnwrapper();
    private final TreeMap<Long, Sent> sent = new TreeMap<>();

    private long nowNs = 1_000 * MS;
    private long nextFrameNs = nowNs;
    private final Map<Long, Map<Long, Packet>> cache = new HashMap<>();
    private final Set<Long> open = new TreeSet<>();
    private long newestOut = -1;
    private int lossPermille;
    private boolean lossSeen;
    private boolean loseForGood;
    private boolean loseKeyFrame;
    private boolean answers = true;
    private boolean reports = true;
    private boolean paused = true;
    private int targetEncoding;
    private int targetSpatial;
    private int targetTemporal;
    private long source;
    private int run;
    private long lastShownNs = -1;
    private long longestFreezeNs;

    SlotModel(Structure structure, Random random) {
        this.structure = structure;
        this.random = random;
        int encodings = structure.spatialLayers > 1 ? 1 : 3;
        encoders = new ModelEncoder[encodings];
        stopped = new boolean[encodings];
        for (int i = 0; i < encodings; i++) {
            encoders[i] = new ModelEncoder(structure, i, random);
        }
        requests = new KeyframeRequests(encodings, 1_000 * MS);
        int firstSequenceNumber = random.nextBoolean() ? 0x7FF0 : random.nextInt(0x8000);
        rewriter = new VideoRewriter(90_000, firstSequenceNumber, random.nextInt(), random.nextInt(0x8000));
    }

    int encodings() {
        return encoders.length;
    }

    LayerSelector selector() {
        return selector;
    }

    void lossPermille(int permille) {
        lossSeen |= permille > 0;
        lossPermille = permille;
    }

    void loseForGood(boolean value) {
        loseForGood = value;
    }

    void loseNextKeyFrame() {
        loseKeyFrame = true;
    }

    void answerKeyFrameRequests(boolean value) {
        answers = value;
    }

    void target(int encoding, int spatial, int temporal) {
        paused = false;
        targetEncoding = encoding;
        targetSpatial = spatial;
        targetTemporal = temporal;
        selector.target(encoding, spatial, temporal);
    }

    void randomTarget() {
        target(random.nextInt(encoders.length), random.nextInt(structure.spatialLayers), random.nextInt(3));
    }

    void pause() {
        paused = true;
        selector.pause();
        rewriter.release();
        source = 0;
        lastShownNs = -1;
    }

    void restart() {
        for (ModelEncoder encoder : encoders) {
            encoder.restart();
        }
        reports = false;
    }

    void stopTop() {
        if (encoders.length > 1) {
            stopped[encoders.length - 1] = true;
        } else {
            encoders[0].activeSpatial(structure.spatialLayers - 1);
        }
    }

    void startTop() {
        if (encoders.length > 1) {
            stopped[encoders.length - 1] = false;
        } else {
            encoders[0].activeSpatial(structure.spatialLayers);
        }
    }

    int forwarded() {
        return sent.size();
    }

    long longestFreezeNs() {
        return longestFreezeNs;
    }

    void run(long lengthNs) {
        long endNs = nowNs + lengthNs;
        while (true) {
            long orderNs = keyFrameOrders.isEmpty() ? Long.MAX_VALUE : keyFrameOrders.firstKey();
            long arrivalNs = network.isEmpty() ? Long.MAX_VALUE : network.peek().atNs();
            long nextNs = Math.min(Math.min(nextFrameNs, arrivalNs), orderNs);
            if (nextNs > endNs) {
                nowNs = endNs;
                return;
            }
            nowNs = Math.max(nowNs, nextNs);
            if (orderNs <= nowNs) {
                orders(keyFrameOrders.pollFirstEntry().getValue());
            } else if (arrivalNs <= nowNs) {
                receive(network.remove().packet());
            } else {
                capture();
            }
        }
    }

    private void orders(int encodings) {
        for (int i = 0; i < encoders.length; i++) {
            if ((encodings & 1 << i) != 0) {
                encoders[i].wantKeyFrame();
            }
        }
    }

    private void capture() {
        for (int i = 0; i < encoders.length; i++) {
            if (stopped[i]) {
                continue;
            }
            // Larger encodings take longer, so that streams of one camera are not in step.
            long sendNs = nowNs + i * 9L * MS + random.nextLong(3 * MS);
            List<Packet> packets = encoders[i].encode(nowNs);
            boolean gone =
                    loseKeyFrame && i == targetEncoding && packets.getFirst().frame().key;
            loseKeyFrame &= !gone;
            for (Packet packet : packets) {
                sendNs += 200_000;
                if (gone || (loseForGood && random.nextInt(300) == 0)) {
                    continue;
                }
                long atNs = sendNs + DELAY_NS + random.nextLong(JITTER_NS);
                while (random.nextInt(1_000) < lossPermille) {
                    atNs += ROUND_TRIP_NS + 10 * MS;
                }
                network.add(new Arrival(atNs, packet));
            }
        }
        nextFrameNs += FRAME_NS;
        answerNacks();
    }

    /** What the receiver misses and the server has, but did not send when it came: it gets its number now. */
    private void answerNacks() {
        for (long number : List.copyOf(open)) {
            int place = rewriter.numbers().find((int) number & 0xFFFF);
            if (place < 0 || number < newestOut - 500) {
                open.remove(number);
            } else if (!rewriter.numbers().sent(place)) {
                long extended = rewriter.numbers().extendedSequenceNumber(place);
                Packet packet = cached(rewriter.numbers().source(place), extended);
                if (packet != null && packet.source() == source && parse(packet)) {
                    forward(packet, extended, clock(packet));
                }
            }
        }
    }

    private @Nullable Packet cached(long from, long number) {
        return cache.getOrDefault(from, Map.of()).get(number);
    }

    private SourceClock clock(Packet packet) {
        return clocks.computeIfAbsent(packet.source(), key -> {
            SourceClock fresh = new SourceClock(90_000, 1);
            if (reports) {
                fresh.onSenderReport(1_000_000L << 32, encoders[packet.encoding()].timestamp(0));
            }
            return fresh;
        });
    }

    private boolean parse(Packet packet) {
        return VideoPackets.parse(
                info,
                structure.codec,
                packet.bytes(),
                templates.computeIfAbsent(packet.source(), key -> new DependencyTemplates()));
    }

    private void receive(Packet packet) {
        long from = packet.source();
        long number =
                unwrappers.computeIfAbsent(from, key -> new SequenceUnwrapper()).unwrap(packet.sequenceNumber());
        cache.computeIfAbsent(from, key -> new HashMap<>()).put(number, packet);
        if (!parse(packet)) {
            return;
        }
        meter.onPacket(packet.encoding(), info, 1_000, nowNs);
        if (meter.takeChanged()) {
            selector.running(meter.runningEncodings());
        }
        if (info.keyFrame() && info.startOfFrame()) {
            requests.onKeyFrame(packet.encoding());
        }
        forward(packet, number, clock(packet));
        if (selector.keyFrameWanted() >= 0) {
            requests.want(selector.keyFrameWanted());
        }
        int due = requests.collect(nowNs);
        if (due != 0 && answers) {
            keyFrameOrders.merge(nowNs + DELAY_NS, due, (a, b) -> a | b);
        }
    }

    private void forward(Packet packet, long number, SourceClock clock) {
        long from = packet.source();
        int interest = selector.interest();
        Decision decision = selector.decide(packet.encoding(), from, number, info);
        if ((interest & 1 << packet.encoding()) == 0) {
            assertEquals(Decision.IGNORE, decision, "it was not interested in the packet");
            assertEquals(interest, selector.interest(), "a packet of no interest changed what it looks at");
        }
        if (decision == Decision.FORWARD) {
            if (from != source) {
                source = from;
                run++;
            }
            RewriteResult result =
                    rewriter.rewrite(from, clock, number, packet.timestamp(), selector.marker(), info, nowNs);
            if (result == RewriteResult.FORWARD) {
                note(packet, rewriter.pictureId());
                shown();
            }
            if (selector.began()) {
                forwardOvertaking(from, number, clock);
            }
        } else if (decision == Decision.LEAVE_OUT && rewriter.leaveOut(from, number, packet.timestamp(), info)) {
            note(null, -1);
        }
    }

    /** What came before the first packet of its run, though it belongs behind it. */
    private void forwardOvertaking(long from, long first, SourceClock clock) {
        for (long number = first + 1; number < first + 100; number++) {
            Packet next = cached(from, number);
            if (next != null && parse(next)) {
                forward(next, number, clock);
            }
        }
    }

    private void note(@Nullable Packet packet, int pictureId) {
        long out = outgoing.unwrap(rewriter.sequenceNumber());
        Sent before = sent.put(out, new Sent(packet, rewriter.timestamp(), pictureId, rewriter.marker(), nowNs, run));
        assertNull(before, "a sequence number went out twice");
        open.remove(out);
        for (long number = newestOut + 1; newestOut >= 0 && number < out; number++) {
            open.add(number);
        }
        newestOut = Math.max(newestOut, out);
    }

    private void shown() {
        if (lastShownNs >= 0) {
            longestFreezeNs = Math.max(longestFreezeNs, nowNs - lastShownNs);
        }
        lastShownNs = nowNs;
    }

    void assertShowsTarget() {
        assertTrue(!paused);
        assertEquals(targetEncoding, selector.encoding(), "encoding");
        assertEquals(targetSpatial, selector.spatialLayer(), "spatial layer");
        if (structure != Structure.H264) {
            assertEquals(targetTemporal, selector.temporalLayer(), "temporal layer");
        }
        assertTrue(nowNs - lastShownNs < 200 * MS, "frozen for " + (nowNs - lastShownNs) / MS + " ms");
    }

    /** No number is missing, each frame is whole and all that it refers to is there, ids and times go on. */
    void assertRight(boolean oneClock) {
        assertNumbersRight();
        Map<Integer, Long> runEndNs = new HashMap<>();
        sent.values().forEach(it -> runEndNs.merge(it.run(), it.atNs(), Math::max));
        // What was on its way when the slot switched, or is on its way now, comes to nothing.
        long settleNs = (lossSeen ? 500 : 60) * MS;
        IdentityHashMap<Frame, Integer> counts = new IdentityHashMap<>();
        Set<Frame> unsettled = Collections.newSetFromMap(new IdentityHashMap<>());
        long expected = sent.firstKey();
        boolean settled = true;
        for (Map.Entry<Long, Sent> entry : sent.entrySet()) {
            Sent it = entry.getValue();
            boolean settledBefore = settled;
            settled = it.atNs() < runEndNs.getOrDefault(it.run(), 0L) - settleNs;
            assertTrue(
                    !(settled && settledBefore) || expected == entry.getKey(),
                    "number " + expected + " was left open at " + it.atNs() / MS + " ms of run " + it.run());
            expected = entry.getKey() + 1;
            if (it.packet() != null) {
                counts.merge(it.packet().frame(), 1, Integer::sum);
                if (!settled) {
                    unsettled.add(it.packet().frame());
                }
            }
        }
        Frame first = null;
        int firstTimestamp = 0;
        for (Sent it : sent.values()) {
            if (it.packet() == null) {
                continue;
            }
            Frame frame = it.packet().frame();
            if (!unsettled.contains(frame)) {
                assertEquals(frame.packets, counts.get(frame), "packets of a frame");
                for (Frame reference : frame.references) {
                    assertTrue(
                            counts.containsKey(reference),
                            describe(frame) + " refers to a frame that was not sent: " + describe(reference));
                    assertEquals(reference.packets, counts.get(reference), "refers to a frame that is not whole");
                }
            }
            if (first == null) {
                first = frame;
                firstTimestamp = it.timestamp();
            }
            int shownMs = (it.timestamp() - firstTimestamp) / 90;
            long capturedMs = (frame.capturedNs - first.capturedNs) / MS;
            assertTrue(
                    !oneClock || Math.abs(shownMs - capturedMs) <= (lossSeen ? 600 : 100),
                    shownMs + " ms for " + capturedMs);
        }
    }

    private static String describe(Frame frame) {
        return "S" + frame.spatial + "T" + frame.temporal + (frame.key ? " key " : " ") + frame.number + " of "
                + frame.capturedNs / MS + " ms";
    }

    void assertNumbersRight() {
        Packet previous = null;
        int lastTimestamp = 0;
        int lastPicture = -1;
        for (Sent it : sent.values()) {
            if (it.packet() == null) {
                continue;
            }
            if (previous != null) {
                boolean samePicture = previous.source() == it.packet().source()
                        && previous.timestamp() == it.packet().timestamp();
                int advance = it.timestamp() - lastTimestamp;
                if (samePicture) {
                    assertEquals(0, advance, "a picture has one timestamp");
                } else {
                    assertTrue(advance > 0, "timestamps go back by " + -advance);
                    assertNotEquals(0, advance);
                }
                if (it.pictureId() >= 0) {
                    int step = (it.pictureId() - lastPicture) & 0x7FFF;
                    assertTrue(samePicture ? step == 0 : step > 0 && step < 0x4000, "picture id step " + step);
                    boolean holes = loseForGood || structure.codec == VideoCodec.VP9 || loseKeyFrame;
                    assertTrue(samePicture || holes || step == 1 || lossSeen || hole(), "hole of " + step);
                }
            }
            previous = it.packet();
            lastTimestamp = it.timestamp();
            lastPicture = it.pictureId();
        }
    }

    /** Whole frames that were late and then left out leave a hole in the picture ids; only reordering makes them. */
    private boolean hole() {
        return sent.values().stream().anyMatch(it -> it.packet() == null);
    }
}
