package dev.rostrum.signaling.offer;

import java.util.Optional;

/** The RTP header extensions that may be negotiated, by their URIs (RFC 8285 §5). */
public enum HeaderExtension {
    /** RFC 9143 §15 */
    MID("urn:ietf:params:rtp-hdrext:sdes:mid"),
    /** RFC 6464 §4 */
    AUDIO_LEVEL("urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
    ABS_CAPTURE_TIME("http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"),
    TRANSPORT_CC("http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"),
    /** RFC 8852 §4.1 */
    RID("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
    /** RFC 8852 §4.2 */
    REPAIRED_RID("urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
    ABS_SEND_TIME("http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"),
    /** 3GPP TS 26.114 §7.4.5 */
    VIDEO_ORIENTATION("urn:3gpp:video-orientation"),
    DEPENDENCY_DESCRIPTOR("https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension");

    private final String uri;

    HeaderExtension(String uri) {
        this.uri = uri;
    }

    public String uri() {
        return uri;
    }

    static Optional<HeaderExtension> of(String uri) {
        for (HeaderExtension extension : values()) {
            if (extension.uri.equals(uri)) {
                return Optional.of(extension);
            }
        }
        return Optional.empty();
    }
}
