package dev.rostrum.signaling.admission;

import org.jspecify.annotations.Nullable;

/**
 * The place of one listener on this server: from the moment of being let in, over the way in (ICE, DTLS), until the
 * endpoint is gone.
 *
 * <p>Owned by the signaling loop.
 */
public final class Hold {

    private final Doorkeeper doorkeeper;
    final String spaceId;
    final @Nullable String address;
    private @Nullable Runnable onLate;
    private boolean connected;
    private boolean released;

    Hold(Doorkeeper doorkeeper, String spaceId, @Nullable String address) {
        this.doorkeeper = doorkeeper;
        this.spaceId = spaceId;
        this.address = address;
    }

    /** Says what to do if the way in takes too long. */
    public void onLate(Runnable action) {
        onLate = action;
    }

    /** The way in has led to keys. */
    public void connected() {
        if (!connected && !released) {
            connected = true;
            doorkeeper.onConnected(this);
        }
    }

    /** The listener is gone, or did not come. Once; later calls do nothing. */
    public void release() {
        if (!released) {
            released = true;
            doorkeeper.onReleased(this);
        }
    }

    boolean isConnected() {
        return connected;
    }

    boolean isReleased() {
        return released;
    }

    void late() {
        Runnable action = onLate;
        if (action != null) {
            action.run();
        }
        release();
    }
}
