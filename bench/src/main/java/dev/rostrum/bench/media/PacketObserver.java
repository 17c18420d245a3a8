package dev.rostrum.bench.media;

/** Sees each media packet that a client gets, for tests that ask more than figures tell. */
public interface PacketObserver {

    /**
     * Called on the client's loop, before the packet is authenticated (which only a sample is).
     *
     * @param client its number
     * @param csrc the contributing source, or 0
     * @param nowNs on the clock of the load generator
     */
    void onPacket(int client, int ssrc, int sequenceNumber, int csrc, long nowNs);

    /**
     * Called after {@link #onPacket} for a packet of the sample that is authentic and holds a simulated speaker's stamp.
     *
     * @param speaker the number of the client that spoke
     * @param sentNs when it sent the packet
     */
    default void onStamp(int client, int speaker, long sentNs) {}
}
