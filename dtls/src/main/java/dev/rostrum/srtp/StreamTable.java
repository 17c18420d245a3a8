package dev.rostrum.srtp;

import org.jspecify.annotations.Nullable;

/**
 * The replay windows of a session by SSRC; bounded, because whoever has the keys can invent SSRCs.
 *
 * <p>Owned by one sender or receiver. Takes no memory before the first SSRC; looking up allocates nothing.
 */
final class StreamTable {

    private static final @Nullable ReplayWindow[] NO_WINDOWS = new ReplayWindow[0];

    private final short maximum;
    private final short windowPackets;
    private short size;
    private @Nullable ReplayWindow[] windows = NO_WINDOWS; // open addressing

    StreamTable(int maximum, int windowPackets) {
        this.maximum = (short) maximum;
        this.windowPackets = (short) windowPackets;
    }

    /** The window of the SSRC, or null if the SSRC is new. */
    @Nullable
    ReplayWindow get(int ssrc) {
        return windows.length == 0 ? null : windows[place(ssrc)];
    }

    /** Whether no further SSRC is taken. */
    boolean full() {
        return size == maximum;
    }

    /** Adds the window of an SSRC that is not in the table, which is not full. */
    ReplayWindow add(int ssrc) {
        assert get(ssrc) == null && !full();
        if (size >= windows.length - windows.length / 4) {
            grow();
        }
        ReplayWindow window = new ReplayWindow(ssrc, windowPackets);
        windows[place(ssrc)] = window;
        size++;
        return window;
    }

    private void grow() {
        @Nullable ReplayWindow[] old = windows;
        windows = new ReplayWindow[Math.max(4, 2 * old.length)];
        for (ReplayWindow window : old) {
            if (window != null) {
                windows[place(window.ssrc())] = window;
            }
        }
    }

    /** Where the SSRC is, or would go. */
    private int place(int ssrc) {
        int mask = windows.length - 1;
        int place = ((ssrc * 0x9E3779B9) >>> 16) & mask;
        ReplayWindow window;
        while ((window = windows[place]) != null && window.ssrc() != ssrc) {
            place = (place + 1) & mask;
        }
        return place;
    }
}
