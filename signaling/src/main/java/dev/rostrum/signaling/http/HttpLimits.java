package dev.rostrum.signaling.http;

import java.time.Duration;

/**
 * What one client may take of the server's time and memory. Not configurable by users; tests use shorter times.
 *
 * <p>Immutable.
 *
 * @param firstRequest until when a new connection must have sent the head of a request
 * @param nextRequest how long a connection may be between the end of an answer and the head of the next request
 * @param body until when a request's body must be complete, from its head on
 * @param answer until when an answer must be taken, from the request's head on
 * @param join until when a WebSocket must have sent its join
 * @param ping how often a WebSocket is pinged; it is cut when it is silent for two and a half times as long
 * @param slowClose how long a slow reader may take for what was already sent to it, before its connection is cut
 * @param sendQueueBytes how much may wait for one WebSocket until it counts as a slow reader
 */
public record HttpLimits(
        Duration firstRequest,
        Duration nextRequest,
        Duration body,
        Duration answer,
        Duration join,
        Duration ping,
        Duration slowClose,
        int sendQueueBytes) {

    /** What the server uses. */
    public static final HttpLimits DEFAULT = new HttpLimits(
            Duration.ofSeconds(10),
            Duration.ofSeconds(60),
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(2),
            512 * 1024);

    /** The longest offer, as text (an offer with all codecs and video slots has about 60 KB). */
    public static final int MAX_SDP_BYTES = 128 * 1024;

    /** The longest JSON document. */
    public static final int MAX_JSON_BYTES = 16 * 1024;

    /** The longest request target. */
    public static final int MAX_REQUEST_LINE_BYTES = 4 * 1024;

    /** The longest message on a WebSocket: an offer in JSON, with room for its escapes. */
    public static final int MAX_WEB_SOCKET_MESSAGE_BYTES = 192 * 1024;

    /** All header lines of a request together. */
    public static final int MAX_HEADER_BYTES = 16 * 1024;
}
