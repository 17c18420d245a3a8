package dev.rostrum.sfu.simulcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.DependencyTemplates;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.sfu.rtp.VideoPackets;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerMeterTest {

    private static final long MS = 1_000_000L;
    private static final int[] TEMPORAL = {0, 2, 1, 2};

    private final LayerMeter meter = new LayerMeter();
    private final VideoFrameInfo frame = new VideoFrameInfo();
    private long nowNs;
    private int count;

    /** 25 frames a second of 1,000 bytes × (encoding + 1), of which the first is a key frame. */
    private void run(long lengthNs, int encodings, long intervalNs) {
        for (long endNs = nowNs + lengthNs; nowNs < endNs; nowNs += intervalNs) {
            for (int encoding = 0; encoding < 4; encoding++) {
                if ((encodings & 1 << encoding) != 0) {
                    frame(encoding, count == 0, TEMPORAL[count % 4]);
                    meter.onPacket(encoding, frame, count == 0 ? 50_000 : 1_000 * (encoding + 1), nowNs);
                }
            }
            count++;
        }
    }

    private void frame(int encoding, boolean key, int temporal) {
        byte[] packet = VideoPackets.vp8(true, true, key, count & 0x7FFF, 0, temporal, false, 0);
        ByteBuffer.wrap(packet).putInt(4, 3_600 * count + encoding);
        assertTrue(VideoPackets.parse(frame, VideoCodec.VP8, packet, new DependencyTemplates()));
    }

    @Test
    void bitratesSizesAndFrameRatesAreMeasured() {
        run(3_000 * MS, 0b111, 40 * MS);
        List<Layer> layers = meter.layers(nowNs);
        assertEquals(9, layers.size());
        int[] share = {1, 2, 4};
        for (int i = 0; i < 9; i++) {
            Layer layer = layers.get(i);
            assertEquals(i / 3, layer.encoding());
            assertEquals(i % 3, layer.temporal());
            int full = 25 * 8_000 * (i / 3 + 1);
            assertEquals(full * share[i % 3] / 4.0, layer.bitrateBps(), full * 0.07);
            assertEquals(25f * share[i % 3] / 4, layer.framesPerSecond(), 1.5f);
            assertEquals(720, layer.height());
            assertEquals(1280, layer.width());
        }
    }

    @Test
    void aKeyFrameIsNoBitrate() {
        run(400 * MS, 1, 40 * MS);
        int before = meter.layers(nowNs).getLast().bitrateBps();
        count = 0;
        run(40 * MS, 1, 40 * MS);
        assertTrue(meter.layers(nowNs).getLast().bitrateBps() <= Math.max(before, 1_500_000));
        run(2_000 * MS, 1, 40 * MS);
        count = 0;
        run(40 * MS, 1, 40 * MS);
        assertEquals(200_000, meter.layers(nowNs).getLast().bitrateBps(), 20_000);
    }

    @Test
    void anEncodingThatStopsIsMissedWithinHalfASecond() {
        run(2_000 * MS, 0b111, 40 * MS);
        assertTrue(meter.takeChanged());
        assertEquals(0b111, meter.runningEncodings());
        run(380 * MS, 0b011, 40 * MS);
        assertFalse(meter.takeChanged());
        run(140 * MS, 0b011, 40 * MS);
        assertTrue(meter.takeChanged());
        assertEquals(0b011, meter.runningEncodings());
        assertEquals(6, meter.layers(nowNs).size());
        run(40 * MS, 0b111, 40 * MS);
        assertTrue(meter.takeChanged());
        assertEquals(0b111, meter.runningEncodings());
    }

    @Test
    void aPublisherThatShowsNothingHasStoppedNothing() {
        run(2_000 * MS, 0b111, 40 * MS);
        meter.takeChanged();
        nowNs += 60_000 * MS;
        assertEquals(0b111, meter.runningEncodings());
        run(40 * MS, 0b111, 40 * MS);
        assertEquals(0b111, meter.runningEncodings());
        assertFalse(meter.takeChanged());
    }

    @Test
    void aSlowScreenIsNotTakenForStopped() {
        run(8_000 * MS, 0b11, 200 * MS);
        meter.takeChanged();
        run(1_800 * MS, 0b01, 200 * MS);
        assertFalse(meter.takeChanged());
        run(800 * MS, 0b01, 200 * MS);
        assertTrue(meter.takeChanged());
        assertEquals(0b01, meter.runningEncodings());
    }

    @Test
    void aBeginningIsNotBelievedToBeCheap() {
        frame(2, true, 0);
        meter.onPacket(2, frame, 1_000, 0);
        assertEquals(1_500_000, meter.layers(10 * MS).getFirst().bitrateBps());
    }

    @Test
    void unknownEncodingsAreIgnored() {
        frame(0, true, 0);
        meter.onPacket(-1, frame, 1_000, 0);
        meter.onPacket(4, frame, 1_000, 0);
        assertEquals(0, meter.runningEncodings());
        assertTrue(meter.layers(0).isEmpty());
    }
}
