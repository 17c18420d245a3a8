package dev.rostrum.srtp;

import org.jspecify.annotations.Nullable;

/**
 * The replay windows of a session by SSRC; bounded, because whoever has the keys can invent SSRCs.
 *
 * <p>Owned by one sender or receiver. Takes no memory before the first SSRC; looking up allocates nothing.
 */
final class StreamTable {

    private static final int[] NO_SSRCS = new int[0];
    private static final @Nullable ReplayWindow[] NO_WINDOWS = new ReplayWindow[0];

    private final short maximum;
    private final short windowPackets;
    private short size;
    private int[] ssrcs = NO_SSRCS; // open addressing; a place is free if it has no window
    private @Nullable ReplayWindow[] windows = NO_WINDOWS;

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
        ReplayWindow window = new ReplayWindow(windowPackets);
        put(ssrc, window);
        size++;
        return window;
    }

    private void grow() {
        int[] oldSsrcs = ssrcs;
        @Nullable ReplayWindow[] oldWindows = windows;
        int capacity = Math.max(4, 2 * oldWindows.length);
        ssrcs = new int[capacity];
        windows = new ReplayWindow[capacity];
        for (int i = 0; i < oldWindows.length; i++) {
            ReplayWindow window = oldWindows[i];
            if (window != null) {
                put(oldSsrcs[i], window);
            }
        }
    }

    private void put(int ssrc, ReplayWindow window) {
        int place = place(ssrc);
        ssrcs[place] = ssrc;
        windows[place] = window;
    }

    /** Where the SSRC is, or would go. */
    private int place(int ssrc) {
        int mask = windows.length - 1;
        int place = ((ssrc * 0x9E3779B9) >>> 16) & mask;
        while (windows[place] != null && ssrcs[place] != ssrc) {
            place = (place + 1) & mask;
        }
        return place;
    }
}
