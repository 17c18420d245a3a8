package dev.rostrum.signaling.offer;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoFeedback;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A video codec of an offer that can be used, with its retransmissions.
 *
 * <p>Immutable.
 *
 * @param retransmission the codec of its retransmissions (RFC 4588), if they are offered
 */
record OfferedVideo(VideoCodec kind, Codec codec, @Nullable Codec retransmission) {

    private static final String NACK = "nack";
    private static final String PICTURE_LOSS = "nack pli";
    private static final String FULL_INTRA = "ccm fir";
    private static final String REMB = "goog-remb";
    private static final String TRANSPORT_CC = "transport-cc";
    private static final List<String> FEEDBACK = List.of(REMB, TRANSPORT_CC, FULL_INTRA, NACK, PICTURE_LOSS);

    /** The codecs of an m-line that are wanted, in the order in which they are wanted, one of each kind. */
    static List<OfferedVideo> of(MediaDescription media, List<VideoCodec> wanted) {
        List<Codec> codecs = media.rtp().codecs().stream()
                .filter(codec -> codec.clockRateHz() == VideoCodec.CLOCK_RATE_HZ)
                .filter(MediaNegotiation::isMultiplexable)
                .toList();
        List<OfferedVideo> offered = new ArrayList<>();
        for (VideoCodec kind : wanted) {
            best(kind, codecs)
                    .ifPresent(codec -> offered.add(new OfferedVideo(kind, codec, retransmission(codec, codecs))));
        }
        return offered;
    }

    /** The offerer's favourite of a kind; of H264 that which everybody can decode. */
    private static Optional<Codec> best(VideoCodec kind, List<Codec> codecs) {
        return codecs.stream()
                .filter(codec -> codec.name().equalsIgnoreCase(kind.name()))
                .filter(codec -> switch (kind) {
                    case VP8 -> true;
                    case VP9 -> parameter(codec, "profile-id", "0").equals("0");
                    case AV1 -> parameter(codec, "profile", "0").equals("0");
                    case H264 -> parameter(codec, "packetization-mode", "0").equals("1") && isBaseline(codec);
                })
                .min(Comparator.comparing(codec -> kind == VideoCodec.H264 ? profile(codec) : H264Profile.OTHER));
    }

    private static boolean isBaseline(Codec codec) {
        return profile(codec).compareTo(H264Profile.BASELINE) <= 0;
    }

    private static H264Profile profile(Codec codec) {
        return H264Profile.of(parameter(codec, "profile-level-id", ""));
    }

    private static @Nullable Codec retransmission(Codec codec, List<Codec> codecs) {
        return codecs.stream()
                .filter(other -> other.name().equalsIgnoreCase("rtx"))
                .filter(other -> parameter(other, "apt", "").equals(Integer.toString(codec.payloadType())))
                .findFirst()
                .orElse(null);
    }

    private static String parameter(Codec codec, String key, String absent) {
        return Objects.requireNonNullElse(codec.parameter(key), absent);
    }

    /** Whether an m-line of video with these codecs has use for a header extension. */
    static boolean needs(HeaderExtension extension, List<OfferedVideo> codecs, boolean simulcast) {
        return switch (extension) {
            case RID, REPAIRED_RID -> simulcast;
            case DEPENDENCY_DESCRIPTOR ->
                codecs.stream().anyMatch(codec -> codec.kind == VideoCodec.AV1 || codec.kind == VideoCodec.VP9);
            case AUDIO_LEVEL -> false;
            default -> true;
        };
    }

    VideoFormat format() {
        return new VideoFormat(
                kind, codec.payloadType(), retransmission == null ? VideoFormat.NONE : retransmission.payloadType());
    }

    /** @param transportCc whether the header extension for it is there */
    VideoFeedback feedback(boolean transportCc) {
        List<String> names = feedbackNames(transportCc);
        return new VideoFeedback(
                names.contains(NACK),
                names.contains(PICTURE_LOSS),
                names.contains(FULL_INTRA),
                names.contains(REMB),
                names.contains(TRANSPORT_CC));
    }

    private List<String> feedbackNames(boolean transportCc) {
        return FEEDBACK.stream()
                .filter(codec.feedback()::contains)
                .filter(name -> transportCc || !name.equals(TRANSPORT_CC))
                .toList();
    }

    /** How it is answered: itself, then its retransmissions. */
    List<Codec> answered(boolean transportCc) {
        Codec media = new Codec(
                codec.payloadType(), codec.name(), codec.clockRateHz(), 0, parameters(), feedbackNames(transportCc));
        if (retransmission == null) {
            return List.of(media);
        }
        return List.of(
                media,
                new Codec(
                        retransmission.payloadType(),
                        retransmission.name(),
                        retransmission.clockRateHz(),
                        0,
                        "apt=" + codec.payloadType(),
                        List.of()));
    }

    /**
     * What makes the codec what it is, as it was offered. What else stands in an offer limits those who send to the
     * offerer, and nothing is encoded here.
     */
    private String parameters() {
        List<String> keys =
                switch (kind) {
                    case VP8 -> List.<String>of();
                    case VP9 -> List.of("profile-id");
                    case H264 -> List.of("level-asymmetry-allowed", "packetization-mode", "profile-level-id");
                    case AV1 -> List.of("level-idx", "profile", "tier");
                };
        return String.join(
                ";",
                keys.stream()
                        .flatMap(key -> Stream.ofNullable(codec.parameter(key)).map(value -> key + "=" + value))
                        .toList());
    }
}
