package dev.rostrum.sfu.loop;

import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.srtp.Slab;

/**
 * What a shard does with what comes in.
 *
 * <p>Called by the shard, in its turn, and by nobody else.
 */
public interface ShardHandler {

    /**
     * A datagram came to one of the shard's local addresses.
     *
     * @param slab memory that holds the datagram until this method returns; it may be changed in place
     * @param hi and {@code lo}, {@code port}: its source, as in {@link PeerAddress}
     * @param local the index of the local address
     */
    void onDatagram(Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs);

    /** What takes the messages of other shards; asked for once, when the handler is set. */
    ShardLink.Handler links();

    /** All that came in this turn has been handled; what is sent now still leaves with it. */
    void onTurnEnd(long nowNs);
}
