package dev.rostrum.sfu.stream;

/**
 * What went out of a slot under which sequence number, across all publications and encodings that it carried: so that a
 * NACK finds the original, and its retransmission says the same as the first time.
 *
 * <p>Belongs to one slot; remembers a window of packets, and allocates nothing.
 */
public final class SlotNumbers {

    private static final int SOURCES = 8;
    private static final int FREE = 0xFF;
    private static final int MARKER = 1;
    private static final int SENT = 2;

    // A packet's words lie side by side, because packets of many slots come by before the next one of this slot does.
    private static final int WORDS = 3;

    /** The first word: the number that it had, in 64 bits. Of the second: the timestamp, and below it what follows. */
    private static final int DETAILS = 1;

    private static final int TIMESTAMP_SHIFT = 32;
    private static final int SOURCE_SHIFT = 24;
    private static final int FLAGS_SHIFT = 22;
    private static final int KEY_SHIFT = 16;

    /** The third word: the picture, and below it when it was repaired, in ms. */
    private static final int PICTURE = 2;

    private final int mask;
    private final long[] words;

    /** The last sources, in turn; what belonged to an older one is forgotten with it. */
    private final long[] sources = new long[SOURCES];

    private int newestSource = -1;

    /** The newest of them, beside what else a packet needs. */
    private long carried;

    private long newest = Long.MIN_VALUE;

    /** Remembers {@code window} packets, a power of two. */
    SlotNumbers(int window) {
        mask = window - 1;
        words = new long[window * WORDS];
        for (int place = 0; place < window; place++) {
            setSource(place, FREE);
        }
    }

    /** All that is noted from now on belongs to this source. */
    void source(long source) {
        newestSource = (newestSource + 1) % SOURCES;
        sources[newestSource] = source;
        carried = source;
        for (int i = 0; i <= mask; i++) {
            if (sourceAt(i) == newestSource) {
                setSource(i, FREE);
            }
        }
    }

    private int sourceAt(int place) {
        return (int) (words[place * WORDS + DETAILS] >>> SOURCE_SHIFT) & 0xFF;
    }

    private void setSource(int place, int source) {
        int at = place * WORDS + DETAILS;
        words[at] = (words[at] & ~(0xFFL << SOURCE_SHIFT)) | (long) source << SOURCE_SHIFT;
    }

    /** A number that waits for its packet. */
    void open(long number, long extendedSequenceNumber) {
        note(number, extendedSequenceNumber, (long) newestSource << SOURCE_SHIFT, 0);
    }

    /** A number whose packet goes out. */
    void sent(long number, long extendedSequenceNumber, int timestamp, boolean marker, PictureNumbers ids) {
        int flags = marker ? SENT | MARKER : SENT;
        long details = (long) timestamp << TIMESTAMP_SHIFT
                | (long) newestSource << SOURCE_SHIFT
                | (long) flags << FLAGS_SHIFT
                | (ids.keyIdx() & 0x3FL) << KEY_SHIFT
                | (ids.tl0PicIdx() & 0xFFFFL);
        note(number, extendedSequenceNumber, details, ids.pictureId() >= 0 ? ids.pictureId() : ids.frameNumber());
    }

    private void note(long number, long extendedSequenceNumber, long details, int picture) {
        int at = ((int) number & mask) * WORDS;
        words[at] = extendedSequenceNumber;
        words[at + DETAILS] = details;
        words[at + PICTURE] = (long) picture << 32 | Integer.toUnsignedLong(Integer.MIN_VALUE);
        newest = Math.max(newest, number);
    }

    /** A number that only padding was sent for: there is nothing to send again. */
    void filled(long number) {
        setSource((int) number & mask, FREE);
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
        return sourceAt(place) == FREE ? -1 : place;
    }

    /** Whether it went out already; else it never came from its publisher, or was left for later. */
    public boolean sent(int place) {
        return (flags(place) & SENT) != 0;
    }

    /** The source that it came from. */
    public long source(int place) {
        int at = sourceAt(place);
        return at == newestSource ? carried : sources[at];
    }

    /** Its sequence number there, extended to 64 bits. */
    public long extendedSequenceNumber(int place) {
        return words[place * WORDS];
    }

    /** The timestamp that it went out with; like all below without meaning unless it was {@link #sent(int)}. */
    public int timestamp(int place) {
        return (int) (words[place * WORDS + DETAILS] >> TIMESTAMP_SHIFT);
    }

    /** The marker bit that it went out with. */
    public boolean marker(int place) {
        return (flags(place) & MARKER) != 0;
    }

    private int flags(int place) {
        return (int) (words[place * WORDS + DETAILS] >>> FLAGS_SHIFT) & 3;
    }

    /** The picture ID (VP8, VP9) or frame number (AV1) that it went out with; −1 if it has none. */
    public int pictureId(int place) {
        return (int) (words[place * WORDS + PICTURE] >> 32);
    }

    /** The TL0PICIDX that it went out with; −1 if it has none. */
    public int tl0PicIdx(int place) {
        return (short) words[place * WORDS + DETAILS];
    }

    /** The KEYIDX that it went out with; −1 if it has none. */
    public int keyIdx(int place) {
        return (int) (words[place * WORDS + DETAILS] << (Long.SIZE - KEY_SHIFT - 6) >> (Long.SIZE - 6));
    }

    /**
     * Whether a retransmission may go out now, which is then noted: none is repeated within {@code minIntervalNs}, since
     * the first may still be on its way.
     */
    public boolean takeRepair(int place, long nowNs, long minIntervalNs) {
        int nowMs = (int) (nowNs / 1_000_000);
        int at = place * WORDS + PICTURE;
        int repairedMs = (int) words[at];
        if (repairedMs != Integer.MIN_VALUE && nowMs - repairedMs < minIntervalNs / 1_000_000) {
            return false;
        }
        words[at] = (words[at] & ~0xFFFF_FFFFL) | Integer.toUnsignedLong(nowMs == Integer.MIN_VALUE ? 0 : nowMs);
        return true;
    }
}
