package dev.rostrum.sfu;

/**
 * Hears what becomes of endpoints.
 *
 * <p>Called on a shard's thread: implementations hand over to their own thread and return at once.
 */
public interface SfuListener {

    /** The endpoint's SRTP keys are there: media flows from now on. */
    void onConnected(String endpointId);

    /** The endpoint is gone, and its id means nothing any more. Called exactly once for each endpoint. */
    void onClosed(String endpointId, CloseReason reason, String detail);

    /** The first packet of a permitted publication has been forwarded (again, after each change of permission). */
    void onPublishing(String endpointId, String mid);

    /**
     * What a video slot of an endpoint's carries has changed.
     *
     * @param mid the slot's m-line
     * @param csrc the publication that it is about
     */
    default void onVideo(String endpointId, String mid, int csrc, VideoNotice notice) {}
}
