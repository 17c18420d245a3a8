package dev.rostrum.bench.media;

import dev.rostrum.sfu.loop.Deadline;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Films in three encodings (RFC 8853), 30 times a second: about 70, 340 and 1,700 kbit/s of what looks like VP8 to
 * whoever does not decode it. Answers requests for key frames, and counts them.
 *
 * <p>Owned by its connection's loop.
 */
final class Camera {

    /** Names of the encodings, the lowest first. */
    static final List<String> RIDS = List.of("q", "h", "f");

    static final int PAYLOAD_TYPE = 96;

    /** Length of the payloads of each encoding: by this a viewer tells them apart. */
    static final int[] PAYLOAD_BYTES = {300, 700, 1168};

    private static final int[] PACKETS = {1, 2, 6};
    private static final long FRAME_NS = 33_333_333L;
    private static final int FRAME_TIMESTAMPS = 3000;
    private static final int HEADER_BYTES = 28;
    private static final int MID_ID = 4;
    private static final int RID_ID = 10;

    private final MediaConnection connection;
    private final MediaLoop loop;
    private final int ssrc;
    private final Deadline deadline = new Deadline(this::onDeadline);
    private final int[] sequenceNumbers = new int[PACKETS.length];
    private final boolean[] keyFrameDue = new boolean[PACKETS.length];
    private final long[] requestedNs = new long[PACKETS.length];
    private long originNs;
    private long frame;
    private long requests;
    private long leastIntervalNs = Long.MAX_VALUE;

    /** @param ssrc of the lowest encoding; the others follow */
    Camera(MediaConnection connection, MediaLoop loop, int ssrc) {
        this.connection = connection;
        this.loop = loop;
        this.ssrc = ssrc;
        Arrays.fill(keyFrameDue, true);
        Arrays.fill(requestedNs, -1);
    }

    void start(long nowNs) {
        originNs = nowNs;
        loop.deadlines.schedule(deadline, nowNs);
    }

    void stop() {
        loop.deadlines.cancel(deadline);
    }

    /** The server asks for a key frame of the encoding with this SSRC. */
    void onKeyFrameRequest(int wanted, long nowNs) {
        int encoding = wanted - ssrc;
        if (encoding < 0 || encoding >= PACKETS.length) {
            return;
        }
        requests++;
        if (requestedNs[encoding] >= 0) {
            leastIntervalNs = Math.min(leastIntervalNs, nowNs - requestedNs[encoding]);
        }
        requestedNs[encoding] = nowNs;
        keyFrameDue[encoding] = true;
    }

    /** The least interval counts from here. */
    void forgetExtremes() {
        leastIntervalNs = Long.MAX_VALUE;
    }

    Pictures pictures() {
        return new Pictures(requests, leastIntervalNs, 0, 0, 0, 0);
    }

    private void onDeadline(long nowNs) {
        while (originNs + frame * FRAME_NS <= nowNs) {
            for (int encoding = 0; encoding < PACKETS.length; encoding++) {
                for (int part = 0; part < PACKETS[encoding]; part++) {
                    send(encoding, part);
                }
                keyFrameDue[encoding] = false;
            }
            frame++;
        }
        loop.deadlines.schedule(deadline, originNs + frame * FRAME_NS);
    }

    private void send(int encoding, int part) {
        ByteBuffer out = loop.out.bytes();
        boolean last = part == PACKETS[encoding] - 1;
        out.putShort(0, (short) (0x9000 | (last ? 0x80 : 0) | PAYLOAD_TYPE));
        out.putShort(2, (short) sequenceNumbers[encoding]++);
        out.putInt(4, (int) frame * FRAME_TIMESTAMPS).putInt(8, ssrc + encoding);
        out.putShort(12, (short) 0xBEDE).putShort(14, (short) 3);
        out.putLong(20, 0).put(16, (byte) (MID_ID << 4)).put(17, (byte) '1');
        out.put(18, (byte) (RID_ID << 4));
        out.put(19, RIDS.get(encoding).getBytes(StandardCharsets.US_ASCII));
        int at = HEADER_BYTES;
        // VP8's descriptor (RFC 7741 §4.2) with picture id and layer index, then the beginning of a frame.
        out.put(at, (byte) (part == 0 ? 0x90 : 0x80)).put(at + 1, (byte) 0xE0);
        out.putShort(at + 2, (short) (0x8000 | (frame & 0x7FFF)));
        out.put(at + 4, (byte) frame).put(at + 5, (byte) 0);
        out.put(at + 6, (byte) (keyFrameDue[encoding] ? 0x10 : 0x11)).putShort(at + 7, (short) 0);
        out.put(at + 9, (byte) 0x9D).put(at + 10, (byte) 0x01).put(at + 11, (byte) 0x2A);
        out.putShort(at + 12, Short.reverseBytes((short) (320 << encoding)));
        out.putShort(at + 14, Short.reverseBytes((short) (180 << encoding)));
        connection.sendRtp(HEADER_BYTES, PAYLOAD_BYTES[encoding]);
    }
}
