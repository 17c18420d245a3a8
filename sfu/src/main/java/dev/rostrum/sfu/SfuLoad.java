package dev.rostrum.sfu;

import java.util.List;

/**
 * What a running SFU takes of its machine, as of one moment: sums since the start, from which a reader makes rates, and
 * maxima since the reading before.
 *
 * <p>Immutable.
 *
 * @param shards one entry per shard
 * @param endpoints endpoints that may connect or are connected
 * @param handshakesInFlight DTLS handshakes under way
 * @param handshakesWaiting DTLS handshakes that wait for a place
 * @param handshakesCompleted DTLS handshakes that ended with keys
 * @param handshakeCpuNs the processor time of all handshakes; 0 where the system doesn't tell
 * @param handshakeDelayNs the longest that a handshake waited for a thread since the last reading
 * @param signalingCpuNs the processor time of HTTP and WebSockets; 0 where the system doesn't tell
 */
public record SfuLoad(
        List<ShardLoad> shards,
        int endpoints,
        int handshakesInFlight,
        int handshakesWaiting,
        long handshakesCompleted,
        long handshakeCpuNs,
        long handshakeDelayNs,
        long signalingCpuNs) {

    public SfuLoad {
        shards = List.copyOf(shards);
    }

    /**
     * One shard.
     *
     * @param busyNs how long its turns took, without their waits
     * @param longestTurnNs the longest turn since the last reading
     * @param cpuNs the processor time of its thread
     * @param runDelayNs how long its thread had to wait for a processor; 0 where the system doesn't tell
     * @param runs how often it got one; 0 where the system doesn't tell
     * @param packetsSent datagrams that it sent
     * @param packetsDropped datagrams that it could not send, because the socket stayed full
     */
    public record ShardLoad(
            long busyNs,
            long longestTurnNs,
            long cpuNs,
            long runDelayNs,
            long runs,
            long packetsSent,
            long packetsDropped) {}
}
