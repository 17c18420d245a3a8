package dev.rostrum.bench.media;

import dev.rostrum.sfu.loop.Deadline;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends a voice as RTP: a packet of 20 ms after the other, each at its time on a schedule that no delay moves, with
 * audio level (RFC 6464) and mid (RFC 8843 §15).
 *
 * <p>Owned by its connection's loop.
 */
final class Microphone {

    static final long FRAME_NS = 20_000_000L;
    private static final int FRAME_TIMESTAMPS = 960;
    private static final int HEADER_BYTES = 20;
    private static final int LEVEL_ID = 1;
    private static final int MID_ID = 4;

    private final MediaConnection connection;
    private final MediaLoop loop;
    private final int ssrc;
    private final int payloadType;
    private final Deadline deadline;
    private final int firstTimestamp;
    private @Nullable Voice voice;
    private long originNs = -1;
    private long frame;
    private int sequenceNumber;
    private boolean paused = true;
    private int packets;

    Microphone(MediaConnection connection, MediaLoop loop, int ssrc, int payloadType) {
        this.connection = connection;
        this.loop = loop;
        this.ssrc = ssrc;
        this.payloadType = payloadType;
        sequenceNumber = loop.random.nextInt(1 << 15);
        firstTimestamp = loop.random.nextInt();
        deadline = new Deadline(this::onDeadline);
    }

    /** Speaks with this voice from now on, or with null is silent. */
    void speak(@Nullable Voice next, long nowNs) {
        voice = next;
        if (next == null) {
            loop.deadlines.cancel(deadline);
            paused = true;
            return;
        }
        if (originNs < 0) {
            // Spread over the frame, so that the speakers of a space don't all send at once.
            originNs = nowNs + loop.random.nextLong(FRAME_NS);
        } else {
            frame = Math.max(frame, (nowNs - originNs) / FRAME_NS + 1);
        }
        loop.deadlines.schedule(deadline, dueNs());
    }

    private long dueNs() {
        return originNs + frame * FRAME_NS;
    }

    private void onDeadline(long nowNs) {
        Voice speaking = voice;
        if (speaking == null) {
            return;
        }
        while (dueNs() <= nowNs) {
            int level = speaking.levelDbov(frame);
            if (level >= 0) {
                send(level, nowNs);
            }
            paused = level < 0;
            frame++;
        }
        loop.deadlines.schedule(deadline, dueNs());
    }

    private void send(int levelDbov, long nowNs) {
        ByteBuffer out = loop.out.bytes();
        out.put(0, (byte) 0x90);
        out.put(1, (byte) (payloadType | (paused ? 0x80 : 0)));
        out.putShort(2, (short) sequenceNumber);
        out.putInt(4, firstTimestamp + (int) frame * FRAME_TIMESTAMPS);
        out.putInt(8, ssrc);
        out.putInt(12, 0xBEDE_0001);
        out.put(16, (byte) (LEVEL_ID << 4));
        out.put(17, (byte) (levelDbov < Voice.SILENCE ? 0x80 | levelDbov : Voice.SILENCE));
        out.put(18, (byte) (MID_ID << 4));
        out.put(19, (byte) '0');
        int payloadBytes = Stamp.LENGTH_BYTES;
        if (levelDbov < Voice.SILENCE) {
            Stamp.write(out, HEADER_BYTES, connection.clientId(), dueNs(), MediaLoop.clockNs());
        } else {
            out.putInt(HEADER_BYTES, Stamp.OPUS_SILENCE);
            payloadBytes = Stamp.SILENCE_LENGTH_BYTES;
        }
        sequenceNumber = sequenceNumber + 1 & 0xffff;
        packets++;
        loop.onSent(connection.group(), nowNs - dueNs(), connection.sendRtp(HEADER_BYTES, payloadBytes));
    }

    int ssrc() {
        return ssrc;
    }

    int packets() {
        return packets;
    }

    /** The timestamp of this moment, for sender reports. */
    int timestamp(long nowNs) {
        return firstTimestamp + (int) ((nowNs - originNs) * 48 / 1_000_000L);
    }
}
