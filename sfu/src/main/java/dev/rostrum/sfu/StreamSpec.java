package dev.rostrum.sfu;

import java.util.List;

/**
 * One m-line of an endpoint, as its negotiation left it.
 *
 * <p>Immutable.
 */
public sealed interface StreamSpec {

    /**
     * The media identification of the m-line (RFC 9143); unique among the publications of the endpoint, and among its
     * slots: an m-line that sends and receives is both.
     */
    String mid();

    MediaKind kind();

    /** The RTP payload type of the one codec that is used (Opus for audio). */
    int payloadType();

    /** The clock rate of the codec in Hz: 48000 for Opus. */
    int clockRateHz();

    ExtensionIds extensions();

    /**
     * What the endpoint may send: a publication.
     *
     * @param ssrcs the SSRCs that its description declared (unsigned 32 bit values in ints); empty if none, then mid
     *     and payload type tell the stream
     * @param csrc the id under which others see the publication: the CSRC of every forwarded packet; never 0, unique
     *     in its space
     * @param permitted whether its packets are forwarded from the start; changed by {@link Sfu#permit}
     */
    record Publish(
            String mid,
            MediaKind kind,
            int payloadType,
            int clockRateHz,
            ExtensionIds extensions,
            List<Integer> ssrcs,
            int csrc,
            boolean permitted)
            implements StreamSpec {

        public Publish {
            ssrcs = List.copyOf(ssrcs);
        }
    }

    /**
     * What the endpoint receives: a slot of fixed SSRC, for which the SFU decides which publication it carries.
     *
     * @param ssrc the SSRC that the answer announced
     */
    record Slot(String mid, MediaKind kind, int payloadType, int clockRateHz, ExtensionIds extensions, int ssrc)
            implements StreamSpec {}
}
