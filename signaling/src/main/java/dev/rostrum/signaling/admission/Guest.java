package dev.rostrum.signaling.admission;

/**
 * Somebody who waits with an open connection, and so can be told.
 *
 * <p>Called on the signaling loop; may not throw.
 */
public interface Guest {

    /** Come in now: the hold is yours. Give it up if you can't come. */
    void onTurn(Hold hold);

    /** There is nothing to wait for any more: the space has ended. */
    void onEnd();

    /** Another has come with your ticket, and waits in your place. */
    void onReplaced();

    /** Where you stand now. */
    void onPlace(Place place);
}
