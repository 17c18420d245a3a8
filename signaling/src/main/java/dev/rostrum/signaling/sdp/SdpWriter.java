package dev.rostrum.signaling.sdp;

import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import dev.rostrum.signaling.sdp.MediaDescription.Extension;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.MediaDescription.SsrcGroup;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes session descriptions (RFC 8866), with CR LF.
 *
 * <p>Attributes that were unknown when a description was read are never written. Pure: safe for any thread.
 */
public final class SdpWriter {

    private final StringBuilder text = new StringBuilder();

    private SdpWriter() {}

    /** The text of a description. Transports are written with the m-lines that hold them, whatever they were read from. */
    public static String write(SessionDescription session) {
        SdpWriter writer = new SdpWriter();
        writer.line("v=0");
        writer.line("o=" + session.origin());
        writer.line("s=-");
        writer.line("t=0 0");
        for (List<String> bundle : session.bundles()) {
            writer.attribute("group", "BUNDLE " + String.join(" ", bundle));
        }
        writer.flags(session.flags());
        writer.iceOptions(session.iceOptions());
        writer.attribute("msid-semantic", session.msidSemantic());
        for (MediaDescription media : session.media()) {
            writer.media(media, session);
        }
        return writer.text.toString();
    }

    private void media(MediaDescription media, SessionDescription session) {
        line("m=" + media.type() + " " + media.port() + " " + media.protocol() + " "
                + String.join(" ", media.formats()));
        if (!media.connection().isEmpty()) {
            line("c=" + media.connection());
        }
        attribute("mid", media.mid());
        transport(media.transport(), session.iceOptions());
        flags(media.flags());
        attribute("msid", media.rtp().msid());
        attribute(media.direction().sdp());
        for (Extension extension : media.rtp().extensions()) {
            String suffix = extension.direction() == Direction.SENDRECV
                    ? ""
                    : "/" + extension.direction().sdp();
            attribute("extmap", extension.id() + suffix + " " + extension.uri());
        }
        for (Codec codec : media.rtp().codecs()) {
            attribute("rtpmap", codec.payloadType() + " " + codec.encoding());
            for (String feedback : codec.feedback()) {
                attribute("rtcp-fb", codec.payloadType() + " " + feedback);
            }
            if (!codec.parameters().isEmpty()) {
                attribute("fmtp", codec.payloadType() + " " + codec.parameters());
            }
        }
        milliseconds("ptime", media.rtp().ptimeMs());
        milliseconds("maxptime", media.rtp().maxptimeMs());
        media.rtp().simulcast().rids().forEach(rid -> attribute("rid", rid.sdp()));
        attribute("simulcast", media.rtp().simulcast().sdp());
        for (SsrcGroup group : media.rtp().ssrcGroups()) {
            attribute(
                    "ssrc-group",
                    group.ssrcs().stream()
                            .map(Integer::toUnsignedString)
                            .collect(Collectors.joining(" ", group.semantics() + " ", "")));
        }
        for (Ssrc ssrc : media.rtp().ssrcs()) {
            String cname = ssrc.cname();
            if (cname != null) {
                attribute("ssrc", Integer.toUnsignedString(ssrc.ssrc()) + " cname:" + cname);
            }
        }
    }

    private void transport(TransportDescription transport, Set<String> sessionIceOptions) {
        IceCredentials credentials = transport.credentials();
        if (credentials != null) {
            credentials(credentials);
        }
        if (!transport.iceOptions().equals(sessionIceOptions)) {
            iceOptions(transport.iceOptions());
        }
        for (Fingerprint fingerprint : transport.fingerprints()) {
            attribute("fingerprint", fingerprint.toSdp());
        }
        Setup setup = transport.setup();
        attribute("setup", setup == null ? null : setup.sdp());
        candidates(transport.candidates(), transport.endOfCandidates());
    }

    private void credentials(IceCredentials credentials) {
        attribute("ice-ufrag", credentials.ufrag());
        attribute("ice-pwd", credentials.pwd());
    }

    private void candidates(List<Candidate> candidates, boolean end) {
        for (Candidate candidate : candidates) {
            attribute("candidate", candidate.sdp());
        }
        if (end) {
            attribute("end-of-candidates");
        }
    }

    private void iceOptions(Set<String> options) {
        if (!options.isEmpty()) {
            // Sorted backwards puts trickle before ice2, as everybody writes it; any order would do.
            attribute(
                    "ice-options",
                    String.join(
                            " ",
                            options.stream().sorted(Comparator.reverseOrder()).toList()));
        }
    }

    private void flags(Set<Flag> flags) {
        for (Flag flag : Flag.values()) {
            if (flags.contains(flag)) {
                attribute(flag.sdp());
            }
        }
    }

    private void milliseconds(String name, int value) {
        if (value > 0) {
            attribute(name, Integer.toString(value));
        }
    }

    private void attribute(String name, @Nullable String value) {
        if (value != null) {
            line("a=" + name + ":" + value);
        }
    }

    private void attribute(String name) {
        line("a=" + name);
    }

    private void line(String line) {
        text.append(line).append("\r\n");
    }
}
