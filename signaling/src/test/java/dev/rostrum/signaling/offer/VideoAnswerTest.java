package dev.rostrum.signaling.offer;

import static dev.rostrum.sfu.VideoCodec.AV1;
import static dev.rostrum.sfu.VideoCodec.H264;
import static dev.rostrum.sfu.VideoCodec.VP8;
import static dev.rostrum.sfu.VideoCodec.VP9;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoFeedback;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.Offers;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.sdp.SessionDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Video in offers: what is published, what slots carry, and in which codecs. */
class VideoAnswerTest {

    private static final VideoFeedback ALL = new VideoFeedback(true, true, true, true, true);

    private static AnswerPolicy policy(String door, String codecs) {
        VideoCodec[] wanted =
                Stream.of(codecs.split(" ")).map(VideoCodec::valueOf).toArray(VideoCodec[]::new);
        return switch (door) {
            case "page" -> Offers.videoPage(wanted);
            case "whip" -> Offers.videoWhip(wanted);
            case "whep" -> Offers.videoWhep(wanted);
            default -> throw new IllegalArgumentException(door);
        };
    }

    /** Each m-line of an answer as {@code mid direction formats}, {@code mid -} if refused, with its encodings. */
    private static String summary(String sdp) throws SdpException {
        List<String> lines = new ArrayList<>();
        for (MediaDescription media : SdpReader.read(sdp).media()) {
            String format = media.direction().sdp() + " " + String.join(" ", media.formats());
            String simulcast = media.rtp().simulcast().sdp();
            lines.add(media.mid() + " " + (media.port() == 0 ? "-" : format)
                    + (simulcast == null ? "" : " " + simulcast.replace("recv ", "")));
        }
        return String.join(", ", lines);
    }

    private static List<StreamSpec.VideoPublish> published(Answer answer) {
        return answer.endpoint().streams().stream()
                .filter(StreamSpec.VideoPublish.class::isInstance)
                .map(StreamSpec.VideoPublish.class::cast)
                .toList();
    }

    private static List<StreamSpec.VideoSlot> slots(Answer answer) {
        return answer.endpoint().streams().stream()
                .filter(StreamSpec.VideoSlot.class::isInstance)
                .map(StreamSpec.VideoSlot.class::cast)
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        aiortc-sendrecv-video   | page | VP8      | 0 sendrecv 96, 1 sendrecv 97 98
        aiortc-sendrecv-video   | page | H264 VP8 | 0 sendrecv 96, 1 sendrecv 101 102 97 98
        chromium-sendrecv-video | page | VP8      | 0 sendrecv 111, 1 sendrecv 96 97
        chromium-whip-simulcast | whip | VP8      | 0 recvonly 111, 1 recvonly 96 97 q;h;f
        chromium-whip-simulcast | whip | H264 VP8 | 0 recvonly 111, 1 recvonly 108 109 q;h;f
        chromium-whip-simulcast | whip | AV1      | 0 recvonly 111, 1 recvonly 45 46 q;h;f
        chromium-whep-video     | whep | VP8      | 0 sendonly 111, 1 sendonly 96 97
        chromium-whep-video     | whep | AV1 VP9 H264 VP8 | 0 sendonly 111, 1 sendonly 45 46 98 99 108 109 96 97
        firefox-sendrecv-video  | page | VP8      | 0 sendrecv 109, 1 sendrecv 120 124
        firefox-whip-simulcast  | whip | VP8      | 0 recvonly 109, 1 recvonly 120 124 q;h;f
        firefox-whip-simulcast  | whip | H264 VP8 | 0 recvonly 109, 1 recvonly 120 124 q;h;f
        firefox-whip-simulcast  | whip | H264     | 0 recvonly 109, 1 -
        firefox-whep-video      | whep | H264 VP9 | 0 sendonly 109, 1 sendonly 121 125
        gateway                 | whip | VP8      | voice recvonly 100, picture recvonly 96 97
        gstreamer-whip          | whip | VP8      | audio0 recvonly 97, video1 recvonly 96
        gstreamer-video-first   | page | VP8      | video0 sendrecv 96, audio1 sendrecv 97
        obs-whip                | whip | VP8 H264 | 0 recvonly 111, 1 recvonly 96
        obs-whip                | whip | VP8      | 0 recvonly 111, 1 -
        safari-whep-video       | whep | VP8 H264 | 0 sendonly 111, 1 sendonly 100 101 98 99
        safari-whip-simulcast   | whip | VP8 H264 | 0 recvonly 111, 1 recvonly 100 101 q;h;f
        safari-whip-simulcast   | whip | H264     | 0 recvonly 111, 1 recvonly 98 99 q;h;f
        """)
    void everyClientGetsTheCodecsOfTheSpace(String shape, String door, String codecs, String expected)
            throws SdpException {
        assertEquals(
                expected,
                summary(Offers.answer(Offers.shape(shape), policy(door, codecs)).sdp()));
    }

    @ParameterizedTest
    @FieldSource("dev.rostrum.signaling.sdp.Offers#SHAPES")
    void everyAnswerKeepsTheRules(String shape) throws SdpException {
        String text = Offers.shape(shape);
        for (AnswerPolicy policy : List.of(
                Offers.videoPage(VP8),
                Offers.videoPage(H264, AV1, VP9),
                Offers.videoWhip(VP8, H264),
                Offers.videoWhep(AV1, VP9, VP8))) {
            SessionDescription offer = SdpReader.read(text);
            try {
                AnswerRules.check(offer, Offers.answer(text, policy));
            } catch (SdpException e) {
                assertEquals(SdpException.Kind.NOTHING_USABLE, e.kind(), e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"chromium-video-space", "firefox-video-space"})
    void thePageGetsItsFourSourcesAndTwelveSlots(String shape) throws SdpException {
        Answer answer = Offers.answer(Offers.shape(shape), Offers.videoPage(VP8));
        assertEquals(List.of(), answer.refusals());
        List<StreamSpec> streams = answer.endpoint().streams();
        assertEquals(16, streams.size());
        assertEquals(1000, ((StreamSpec.Publish) streams.get(0)).csrc());
        assertEquals(1001, ((StreamSpec.VideoPublish) streams.get(1)).csrc());
        assertEquals(1002, ((StreamSpec.VideoPublish) streams.get(2)).csrc());
        assertEquals(1003, ((StreamSpec.Publish) streams.get(3)).csrc());
        assertEquals(List.of("q", "h", "f"), ((StreamSpec.VideoPublish) streams.get(1)).rids());
        assertEquals(List.of(), ((StreamSpec.VideoPublish) streams.get(2)).rids());
        assertTrue(((StreamSpec.VideoPublish) streams.get(2)).screen());
        assertEquals(9, slots(answer).size());
        for (StreamSpec.VideoSlot slot : slots(answer)) {
            assertEquals(ALL, slot.feedback());
            assertEquals(1, slot.formats().size());
            assertTrue(slot.extensions().mid() != 0 && slot.extensions().transportCc() != 0);
            assertEquals(0, slot.extensions().rid());
        }
        assertTrue(
                answer.sdp().length() < 22_000, "an answer of " + answer.sdp().length());
    }

    @Test
    void chromiumsCameraIsThreeEncodingsWithRetransmissionsAndAllFeedback() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("chromium-video-space"), Offers.videoPage(VP8));
        StreamSpec.VideoPublish camera = published(answer).getFirst();
        assertEquals(
                new StreamSpec.VideoPublish(
                        "1",
                        List.of(new VideoFormat(VP8, 96, 97)),
                        new ExtensionIds(4, 0, 0, 3, 10, 11, 2, 0, 0),
                        List.of(),
                        Map.of(),
                        List.of("q", "h", "f"),
                        ALL,
                        false,
                        1001,
                        true),
                camera);
        String sdp = answer.sdp();
        assertTrue(sdp.contains("a=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\na=simulcast:recv q;h;f\r\n"), sdp);
        assertTrue(sdp.contains("""
            a=rtpmap:96 VP8/90000\r
            a=rtcp-fb:96 goog-remb\r
            a=rtcp-fb:96 transport-cc\r
            a=rtcp-fb:96 ccm fir\r
            a=rtcp-fb:96 nack\r
            a=rtcp-fb:96 nack pli\r
            a=rtpmap:97 rtx/90000\r
            a=fmtp:97 apt=96\r
            """), sdp);
        assertFalse(sdp.contains("video-orientation"), "Firefox would show a telephone's picture lying");
        assertFalse(sdp.contains("dependency-descriptor"), "VP8 needs none");
        StreamSpec.Publish microphone =
                (StreamSpec.Publish) answer.endpoint().streams().getFirst();
        assertEquals(3, microphone.extensions().transportCc());
    }

    @Test
    void firefoxsDeclaredSourcesAreToldFromTheirRetransmissions() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("firefox-video-space"), Offers.videoPage(VP8));
        StreamSpec.VideoPublish camera = published(answer).getFirst();
        assertEquals(3, camera.ssrcs().size());
        assertEquals((int) 1253779541L, camera.ssrcs().getFirst());
        assertEquals(
                Map.of(
                        (int) 4218714947L, (int) 1253779541L,
                        (int) 1660433867L, (int) 1174526582L,
                        (int) 2898747261L, (int) 2565183898L),
                camera.retransmissionSsrcs());
        assertEquals(1, published(answer).get(1).ssrcs().size());
        assertEquals(1, published(answer).get(1).retransmissionSsrcs().size());
    }

    @Test
    void aSlotHasEachCodecOfTheSpaceAndOneSsrcForRetransmissions() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("chromium-video-space-h264-vp8"), Offers.videoPage(VP8, H264));
        StreamSpec.VideoSlot slot = slots(answer).getFirst();
        assertEquals(List.of(new VideoFormat(VP8, 96, 97), new VideoFormat(H264, 108, 109)), slot.formats());
        String ssrc = Integer.toUnsignedString(slot.ssrc());
        String repeated = Integer.toUnsignedString(slot.retransmissionSsrc());
        assertTrue(answer.sdp().contains("a=ssrc-group:FID " + ssrc + " " + repeated + "\r\n"));
        assertTrue(answer.sdp().contains("a=msid:picture-0 picture-0-video\r\n"));
        assertTrue(answer.sdp()
                .contains("a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"));
        assertEquals(
                List.of(new VideoFormat(VP8, 96, 97)),
                published(answer).getFirst().formats());
    }

    @Test
    void theDependencyDescriptorComesWithCodecsThatNeedIt() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("chromium-video-space-av1-vp9"), Offers.videoPage(AV1, VP9));
        assertEquals(12, published(answer).getFirst().extensions().dependencyDescriptor());
        assertEquals(12, slots(answer).getFirst().extensions().dependencyDescriptor());
        Answer one = Offers.answer(Offers.shape("chromium-video-space-av1-vp9"), Offers.videoPage(VP8, VP9));
        assertEquals(VP9, published(one).getFirst().formats().getFirst().codec());
    }

    @Test
    void theFirstVideoMLineOfAWhipClientIsItsCameraAndASecondIsRefused() throws SdpException {
        String offer = Offers.offer(
                Offers.audio("a", "sendonly"), Offers.video("v", "sendonly"), Offers.video("w", "sendonly"));
        Answer answer = Offers.answer(offer, Offers.videoWhip(VP8));
        assertEquals(1001, published(answer).getFirst().csrc());
        assertEquals("v", published(answer).getFirst().mid());
        assertEquals(List.of("m=video with a=mid:w (sendonly): no more than 1 may be published"), answer.refusals());
    }

    @Test
    void morePlayersMLinesThanSlotsAreRefused() throws SdpException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            lines.add(Offers.video("v" + i, "recvonly"));
        }
        Answer answer = Offers.answer(Offers.offer(lines.toArray(String[]::new)), Offers.videoWhep(VP8));
        assertEquals(9, slots(answer).size());
        assertEquals(
                List.of("m=video with a=mid:v9 (recvonly): no more than 9 video m-lines can be seen"),
                answer.refusals());
    }

    @Test
    void feedbackAndExtensionsThatWereNotOfferedAreNotAnswered() throws SdpException {
        String offer = Offers.offer(Offers.video(
                "v", "sendonly", "a=rtcp-fb:96 nack", "a=rtcp-fb:96 transport-cc", "a=rtcp-fb:96 nack sli"));
        Answer answer = Offers.answer(offer, Offers.videoWhip(VP8));
        assertEquals(
                new VideoFeedback(true, false, false, false, false),
                published(answer).getFirst().feedback());
        assertEquals(ExtensionIds.NONE, published(answer).getFirst().extensions());
        assertFalse(answer.sdp().contains("transport-cc"), "no header extension, no feedback");
    }

    @Test
    void feedbackForAllFormatsCounts() throws SdpException {
        String offer = Offers.offer(Offers.video("v", "recvonly", "a=rtcp-fb:* nack", "a=rtcp-fb:* nack pli"));
        Answer answer = Offers.answer(offer, Offers.videoWhep(VP8));
        assertEquals(
                new VideoFeedback(true, true, false, false, false),
                slots(answer).getFirst().feedback());
    }

    private static final String RID_EXTENSION = "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";

    private static String simulcast(String... lines) throws SdpException {
        String[] all = Stream.concat(Stream.of(RID_EXTENSION), Stream.of(lines)).toArray(String[]::new);
        Answer answer = Offers.answer(Offers.offer(Offers.video("v", "sendonly", all)), Offers.videoWhip(VP8));
        AnswerRules.check(SdpReader.read(Offers.offer(Offers.video("v", "sendonly", all))), answer);
        return answer.sdp()
                .lines()
                .filter(line -> line.startsWith("a=rid") || line.startsWith("a=simulcast"))
                .reduce("", (a, b) -> a + b.substring(2) + " | ");
    }

    @Test
    void theFirstPossibleAlternativeIsTakenAndAPausedOneStaysPaused() throws SdpException {
        assertEquals(
                "rid:b recv | rid:c recv | simulcast:recv b;~c | ",
                simulcast(
                        "a=rid:a send pt=111", // not a codec of video that is answered
                        "a=rid:b send",
                        "a=rid:c send",
                        "a=rid:d send",
                        "a=simulcast:send a,b;~c,d"));
    }

    @Test
    void restrictionsComeBackWithTheCodecThatIsTaken() throws SdpException {
        assertEquals(
                "rid:hi recv pt=96;max-width=1280;max-fps=30 | simulcast:recv hi | ",
                simulcast(
                        "a=rid:hi send max-width=1280;pt=97,96;max-fps=30",
                        "a=rid:lo send max-colour=3",
                        "a=simulcast:send hi;lo"));
    }

    @Test
    void anEncodingThatIsNotDescribedOrNamedTwiceIsNotTaken() throws SdpException {
        assertEquals(
                "rid:a recv | simulcast:recv a | ",
                simulcast("a=rid:a send", "a=rid:b recv", "a=rid:x!y send", "a=simulcast:send a;b;a;zz recv b"));
        assertEquals("", simulcast("a=simulcast:send a;b"));
        assertEquals("", simulcast("a=rid:a send"));
        assertEquals("", simulcast("a=rid:a send", "a=simulcast:"));
    }

    @Test
    void atMostFourEncodingsAreTaken() throws SdpException {
        assertEquals(
                "rid:a recv | rid:b recv | rid:c recv | rid:d recv | simulcast:recv a;b;c;d | ",
                simulcast(
                        "a=rid:a send",
                        "a=rid:b send",
                        "a=rid:c send",
                        "a=rid:d send",
                        "a=rid:e send",
                        "a=simulcast:send a;b;c;d;e"));
    }

    @Test
    void withoutTheHeaderExtensionEncodingsCantBeToldApartAndOneIsSent() throws SdpException {
        String offer =
                Offers.offer(Offers.video("v", "sendonly", "a=rid:a send", "a=rid:b send", "a=simulcast:send a;b"));
        Answer answer = Offers.answer(offer, Offers.videoWhip(VP8));
        assertEquals(List.of(), published(answer).getFirst().rids());
        assertFalse(answer.sdp().contains("simulcast"));
    }

    @ParameterizedTest
    @CsvSource({
        "packetization-mode=1;profile-level-id=42e01f, true",
        "packetization-mode=1;profile-level-id=42E034, true",
        "packetization-mode=1;profile-level-id=42c01e, true",
        "packetization-mode=1;profile-level-id=4d801f, true",
        "packetization-mode=1;profile-level-id=58c01f, true",
        "packetization-mode=1;profile-level-id=42001f, true",
        "packetization-mode=1, true",
        "packetization-mode=0;profile-level-id=42e01f, false",
        "profile-level-id=42e01f, false",
        "packetization-mode=1;profile-level-id=4d001f, false",
        "packetization-mode=1;profile-level-id=640c1f, false",
        "packetization-mode=1;profile-level-id=64001f, false",
        "packetization-mode=1;profile-level-id=58001f, false",
        "packetization-mode=1;profile-level-id=42e0, false",
        "packetization-mode=1;profile-level-id=nonsen, false",
    })
    void h264IsTakenInTheProfileThatAllDecode(String parameters, boolean taken) throws SdpException {
        String offer = Offers.offer(Offers.audio("a", "sendonly"), h264(parameters));
        Answer answer = Offers.answer(offer, Offers.videoWhip(H264));
        assertEquals(taken, !published(answer).isEmpty(), answer.refusals().toString());
    }

    private static String h264(String parameters) {
        return Offers.video("v", "sendonly").replace("VP8", "H264") + "a=fmtp:96 " + parameters + "\r\n";
    }

    @ParameterizedTest
    @CsvSource({
        "VP9, profile-id=0, true",
        "VP9, x=1, true",
        "VP9, profile-id=2, false",
        "AV1, profile=0;level-idx=5;tier=0, true",
        "AV1, level-idx=5, true",
        "AV1, profile=1, false",
    })
    void vp9AndAv1AreTakenInTheirMainProfile(VideoCodec codec, String parameters, boolean taken) throws SdpException {
        String video = Offers.video("v", "sendonly").replace("VP8", codec.name()) + "a=fmtp:96 " + parameters + "\r\n";
        Answer answer = Offers.answer(Offers.offer(Offers.audio("a", "sendonly"), video), Offers.videoWhip(VP8, codec));
        assertEquals(taken, !published(answer).isEmpty(), answer.refusals().toString());
    }

    @Test
    void aRefusalNamesTheSpacesCodecs() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("obs-whip"), Offers.videoWhip(VP8, VP9));
        assertEquals(
                List.of("m=video with a=mid:1 (sendonly): it has none of the space's codecs (VP8, VP9), only"
                        + " H264/90000"),
                answer.refusals());
    }

    @Test
    void whereThereIsNoVideoItIsRefusedAsEver() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("chromium-video-space"), Offers.page());
        assertEquals(4, answer.endpoint().streams().size());
        assertTrue(answer.refusals().contains("m=video with a=mid:1 (sendonly): there is no video here"));
        assertFalse(answer.sdp().contains("VP8"));
    }

    @Test
    void anOfferOfVideoAloneIsAnsweredAndTheTransportIsItsOwn() throws SdpException {
        Answer answer = Offers.answer(
                Offers.offer(Offers.video("v", "recvonly")),
                Offers.video(List.of(MediaKind.AUDIO), 3, 1, List.of(VP8)));
        assertEquals(1, slots(answer).size());
        assertThrows(
                SdpException.class,
                () -> Offers.answer(Offers.offer(Offers.video("v", "recvonly")), Offers.videoWhip(VP8)));
    }

    @Test
    void noExtensionIdMeansTwoThingsInOneAnswer() throws SdpException {
        for (String shape : Offers.SHAPES) {
            Map<Integer, String> meanings = new HashMap<>();
            SessionDescription answer;
            try {
                answer = SdpReader.read(Offers.answer(Offers.shape(shape), Offers.videoPage(VP8, VP9, H264, AV1))
                        .sdp());
            } catch (SdpException e) {
                continue; // nothing in it for a page
            }
            for (MediaDescription media : answer.media()) {
                for (MediaDescription.Extension extension : media.rtp().extensions()) {
                    String meaning = meanings.putIfAbsent(extension.id(), extension.uri());
                    assertTrue(meaning == null || meaning.equals(extension.uri()), shape);
                }
            }
        }
    }
}
