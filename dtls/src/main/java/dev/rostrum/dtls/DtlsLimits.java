package dev.rostrum.dtls;

import java.time.Duration;

/**
 * What handshakes may cost.
 *
 * <p>Immutable.
 *
 * @param maxInFlight how many handshakes run at once, each on a virtual thread
 * @param maxWaiting how many more may wait for their turn; beyond that they are refused
 * @param deadline how long a handshake may take, the wait for its turn included
 * @param firstRetransmit how long the first wait for an answer is; it doubles at each retransmission (RFC 6347 §4.2.4.1
 *     suggests 1 s and allows less where latency matters)
 */
public record DtlsLimits(int maxInFlight, int maxWaiting, Duration deadline, Duration firstRetransmit) {

    /** Checks the values. */
    public DtlsLimits {
        if (maxInFlight < 1 || maxWaiting < 0) {
            throw new IllegalArgumentException("maxInFlight must be at least 1 and maxWaiting at least 0");
        }
        if (deadline.toMillis() < 1 || firstRetransmit.toMillis() < 1) {
            throw new IllegalArgumentException("deadline and firstRetransmit must be at least 1 ms");
        }
    }

    /** 2,000 in flight, 8,000 waiting, 12 s each, first retransmission after 250 ms. */
    public static DtlsLimits defaults() {
        return new DtlsLimits(2_000, 8_000, Duration.ofSeconds(12), Duration.ofMillis(250));
    }
}
