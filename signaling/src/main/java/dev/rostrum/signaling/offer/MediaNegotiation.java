package dev.rostrum.signaling.offer;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoFeedback;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.signaling.sdp.Direction;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import dev.rostrum.signaling.sdp.MediaDescription.Extension;
import dev.rostrum.signaling.sdp.MediaDescription.Rtp;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.MediaDescription.SsrcGroup;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import dev.rostrum.signaling.sdp.Simulcast;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of the m-lines of one transport, one after the other: codec, direction, header extensions, and
 * which publication or slot they are.
 *
 * <p>Mutable: it remembers what the m-lines before took. Belongs to one offer.
 */
final class MediaNegotiation {

    /** The longest that the one-byte form of a header extension holds (RFC 8285 §4.2). */
    private static final int MAX_MID_LENGTH = 16;

    private static final int MAX_ONE_BYTE_ID = 14;

    /** Codecs that only protect or repeat others. */
    private static final Set<String> NOT_ALONE =
            Set.of("rtx", "red", "ulpfec", "flexfec", "flexfec-03", "cn", "telephone-event");

    private static final Predicate<HeaderExtension> NOT_FOR_AUDIO = Set.of(
            HeaderExtension.RID,
            HeaderExtension.REPAIRED_RID,
            HeaderExtension.VIDEO_ORIENTATION,
            HeaderExtension.DEPENDENCY_DESCRIPTOR)::contains;

    /** What becomes of an m-line. */
    sealed interface Outcome {

        /** @param reason a clause that says why, for the offerer */
        record Refused(String reason) implements Outcome {}

        /**
         * @param direction as this side sees it
         * @param rtp what the answer says of it
         * @param streams what the SFU must know of it; none if it is inactive
         */
        record Accepted(Direction direction, Rtp rtp, List<StreamSpec> streams) implements Outcome {}
    }

    private final AnswerPolicy policy;
    private final boolean allowMixed;
    private final String cname;
    private final RandomGenerator random;
    private final List<AnswerPolicy.Publication> publicationsLeft;
    private final Set<Integer> takenSsrcs;
    private final Set<Integer> publishedSsrcs = new HashSet<>();
    private final Map<Integer, HeaderExtension> extensionOfId = new HashMap<>();
    private final Map<HeaderExtension, Integer> idOfExtension = new EnumMap<>(HeaderExtension.class);
    private int slots;
    private int videoSlots;

    /**
     * @param allowMixed whether the session level offers to mix the two forms of header extensions
     * @param takenSsrcs those of the offer
     */
    MediaNegotiation(
            AnswerPolicy policy, boolean allowMixed, String cname, Set<Integer> takenSsrcs, RandomGenerator random) {
        this.policy = policy;
        this.allowMixed = allowMixed;
        this.cname = cname;
        this.random = random;
        this.publicationsLeft = new ArrayList<>(policy.publications());
        this.takenSsrcs = new HashSet<>(takenSsrcs);
    }

    /**
     * Decides about the next m-line.
     *
     * @param bundled whether it is in a BUNDLE group
     * @param mid its mid, or what stands in for it
     */
    Outcome negotiate(MediaDescription media, boolean bundled, String mid) {
        if (media.port() == 0 && !(bundled && media.has(Flag.BUNDLE_ONLY))) {
            return new Outcome.Refused("it was offered as rejected, with port 0");
        }
        switch (media.type()) {
            case "audio" -> {}
            case "video" -> {
                if (policy.video().codecs().isEmpty()) {
                    return new Outcome.Refused("there is no video here");
                }
            }
            case "application" -> {
                return new Outcome.Refused("data channels are not used here");
            }
            default -> {
                return new Outcome.Refused(
                        policy.video().codecs().isEmpty()
                                ? "only audio is understood"
                                : "only audio and video are understood");
            }
        }
        if (!isSecureRtp(media.protocol())) {
            return new Outcome.Refused(
                    "its protocol is " + SdpException.printable(media.protocol()) + "; UDP/TLS/RTP/SAVPF is needed");
        }
        if (!media.has(Flag.RTCP_MUX)) {
            return new Outcome.Refused("it has no a=rtcp-mux, which is needed");
        }
        if (media.type().equals("video")) {
            return video(media, mid);
        }
        Codec codec = opus(media);
        if (codec == null) {
            return new Outcome.Refused("it has no opus/48000/2, only " + names(media));
        }
        return audio(media, codec, mid);
    }

    private Outcome audio(MediaDescription media, Codec codec, String mid) {
        boolean offersToSend = media.direction().sends();
        boolean offersToHear = media.direction().receives();
        AnswerPolicy.Publication publication = offersToSend ? takePublication(MediaKind.AUDIO) : null;
        boolean hears = offersToHear && slots < policy.audioSlots();
        if (publication == null && !hears && media.direction() != Direction.INACTIVE) {
            return new Outcome.Refused(noRoom(MediaKind.AUDIO, offersToSend, offersToHear));
        }
        Map<HeaderExtension, Extension> extensions =
                extensions(media, publication != null, hears, NOT_FOR_AUDIO.negate());
        List<StreamSpec> streams = new ArrayList<>();
        List<Ssrc> ssrcs = new ArrayList<>();
        String msid = null;
        if (publication != null) {
            streams.add(new StreamSpec.Publish(
                    mid,
                    MediaKind.AUDIO,
                    codec.payloadType(),
                    codec.clockRateHz(),
                    ids(extensions, extension -> extension.direction().sends()),
                    publishedSsrcs(media, Map.of()),
                    publication.csrc(),
                    publication.permitted()));
        }
        if (hears) {
            int ssrc = newSsrc();
            streams.add(new StreamSpec.Slot(
                    mid,
                    MediaKind.AUDIO,
                    codec.payloadType(),
                    codec.clockRateHz(),
                    ids(extensions, extension -> extension.direction().receives()),
                    ssrc));
            ssrcs.add(new Ssrc(ssrc, cname));
            msid = "slot-" + slots + " slot-" + slots + "-audio";
            slots++;
        }
        boolean feedback = extensions.containsKey(HeaderExtension.TRANSPORT_CC)
                && codec.feedback().contains("transport-cc");
        OpusSettings opus = publication == null ? policy.opus() : publication.opus();
        Rtp rtp = new Rtp(
                List.of(new Codec(
                        codec.payloadType(),
                        codec.name(),
                        codec.clockRateHz(),
                        codec.channels(),
                        opus.parameters(codec, publication != null, hears),
                        feedback ? List.of("transport-cc") : List.of())),
                reversed(extensions),
                ssrcs,
                List.of(),
                Simulcast.NONE,
                msid,
                publication == null ? 0 : opus.ptimeMs(),
                publication == null ? 0 : opus.maxptimeMs());
        return new Outcome.Accepted(Direction.of(hears, publication != null), rtp, streams);
    }

    private Outcome video(MediaDescription media, String mid) {
        List<OfferedVideo> usable = OfferedVideo.of(media, policy.video().codecs());
        if (usable.isEmpty()) {
            return new Outcome.Refused("it has none of the space's codecs ("
                    + policy.video().codecs().stream().map(VideoCodec::name).collect(Collectors.joining(", "))
                    + "), only " + names(media));
        }
        boolean offersToSend = media.direction().sends();
        boolean offersToSee = media.direction().receives();
        AnswerPolicy.Publication publication = offersToSend ? takePublication(MediaKind.VIDEO) : null;
        boolean sees = offersToSee && videoSlots < policy.video().slots();
        if (publication == null && !sees && media.direction() != Direction.INACTIVE) {
            return new Outcome.Refused(noRoom(MediaKind.VIDEO, offersToSend, offersToSee));
        }
        // Whoever only sends needs one codec, the space's first; whoever receives gets what the others send.
        List<OfferedVideo> codecs = sees ? usable : usable.subList(0, 1);
        int payloadType = codecs.getFirst().format().payloadType();
        Simulcast simulcast =
                publication == null ? Simulcast.NONE : media.rtp().simulcast().answered(payloadType);
        Map<HeaderExtension, Extension> extensions = extensions(
                media,
                publication != null,
                sees,
                extension ->
                        OfferedVideo.needs(extension, codecs, !simulcast.rids().isEmpty()));
        // Nothing else tells encodings without declared SSRCs apart.
        boolean layered = extensions.containsKey(HeaderExtension.RID);
        boolean transportCc = extensions.containsKey(HeaderExtension.TRANSPORT_CC);
        VideoFeedback feedback = codecs.getFirst().feedback(transportCc);
        List<VideoFormat> formats = codecs.stream().map(OfferedVideo::format).toList();
        List<StreamSpec> streams = new ArrayList<>();
        List<Ssrc> ssrcs = new ArrayList<>();
        List<SsrcGroup> groups = new ArrayList<>();
        String msid = null;
        if (publication != null) {
            Map<Integer, Integer> retransmissions = new HashMap<>(retransmissions(media));
            List<Integer> published = publishedSsrcs(media, retransmissions);
            retransmissions.values().retainAll(published);
            streams.add(new StreamSpec.VideoPublish(
                    mid,
                    formats,
                    ids(extensions, extension -> extension.direction().sends()),
                    published,
                    retransmissions,
                    layered ? simulcast.ids() : List.of(),
                    feedback,
                    publication.screen(),
                    publication.csrc(),
                    publication.permitted()));
        }
        if (sees) {
            int ssrc = newSsrc();
            ssrcs.add(new Ssrc(ssrc, cname));
            int retransmissionSsrc = 0;
            if (formats.stream().anyMatch(format -> format.retransmissionPayloadType() != VideoFormat.NONE)) {
                retransmissionSsrc = newSsrc();
                ssrcs.add(new Ssrc(retransmissionSsrc, cname));
                groups.add(new SsrcGroup(SsrcGroup.RETRANSMISSIONS, List.of(ssrc, retransmissionSsrc)));
            }
            streams.add(new StreamSpec.VideoSlot(
                    mid,
                    formats,
                    ids(extensions, extension -> extension.direction().receives()),
                    ssrc,
                    retransmissionSsrc,
                    feedback));
            msid = "picture-" + videoSlots + " picture-" + videoSlots + "-video";
            videoSlots++;
        }
        Rtp rtp = new Rtp(
                codecs.stream()
                        .flatMap(codec -> codec.answered(transportCc).stream())
                        .toList(),
                reversed(extensions),
                ssrcs,
                groups,
                layered ? simulcast : Simulcast.NONE,
                msid,
                0,
                0);
        return new Outcome.Accepted(Direction.of(sees, publication != null), rtp, streams);
    }

    /** For each SSRC of retransmissions that is declared, that of the media (RFC 5576 §4.2, FID). */
    private static Map<Integer, Integer> retransmissions(MediaDescription media) {
        Map<Integer, Integer> retransmissions = new HashMap<>();
        for (SsrcGroup group : media.rtp().ssrcGroups()) {
            if (group.semantics().equals(SsrcGroup.RETRANSMISSIONS)
                    && group.ssrcs().size() == 2) {
                retransmissions.putIfAbsent(group.ssrcs().get(1), group.ssrcs().getFirst());
            }
        }
        return retransmissions;
    }

    private static List<Extension> reversed(Map<HeaderExtension, Extension> extensions) {
        return extensions.values().stream()
                .map(e -> new Extension(e.id(), e.direction().reversed(), e.uri()))
                .toList();
    }

    /**
     * How to accept, without media, an m-line that is of no use except that the others need its transport; empty if it
     * can't be.
     */
    static Optional<Outcome.Accepted> keepOpen(MediaDescription media) {
        boolean rtp = media.type().equals("audio") || media.type().equals("video");
        if (!rtp || !isSecureRtp(media.protocol()) || !media.has(Flag.RTCP_MUX)) {
            return Optional.empty();
        }
        // The parameters are part of what the codec is: H264 without them would be another one.
        return media.rtp().codecs().stream()
                .filter(codec -> !NOT_ALONE.contains(codec.name().toLowerCase(Locale.ROOT)))
                .filter(MediaNegotiation::isMultiplexable)
                .findFirst()
                .map(codec -> new Codec(
                        codec.payloadType(),
                        codec.name(),
                        codec.clockRateHz(),
                        codec.channels(),
                        codec.parameters(),
                        List.of()))
                .map(codec -> new Rtp(List.of(codec), List.of(), List.of(), List.of(), Simulcast.NONE, null, 0, 0))
                .map(description -> new Outcome.Accepted(Direction.INACTIVE, description, List.of()));
    }

    /** RFC 9429 §5.1.2 wants all of these accepted, as long as there is a fingerprint. */
    private static boolean isSecureRtp(String protocol) {
        return switch (protocol) {
            case "UDP/TLS/RTP/SAVPF",
                    "UDP/TLS/RTP/SAVP",
                    "TCP/DTLS/RTP/SAVPF",
                    "TCP/DTLS/RTP/SAVP",
                    "RTP/SAVPF",
                    "RTP/SAVP",
                    "RTP/AVPF",
                    "RTP/AVP" -> true;
            default -> false;
        };
    }

    /** The Opus that the offerer likes best. */
    private static @Nullable Codec opus(MediaDescription media) {
        for (Codec codec : media.rtp().codecs()) {
            // RFC 7587 §7 wants two channels in every rtpmap; some leave them out.
            boolean channels = codec.channels() == 2 || codec.channels() == 0;
            if (codec.name().equalsIgnoreCase("opus")
                    && codec.clockRateHz() == 48_000
                    && channels
                    && isMultiplexable(codec)) {
                return codec;
            }
        }
        return null;
    }

    /** With rtcp-mux, payload types 64 to 95 can't be told from RTCP (RFC 5761 §4). */
    static boolean isMultiplexable(Codec codec) {
        return codec.payloadType() < 64 || codec.payloadType() > 95;
    }

    private static String names(MediaDescription media) {
        if (media.rtp().codecs().isEmpty()) {
            return "payload types without an a=rtpmap that can be read";
        }
        return media.rtp().codecs().stream()
                .limit(8)
                .map(codec -> SdpException.printable(codec.encoding()))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private AnswerPolicy.@Nullable Publication takePublication(MediaKind kind) {
        for (int i = 0; i < publicationsLeft.size(); i++) {
            if (publicationsLeft.get(i).kind() == kind) {
                return publicationsLeft.remove(i);
            }
        }
        return null;
    }

    private String noRoom(MediaKind kind, boolean offersToSend, boolean offersToReceive) {
        long publications = policy.publications().stream()
                .filter(publication -> publication.kind() == kind)
                .count();
        int most =
                kind == MediaKind.AUDIO ? policy.audioSlots() : policy.video().slots();
        String received = kind == MediaKind.AUDIO ? "heard" : "seen";
        String toSend = publications == 0
                ? "nothing may be published here"
                : "no more than " + publications + " may be published";
        String toReceive = most == 0
                ? "nothing can be " + received + " here"
                : "no more than " + most + " " + kind.name().toLowerCase(Locale.ROOT) + " m-lines can be " + received;
        if (offersToSend && offersToReceive) {
            return toSend + ", and " + toReceive;
        }
        return offersToSend ? toSend : toReceive;
    }

    /** The extensions that are used, as the offerer sees them. */
    private Map<HeaderExtension, Extension> extensions(
            MediaDescription media, boolean publishes, boolean hears, Predicate<HeaderExtension> needed) {
        Map<HeaderExtension, Extension> used = new EnumMap<>(HeaderExtension.class);
        int maxId = allowMixed || media.has(Flag.EXTMAP_ALLOW_MIXED) ? 255 : MAX_ONE_BYTE_ID;
        for (Extension offered : media.rtp().extensions()) {
            HeaderExtension extension = HeaderExtension.of(offered.uri()).orElse(null);
            boolean useful = (publishes && offered.direction().sends())
                    || (hears && offered.direction().receives());
            boolean valid = offered.id() >= 1 && offered.id() <= maxId && offered.id() != MAX_ONE_BYTE_ID + 1;
            if (extension == null || !useful || !valid || !policy.extensions().contains(extension)) {
                continue;
            }
            if (!needed.test(extension)) {
                continue;
            }
            String mid = media.mid();
            if (extension == HeaderExtension.MID && (mid == null || mid.length() > MAX_MID_LENGTH)) {
                continue;
            }
            if (bind(offered.id(), extension)) {
                used.putIfAbsent(extension, offered);
            }
        }
        return used;
    }

    /** Whether an id may mean an extension: in a BUNDLE an id has one meaning, and here an extension has one id. */
    private boolean bind(int id, HeaderExtension extension) {
        HeaderExtension meaning = extensionOfId.get(id);
        Integer known = idOfExtension.get(extension);
        if (meaning != null || known != null) {
            return meaning == extension;
        }
        extensionOfId.put(id, extension);
        idOfExtension.put(extension, id);
        return true;
    }

    private static ExtensionIds ids(Map<HeaderExtension, Extension> used, Predicate<Extension> way) {
        return new ExtensionIds(
                id(used.get(HeaderExtension.MID), way),
                id(used.get(HeaderExtension.AUDIO_LEVEL), way),
                id(used.get(HeaderExtension.ABS_CAPTURE_TIME), way),
                id(used.get(HeaderExtension.TRANSPORT_CC), way),
                id(used.get(HeaderExtension.RID), way),
                id(used.get(HeaderExtension.REPAIRED_RID), way),
                id(used.get(HeaderExtension.ABS_SEND_TIME), way),
                id(used.get(HeaderExtension.VIDEO_ORIENTATION), way),
                id(used.get(HeaderExtension.DEPENDENCY_DESCRIPTOR), way));
    }

    private static int id(@Nullable Extension extension, Predicate<Extension> way) {
        return extension != null && way.test(extension) ? extension.id() : 0;
    }

    /** @param retransmissions what is no medium of its own */
    private List<Integer> publishedSsrcs(MediaDescription media, Map<Integer, Integer> retransmissions) {
        // An SSRC that two m-lines declare can only be one's: the first's.
        return media.rtp().ssrcs().stream()
                .map(Ssrc::ssrc)
                .filter(ssrc -> !retransmissions.containsKey(ssrc))
                .filter(publishedSsrcs::add)
                .toList();
    }

    private int newSsrc() {
        int ssrc;
        do {
            ssrc = random.nextInt();
        } while (ssrc == 0 || !takenSsrcs.add(ssrc));
        return ssrc;
    }
}
