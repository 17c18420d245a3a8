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
 * @param ice4jShare the part of the listeners, 0 to 1, that do ICE with ice4j's agent instead of our own
 * @param observer sees all packets, or null
 */
public record MediaSettings(
        int loops,
        int checkEvery,
        long consentNs,
        long reportNs,
        double ice4jShare,
        @Nullable PacketObserver observer) {

    public MediaSettings {
        if (!(ice4jShare >= 0 && ice4jShare <= 1)) {
            throw new IllegalArgumentException("the share of ice4j must be from 0 to 1, not " + ice4jShare);
        }
    }

    /** One loop, one packet of sixteen checked, consent and reports every 5 s, nobody with ice4j. */
    public static MediaSettings defaults() {
        return new MediaSettings(1, 16, 5_000_000_000L, 5_000_000_000L, 0, null);
    }

    public MediaSettings withLoops(int count) {
        return new MediaSettings(count, checkEvery, consentNs, reportNs, ice4jShare, observer);
    }

    public MediaSettings withCheckEvery(int packets) {
        return new MediaSettings(loops, packets, consentNs, reportNs, ice4jShare, observer);
    }

    public MediaSettings withObserver(PacketObserver sees) {
        return new MediaSettings(loops, checkEvery, consentNs, reportNs, ice4jShare, sees);
    }

    public MediaSettings withIce4jShare(double share) {
        return new MediaSettings(loops, checkEvery, consentNs, reportNs, share, observer);
    }
}
