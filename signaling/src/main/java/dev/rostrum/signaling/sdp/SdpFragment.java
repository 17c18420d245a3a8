package dev.rostrum.signaling.sdp;

import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a session description about ICE alone, {@code application/trickle-ice-sdpfrag} (RFC 8840 §9): how WHIP and
 * WHEP clients trickle candidates and restart ICE (RFC 9725 §4.3).
 *
 * <p>Immutable.
 *
 * @param credentials those of its session level or of its first m-line that has some; null if it has none. Others than
 *     those in use ask for an ICE restart
 * @param media its m-lines
 */
public record SdpFragment(@Nullable IceCredentials credentials, List<Media> media) {

    public SdpFragment {
        media = List.copyOf(media);
    }

    /**
     * What an m-line of a fragment says.
     *
     * @param mid which it is
     * @param candidates those that could be read; a lite agent needs none of them
     * @param endOfCandidates whether no more will come
     */
    public record Media(@Nullable String mid, List<Candidate> candidates, boolean endOfCandidates) {

        public Media {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * Reads a fragment.
     *
     * @throws SdpException if it is malformed or too large, and nothing else
     */
    public static SdpFragment read(String text) throws SdpException {
        SectionReader session = new SectionReader();
        List<SectionReader> sections = new ArrayList<>();
        SectionReader section = session;
        for (SdpLine line : SdpLine.split(text)) {
            if (line.type() == 'm') {
                section = new SectionReader();
                sections.add(section);
                if (sections.size() > SdpReader.MAX_MEDIA) {
                    throw SdpException.of(
                            SdpException.Kind.TOO_LARGE,
                            "The fragment has more than " + SdpReader.MAX_MEDIA + " m-lines.");
                }
            } else if (line.type() == 'a') {
                section.line(line);
            } else {
                throw SdpException.malformed(
                        line,
                        "a trickle-ice-sdpfrag holds only a= and m= lines (RFC 8840); it is not a whole description.");
            }
        }
        IceCredentials credentials = session.credentials();
        List<Media> media = new ArrayList<>();
        for (SectionReader each : sections) {
            IceCredentials own = each.credentials();
            credentials = credentials == null ? own : credentials;
            media.add(new Media(each.mid(), each.candidates(), each.endOfCandidates() || session.endOfCandidates()));
        }
        if (credentials == null && media.isEmpty()) {
            throw SdpException.of(
                    SdpException.Kind.MALFORMED,
                    "The fragment says nothing: it needs a=ice-ufrag and a=ice-pwd, or an m-line with candidates.");
        }
        return new SdpFragment(credentials, media);
    }

    /**
     * The fragment that answers an ICE restart.
     *
     * @param endpoint whose ICE restarts
     * @param local the new credentials of this side
     * @param candidates the addresses to connect to, best first
     */
    public static String restart(EndpointSpec endpoint, IceCredentials local, List<InetSocketAddress> candidates) {
        Set<String> mids = new LinkedHashSet<>();
        endpoint.streams().forEach(stream -> mids.add(stream.mid()));
        StreamSpec first = endpoint.streams().getFirst();
        StringBuilder text = new StringBuilder();
        line(text, "a=ice-lite");
        line(text, "a=ice-options:trickle ice2");
        if (mids.size() > 1) {
            line(text, "a=group:BUNDLE " + String.join(" ", mids));
        }
        line(text, "m=" + first.kind().name().toLowerCase(Locale.ROOT) + " 9 UDP/TLS/RTP/SAVPF " + first.payloadType());
        line(text, "a=mid:" + first.mid());
        line(text, "a=ice-ufrag:" + local.ufrag());
        line(text, "a=ice-pwd:" + local.pwd());
        for (Candidate candidate : Candidate.hosts(candidates)) {
            line(text, "a=candidate:" + candidate.sdp());
        }
        line(text, "a=end-of-candidates");
        return text.toString();
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append("\r\n");
    }
}
