package dev.rostrum.signaling.offer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.Offers;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.sdp.SessionDescription;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** The answers to the offers of real clients; those of Chromium 156, Firefox 153 and webrtc-java are their own, the others are modelled on theirs. */
class ClientOffersTest {

    /** Each m-line of an answer, as {@code mid direction payloadType}, or {@code mid -} if it is refused. */
    private static String summary(SessionDescription answer) {
        List<String> lines = new ArrayList<>();
        for (MediaDescription media : answer.media()) {
            String format = media.direction().sdp() + " " + String.join(" ", media.formats());
            lines.add(media.mid() + " " + (media.port() == 0 ? "-" : format));
        }
        return String.join(", ", lines);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        aiortc-sendrecv                 | 1 | 3 | 0 sendrecv 96
        aiortc-whep                     | 0 | 1 | 0 sendonly 96
        chromium-page                   | 1 | 3 | 0 recvonly 111, 1 sendonly 111, 2 sendonly 111, 3 sendonly 111
        chromium-whip                   | 1 | 0 | 0 recvonly 111
        chromium-whep                   | 0 | 1 | 0 sendonly 111
        chromium-whep-video             | 0 | 1 | 0 sendonly 111, 1 -
        chromium-sendrecv-data          | 1 | 3 | 0 sendrecv 111, 1 -
        chromium-max-bundle-video-first | 0 | 1 | 0 inactive 96, 1 sendonly 111
        firefox-page                    | 1 | 3 | 0 recvonly 109, 1 sendonly 109, 2 sendonly 109, 3 sendonly 109
        firefox-whip                    | 1 | 0 | 0 recvonly 109
        firefox-whep                    | 0 | 1 | 0 sendonly 109
        firefox-whep-video              | 0 | 1 | 0 sendonly 109, 1 -
        firefox-sendrecv-data           | 1 | 3 | 0 sendrecv 109, 1 -
        firefox-max-bundle-video-first  | 0 | 1 | 0 inactive 120, 1 sendonly 109
        ffmpeg-whip                     | 1 | 0 | 0 recvonly 111
        gateway                         | 1 | 0 | voice recvonly 100, picture -
        gstreamer-whip                  | 1 | 0 | audio0 recvonly 97, video1 -
        gstreamer-whep                  | 0 | 1 | audio0 sendonly 97
        gstreamer-video-first           | 1 | 1 | video0 -, audio1 sendrecv 97
        obs-whip                        | 1 | 0 | 0 recvonly 111, 1 -
        safari-page                     | 1 | 3 | 0 recvonly 111, 1 sendonly 111, 2 sendonly 111, 3 sendonly 111
        safari-whep-video               | 0 | 1 | 0 sendonly 111, 1 -
        webrtc-java-page                | 1 | 3 | 0 recvonly 111, 1 sendonly 111, 2 sendonly 111
        """)
    void everyClientGetsWhatItCanUse(String shape, int publications, int slots, String expected) throws SdpException {
        Answer answer = Offers.answer(Offers.shape(shape), Offers.policy(publications, slots));
        assertEquals(expected, summary(SdpReader.read(answer.sdp())));
    }

    @ParameterizedTest
    @CsvSource({"chromium-page-video", "firefox-page-video"})
    void thePageOfAVideoSpaceGetsItsAudio(String shape) throws SdpException {
        String offer = Offers.shape(shape);
        Answer answer = Offers.answer(offer, Offers.policy(1, 3));
        String summary = summary(SdpReader.read(answer.sdp()));
        assertTrue(
                summary.matches("0 recvonly 1\\d\\d, 1 -, 2 -, 3 -, 4 sendonly.*, 6 sendonly 1\\d\\d, 7 -.*, 15 -"),
                summary);
        assertEquals(4, answer.endpoint().streams().size());
        assertEquals(12, answer.refusals().size());
    }

    /** What must hold in every answer, whatever was offered (RFC 3264 §6, RFC 9143 §7.3, RFC 9429 §5.3). */
    @ParameterizedTest
    @FieldSource("dev.rostrum.signaling.sdp.Offers#SHAPES")
    void everyAnswerKeepsTheRules(String shape) throws SdpException {
        String text = Offers.shape(shape);
        Answer answer = Offers.answer(text, Offers.policy(1, 3));
        AnswerRules.check(SdpReader.read(text), answer);
    }

    @ParameterizedTest
    @FieldSource("dev.rostrum.signaling.sdp.Offers#SHAPES")
    void nothingOfTheOfferIsEchoedThatIsNotUnderstood(String shape) throws SdpException {
        String answer = Offers.answer(Offers.shape(shape), Offers.policy(1, 3)).sdp();
        for (String unwanted : List.of(
                "red/",
                "telephone-event",
                "CN/",
                "G722",
                "PCMU",
                "rtx",
                "transport-wide",
                "goog-remb",
                "nack",
                "sctp",
                "rtcp-xr",
                "abs-send-time",
                "csrc-audio-level",
                "bundle-only",
                "framerate",
                "rtcp-mux-only",
                "LS ")) {
            assertFalse(answer.contains(unwanted), () -> unwanted + " in\n" + answer);
        }
    }

    @Test
    void chromiumsPageBecomesAMicrophoneAndThreeSlots() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("chromium-page"), Offers.page());
        ExtensionIds ids = new ExtensionIds(4, 1, 0, 0, 0, 0, 0, 0, 0);
        StreamSpec.Publish mic =
                new StreamSpec.Publish("0", MediaKind.AUDIO, 111, 48000, ids, List.of(678110069), 1000, false);
        assertEquals(mic, answer.endpoint().streams().getFirst());
        Set<Integer> ssrcs = new HashSet<>();
        for (int i = 1; i <= 3; i++) {
            StreamSpec.Slot slot = (StreamSpec.Slot) answer.endpoint().streams().get(i);
            assertEquals(Integer.toString(i), slot.mid());
            assertEquals(ids, slot.extensions());
            assertEquals(111, slot.payloadType());
            ssrcs.add(slot.ssrc());
            MediaDescription media = SdpReader.read(answer.sdp()).media().get(i);
            assertEquals(
                    List.of(new MediaDescription.Ssrc(
                            slot.ssrc(), answer.endpoint().cname())),
                    media.rtp().ssrcs());
            String msid = media.rtp().msid();
            assertTrue(msid != null && msid.startsWith("slot-" + (i - 1) + " "), msid);
        }
        assertEquals(3, ssrcs.size());
        assertEquals("endpoint-1", answer.endpoint().id());
        assertEquals("space-1", answer.endpoint().spaceId());
        assertEquals(Offers.LOCAL, answer.endpoint().local());
        assertEquals("2VRL", answer.endpoint().remote().ufrag());
        assertEquals("+uCxP5xsnbgnG7G7Ki5tOqI2", answer.endpoint().remote().pwd());
        assertTrue(answer.endpoint().remoteFingerprint().toSdp().startsWith("sha-256 7C:F4:15:FE"));
        assertEquals(DtlsRole.SERVER, answer.endpoint().dtlsRole());
        assertEquals(List.of(), answer.refusals());
    }

    @Test
    void firefoxsBundleOnlyMLinesGetAPort() throws SdpException {
        SessionDescription answer = SdpReader.read(
                Offers.answer(Offers.shape("firefox-page"), Offers.page()).sdp());
        assertEquals(List.of(List.of("0", "1", "2", "3")), answer.bundles());
        for (MediaDescription media : answer.media()) {
            assertEquals(7000, media.port());
            assertTrue(media.has(Flag.EXTMAP_ALLOW_MIXED), "offered at the m-line, answered there");
        }
        assertFalse(answer.flags().contains(Flag.EXTMAP_ALLOW_MIXED));
    }

    @Test
    void gstreamersCapitalsAreUnderstoodAndAnsweredInCapitals() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("gstreamer-whip"), Offers.whip());
        assertTrue(answer.sdp().contains("a=rtpmap:97 OPUS/48000/2\r\n"));
        assertEquals("audio0", answer.endpoint().streams().getFirst().mid());
        assertEquals(ExtensionIds.NONE, answer.endpoint().streams().getFirst().extensions());
    }

    @Test
    void gstreamersBundleOnlyVideoAheadOfTheAudioDoesntHoldTheTransport() throws SdpException {
        SessionDescription answer = SdpReader.read(Offers.answer(Offers.shape("gstreamer-video-first"), Offers.whip())
                .sdp());
        assertEquals(List.of(List.of("audio1")), answer.bundles());
        assertEquals(3, answer.media().get(1).transport().candidates().size());
    }

    @Test
    void aiortcsSha256IsTakenFromItsSeveralFingerprints() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("aiortc-sendrecv"), Offers.page());
        assertTrue(Offers.shape("aiortc-sendrecv")
                .contains(answer.endpoint().remoteFingerprint().toSdp()));
    }

    @Test
    void ffmpegIsTheDtlsServerSoThisSideIsTheClient() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("ffmpeg-whip"), Offers.whip());
        assertEquals(DtlsRole.CLIENT, answer.endpoint().dtlsRole());
        assertTrue(answer.sdp().contains("a=setup:active\r\n"));
        assertTrue(answer.sdp().contains("a=group:BUNDLE 0\r\n"), "the mid that no m-line has is left out");
    }

    @Test
    void aVideoMLineThatHoldsTheTransportIsKeptWithoutMedia() throws SdpException {
        Answer answer = Offers.answer(Offers.shape("chromium-max-bundle-video-first"), Offers.whep());
        SessionDescription sdp = SdpReader.read(answer.sdp());
        assertEquals(List.of(List.of("0", "1")), sdp.bundles());
        assertEquals(3, sdp.media().getFirst().transport().candidates().size());
        assertEquals(List.of(), sdp.media().get(1).transport().candidates());
        assertEquals(1, answer.endpoint().streams().size());
        assertEquals(1, answer.refusals().size());
    }

    @Test
    void noExtensionIdMeansTwoThingsInOneAnswer() throws SdpException {
        for (String shape : Offers.SHAPES) {
            Map<Integer, String> meanings = new HashMap<>();
            SessionDescription answer = SdpReader.read(
                    Offers.answer(Offers.shape(shape), Offers.policy(1, 3)).sdp());
            for (MediaDescription media : answer.media()) {
                for (MediaDescription.Extension extension : media.rtp().extensions()) {
                    String meaning = meanings.putIfAbsent(extension.id(), extension.uri());
                    assertTrue(meaning == null || meaning.equals(extension.uri()), shape);
                }
            }
        }
    }
}
