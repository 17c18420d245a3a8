package dev.rostrum.sfu.stream;

import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import java.util.List;

/**
 * What a sender counts of one outgoing stream for its reports, and what its receiver reports back (RFC 3550 §6.4.1).
 *
 * <p>Belongs to one slot and its shard; allocates nothing.
 */
public final class SenderStatistics {

    private int packets;
    private int octets;
    private boolean sentSinceReport;
    private int fractionLost;
    private int cumulativeLost;
    private long roundTripNs = -1;

    /**
     * Counts a packet that went out; its payload without header and padding.
     *
     * @return whether it is the first since the last {@link #report}, so that one becomes due
     */
    public boolean onSent(int payloadLengthBytes) {
        packets++;
        octets += payloadLengthBytes;
        boolean first = !sentSinceReport;
        sentSinceReport = true;
        return first;
    }

    /** Packets sent, an unsigned 32 bit count. */
    public int packets() {
        return packets;
    }

    /** Payload octets sent, an unsigned 32 bit count. */
    public int octets() {
        return octets;
    }

    /** Whether a packet went out since the last {@link #report}; without one no sender report is due. */
    public boolean sentSinceReport() {
        return sentSinceReport;
    }

    /**
     * Adds the stream's sender report for this instant to a datagram, without an object for it.
     *
     * @param stream the stream that is counted here
     * @param reports what the report tells of streams that come the other way
     */
    public void report(
            RtcpWriter writer, ReportedStream stream, NtpClock clock, long nowNs, List<ReportBlock> reports) {
        sentSinceReport = false;
        writer.addSenderReport(stream.ssrc(), clock.ntp(nowNs), stream.timestampAt(nowNs), packets, octets, reports);
    }

    /** Takes what the receiver reports of this stream. */
    public void onReportBlock(ReportBlock block, NtpClock clock, long nowNs) {
        fractionLost = block.fractionLost();
        cumulativeLost = block.cumulativeLost();
        if (block.lastSenderReport() != 0) {
            int roundTrip = NtpClock.compact(clock.ntp(nowNs)) - block.lastSenderReport() - block.delay();
            if (roundTrip >= 0) { // a peer's lie or rounding may make it negative
                roundTripNs = NtpClock.durationNs(roundTrip);
            }
        }
    }

    /** The part of packets lost in the receiver's last interval, in 1/256. */
    public int fractionLost() {
        return fractionLost;
    }

    /** The packets that the receiver missed since the beginning. */
    public int cumulativeLost() {
        return cumulativeLost;
    }

    /** The round-trip time in nanoseconds; −1 while unknown. */
    public long roundTripNs() {
        return roundTripNs;
    }
}
