package dev.rostrum.signaling.sdp;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.offer.Answer;
import dev.rostrum.signaling.offer.AnswerPolicy;
import dev.rostrum.signaling.offer.HeaderExtension;
import dev.rostrum.signaling.offer.OfferAnswer;
import dev.rostrum.signaling.offer.OpusSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Offers and policies for tests. */
public final class Offers {

    public static final IceCredentials LOCAL = new IceCredentials("localufrag", "localpwdlocalpwdlocalpwd");
    public static final Fingerprint OURS = Fingerprint.of(new byte[] {1, 2, 3});
    public static final List<InetSocketAddress> CANDIDATES = List.of(
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 7000),
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 7000),
            new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 7000));
    public static final String FINGERPRINT = "a=fingerprint:sha-256 " + "AB:".repeat(31) + "AB";
    public static final String MID_EXTENSION = "urn:ietf:params:rtp-hdrext:sdes:mid";
    public static final String LEVEL_EXTENSION = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    public static final String TRANSPORT_CC_EXTENSION =
            "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    /** Every client shape in the resources. */
    public static final List<String> SHAPES = List.of(
            "aiortc-sendrecv",
            "aiortc-sendrecv-video",
            "aiortc-whep",
            "chromium-max-bundle-video-first",
            "chromium-page",
            "chromium-page-video",
            "chromium-sendrecv-data",
            "chromium-sendrecv-video",
            "chromium-video-space",
            "chromium-video-space-av1-vp9",
            "chromium-video-space-h264-vp8",
            "chromium-whep",
            "chromium-whep-video",
            "chromium-whip",
            "chromium-whip-simulcast",
            "ffmpeg-whip",
            "firefox-max-bundle-video-first",
            "firefox-page",
            "firefox-page-video",
            "firefox-sendrecv-data",
            "firefox-sendrecv-video",
            "firefox-video-space",
            "firefox-whep",
            "firefox-whep-video",
            "firefox-whip",
            "firefox-whip-simulcast",
            "gateway",
            "gstreamer-video-first",
            "gstreamer-whep",
            "gstreamer-whip",
            "obs-whip",
            "safari-page",
            "safari-whep-video",
            "safari-whip-simulcast",
            "webrtc-java-page");

    private Offers() {}

    /** The offer of a client. */
    public static String shape(String name) {
        try (InputStream in = Offers.class.getResourceAsStream("offers/" + name + ".sdp")) {
            if (in == null) {
                throw new IllegalArgumentException("there is no offer " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An offer of m-lines in one BUNDLE, with their transport at the session level. */
    public static String offer(String... media) {
        String mids = String.join(
                " ",
                java.util.Arrays.stream(media)
                        .flatMap(String::lines)
                        .filter(line -> line.startsWith("a=mid:"))
                        .map(line -> line.substring("a=mid:".length()))
                        .toList());
        return session("a=group:BUNDLE " + mids, FINGERPRINT, "a=setup:actpass") + String.join("", media);
    }

    /** The session level of an offer, with ICE credentials and the lines that are given. */
    public static String session(String... lines) {
        return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + "a=ice-ufrag:theirs\r\n"
                + "a=ice-pwd:theirpwdtheirpwdtheirpwd\r\n"
                + lines(lines);
    }

    /** An audio m-line with Opus as 111. */
    public static String audio(String mid, String direction, String... lines) {
        return lines(
                        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
                        "c=IN IP4 0.0.0.0",
                        "a=mid:" + mid,
                        "a=" + direction,
                        "a=rtcp-mux",
                        "a=rtpmap:111 opus/48000/2",
                        "a=fmtp:111 minptime=10;useinbandfec=1")
                + lines(lines);
    }

    /** A video m-line with VP8 as 96. */
    public static String video(String mid, String direction, String... lines) {
        return lines(
                        "m=video 9 UDP/TLS/RTP/SAVPF 97 96",
                        "c=IN IP4 0.0.0.0",
                        "a=mid:" + mid,
                        "a=" + direction,
                        "a=rtcp-mux",
                        "a=rtpmap:96 VP8/90000",
                        "a=rtpmap:97 rtx/90000",
                        "a=fmtp:97 apt=96")
                + lines(lines);
    }

    private static String lines(String... lines) {
        return lines.length == 0 ? "" : String.join("\r\n", lines) + "\r\n";
    }

    /** A listener's page: a microphone that is not permitted, three slots. */
    public static AnswerPolicy page() {
        return policy(1, 3);
    }

    public static AnswerPolicy whip() {
        return policy(1, 0);
    }

    public static AnswerPolicy whep() {
        return policy(0, 1);
    }

    public static AnswerPolicy policy(int publications, int slots) {
        return policy(publications, slots, DtlsRole.SERVER, OpusSettings.SPEECH, AnswerPolicy.AUDIO_EXTENSIONS);
    }

    public static AnswerPolicy policy(
            int publications, int slots, DtlsRole role, OpusSettings opus, Set<HeaderExtension> extensions) {
        return new AnswerPolicy(
                "endpoint-1",
                "space-1",
                new AnswerPolicy.LocalTransport(LOCAL, OURS, CANDIDATES, role),
                IntStream.range(0, publications)
                        .mapToObj(i -> new AnswerPolicy.Publication(MediaKind.AUDIO, 1000 + i, i > 0, false, opus))
                        .toList(),
                slots,
                AnswerPolicy.Video.NONE,
                opus,
                extensions);
    }

    /** The page of a video space: microphone, camera, screen and its sound; three audio and nine video slots. */
    public static AnswerPolicy videoPage(VideoCodec... codecs) {
        return video(
                List.of(MediaKind.AUDIO, MediaKind.VIDEO, MediaKind.VIDEO, MediaKind.AUDIO), 3, 9, List.of(codecs));
    }

    public static AnswerPolicy videoWhip(VideoCodec... codecs) {
        return video(List.of(MediaKind.AUDIO, MediaKind.VIDEO), 0, 0, List.of(codecs));
    }

    public static AnswerPolicy videoWhep(VideoCodec... codecs) {
        return video(List.of(), 3, 9, List.of(codecs));
    }

    /** Publications have the CSRCs 1000, 1001, … in their order, and are permitted. */
    public static AnswerPolicy video(
            List<MediaKind> publications, int audioSlots, int videoSlots, List<VideoCodec> codecs) {
        return new AnswerPolicy(
                "endpoint-1",
                "space-1",
                new AnswerPolicy.LocalTransport(LOCAL, OURS, CANDIDATES, DtlsRole.SERVER),
                IntStream.range(0, publications.size())
                        .mapToObj(i -> new AnswerPolicy.Publication(
                                publications.get(i), 1000 + i, true, i == 2, OpusSettings.SPEECH))
                        .toList(),
                audioSlots,
                new AnswerPolicy.Video(codecs, videoSlots),
                OpusSettings.SPEECH,
                AnswerPolicy.VIDEO_EXTENSIONS);
    }

    public static Answer answer(String offer, AnswerPolicy policy) throws SdpException {
        return OfferAnswer.answer(offer, policy, new Random(42));
    }
}
