package dev.rostrum.sfu;

import java.util.List;
import java.util.Map;

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

    /** The RTP payload type that is preferred, or the only one. */
    int payloadType();

    /** The clock rate of its RTP timestamps in Hz. */
    int clockRateHz();

    ExtensionIds extensions();

    /**
     * Audio that the endpoint may send: a publication.
     *
     * @param payloadType the RTP payload type of the one codec that is used (Opus)
     * @param clockRateHz the clock rate of the codec in Hz: 48000 for Opus
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
     * Audio that the endpoint receives: a slot of fixed SSRC, for which the SFU decides which publication it carries.
     *
     * @param payloadType the RTP payload type of the one codec that is used (Opus)
     * @param clockRateHz the clock rate of the codec in Hz: 48000 for Opus
     * @param ssrc the SSRC that the answer announced
     */
    record Slot(String mid, MediaKind kind, int payloadType, int clockRateHz, ExtensionIds extensions, int ssrc)
            implements StreamSpec {}

    /**
     * Video that the endpoint may send: a publication, in one encoding or several (simulcast, RFC 8853).
     *
     * @param formats what may come, the preferred first
     * @param ssrcs the SSRCs of media that its description declared; empty if none, then mid, rid and payload type tell
     *     the stream
     * @param retransmissionSsrcs for each SSRC of retransmissions that its description declared, the SSRC of the media
     *     (RFC 5576 §4.2, FID)
     * @param rids the encodings in the offer's order, smallest to largest as browsers use it; empty without simulcast
     * @param feedback what this server may send about it
     * @param screen whether it shows a screen: it fills the slots that ask for nothing certain before cameras do
     * @param csrc the id under which others see the publication: the CSRC of every forwarded packet; never 0, unique in
     *     its space
     * @param permitted whether its packets are forwarded from the start; changed by {@link Sfu#permit}
     */
    record VideoPublish(
            String mid,
            List<VideoFormat> formats,
            ExtensionIds extensions,
            List<Integer> ssrcs,
            Map<Integer, Integer> retransmissionSsrcs,
            List<String> rids,
            VideoFeedback feedback,
            boolean screen,
            int csrc,
            boolean permitted)
            implements StreamSpec {

        public VideoPublish {
            formats = List.copyOf(formats);
            ssrcs = List.copyOf(ssrcs);
            retransmissionSsrcs = Map.copyOf(retransmissionSsrcs);
            rids = List.copyOf(rids);
        }

        @Override
        public MediaKind kind() {
            return MediaKind.VIDEO;
        }

        @Override
        public int payloadType() {
            return formats.getFirst().payloadType();
        }

        @Override
        public int clockRateHz() {
            return VideoCodec.CLOCK_RATE_HZ;
        }
    }

    /**
     * Video that the endpoint receives: a slot of fixed SSRCs that carries what its endpoint asks for.
     *
     * @param formats what it can decode; a publication in another codec is not carried
     * @param ssrc the SSRC of media that the answer announced
     * @param retransmissionSsrc the SSRC of retransmissions that the answer announced; 0 if none of the formats has them
     * @param feedback what its receiver may send about it
     */
    record VideoSlot(
            String mid,
            List<VideoFormat> formats,
            ExtensionIds extensions,
            int ssrc,
            int retransmissionSsrc,
            VideoFeedback feedback)
            implements StreamSpec {

        public VideoSlot {
            formats = List.copyOf(formats);
        }

        @Override
        public MediaKind kind() {
            return MediaKind.VIDEO;
        }

        @Override
        public int payloadType() {
            return formats.getFirst().payloadType();
        }

        @Override
        public int clockRateHz() {
            return VideoCodec.CLOCK_RATE_HZ;
        }
    }
}
