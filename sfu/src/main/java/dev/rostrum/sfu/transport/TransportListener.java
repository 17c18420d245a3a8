package dev.rostrum.sfu.transport;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.srtp.Slab;

/**
 * What an endpoint does with what its transport brings.
 *
 * <p>Called on the owning shard only.
 */
public interface TransportListener {

    /** The SRTP keys are there: packets can be sent and come in from now on. */
    void onConnected(long nowNs);

    /** An authenticated, decrypted RTP packet. The bytes are valid during the call only. */
    void onRtp(Slab slab, int offset, int lengthBytes, long nowNs);

    /** An authenticated, decrypted RTCP packet. The bytes are valid during the call only. */
    void onRtcp(Slab slab, int offset, int lengthBytes, long nowNs);

    /** The transport ended by itself; called at most once, and never after {@link SecureTransport#close}. */
    void onClosed(CloseReason reason, String detail);
}
