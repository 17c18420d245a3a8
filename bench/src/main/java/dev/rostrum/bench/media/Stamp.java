package dev.rostrum.bench.media;

import java.nio.ByteBuffer;

/**
 * What a simulated speaker's payload holds instead of sound: when it should have been and when it was sent, and by whom.
 * Its first byte is that of an Opus packet of 20 ms.
 *
 * <p>Stateless.
 */
final class Stamp {

    /** Like 20 ms of speech at 40 kbit/s. */
    static final int LENGTH_BYTES = 100;

    /** A packet of Opus that is nothing but silence, as discontinuous transmission sends one now and then. */
    static final int OPUS_SILENCE = 0xf8fffe00;

    static final int SILENCE_LENGTH_BYTES = 3;

    private static final int OPUS_AND_MARK = 0x78525354;

    private Stamp() {}

    static void write(ByteBuffer out, int offset, int speaker, long scheduledNs, long sentNs) {
        out.putInt(offset, OPUS_AND_MARK);
        out.putInt(offset + 4, speaker);
        out.putLong(offset + 8, scheduledNs);
        out.putLong(offset + 16, sentNs);
    }

    /** Whether a payload is one. */
    static boolean is(ByteBuffer in, int offset, int lengthBytes) {
        return lengthBytes == LENGTH_BYTES && in.getInt(offset) == OPUS_AND_MARK;
    }

    static int speaker(ByteBuffer in, int offset) {
        return in.getInt(offset + 4);
    }

    static long scheduledNs(ByteBuffer in, int offset) {
        return in.getLong(offset + 8);
    }

    static long sentNs(ByteBuffer in, int offset) {
        return in.getLong(offset + 16);
    }
}
