package dev.rostrum.sfu.rtcp;

import java.util.List;

/**
 * One RTCP packet of a compound or reduced-size datagram.
 *
 * <p>Immutable. SSRCs and 32 bit counts are unsigned values in ints, 16 bit ones are 0 to 65535.
 */
public sealed interface RtcpMessage {

    /**
     * What a sender says of its stream (RFC 3550 §6.4.1).
     *
     * @param ntp the NTP timestamp of the report: seconds since 1900 in the upper 32 bits
     * @param rtpTimestamp the same instant in the stream's timestamps
     * @param packets sent since the beginning
     * @param octets of payload sent since the beginning
     */
    record SenderReport(int ssrc, long ntp, int rtpTimestamp, int packets, int octets, List<ReportBlock> reports)
            implements RtcpMessage {
        public SenderReport {
            reports = List.copyOf(reports);
        }
    }

    /** What a receiver says of the streams that it gets (RFC 3550 §6.4.2). */
    record ReceiverReport(int ssrc, List<ReportBlock> reports) implements RtcpMessage {
        public ReceiverReport {
            reports = List.copyOf(reports);
        }
    }

    /** Names of sources (RFC 3550 §6.5); of their items only the CNAME. */
    record SourceDescription(List<Chunk> chunks) implements RtcpMessage {
        public SourceDescription {
            chunks = List.copyOf(chunks);
        }

        /**
         * One source.
         *
         * @param cname its canonical name, at most 255 bytes of UTF-8; empty if it gave none
         */
        public record Chunk(int ssrc, String cname) {}
    }

    /**
     * Sources leave (RFC 3550 §6.6).
     *
     * @param reason at most 255 bytes of UTF-8; empty for none
     */
    record Goodbye(List<Integer> ssrcs, String reason) implements RtcpMessage {
        public Goodbye {
            ssrcs = List.copyOf(ssrcs);
        }
    }

    /** A receiver misses packets (RFC 4585 §6.2.1): their sequence numbers, 0 to 65535, in the order of the packet. */
    record Nack(int senderSsrc, int mediaSsrc, List<Integer> sequenceNumbers) implements RtcpMessage {
        public Nack {
            sequenceNumbers = List.copyOf(sequenceNumbers);
        }
    }

    /** A receiver can't decode any more and needs a key frame (RFC 4585 §6.3.1). */
    record PictureLossIndication(int senderSsrc, int mediaSsrc) implements RtcpMessage {}

    /** A receiver wants key frames (RFC 5104 §4.3.1). */
    record FullIntraRequest(int senderSsrc, List<Request> requests) implements RtcpMessage {
        public FullIntraRequest {
            requests = List.copyOf(requests);
        }

        /** One wish: of which source, and a number (0 to 255) that stays the same when the wish is repeated. */
        public record Request(int ssrc, int sequenceNumber) {}
    }

    /** A receiver's estimate of what fits on its way (draft-alvestrand-rmcat-remb). */
    record ReceiverEstimatedMaximumBitrate(int senderSsrc, long bitrateBps, List<Integer> ssrcs)
            implements RtcpMessage {
        public ReceiverEstimatedMaximumBitrate {
            ssrcs = List.copyOf(ssrcs);
        }
    }

    /**
     * When packets arrived, by their transport-wide sequence numbers (draft-holmer-rmcat-transport-wide-cc-extensions-01
     * §3.1).
     *
     * @param baseSequenceNumber the first number that it speaks of
     * @param statusCount of how many numbers it speaks; those without an arrival were not received
     * @param referenceTime in units of 64 ms, signed 24 bits; the first delta counts from it
     * @param feedbackCount the number of this feedback, 0 to 255
     * @param arrivals the packets received, in the order of their numbers
     */
    record TransportFeedback(
            int senderSsrc,
            int mediaSsrc,
            int baseSequenceNumber,
            int statusCount,
            int referenceTime,
            int feedbackCount,
            List<Arrival> arrivals)
            implements RtcpMessage {
        public TransportFeedback {
            arrivals = List.copyOf(arrivals);
        }

        /** A packet received: its number, and the time since the arrival before it in units of 250 µs (16 bits). */
        public record Arrival(int sequenceNumber, int delta) {}
    }

    /**
     * Round-trip times for receivers that send nothing (RFC 3611 §4.4, §4.5); other blocks are skipped.
     *
     * @param referenceTime the NTP timestamp of a receiver reference time block; 0 for none
     * @param delays the delay blocks that answer such
     */
    record ExtendedReport(int ssrc, long referenceTime, List<Delay> delays) implements RtcpMessage {
        public ExtendedReport {
            delays = List.copyOf(delays);
        }

        /** As LSR and DLSR of a report block: the middle of the last reference time, and the delay in 1/65536 s. */
        public record Delay(int ssrc, int lastReceiverReport, int delay) {}
    }
}
