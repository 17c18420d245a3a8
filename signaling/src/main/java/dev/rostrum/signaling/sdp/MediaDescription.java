package dev.rostrum.signaling.sdp;

import dev.rostrum.signaling.sdp.SessionDescription.Attribute;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An m-line with its attributes (RFC 8866 §5.14).
 *
 * <p>Immutable.
 *
 * @param line its place in the text, from 1; 0 if it wasn't read
 * @param type {@code audio}, {@code video}, {@code application}, …
 * @param port 0 if rejected, or if bundle-only
 * @param protocol such as {@code UDP/TLS/RTP/SAVPF}
 * @param formats the payload types, or what the protocol has instead, as written
 * @param connection the value of its {@code c=} line, its own or the session's
 * @param mid its identification (RFC 5888), if it has one
 * @param direction which way media goes, as the describer sees it
 * @param flags its own flags
 * @param transport how to reach the describer
 * @param rtp what is sent and received
 * @param unknown attributes that nobody here understands: for diagnosis, never written
 */
public record MediaDescription(
        int line,
        String type,
        int port,
        String protocol,
        List<String> formats,
        String connection,
        @Nullable String mid,
        Direction direction,
        Set<Flag> flags,
        TransportDescription transport,
        Rtp rtp,
        List<Attribute> unknown) {

    public MediaDescription {
        formats = List.copyOf(formats);
        flags = Set.copyOf(flags);
        unknown = List.copyOf(unknown);
    }

    /** Whether the m-line says this. */
    public boolean has(Flag flag) {
        return flags.contains(flag);
    }

    /** Its name in messages to the sender. */
    public String label() {
        String name = "m=" + SdpException.printable(type);
        return mid == null ? name : name + " with a=mid:" + SdpException.printable(mid);
    }

    /**
     * The RTP side of an m-line.
     *
     * @param codecs those with an {@code a=rtpmap}, in the order of the m-line's payload types: the first is preferred
     * @param extensions the header extensions, its own and the session's
     * @param ssrcs those that the describer declared (RFC 5576)
     * @param ssrcGroups how they belong together (RFC 5576 §4.2)
     * @param simulcast the encodings of one source
     * @param msid stream and track (RFC 8830)
     * @param ptimeMs the preferred duration of a packet; 0 if not said
     * @param maxptimeMs the longest duration of a packet; 0 if not said
     */
    public record Rtp(
            List<Codec> codecs,
            List<Extension> extensions,
            List<Ssrc> ssrcs,
            List<SsrcGroup> ssrcGroups,
            Simulcast simulcast,
            @Nullable String msid,
            int ptimeMs,
            int maxptimeMs) {

        /** Of an m-line that is not RTP. */
        public static final Rtp NONE = new Rtp(List.of(), List.of(), List.of(), List.of(), Simulcast.NONE, null, 0, 0);

        public Rtp {
            codecs = List.copyOf(codecs);
            extensions = List.copyOf(extensions);
            ssrcs = List.copyOf(ssrcs);
            ssrcGroups = List.copyOf(ssrcGroups);
        }
    }

    /**
     * A codec (RFC 8866 §6.6).
     *
     * @param name as written; names don't differ by case
     * @param channels 0 if not said
     * @param parameters the value of its {@code a=fmtp}; empty if none
     * @param feedback the RTCP feedback that it may be given (RFC 4585 §4.2), such as {@code nack pli}
     */
    public record Codec(
            int payloadType, String name, int clockRateHz, int channels, String parameters, List<String> feedback) {

        public Codec {
            feedback = List.copyOf(feedback);
        }

        /** The value of its {@code a=rtpmap} behind the payload type. */
        public String encoding() {
            return name + "/" + clockRateHz + (channels == 0 ? "" : "/" + channels);
        }

        /** A parameter of its {@code a=fmtp}, or null. */
        @Nullable
        public String parameter(String key) {
            for (String parameter : parameters.split(";")) {
                int equals = parameter.indexOf('=');
                if (equals > 0 && parameter.substring(0, equals).strip().equalsIgnoreCase(key)) {
                    return parameter.substring(equals + 1).strip();
                }
            }
            return null;
        }
    }

    /**
     * A header extension (RFC 8285 §5).
     *
     * @param direction which way it is used, as the describer sees it
     */
    public record Extension(int id, Direction direction, String uri) {}

    /**
     * A source (RFC 5576 §4.1).
     *
     * @param ssrc an unsigned 32 bit value
     */
    public record Ssrc(int ssrc, @Nullable String cname) {}

    /**
     * Sources that belong together (RFC 5576 §4.2).
     *
     * @param semantics {@code FID}: a source and its retransmissions; {@code FEC-FR}, {@code SIM}, …
     * @param ssrcs unsigned 32 bit values, in their order
     */
    public record SsrcGroup(String semantics, List<Integer> ssrcs) {

        /** A stream and its retransmissions (RFC 5576 §4.2, RFC 4588). */
        public static final String RETRANSMISSIONS = "FID";

        public SsrcGroup {
            ssrcs = List.copyOf(ssrcs);
        }
    }
}
