package dev.rostrum.bench.client;

/**
 * How long a join took, in ns from its beginning to the end of each phase; −1 for a phase that did not come about.
 *
 * <p>Immutable.
 *
 * @param signalingNs until the server's answer
 * @param iceNs until the first check was answered
 * @param dtlsNs until the handshake was done
 * @param firstPacketNs until the first media packet came
 * @param queuedNs the part of {@code signalingNs} that was spent in the server's queue
 */
public record JoinPhases(long signalingNs, long iceNs, long dtlsNs, long firstPacketNs, long queuedNs) {}
