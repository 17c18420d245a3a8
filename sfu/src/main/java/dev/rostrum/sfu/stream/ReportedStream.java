package dev.rostrum.sfu.stream;

/**
 * An outgoing stream that sender reports tell of (RFC 3550 §6.4.1).
 *
 * <p>Owned by its endpoint.
 */
public interface ReportedStream {

    /** Its SSRC. */
    int ssrc();

    SenderStatistics statistics();

    /** Its RTP timestamp for this instant. */
    int timestampAt(long nowNs);
}
