package dev.rostrum.sfu.rtcp;

/**
 * What a receiver says of one source (RFC 3550 §6.4.1).
 *
 * <p>Immutable.
 *
 * @param ssrc the source
 * @param fractionLost the part of its packets lost since the last report, in 1/256: 0 to 255
 * @param cumulativeLost packets lost since the beginning, −2^23 to 2^23 − 1; negative after duplicates
 * @param highestSequenceNumber the extended highest sequence number received, an unsigned 32 bit value
 * @param jitter interarrival jitter in timestamp units, an unsigned 32 bit value
 * @param lastSenderReport the middle 32 bits of the NTP timestamp of the source's last report; 0 for none yet
 * @param delay the time since that report came, in units of 1/65536 s, an unsigned 32 bit value
 */
public record ReportBlock(
        int ssrc,
        int fractionLost,
        int cumulativeLost,
        int highestSequenceNumber,
        int jitter,
        int lastSenderReport,
        int delay) {

    static final int LENGTH_BYTES = 24;
}
