package dev.rostrum.bench.media;

import org.jspecify.annotations.Nullable;

/**
 * How simulated clients behave.
 *
 * <p>Immutable.
 *
 * @param loops threads that receive; clients are spread over them
 * @param checkEvery one of so many packets of a client is decrypted: its tag is verified and its latency taken
 * @param consentNs how often a connected client checks its path, on average (RFC 7675 asks for 5 s)
 * @param reportNs how often a client sends receiver reports
 * @param observer sees all packets, or null
 */
public record MediaSettings(
        int loops,
        int checkEvery,
        long consentNs,
        long reportNs,
        @Nullable PacketObserver observer) {

    /** One loop, one packet of sixteen checked, consent and reports every 5 s. */
    public static MediaSettings defaults() {
        return new MediaSettings(1, 16, 5_000_000_000L, 5_000_000_000L, null);
    }

    public MediaSettings withLoops(int count) {
        return new MediaSettings(count, checkEvery, consentNs, reportNs, observer);
    }

    public MediaSettings withCheckEvery(int packets) {
        return new MediaSettings(loops, packets, consentNs, reportNs, observer);
    }

    public MediaSettings withObserver(PacketObserver sees) {
        return new MediaSettings(loops, checkEvery, consentNs, reportNs, sees);
    }
}
