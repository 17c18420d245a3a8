package dev.rostrum.bench.media;

/** Who is told what becomes of a connection. Called on its loop; it may not block. */
public interface MediaOwner {

    /** ICE has found a path; it may be a second time, after it was lost. */
    void onPath(MediaConnection connection, long nowNs);

    /** DTLS is done: media can flow. */
    void onConnected(MediaConnection connection, long nowNs);

    /** The first media packet has come. */
    void onFirstPacket(MediaConnection connection, long nowNs);

    /** The path does not answer any more; {@link #onPath} if it does again. */
    void onDisconnected(MediaConnection connection, long nowNs);

    /** There is no path, or no handshake, or the other side has ended it. The connection is closed. */
    void onFailed(MediaConnection connection, String reason, long nowNs);
}
