package dev.rostrum.sfu.transport;

import dev.rostrum.sfu.loop.FaultHandler;
import dev.rostrum.srtp.SrtpKeys;
import java.nio.ByteBuffer;

/**
 * The DTLS association of one endpoint, as its transport sees it: real handshakes run on threads of their own, and
 * simulations inject keys.
 *
 * <p>Called on the owning shard; no method blocks.
 */
public interface DtlsSession {

    /** Begins the handshake if this side is the client; a server waits for the hello. */
    void start();

    /** Takes a copy of a datagram from a validated address. */
    void onDatagram(ByteBuffer source, int offset, int lengthBytes);

    /** Says goodbye and ends. */
    void close();

    /** What comes of it; every method is called on the owning shard. */
    interface Sink extends FaultHandler {

        void onDtlsSend(byte[] datagram);

        void onDtlsConnected(SrtpKeys keys);

        void onDtlsFailed(String reason);

        void onDtlsClosed();
    }
}
