package dev.rostrum.sfu.transport;

/** Whoever owns a transport: an endpoint. Touched by its shard only. */
public interface TransportOwner {

    /** The endpoint's transport. */
    SecureTransport transport();
}
