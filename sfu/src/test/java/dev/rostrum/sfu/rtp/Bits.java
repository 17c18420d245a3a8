package dev.rostrum.sfu.rtp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Writes bit fields, so that a vector in a test can have a comment per field. */
public final class Bits {

    private final StringBuilder bits = new StringBuilder();

    /** A field of fixed width. */
    public Bits f(int width, long value) {
        for (int i = width - 1; i >= 0; i--) {
            bits.append(value >>> i & 1);
        }
        return this;
    }

    /** ns(n) of the AV1 specification §4.10.7, for n of which this test needs the value's encoding. */
    public Bits ns(int n, int value) {
        int width = Integer.SIZE - Integer.numberOfLeadingZeros(n);
        int shorter = (1 << width) - n;
        return value < shorter ? f(width - 1, value) : f(width, value + shorter);
    }

    /** Other fields. */
    public Bits append(Bits other) {
        bits.append(other.bits);
        return this;
    }

    /** ue(v) of H.264 §9.1. */
    public Bits ue(int value) {
        int width = Integer.SIZE - Integer.numberOfLeadingZeros(value + 1);
        return f(width - 1, 0).f(width, value + 1);
    }

    /** The bytes, the last one filled up with zeros. */
    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String padded = bits + "0".repeat((8 - bits.length() % 8) % 8);
        for (int i = 0; i < padded.length(); i += 8) {
            out.write(Integer.parseInt(padded.substring(i, i + 8), 2));
        }
        return out.toByteArray();
    }

    /** A buffer of the bytes that such a string of hexadecimal digits and spaces tells. */
    public static ByteBuffer hex(String text) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(text.replace(" ", "")));
    }
}
