package dev.rostrum.sfu.video;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.stream.KeyframeRequests;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A video m-line that an endpoint sends: which of its SSRCs is which encoding, and when it is asked for key frames.
 *
 * <p>Owned by its endpoint's reception.
 */
final class VideoIngest implements VideoUpstream {

    /** However many join at once, a layer pays for one key frame a second. */
    private static final long KEY_FRAME_INTERVAL_NS = 1_000_000_000L;

    /** An SSRC that sent nothing for so long gives its encoding back to the one before. */
    private static final long REPLACED_NS = 200_000_000L;

    private final VideoReception reception;
    private final StreamSpec.VideoPublish spec;
    private final KeyframeRequests keyframes;
    private final long[] keyFrameAtNs = new long[VideoInfo.MAX_ENCODINGS];
    private final VideoPublication publication;
    private final @Nullable IncomingVideo[] media;

    VideoIngest(VideoReception reception, StreamSpec.VideoPublish spec, int voice) {
        this.reception = reception;
        this.spec = spec;
        this.keyframes = new KeyframeRequests(VideoInfo.MAX_ENCODINGS, KEY_FRAME_INTERVAL_NS);
        this.media = new IncomingVideo[VideoInfo.MAX_ENCODINGS];
        // Last, because whoever waits for it says at once what it needs.
        this.publication = reception.room().publish(spec, voice, this, reception.owner());
    }

    StreamSpec.VideoPublish spec() {
        return spec;
    }

    VideoPublication publication() {
        return publication;
    }

    KeyframeRequests keyframes() {
        return keyframes;
    }

    /** The SSRC of an encoding; null before its first packet. */
    @Nullable
    IncomingVideo media(int encoding) {
        return media[encoding];
    }

    /** Whether the packet says that it is of this m-line. */
    boolean names(RtpPacket rtp) {
        return text(rtp, spec.extensions().mid()).equals(spec.mid());
    }

    /** Whether its description declared the SSRC. */
    boolean declares(int ssrc) {
        return spec.ssrcs().contains(ssrc) || spec.retransmissionSsrcs().containsKey(ssrc);
    }

    /** Whether the payload type is one of this m-line's. */
    boolean knows(int payloadType) {
        return codecs(payloadType) || retransmits(payloadType) != null;
    }

    private boolean codecs(int payloadType) {
        return publication.info().codecOf(payloadType) != null;
    }

    /** The format that a payload type repeats; null if it is no retransmission. */
    @Nullable
    VideoFormat retransmits(int payloadType) {
        for (int i = 0; i < spec.formats().size(); i++) {
            if (spec.formats().get(i).retransmissionPayloadType() == payloadType) {
                return spec.formats().get(i);
            }
        }
        return null;
    }

    /** Finds out what a new SSRC is (RFC 8852, RFC 5576); null if the packet doesn't tell yet. */
    @Nullable
    IncomingVideo learn(RtpPacket rtp) {
        boolean repeats = retransmits(rtp.payloadType()) != null;
        if (!repeats && !codecs(rtp.payloadType())) {
            return null;
        }
        int encoding = encodingOf(rtp, repeats);
        if (encoding < 0 || encoding >= publication.info().encodings()) {
            return null;
        }
        IncomingVideo stream = new IncomingVideo(rtp.ssrc(), this, encoding, repeats);
        if (!repeats) {
            replace(encoding, stream);
        }
        return stream;
    }

    private void replace(int encoding, IncomingVideo stream) {
        IncomingVideo before = media[encoding];
        if (before != null) {
            before.end();
        }
        media[encoding] = stream;
    }

    /**
     * Whether the stream is the one that sends its encoding now. A new SSRC takes the place of the one before at once; what
     * then still comes of that one is late, and would look like another new beginning. It is back only when the new one has
     * fallen silent.
     */
    boolean takes(IncomingVideo stream, long nowNs) {
        IncomingVideo current = media[stream.encoding()];
        if (current != stream) {
            if (current != null && nowNs - current.newestNs() < REPLACED_NS) {
                stream.end(); // its packet was counted
                return false;
            }
            replace(stream.encoding(), stream);
        }
        stream.came(nowNs);
        return true;
    }

    private int encodingOf(RtpPacket rtp, boolean repeats) {
        List<String> rids = spec.rids();
        String rid = text(
                rtp,
                repeats ? spec.extensions().repairedRid() : spec.extensions().rid());
        if (!rid.isEmpty()) {
            return rids.indexOf(rid);
        }
        if (rids.isEmpty()) {
            return 0;
        }
        Integer original = repeats ? spec.retransmissionSsrcs().get(rtp.ssrc()) : Integer.valueOf(rtp.ssrc());
        return original == null ? -1 : spec.ssrcs().indexOf(original);
    }

    private static String text(RtpPacket rtp, int extensionId) {
        int at = rtp.extensionOffset(extensionId);
        if (at < 0) {
            return "";
        }
        byte[] text = new byte[rtp.extensionLengthBytes()];
        rtp.bytes().get(at, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    @Override
    public void wantKeyFrame(int encoding, long nowNs) {
        if (media[encoding] != null) { // what has not begun yet begins with one
            keyframes.want(encoding);
            reception.onKeyFrameWanted(nowNs);
        }
    }

    @Override
    public void onKeyFrame(int encoding, long nowNs) {
        keyFrameAtNs[encoding] = nowNs;
        keyframes.onKeyFrame(encoding);
    }

    @Override
    public void onWanted(boolean wanted) {
        // The publisher sends anyway: what nobody watches costs one receive and no send.
    }
}
