package dev.rostrum.bench.media;

/** Sees each media packet that a client gets, for tests that ask more than figures tell. */
@FunctionalInterface
public interface PacketObserver {

    /**
     * Called on the client's loop, before the packet is authenticated (which only a sample is).
     *
     * @param client its number
     * @param csrc the contributing source, or 0
     * @param nowNs on the clock of the load generator
     */
    void onPacket(int client, int ssrc, int sequenceNumber, int csrc, long nowNs);
}
