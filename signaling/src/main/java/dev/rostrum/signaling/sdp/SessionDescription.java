package dev.rostrum.signaling.sdp;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session description (RFC 8866) as far as WebRTC uses one (RFC 9429).
 *
 * <p>Immutable.
 *
 * @param origin the value of its {@code o=} line; empty if it had none
 * @param bundles the mids of each BUNDLE group, in their order (RFC 9143)
 * @param flags the flags of its session level
 * @param iceOptions what its session level says in {@code a=ice-options}
 * @param msidSemantic the value of {@code a=msid-semantic}
 * @param media its m-lines
 * @param unknown attributes of its session level that nobody here understands: for diagnosis, never written
 */
public record SessionDescription(
        String origin,
        List<List<String>> bundles,
        Set<Flag> flags,
        Set<String> iceOptions,
        @Nullable String msidSemantic,
        List<MediaDescription> media,
        List<Attribute> unknown) {

    public SessionDescription {
        bundles = bundles.stream().map(List::copyOf).toList();
        flags = Set.copyOf(flags);
        iceOptions = Set.copyOf(iceOptions);
        media = List.copyOf(media);
        unknown = List.copyOf(unknown);
    }

    /**
     * An attribute as it was written.
     *
     * @param line its place in the text, from 1
     * @param value empty if it had none
     */
    public record Attribute(int line, String name, String value) {}

    /** Attributes without a value. */
    public enum Flag {
        /** RFC 8839 §5.3 */
        ICE_LITE("ice-lite"),
        /** RFC 9143 §6 */
        BUNDLE_ONLY("bundle-only"),
        /** RFC 5761 §5.1.1 */
        RTCP_MUX("rtcp-mux"),
        /** RFC 5506 §5 */
        RTCP_RSIZE("rtcp-rsize"),
        /** RFC 8285 §6 */
        EXTMAP_ALLOW_MIXED("extmap-allow-mixed");

        private final String sdp;

        Flag(String sdp) {
            this.sdp = sdp;
        }

        /** The attribute's name. */
        public String sdp() {
            return sdp;
        }
    }
}
