package dev.rostrum.signaling.sdp;

import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import dev.rostrum.signaling.sdp.MediaDescription.Extension;
import dev.rostrum.signaling.sdp.MediaDescription.Rtp;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.MediaDescription.SsrcGroup;
import dev.rostrum.signaling.sdp.SessionDescription.Attribute;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collects the attributes of one section of a description: its session level, or one m-line.
 *
 * <p>Mutable; belongs to one call of a reader.
 */
final class SectionReader {

    private static final Map<String, Flag> FLAGS = Map.of(
            Flag.ICE_LITE.sdp(), Flag.ICE_LITE,
            Flag.BUNDLE_ONLY.sdp(), Flag.BUNDLE_ONLY,
            Flag.RTCP_MUX.sdp(), Flag.RTCP_MUX,
            Flag.RTCP_RSIZE.sdp(), Flag.RTCP_RSIZE,
            Flag.EXTMAP_ALLOW_MIXED.sdp(), Flag.EXTMAP_ALLOW_MIXED);

    /** RFC 8445 wants letters, digits, + and /; the others have been seen from clients and harm nobody. */
    private static final String ICE_PUNCTUATION = "+/-_=#";

    private final List<List<String>> bundles = new ArrayList<>();
    private final Set<Flag> flags = EnumSet.noneOf(Flag.class);
    private final List<Fingerprint> fingerprints = new ArrayList<>();
    private final List<String> otherHashes = new ArrayList<>();
    private final Set<String> iceOptions = new LinkedHashSet<>();
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<Extension> extensions = new ArrayList<>();
    private final Map<Integer, Rtpmap> rtpmaps = new LinkedHashMap<>();
    private final Map<Integer, String> parameters = new LinkedHashMap<>();
    private final Map<String, List<String>> feedback = new LinkedHashMap<>();
    private final Map<Integer, Ssrc> ssrcs = new LinkedHashMap<>();
    private final List<SsrcGroup> ssrcGroups = new ArrayList<>();
    private final List<Simulcast.Rid> rids = new ArrayList<>();
    private final List<Attribute> unknown = new ArrayList<>();

    /** What an {@code a=rtpmap} says of its payload type. */
    private record Rtpmap(String name, int clockRateHz, int channels) {}

    private @Nullable SdpLine ufrag;
    private @Nullable SdpLine pwd;
    private @Nullable Setup setup;
    private @Nullable Direction direction;
    private @Nullable String mid;
    private @Nullable String msid;
    private @Nullable String msidSemantic;
    private @Nullable String simulcast;
    private @Nullable String connection;
    private boolean endOfCandidates;
    private int ptimeMs;
    private int maxptimeMs;

    /** Takes one line that is neither {@code m=} nor {@code v=}. */
    void line(SdpLine line) throws SdpException {
        if (line.type() == 'c') {
            connection = line.value().strip();
        } else if (line.type() == 'a') {
            attribute(line, line.attributeName(), line.attributeValue());
        }
    }

    private void attribute(SdpLine line, String name, String value) throws SdpException {
        switch (name) {
            case "sendrecv", "sendonly", "recvonly", "inactive" ->
                direction = Direction.valueOf(name.toUpperCase(Locale.ROOT));
            case "group" -> group(value);
            case "mid" -> mid = mid(line, value);
            case "ice-ufrag" -> ufrag = iceCharacters(line, value, 4);
            case "ice-pwd" -> pwd = iceCharacters(line, value, 22);
            // libdatachannel writes a comma between them.
            case "ice-options" -> iceOptions.addAll(words(value.replace(',', ' ')));
            case "candidate" -> candidate(line, value);
            case "end-of-candidates" -> endOfCandidates = true;
            case "fingerprint" -> fingerprint(line, value);
            case "setup" -> setup = setup(line, value);
            case "extmap" -> extension(line, value);
            case "rtpmap" -> rtpmap(line, value);
            case "fmtp" -> parameters(line, value);
            case "rtcp-fb" ->
                feedback.computeIfAbsent(firstWord(value), _ -> new ArrayList<>())
                        .add(secondWord(value));
            case "ssrc" -> ssrc(line, value);
            case "ssrc-group" -> ssrcGroup(line, value);
            case "rid" -> Simulcast.Rid.read(value).ifPresentOrElse(rids::add, () -> unknown(line, value));
            case "simulcast" -> simulcast = simulcast == null ? value : simulcast;
            case "msid" -> msid = msid == null ? value : msid;
            case "msid-semantic" -> msidSemantic = value;
            case "ptime" -> ptimeMs = milliseconds(value);
            case "maxptime" -> maxptimeMs = milliseconds(value);
            default -> {
                Flag flag = FLAGS.get(name);
                if (flag == null) {
                    unknown(line, value);
                } else {
                    flags.add(flag);
                }
            }
        }
    }

    private void group(String value) {
        List<String> mids = words(value);
        if (!mids.isEmpty() && mids.getFirst().equalsIgnoreCase("BUNDLE")) {
            bundles.add(mids.subList(1, mids.size()));
        }
    }

    private static String mid(SdpLine line, String value) throws SdpException {
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw SdpException.malformed(line, "an a=mid is one word of ASCII characters (RFC 5888).");
        }
        return value;
    }

    private static SdpLine iceCharacters(SdpLine line, String value, int minLength) throws SdpException {
        if (value.length() < minLength || value.length() > 256) {
            // The value isn't quoted: it may be a password.
            throw SdpException.malformed(
                    line.number(),
                    "the value of a=" + line.attributeName() + " has " + value.length() + " characters; it must have "
                            + minLength + " to 256 (RFC 8839).");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean allowed = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!allowed && ICE_PUNCTUATION.indexOf(c) < 0) {
                throw SdpException.malformed(
                        line.number(),
                        "the value of a=" + line.attributeName()
                                + " may only hold letters, digits, + and / (RFC 8839).");
            }
        }
        return line;
    }

    private void candidate(SdpLine line, String value) {
        Candidate.read(value).ifPresentOrElse(candidates::add, () -> unknown(line, value));
    }

    private void unknown(SdpLine line, String value) {
        unknown.add(new Attribute(line.number(), line.attributeName(), value));
    }

    private void ssrcGroup(SdpLine line, String value) {
        List<String> words = words(value);
        List<Integer> members = new ArrayList<>();
        for (String word : words.subList(Math.min(1, words.size()), words.size())) {
            long number = Numbers.read(word, 0xFFFF_FFFFL);
            if (number >= 0) {
                members.add((int) number);
            }
        }
        if (members.size() < 2 || members.size() != words.size() - 1) {
            unknown(line, value); // a group of nothing
        } else {
            ssrcGroups.add(new SsrcGroup(words.getFirst(), members));
        }
    }

    private void fingerprint(SdpLine line, String value) throws SdpException {
        String hash = firstWord(value);
        if (hash.isEmpty() || secondWord(value).isEmpty()) {
            throw SdpException.malformed(
                    line, "an a=fingerprint is the name of a hash and hex pairs with colons between them (RFC 8122).");
        }
        if (!hash.equalsIgnoreCase("sha-256")) {
            otherHashes.add(hash);
            return;
        }
        try {
            fingerprints.add(Fingerprint.parse(hash + " " + secondWord(value)));
        } catch (IllegalArgumentException e) {
            throw SdpException.malformed(line, e.getMessage() + ".");
        }
    }

    private static Setup setup(SdpLine line, String value) throws SdpException {
        for (Setup setup : Setup.values()) {
            if (setup.sdp().equalsIgnoreCase(value)) {
                return setup;
            }
        }
        throw SdpException.malformed(line, "a=setup is active, passive, actpass or holdconn (RFC 4145).");
    }

    private void extension(SdpLine line, String value) throws SdpException {
        String[] id = firstWord(value).split("/", 2);
        int number = (int) Numbers.read(id[0], 65535);
        String uri = firstWord(secondWord(value));
        if (number < 0 || uri.isEmpty()) {
            throw SdpException.malformed(
                    line, "an a=extmap is a number, perhaps /sendonly, /recvonly or /inactive, and a URI (RFC 8285).");
        }
        Direction way = Direction.SENDRECV;
        if (id.length == 2) {
            way = Arrays.stream(Direction.values())
                    .filter(d -> d.sdp().equalsIgnoreCase(id[1]))
                    .findFirst()
                    .orElseThrow(() -> SdpException.malformed(
                            line, "the direction of an a=extmap is sendrecv, sendonly, recvonly or inactive."));
        }
        extensions.add(new Extension(number, way, uri));
    }

    /** Names a codec. A line that can't be read costs this codec, and not the others that the offerer has. */
    private void rtpmap(SdpLine line, String value) {
        int payloadType = (int) Numbers.read(firstWord(value), 127);
        String[] parts = secondWord(value).split("/", 3);
        int clockRateHz = parts.length < 2 ? 0 : (int) Numbers.read(parts[1].strip(), Integer.MAX_VALUE);
        if (payloadType < 0 || clockRateHz < 1 || parts[0].isBlank()) {
            unknown(line, value);
            return;
        }
        int channels = parts.length < 3 ? 0 : (int) Math.max(0, Numbers.read(parts[2].strip(), 255));
        rtpmaps.putIfAbsent(payloadType, new Rtpmap(parts[0].strip(), clockRateHz, channels));
    }

    /** A codec's parameters. Some clients write the line for a codec that has none. */
    private void parameters(SdpLine line, String value) {
        int payloadType = (int) Numbers.read(firstWord(value), 127);
        if (payloadType < 0) {
            unknown(line, value);
        } else {
            parameters.putIfAbsent(payloadType, secondWord(value));
        }
    }

    private void ssrc(SdpLine line, String value) throws SdpException {
        long number = Numbers.read(firstWord(value), 0xFFFF_FFFFL);
        if (number < 0) {
            throw SdpException.malformed(line, "an a=ssrc begins with a number below 2^32 (RFC 5576).");
        }
        int ssrc = (int) number;
        String attribute = secondWord(value);
        boolean names = attribute.startsWith("cname:");
        Ssrc known = ssrcs.get(ssrc);
        if (known == null || (known.cname() == null && names)) {
            ssrcs.put(ssrc, new Ssrc(ssrc, names ? attribute.substring("cname:".length()) : null));
        }
    }

    private static int milliseconds(String value) {
        int point = value.indexOf('.'); // RFC 8866 allows fractions; no use is made of them
        return (int) Math.max(0, Numbers.read(point < 0 ? value : value.substring(0, point), 10_000));
    }

    private static List<String> words(String value) {
        return SdpLine.SPACE
                .splitAsStream(value)
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static String firstWord(String value) {
        int space = space(value);
        return space < 0 ? value : value.substring(0, space);
    }

    private static String secondWord(String value) {
        int space = space(value);
        return space < 0 ? "" : value.substring(space).strip();
    }

    private static int space(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) == ' ' || value.charAt(i) == '\t') {
                return i;
            }
        }
        return -1;
    }

    @Nullable
    String mid() {
        return mid;
    }

    List<Candidate> candidates() {
        return candidates;
    }

    boolean endOfCandidates() {
        return endOfCandidates;
    }

    Set<String> iceOptions() {
        return iceOptions;
    }

    List<List<String>> bundles() {
        return bundles;
    }

    /** The credentials of this section, if it has any. */
    @Nullable
    IceCredentials credentials() throws SdpException {
        if (ufrag == null && pwd == null) {
            return null;
        }
        if (ufrag == null || pwd == null) {
            int number = ufrag == null ? (pwd == null ? 0 : pwd.number()) : ufrag.number();
            throw SdpException.malformed(number, "a=ice-ufrag and a=ice-pwd must be given together (RFC 8839).");
        }
        return new IceCredentials(ufrag.attributeValue(), pwd.attributeValue());
    }

    /** This section as the session level. */
    SessionDescription session(String origin, List<MediaDescription> media) {
        return new SessionDescription(origin, bundles, flags, iceOptions, msidSemantic, media, unknown);
    }

    /** This section as an m-line below the session level that is given. */
    MediaDescription media(SdpLine line, SectionReader session) throws SdpException {
        String[] parts = SdpLine.SPACE.split(line.value().strip());
        // A number of ports behind a slash is for streams that nobody multiplexes any more (RFC 8866 §5.14).
        int port = parts.length < 4 ? -1 : (int) Numbers.read(parts[1].split("/", 2)[0], 65535);
        if (port < 0) {
            throw SdpException.malformed(
                    line, "an m-line is a media type, a port, a protocol and at least one format (RFC 8866).");
        }
        List<String> formats = Arrays.asList(parts).subList(3, parts.length);
        List<Extension> allExtensions = new ArrayList<>(extensions);
        allExtensions.addAll(session.extensions);
        return new MediaDescription(
                line.number(),
                parts[0],
                port,
                parts[2],
                formats,
                firstOf(connection, session.connection, ""),
                mid,
                firstOf(direction, session.direction, Direction.SENDRECV),
                flags,
                transport(session),
                new Rtp(
                        codecs(formats),
                        allExtensions,
                        List.copyOf(ssrcs.values()),
                        ssrcGroups,
                        Simulcast.read(rids, simulcast),
                        msid,
                        ptimeMs,
                        maxptimeMs),
                unknown);
    }

    private TransportDescription transport(SectionReader session) throws SdpException {
        IceCredentials own = credentials();
        boolean ownFingerprint = !fingerprints.isEmpty() || !otherHashes.isEmpty();
        return new TransportDescription(
                own == null ? session.credentials() : own,
                ownFingerprint ? fingerprints : session.fingerprints,
                ownFingerprint ? otherHashes : session.otherHashes,
                setup == null ? session.setup : setup,
                iceOptions.isEmpty() ? session.iceOptions : iceOptions,
                candidates,
                endOfCandidates || session.endOfCandidates);
    }

    private List<Codec> codecs(List<String> formats) {
        Map<Integer, Codec> codecs = new LinkedHashMap<>();
        for (String format : formats) {
            int payloadType = (int) Numbers.read(format, 127);
            Rtpmap rtpmap = rtpmaps.get(payloadType);
            // The answer repeats the number, so 08 is none: it would come back as 8.
            boolean canonical = format.equals(Integer.toString(payloadType));
            if (rtpmap != null && canonical && !codecs.containsKey(payloadType)) {
                codecs.put(payloadType, codec(payloadType, format, rtpmap));
            }
        }
        return List.copyOf(codecs.values());
    }

    private Codec codec(int payloadType, String format, Rtpmap rtpmap) {
        List<String> allowed = new ArrayList<>(feedback.getOrDefault(format, List.of()));
        allowed.addAll(feedback.getOrDefault("*", List.of()));
        return new Codec(
                payloadType,
                rtpmap.name(),
                rtpmap.clockRateHz(),
                rtpmap.channels(),
                parameters.getOrDefault(payloadType, ""),
                allowed);
    }

    private static <T> T firstOf(@Nullable T first, @Nullable T second, T third) {
        if (first != null) {
            return first;
        }
        return second != null ? second : third;
    }
}
