package dev.rostrum.sfu.simulcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerMeterTest {

    private static final long MS = 1_000_000;

    private final LayerMeter meter = new LayerMeter();
    private final VideoFrameInfo frame = new VideoFrameInfo();
    private final RtpPacket packet = new RtpPacket();
    private final ByteBuffer bytes = ByteBuffer.allocate(1500);
    private long nowNs = 5_000 * MS;

    /** A VP8 packet that is a whole frame (RFC 7741 §4.2): a temporal layer, and a size if it is a key frame. */
    private void frame(int encoding, int temporal, boolean key, int width, int height, int lengthBytes, int timestamp) {
        bytes.putInt(0, 0x80E00001).putInt(4, timestamp).putInt(8, encoding + 1);
        bytes.put(12, (byte) 0x90).put(13, (byte) 0x20).put(14, (byte) (temporal << 6));
        bytes.put(15, (byte) (key ? 0x10 : 0x11)).put(16, (byte) 0).put(17, (byte) 0);
        bytes.put(18, (byte) 0x9D).put(19, (byte) 0x01).put(20, (byte) 0x2A);
        bytes.putShort(21, Short.reverseBytes((short) width)).putShort(23, Short.reverseBytes((short) height));
        assertTrue(packet.wrap(bytes, 0, lengthBytes));
        assertTrue(frame.parse(VideoCodec.VP8, packet, 0, null));
        assertEquals(key, frame.keyFrame());
        meter.onPacket(encoding, frame, lengthBytes, nowNs);
    }

    private void send(int millis, int... encodings) {
        for (int i = 0; i < millis / 40; i++) {
            for (int encoding : encodings) {
                frame(encoding, i % 2, false, 0, 0, 500, i * 3600);
            }
            nowNs += 40 * MS;
        }
    }

    @Test
    void bitrateSizeAndFrameRateAreMeasured() {
        frame(0, 0, true, 320, 180, 800, -1);
        send(4000, 0);
        List<Layer> layers = meter.layers(nowNs);
        assertEquals(2, layers.size());
        assertEquals(50_000, layers.get(0).bitrateBps(), 4_000, "half of 25 packets of 500 bytes a second");
        assertEquals(100_000, layers.get(1).bitrateBps(), 8_000);
        assertEquals(12.5, layers.get(0).framesPerSecond(), 1);
        assertEquals(25, layers.get(1).framesPerSecond(), 2);
        assertEquals(320, layers.get(1).width());
        assertEquals(180, layers.get(1).height());
    }

    @Test
    void aTopLayerThatStopsWhileOthersGoOnIsMissedSoon() {
        send(2000, 0, 1, 2);
        assertEquals(0b111, meter.runningEncodings());
        assertTrue(meter.takeChanged());
        assertFalse(meter.takeChanged());
        send(360, 0, 1);
        assertEquals(0b111, meter.runningEncodings());
        send(120, 0, 1);
        assertEquals(0b011, meter.runningEncodings());
        assertTrue(meter.takeChanged());
        assertEquals(
                List.of(0, 1),
                meter.layers(nowNs).stream().map(Layer::encoding).distinct().toList());
        send(40, 0, 1, 2);
        assertEquals(0b111, meter.runningEncodings());
    }

    @Test
    void aPublisherWhoseNetworkStallsHasNotStoppedItsLayers() {
        send(2000, 0, 1, 2);
        nowNs += 800 * MS;
        send(40, 0);
        assertEquals(0b111, meter.runningEncodings());
        send(40, 0, 1, 2);
        assertEquals(0b111, meter.runningEncodings());
    }

    @Test
    void aSlowScreenShareIsNotTakenForStopped() {
        for (int i = 0; i < 20; i++) {
            frame(0, 0, i == 0, 1920, 1080, 1000, i * 45000);
            nowNs += 500 * MS;
        }
        nowNs += 2500 * MS;
        assertEquals(1, meter.layers(nowNs).size(), "two pictures a second, and the next is late");
        nowNs += 5000 * MS;
        assertEquals(0, meter.layers(nowNs).size());
    }

    @Test
    void aKeyFrameIsNotTakenForANewBitrate() {
        send(3000, 0);
        for (int i = 0; i < 10; i++) {
            frame(0, 0, i == 0, 320, 180, 1200, 77);
        }
        int bitrateBps = meter.layers(nowNs).getLast().bitrateBps();
        assertTrue(bitrateBps < 160_000, bitrateBps + " bit/s after a key frame of 12 kB in a stream of 100 kbit/s");
    }

    @Test
    void whatIsBeyondAllEncodingsIsNotCounted() {
        frame(0, 0, false, 0, 0, 100, 1);
        meter.onPacket(4, frame, 100, nowNs);
        meter.onPacket(-1, frame, 100, nowNs);
        assertEquals(1, meter.runningEncodings());
    }
}
