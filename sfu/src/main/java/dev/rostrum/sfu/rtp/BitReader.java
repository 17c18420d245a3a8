package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;

/**
 * Reads bit fields from a piece of a buffer, most significant bit first.
 *
 * <p>Mutable: {@link #wrap} points it at other bytes. Allocates nothing and never throws: what lies behind the end reads
 * as 0, and {@link #overrun} then says so.
 */
final class BitReader {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int MAX_GOLOMB_ZEROS = 31;

    private ByteBuffer bytes = NOTHING;
    private int at;
    private int end;
    private int bitsLeft;
    private int current;
    private boolean skipsEmulationPrevention;
    private int zeros;
    private boolean overrun;

    /** Reads the bytes as they are. */
    void wrap(ByteBuffer source, int offset, int lengthBytes) {
        bytes = source;
        at = offset;
        end = offset + lengthBytes;
        bitsLeft = 0;
        zeros = 0;
        overrun = false;
        skipsEmulationPrevention = false;
    }

    /** Reads the bytes of an H264 NAL unit: a 3 behind two zeros is none of its content (H.264 §7.4.1). */
    void wrapNal(ByteBuffer source, int offset, int lengthBytes) {
        wrap(source, offset, lengthBytes);
        skipsEmulationPrevention = true;
    }

    /** The next {@code count} bits (0 to 32) as an unsigned value. */
    int bits(int count) {
        int value = 0;
        int wanted = count;
        while (wanted > 0) {
            if (bitsLeft == 0 && !nextByte()) {
                return 0;
            }
            int taken = Math.min(wanted, bitsLeft);
            value = value << taken | (current >>> (bitsLeft - taken) & ((1 << taken) - 1));
            bitsLeft -= taken;
            wanted -= taken;
        }
        return value;
    }

    private boolean nextByte() {
        if (at >= end) {
            overrun = true;
            return false;
        }
        int value = bytes.get(at++) & 0xFF;
        if (skipsEmulationPrevention) {
            if (zeros >= 2 && value == 3) {
                zeros = 0;
                return nextByte(); // the byte behind can't be another: zeros is 0
            }
            zeros = value == 0 ? zeros + 1 : 0;
        }
        current = value;
        bitsLeft = 8;
        return true;
    }

    /** The next bit. */
    boolean flag() {
        return bits(1) != 0;
    }

    /** A value below {@code n} in the AV1 specification's non-symmetric form, ns(n). */
    int nonSymmetric(int n) {
        int width = Integer.SIZE - Integer.numberOfLeadingZeros(n);
        int shorter = (1 << width) - n;
        int value = bits(width - 1);
        return value < shorter ? value : (value << 1) - shorter + bits(1);
    }

    /** An unsigned Exp-Golomb value, ue(v) of H.264 §9.1. */
    int unsignedGolomb() {
        int leadingZeros = 0;
        while (!flag()) {
            if (overrun || ++leadingZeros > MAX_GOLOMB_ZEROS) {
                overrun = true;
                return 0;
            }
        }
        return (1 << leadingZeros) - 1 + bits(leadingZeros);
    }

    /** A signed Exp-Golomb value, se(v) of H.264 §9.1.1. */
    int signedGolomb() {
        int value = unsignedGolomb();
        return (value & 1) != 0 ? (value >>> 1) + 1 : -(value >>> 1);
    }

    /** Whether something behind the end was read, or no value was one. */
    boolean overrun() {
        return overrun;
    }
}
