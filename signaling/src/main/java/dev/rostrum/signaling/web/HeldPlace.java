package dev.rostrum.signaling.web;

import dev.rostrum.signaling.admission.Hold;
import org.jspecify.annotations.Nullable;

/**
 * Ties a listener's place to the endpoint that uses it: the place is free when the endpoint is gone, and an endpoint
 * that is not up in time gives its place back.
 *
 * <p>Owned by the signaling loop.
 *
 * @param hold absent on the stage, which has no listeners' places
 * @param onClosed what else is to be done when the endpoint is gone
 */
record HeldPlace(@Nullable Hold hold, Runnable onClosed) implements MediaSessions.Watch {

    /** Says what to end if the endpoint is not up in time. */
    void until(MediaSessions media, String endpointId) {
        if (hold != null) {
            hold.onLate(() -> media.giveUp(endpointId, "never connected: no path and no keys within 10 s"));
        }
    }

    /** There will be no endpoint. */
    static void giveBack(@Nullable Hold hold) {
        if (hold != null) {
            hold.release();
        }
    }

    @Override
    public void connected() {
        if (hold != null) {
            hold.connected();
        }
    }

    @Override
    public void closed() {
        giveBack(hold);
        onClosed.run();
    }
}
