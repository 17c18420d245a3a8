package dev.rostrum.sfu.stream;

import java.util.Arrays;

/**
 * What went out of a slot under which sequence number, across all publications and encodings that it carried: so that a
 * NACK finds the original, and its retransmission says the same as the first time.
 *
 * <p>Belongs to one slot; remembers a window of packets, and allocates nothing.
 */
public final class SlotNumbers {

    private static final int SOURCES = 8;
    private static final byte FREE = -1;
    private static final byte MARKER = 1;
    private static final byte SENT = 2;

    private final int mask;
    private final long[] extended;
    private final byte[] sourceAt;
    private final byte[] flags;
    private final byte[] keyIdx;
    private final int[] timestamps;
    private final int[] pictures;
    private final short[] tl0PicIdx;
    private final int[] repairedMs;

    /** The last sources, in turn; what belonged to an older one is forgotten with it. */
    private final long[] sources = new long[SOURCES];

    private int newestSource = -1;
    private long newest = Long.MIN_VALUE;

    /** Remembers {@code window} packets, a power of two. */
    SlotNumbers(int window) {
        mask = window - 1;
        extended = new long[window];
        sourceAt = new byte[window];
        flags = new byte[window];
        keyIdx = new byte[window];
        timestamps = new int[window];
        pictures = new int[window];
        tl0PicIdx = new short[window];
        repairedMs = new int[window];
        Arrays.fill(sourceAt, FREE);
    }

    /** All that is noted from now on belongs to this source. */
    void source(long source) {
        newestSource = (newestSource + 1) % SOURCES;
        sources[newestSource] = source;
        for (int i = 0; i <= mask; i++) {
            if (sourceAt[i] == newestSource) {
                sourceAt[i] = FREE;
            }
        }
    }

    /** A number that waits for its packet. */
    void open(long number, long extendedSequenceNumber) {
        int at = (int) number & mask;
        extended[at] = extendedSequenceNumber;
        sourceAt[at] = (byte) newestSource;
        flags[at] = 0;
        repairedMs[at] = Integer.MIN_VALUE;
        newest = Math.max(newest, number);
    }

    /** A number whose packet goes out. */
    void sent(long number, long extendedSequenceNumber, int timestamp, boolean marker, PictureNumbers ids) {
        open(number, extendedSequenceNumber);
        int at = (int) number & mask;
        flags[at] = marker ? SENT | MARKER : SENT;
        timestamps[at] = timestamp;
        pictures[at] = ids.pictureId() >= 0 ? ids.pictureId() : ids.frameNumber();
        tl0PicIdx[at] = (short) ids.tl0PicIdx();
        keyIdx[at] = (byte) ids.keyIdx();
    }

    /** A number that only padding was sent for: there is nothing to send again. */
    void filled(long number) {
        sourceAt[(int) number & mask] = FREE;
    }

    /**
     * Looks for a packet that a receiver misses.
     *
     * @param sequenceNumber as the receiver says it, 0 to 65535
     * @return its place, for the other accessors until the next packet goes out; −1 if it is not remembered
     */
    public int find(int sequenceNumber) {
        int behind = ((int) newest - sequenceNumber) & 0xFFFF;
        if (newest == Long.MIN_VALUE || behind > mask) {
            return -1;
        }
        int place = (int) (newest - behind) & mask;
        return sourceAt[place] == FREE ? -1 : place;
    }

    /** Whether it went out already; else it never came from its publisher, or was left for later. */
    public boolean sent(int place) {
        return (flags[place] & SENT) != 0;
    }

    /** The source that it came from. */
    public long source(int place) {
        return sources[sourceAt[place]];
    }

    /** Its sequence number there, extended to 64 bits. */
    public long extendedSequenceNumber(int place) {
        return extended[place];
    }

    /** The timestamp that it went out with; like all below without meaning unless it was {@link #sent(int)}. */
    public int timestamp(int place) {
        return timestamps[place];
    }

    /** The marker bit that it went out with. */
    public boolean marker(int place) {
        return (flags[place] & MARKER) != 0;
    }

    /** The picture ID (VP8, VP9) or frame number (AV1) that it went out with; −1 if it has none. */
    public int pictureId(int place) {
        return pictures[place];
    }

    /** The TL0PICIDX that it went out with; −1 if it has none. */
    public int tl0PicIdx(int place) {
        return tl0PicIdx[place];
    }

    /** The KEYIDX that it went out with; −1 if it has none. */
    public int keyIdx(int place) {
        return keyIdx[place];
    }

    /**
     * Whether a retransmission may go out now, which is then noted: none is repeated within {@code minIntervalNs}, since
     * the first may still be on its way.
     */
    public boolean takeRepair(int place, long nowNs, long minIntervalNs) {
        int nowMs = (int) (nowNs / 1_000_000);
        if (repairedMs[place] != Integer.MIN_VALUE && nowMs - repairedMs[place] < minIntervalNs / 1_000_000) {
            return false;
        }
        repairedMs[place] = nowMs == Integer.MIN_VALUE ? 0 : nowMs;
        return true;
    }
}
