package dev.rostrum.sfu.transport;

import dev.rostrum.sfu.loop.FaultHandler;

/** Whoever owns a transport: an endpoint, which ends if something fails that is done for it. Touched by its shard only. */
public interface TransportOwner extends FaultHandler {

    /** The endpoint's transport. */
    SecureTransport transport();
}
