package dev.rostrum.signaling.offer;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.ice.IceCredentials;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/**
 * What an offer may get, and from whom.
 *
 * <p>Immutable; made by each door (page, WHIP, WHEP) for each offer. Nothing of it depends on the offer.
 *
 * @param endpointId the id of the endpoint to be
 * @param spaceId its space
 * @param transport this side of its connection
 * @param publications what it may publish, for the sending m-lines of each kind in their order; empty for a player
 * @param audioSlots the largest number of audio slots it gets; 0 for a mere publisher
 * @param video what it gets of video
 * @param opus what is asked of whoever hears and sends nothing; publications have their own
 * @param extensions the header extensions that may be negotiated where they are offered
 */
public record AnswerPolicy(
        String endpointId,
        String spaceId,
        LocalTransport transport,
        List<Publication> publications,
        int audioSlots,
        Video video,
        OpusSettings opus,
        Set<HeaderExtension> extensions) {

    /** Those of spaces without video: no transport-cc, for which Chromium would send 16 RTCP packets a second. */
    public static final Set<HeaderExtension> AUDIO_EXTENSIONS =
            Set.of(HeaderExtension.MID, HeaderExtension.AUDIO_LEVEL, HeaderExtension.ABS_CAPTURE_TIME);

    /**
     * Those of spaces with video. The orientation of video is not among them: Firefox does not know it and would show a
     * telephone's picture lying on its side; where it isn't negotiated, the sender turns its picture itself.
     */
    public static final Set<HeaderExtension> VIDEO_EXTENSIONS = Set.of(
            HeaderExtension.MID,
            HeaderExtension.AUDIO_LEVEL,
            HeaderExtension.ABS_CAPTURE_TIME,
            HeaderExtension.TRANSPORT_CC,
            HeaderExtension.RID,
            HeaderExtension.REPAIRED_RID,
            HeaderExtension.ABS_SEND_TIME,
            HeaderExtension.DEPENDENCY_DESCRIPTOR);

    public AnswerPolicy {
        publications = List.copyOf(publications);
        extensions = Set.copyOf(extensions);
    }

    /**
     * This side of a connection.
     *
     * @param credentials new ones for every offer
     * @param fingerprint of this server's certificate
     * @param candidates the addresses to connect to, best first
     * @param preferredRole the DTLS role to take if the offer leaves it to this side
     */
    public record LocalTransport(
            IceCredentials credentials,
            Fingerprint fingerprint,
            List<InetSocketAddress> candidates,
            DtlsRole preferredRole) {

        public LocalTransport {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * Leave for one publication.
     *
     * @param csrc the id under which others see it; not 0, unique in its space
     * @param permitted whether it is forwarded from the start; a listener's microphone is there but not permitted
     * @param screen whether it shows a screen
     * @param opus what is asked of it if it sends Opus
     */
    public record Publication(MediaKind kind, int csrc, boolean permitted, boolean screen, OpusSettings opus) {}

    /**
     * What there is of video.
     *
     * @param codecs those of the space, the preferred first; empty where there is no video
     * @param slots the largest number of video slots; 0 for a mere publisher
     */
    public record Video(List<VideoCodec> codecs, int slots) {

        /** Video is refused. */
        public static final Video NONE = new Video(List.of(), 0);

        public Video {
            codecs = List.copyOf(codecs);
        }
    }
}
