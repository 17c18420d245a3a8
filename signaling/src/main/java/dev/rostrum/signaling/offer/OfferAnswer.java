package dev.rostrum.signaling.offer;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.offer.AnswerPolicy.LocalTransport;
import dev.rostrum.signaling.offer.MediaNegotiation.Outcome;
import dev.rostrum.signaling.sdp.Candidate;
import dev.rostrum.signaling.sdp.Direction;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.MediaDescription.Rtp;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpException.Kind;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.sdp.SdpWriter;
import dev.rostrum.signaling.sdp.SessionDescription;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import dev.rostrum.signaling.sdp.Setup;
import dev.rostrum.signaling.sdp.TransportDescription;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers offers (RFC 3264, RFC 9429 §5.3) as an ICE-lite server with one transport per endpoint.
 *
 * <p>One BUNDLE group (RFC 9143) is accepted, or, without one, a single m-line; all else is answered with port 0. Pure:
 * safe for any thread.
 */
public final class OfferAnswer {

    private static final int CNAME_BYTES = 12; // the 96 bits that RFC 7022 §4.2 asks for
    private static final int MAX_REFUSALS_TOLD = 8;

    private final SessionDescription offer;
    private final AnswerPolicy policy;
    private final RandomGenerator random;
    private final String cname;

    private OfferAnswer(SessionDescription offer, AnswerPolicy policy, RandomGenerator random) {
        this.offer = offer;
        this.policy = policy;
        this.random = random;
        byte[] bytes = new byte[CNAME_BYTES];
        random.nextBytes(bytes);
        this.cname = Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * Answers an offer.
     *
     * @param random the source of SSRCs, CNAME and session id
     * @throws SdpException if the offer can't be read or holds nothing that the policy allows, and nothing else
     */
    public static Answer answer(String offer, AnswerPolicy policy, RandomGenerator random) throws SdpException {
        return answer(SdpReader.read(offer), policy, random);
    }

    /** Answers an offer that has been read; see {@link #answer(String, AnswerPolicy, RandomGenerator)}. */
    public static Answer answer(SessionDescription offer, AnswerPolicy policy, RandomGenerator random)
            throws SdpException {
        return new OfferAnswer(offer, policy, random).answer();
    }

    private Answer answer() throws SdpException {
        if (offer.media().isEmpty()) {
            throw SdpException.of(
                    Kind.NOTHING_USABLE,
                    "The offer has no m-line. Add an audio transceiver: sendonly to speak, recvonly to listen.");
        }
        if (offer.flags().contains(Flag.ICE_LITE)) {
            throw SdpException.of(
                    Kind.UNSUPPORTED,
                    "The offer says a=ice-lite, and so does this server: one side must be a full ICE agent.");
        }
        Map<Integer, String> reasons = new TreeMap<>();
        for (Group group : groups()) {
            Map<Integer, Outcome> outcomes = negotiate(group);
            if (outcomes.values().stream().anyMatch(OfferAnswer::isUsed)) {
                return answer(group, outcomes);
            }
            outcomes.forEach((index, outcome) -> reasons.put(index, reason(outcome)));
        }
        throw SdpException.of(Kind.NOTHING_USABLE, "Nothing in this offer can be used here: " + told(reasons));
    }

    private static boolean isUsed(@Nullable Outcome outcome) {
        return outcome instanceof Outcome.Accepted accepted
                && !accepted.streams().isEmpty();
    }

    private static String reason(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Refused refused -> refused.reason();
            case Outcome.Accepted _ -> "it is inactive";
        };
    }

    private String told(Map<Integer, String> reasons) {
        String more = reasons.size() > MAX_REFUSALS_TOLD
                ? "; and " + (reasons.size() - MAX_REFUSALS_TOLD) + " more m-lines."
                : ".";
        return reasons.entrySet().stream()
                .limit(MAX_REFUSALS_TOLD)
                .map(e -> refusal(e.getKey(), e.getValue()))
                .collect(Collectors.joining("; ", "", more));
    }

    private String refusal(int index, String reason) {
        MediaDescription media = offer.media().get(index);
        return media.label() + " (" + media.direction().sdp() + "): " + reason;
    }

    /**
     * M-lines that share a transport.
     *
     * @param indexes which they are, in the group's order
     * @param bundled whether the offer says so; else it is a single m-line
     */
    private record Group(List<Integer> indexes, boolean bundled) {}

    /** The groups of the offer, in the order in which they are tried. */
    private List<Group> groups() {
        Map<String, Integer> unclaimed = new HashMap<>();
        List<Integer> single = new ArrayList<>();
        for (int i = 0; i < offer.media().size(); i++) {
            String mid = offer.media().get(i).mid();
            if (mid != null) {
                unclaimed.put(mid, i);
            }
            single.add(i);
        }
        List<Group> groups = new ArrayList<>();
        for (List<String> mids : offer.bundles()) {
            // Removing lets a mid belong to the first group that names it only.
            List<Integer> indexes = mids.stream()
                    .map(unclaimed::remove)
                    .filter(Objects::nonNull)
                    .toList();
            if (!indexes.isEmpty()) {
                groups.add(new Group(indexes, true));
                single.removeAll(indexes);
            }
        }
        single.forEach(index -> groups.add(new Group(List.of(index), false)));
        return groups;
    }

    /** What becomes of the m-lines of a group, by their indexes in ascending order. */
    private Map<Integer, Outcome> negotiate(Group group) {
        Set<Integer> ssrcs = offer.media().stream()
                .flatMap(media -> Stream.concat(
                        media.rtp().ssrcs().stream().map(Ssrc::ssrc),
                        media.rtp().ssrcGroups().stream().flatMap(each -> each.ssrcs().stream())))
                .collect(Collectors.toSet());
        MediaNegotiation negotiation =
                new MediaNegotiation(policy, offer.flags().contains(Flag.EXTMAP_ALLOW_MIXED), cname, ssrcs, random);
        Map<Integer, Outcome> outcomes = new TreeMap<>();
        for (int index : group.indexes().stream().sorted().toList()) {
            MediaDescription media = offer.media().get(index);
            String mid = media.mid() == null ? Integer.toString(index) : media.mid();
            outcomes.put(index, negotiation.negotiate(media, group.bundled(), mid));
        }
        return outcomes;
    }

    private Answer answer(Group group, Map<Integer, Outcome> outcomes) throws SdpException {
        List<String> refusals = refusals(outcomes);
        int offererTagged = tagged(group.indexes());
        if (group.bundled() && outcomes.get(offererTagged) instanceof Outcome.Refused) {
            // Without it no BUNDLE can be answered (RFC 9143 §7.3.1), and Chromium with max-bundle really fails.
            MediaNegotiation.keepOpen(offer.media().get(offererTagged))
                    .ifPresent(open -> outcomes.put(offererTagged, open));
        }
        List<Integer> accepted = group.indexes().stream()
                .filter(index -> outcomes.get(index) instanceof Outcome.Accepted)
                .toList();
        int tagged = tagged(accepted);
        MediaDescription taggedMedia = offer.media().get(tagged);
        List<TransportDescription> transports = Stream.of(
                        taggedMedia, offer.media().get(offererTagged))
                .map(MediaDescription::transport)
                .toList();
        IceCredentials remote = credentials(taggedMedia, transports);
        Fingerprint fingerprint = fingerprint(taggedMedia, transports);
        DtlsRole role = role(taggedMedia, transports);

        boolean trickles = transports.stream().anyMatch(t -> t.iceOptions().contains("trickle"));
        Set<String> iceOptions = trickles ? Set.of("ice2", "trickle") : Set.of("ice2");
        List<MediaDescription> lines = new ArrayList<>();
        List<StreamSpec> streams = new ArrayList<>();
        for (int i = 0; i < offer.media().size(); i++) {
            MediaDescription offered = offer.media().get(i);
            if (outcomes.get(i) instanceof Outcome.Accepted outcome) {
                lines.add(accept(offered, outcome, transport(role, iceOptions, i == tagged)));
                streams.addAll(outcome.streams());
            } else {
                lines.add(refuse(offered));
            }
        }
        String sdp = SdpWriter.write(session(bundles(group, accepted, tagged), iceOptions, lines));
        EndpointSpec endpoint = new EndpointSpec(
                policy.endpointId(),
                policy.spaceId(),
                policy.transport().credentials(),
                remote,
                fingerprint,
                role,
                cname,
                streams);
        return new Answer(sdp, endpoint, refusals);
    }

    private List<String> refusals(Map<Integer, Outcome> outcomes) {
        List<String> refusals = new ArrayList<>();
        for (int i = 0; i < offer.media().size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (outcome == null) {
                refusals.add(refusal(i, "it doesn't share the transport of the m-lines in use"));
            } else if (!isUsed(outcome)) {
                refusals.add(refusal(i, reason(outcome)));
            }
        }
        return refusals;
    }

    /** The m-line whose transport holds for the group: the first with a port of its own (RFC 9143 §7.3.1). */
    private int tagged(List<Integer> indexes) {
        return indexes.stream()
                .filter(index -> offer.media().get(index).port() != 0)
                .findFirst()
                // A client that put its only port on an m-line that is refused: no RFC helps, but all cope with this.
                .orElse(indexes.getFirst());
    }

    private List<List<String>> bundles(Group group, List<Integer> accepted, int tagged) {
        if (!group.bundled()) {
            return List.of();
        }
        Set<String> mids = new LinkedHashSet<>();
        mids.add(mid(tagged));
        accepted.forEach(index -> mids.add(mid(index)));
        return List.of(List.copyOf(mids));
    }

    private String mid(int index) {
        return Objects.requireNonNull(offer.media().get(index).mid());
    }

    private static <T> @Nullable T first(
            List<TransportDescription> transports, Function<TransportDescription, @Nullable T> of) {
        return transports.stream().map(of).filter(Objects::nonNull).findFirst().orElse(null);
    }

    private static IceCredentials credentials(MediaDescription tagged, List<TransportDescription> transports)
            throws SdpException {
        IceCredentials credentials = first(transports, TransportDescription::credentials);
        if (credentials == null) {
            throw SdpException.of(
                    Kind.UNSUPPORTED, tagged, "there is no a=ice-ufrag and a=ice-pwd; a WebRTC offer has them.");
        }
        return credentials;
    }

    private static Fingerprint fingerprint(MediaDescription tagged, List<TransportDescription> transports)
            throws SdpException {
        TransportDescription transport = first(transports, t -> t.hasFingerprint() ? t : null);
        if (transport == null) {
            throw SdpException.of(
                    Kind.UNSUPPORTED, tagged, "there is no a=fingerprint; media is only sent over DTLS-SRTP.");
        }
        if (transport.fingerprints().isEmpty()) {
            throw SdpException.of(
                    Kind.UNSUPPORTED,
                    tagged,
                    "a=fingerprint uses "
                            + transport.otherHashes().stream()
                                    .map(SdpException::printable)
                                    .distinct()
                                    .limit(4)
                                    .collect(Collectors.joining(", "))
                            + "; only sha-256 is accepted.");
        }
        return transport.fingerprints().getFirst();
    }

    private DtlsRole role(MediaDescription tagged, List<TransportDescription> transports) throws SdpException {
        Setup setup = first(transports, TransportDescription::setup);
        return switch (setup) {
            case null -> DtlsRole.SERVER; // an offer that doesn't say is active (RFC 4145 §4.1)
            case ACTIVE -> DtlsRole.SERVER;
            case PASSIVE -> DtlsRole.CLIENT;
            case ACTPASS -> policy.transport().preferredRole();
            case HOLDCONN ->
                throw SdpException.of(
                        Kind.UNSUPPORTED, tagged, "a=setup:holdconn can't be answered; offer a=setup:actpass.");
        };
    }

    private SessionDescription session(
            List<List<String>> bundles, Set<String> iceOptions, List<MediaDescription> lines) {
        Set<Flag> flags = EnumSet.of(Flag.ICE_LITE);
        if (offer.flags().contains(Flag.EXTMAP_ALLOW_MIXED)) {
            flags.add(Flag.EXTMAP_ALLOW_MIXED);
        }
        String origin = "- " + (random.nextLong() & Long.MAX_VALUE) + " 1 IN IP4 127.0.0.1"; // RFC 9429 §5.2.1
        return new SessionDescription(origin, bundles, flags, iceOptions, "WMS *", lines, List.of());
    }

    private TransportDescription transport(DtlsRole role, Set<String> iceOptions, boolean tagged) {
        LocalTransport local = policy.transport();
        // RFC 9143 wants credentials and fingerprint on the tagged m-line only, and clients that are older than it, or
        // don't care for it, want them on each. Repeated, they are right for both. Candidates are not repeated.
        return new TransportDescription(
                local.credentials(),
                List.of(local.fingerprint()),
                List.of(),
                Setup.of(role),
                iceOptions,
                tagged ? Candidate.hosts(local.candidates()) : List.of(),
                tagged);
    }

    private MediaDescription accept(
            MediaDescription offered, Outcome.Accepted outcome, TransportDescription transport) {
        Set<Flag> flags = EnumSet.of(Flag.RTCP_MUX);
        if (offered.has(Flag.RTCP_RSIZE)) {
            flags.add(Flag.RTCP_RSIZE);
        }
        if (offered.has(Flag.EXTMAP_ALLOW_MIXED) && !offer.flags().contains(Flag.EXTMAP_ALLOW_MIXED)) {
            flags.add(Flag.EXTMAP_ALLOW_MIXED);
        }
        Candidate.DefaultDestination destination =
                Candidate.defaultDestination(policy.transport().candidates());
        return new MediaDescription(
                0,
                offered.type(),
                destination.port(),
                offered.protocol(),
                outcome.rtp().codecs().stream()
                        .map(codec -> Integer.toString(codec.payloadType()))
                        .toList(),
                destination.connection(),
                offered.mid(),
                outcome.direction(),
                flags,
                transport,
                outcome.rtp(),
                List.of());
    }

    /** RFC 3264 §6: port 0, and at least one of the offered formats. */
    private static MediaDescription refuse(MediaDescription offered) {
        return new MediaDescription(
                0,
                offered.type(),
                0,
                offered.protocol(),
                List.of(offered.formats().getFirst()),
                Candidate.NO_CONNECTION,
                offered.mid(),
                Direction.INACTIVE,
                Set.of(),
                TransportDescription.NONE,
                Rtp.NONE,
                List.of());
    }
}
