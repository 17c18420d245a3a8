package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Fuzzed bytes between others: whoever reads beyond them gives different answers for different surroundings. */
final class Framed {

    static final int BEFORE = 5;
    private static final int BEHIND = 40;

    private Framed() {}

    static ByteBuffer between(byte[] data, int filler) {
        byte[] all = new byte[BEFORE + data.length + BEHIND];
        Arrays.fill(all, (byte) filler);
        System.arraycopy(data, 0, all, BEFORE, data.length);
        return ByteBuffer.wrap(all);
    }
}
