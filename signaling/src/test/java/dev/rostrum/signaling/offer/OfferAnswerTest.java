package dev.rostrum.signaling.offer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.signaling.sdp.Direction;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.Offers;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpException.Kind;
import dev.rostrum.signaling.sdp.SdpReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is agreed on: directions, publications, slots, codec and what holds the whole together. */
class OfferAnswerTest {

    private static List<MediaDescription> media(Answer answer) throws SdpException {
        return SdpReader.read(answer.sdp()).media();
    }

    private static MediaDescription first(String offer, AnswerPolicy policy) throws SdpException {
        Answer answer = Offers.answer(offer, policy);
        AnswerRules.check(SdpReader.read(offer), answer);
        return media(answer).getFirst();
    }

    private static SdpException refused(Kind kind, String offer, AnswerPolicy policy) {
        SdpException e = assertThrows(SdpException.class, () -> Offers.answer(offer, policy));
        assertEquals(kind, e.kind(), e.getMessage());
        return e;
    }

    private static void says(SdpException e, String... parts) {
        for (String part : parts) {
            assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        // offered, publications, slots, answered, streams
        "sendonly, 1, 3, recvonly, P",
        "recvonly, 1, 3, sendonly, S",
        "sendrecv, 1, 3, sendrecv, PS",
        "sendrecv, 1, 0, recvonly, P",
        "sendrecv, 0, 1, sendonly, S",
    })
    void theAnswerTakesOfADirectionWhatThePolicyAllows(
            String offered, int publications, int slots, String answered, String streams) throws SdpException {
        String offer = Offers.offer(Offers.audio("0", offered));
        Answer answer = Offers.answer(offer, Offers.policy(publications, slots));
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(answered, media(answer).getFirst().direction().sdp());
        StringBuilder kinds = new StringBuilder();
        for (StreamSpec stream : answer.endpoint().streams()) {
            kinds.append(stream instanceof StreamSpec.Publish ? 'P' : 'S');
            assertEquals("0", stream.mid());
            assertEquals(48_000, stream.clockRateHz());
        }
        assertEquals(streams, kinds.toString());
    }

    @Test
    void anMLineWithoutADirectionIsSendrecv() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "sendrecv").replace("a=sendrecv\r\n", ""));
        assertEquals(Direction.SENDRECV, first(offer, Offers.page()).direction());
    }

    @Test
    void anInactiveMLineStaysOpenWithoutAStream() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "inactive"), Offers.audio("1", "recvonly"));
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(Direction.INACTIVE, media(answer).getFirst().direction());
        assertEquals(7000, media(answer).getFirst().port());
        assertEquals(1, answer.endpoint().streams().size());
        says(
                refused(Kind.NOTHING_USABLE, Offers.offer(Offers.audio("0", "inactive")), Offers.page()),
                "it is inactive");
    }

    @Test
    void whatIsOfferedBeyondTheSlotsIsRefusedProperly() throws SdpException {
        String offer = Offers.offer(IntStream.range(0, 5)
                .mapToObj(i -> Offers.audio("m" + i, "recvonly"))
                .toArray(String[]::new));
        Answer answer = Offers.answer(offer, Offers.policy(0, 3));
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(
                List.of(7000, 7000, 7000, 0, 0),
                media(answer).stream().map(MediaDescription::port).toList());
        assertTrue(answer.sdp().contains("a=group:BUNDLE m0 m1 m2\r\n"));
        assertEquals(2, answer.refusals().size());
        assertTrue(answer.refusals().getFirst().contains("no more than 3 audio m-lines"), answer.refusals()::toString);
    }

    @Test
    void everyPublicationGetsItsOwnLeaveInOrder() throws SdpException {
        String offer = Offers.offer(
                Offers.audio("a", "sendonly", "a=ssrc:11 cname:x"),
                Offers.audio("b", "sendonly", "a=ssrc:12 cname:x", "a=ssrc:11 cname:x"),
                Offers.audio("c", "sendonly"));
        Answer answer = Offers.answer(offer, Offers.policy(2, 0));
        assertEquals(2, answer.endpoint().streams().size());
        StreamSpec.Publish a = (StreamSpec.Publish) answer.endpoint().streams().get(0);
        StreamSpec.Publish b = (StreamSpec.Publish) answer.endpoint().streams().get(1);
        assertEquals(1000, a.csrc());
        assertFalse(a.permitted());
        assertEquals(1001, b.csrc());
        assertTrue(b.permitted());
        assertEquals(List.of(11), a.ssrcs());
        assertEquals(List.of(12), b.ssrcs(), "an SSRC belongs to the first m-line that declares it");
        assertEquals(0, media(answer).get(2).port());
    }

    @Test
    void aPlayerMayNotPublishAndAPublisherHearsNothing() {
        says(
                refused(Kind.NOTHING_USABLE, Offers.offer(Offers.audio("0", "sendonly")), Offers.whep()),
                "m=audio with a=mid:0 (sendonly)",
                "nothing may be published here");
        says(
                refused(Kind.NOTHING_USABLE, Offers.offer(Offers.audio("0", "recvonly")), Offers.whip()),
                "nothing can be heard here");
        says(
                refused(Kind.NOTHING_USABLE, Offers.offer(Offers.audio("0", "sendrecv")), Offers.policy(0, 0)),
                "nothing may be published here, and nothing can be heard here");
    }

    @Test
    void anOfferOfNothingUsableIsToldWhatIsWrongWithEachMLine() {
        String offer = Offers.offer(
                Offers.video("v", "sendonly"),
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n",
                Offers.audio("a", "sendonly").replace("opus/48000", "PCMA/8000"),
                Offers.audio("b", "sendonly").replace("a=rtcp-mux\r\n", ""),
                Offers.audio("c", "sendonly").replace("UDP/TLS/RTP/SAVPF", "UDP"),
                "m=text 9 UDP/TLS/RTP/SAVPF 100\r\na=mid:t\r\n",
                Offers.audio("e", "sendonly").replace("m=audio 9", "m=audio 0"));
        says(
                refused(Kind.NOTHING_USABLE, offer, Offers.page()),
                "a=mid:v (sendonly): there is no video here",
                "data channels are not used here",
                "no opus/48000/2, only PCMA/8000",
                "no a=rtcp-mux",
                "UDP/TLS/RTP/SAVPF is needed",
                "only audio is understood",
                "rejected, with port 0");
        says(refused(Kind.NOTHING_USABLE, "v=0\r\ns=-\r\n", Offers.page()), "no m-line");
    }

    @Test
    void aLongListOfFaultsIsCut() {
        String offer = Offers.offer(IntStream.range(0, 20)
                .mapToObj(i -> Offers.video("m" + i, "recvonly"))
                .toArray(String[]::new));
        says(refused(Kind.NOTHING_USABLE, offer, Offers.page()), "and 12 more m-lines");
    }

    @Test
    void whatIsRefusedKeepsItsPlaceItsProtocolAndAFormat() throws SdpException {
        String offer = Offers.offer(
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\na=sctp-port:5000\r\n",
                Offers.audio("a", "recvonly"),
                Offers.video("v", "recvonly"));
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        String refused = """
            m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r
            c=IN IP4 0.0.0.0\r
            a=mid:d\r
            a=inactive\r
            """;
        assertTrue(answer.sdp().contains(refused), answer.sdp());
        assertTrue(answer.sdp().contains("m=video 0 UDP/TLS/RTP/SAVPF 97\r\n"));
        assertEquals(2, answer.refusals().size());
    }

    @Test
    void opusIsFoundOnThePayloadTypeOfEachMLine() throws SdpException {
        String offer = Offers.offer(
                Offers.audio("0", "sendonly").replace("111", "96"),
                Offers.audio("1", "recvonly").replace("111", "120"));
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(
                List.of(96, 120),
                answer.endpoint().streams().stream()
                        .map(StreamSpec::payloadType)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"opus/48000/2", "OPUS/48000/2", "Opus/48000/2", "opus/48000"})
    void opusIsOpusInAnyCase(String name) throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "recvonly").replace("opus/48000/2", name));
        assertTrue(Offers.answer(offer, Offers.whep()).sdp().contains("a=rtpmap:111 " + name + "\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"opus/16000/2", "opus/48000/1", "opus/48000/6", "multiopus/48000/6", "red/48000/2", "L16/48000/2"
            })
    void whatIsNotOpusIsNotTaken(String name) {
        refused(
                Kind.NOTHING_USABLE,
                Offers.offer(Offers.audio("0", "recvonly").replace("opus/48000/2", name)),
                Offers.whep());
    }

    @Test
    void theFirstOpusIsTakenThatCanBeToldFromRtcp() throws SdpException {
        String offer =
                Offers.offer(Offers.audio("0", "recvonly", "a=rtpmap:72 opus/48000/2", "a=rtpmap:96 opus/48000/2")
                        .replace("SAVPF 111", "SAVPF 72 96 111"));
        assertEquals(List.of("96"), first(offer, Offers.whep()).formats());
    }

    @Test
    void speechIsAskedForWithoutStereoAndWithSilenceLeftOut() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "sendonly"), Offers.audio("1", "recvonly"));
        List<MediaDescription> media = media(Offers.answer(offer, Offers.page()));
        assertEquals(
                "minptime=10;useinbandfec=1;usedtx=1;stereo=0;maxaveragebitrate=32000",
                media.get(0).rtp().codecs().getFirst().parameters());
        assertEquals(20, media.get(0).rtp().ptimeMs());
        assertEquals(0, media.get(0).rtp().maxptimeMs());
        assertEquals(
                "minptime=10;useinbandfec=1",
                media.get(1).rtp().codecs().getFirst().parameters());
        assertEquals(0, media.get(1).rtp().ptimeMs(), "it says how this side wants to be sent to");
    }

    @Test
    void musicIsAskedForInStereoWithNothingLeftOut() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "sendonly"), Offers.audio("1", "recvonly"))
                .replace("minptime=10;", "");
        List<MediaDescription> media = media(Offers.answer(
                offer, Offers.policy(1, 1, DtlsRole.SERVER, OpusSettings.MUSIC, AnswerPolicy.AUDIO_EXTENSIONS)));
        assertEquals(
                "useinbandfec=1;usedtx=0;stereo=1;maxaveragebitrate=128000",
                media.get(0).rtp().codecs().getFirst().parameters());
        assertEquals(
                "useinbandfec=1;sprop-stereo=1",
                media.get(1).rtp().codecs().getFirst().parameters());
    }

    @Test
    void longerPacketsCanBeAskedFor() throws SdpException {
        OpusSettings settings = new OpusSettings(false, true, false, 16_000, 40, 60);
        AnswerPolicy policy = Offers.policy(1, 0, DtlsRole.SERVER, settings, AnswerPolicy.AUDIO_EXTENSIONS);
        String sdp = Offers.answer(Offers.offer(Offers.audio("0", "sendonly")), policy)
                .sdp();
        assertTrue(sdp.contains("a=ptime:40\r\na=maxptime:60\r\n"), sdp);
        assertTrue(sdp.contains("useinbandfec=0;usedtx=1;stereo=0;maxaveragebitrate=16000"), sdp);
    }

    @Test
    void opusSettingsOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new OpusSettings(true, true, false, 5_000, 20, 0));
        assertThrows(IllegalArgumentException.class, () -> new OpusSettings(true, true, false, 32_000, 200, 0));
        assertThrows(IllegalArgumentException.class, () -> new OpusSettings(true, true, false, 32_000, 40, 20));
    }

    @Test
    void slotSsrcsAreNewAndNotThoseOfTheOffer() throws SdpException {
        List<Long> wished = new ArrayList<>(List.of(0L, 77L << 32, 88L << 32, 88L << 32, 99L << 32));
        Random rest = new Random(1);
        boolean[] drained = {false};
        RandomGenerator random = new RandomGenerator() {
            @Override
            public long nextLong() {
                return wished.isEmpty() || !drained[0] ? rest.nextLong() : wished.removeFirst();
            }

            @Override
            public void nextBytes(byte[] bytes) {
                drained[0] = true; // the CNAME is drawn first
                rest.nextBytes(bytes);
            }
        };
        String offer = Offers.offer(Offers.audio("0", "recvonly", "a=ssrc:77 cname:x"), Offers.audio("1", "recvonly"));
        EndpointSpec endpoint =
                OfferAnswer.answer(offer, Offers.policy(0, 2), random).endpoint();
        assertEquals(
                List.of(88, 99),
                endpoint.streams().stream()
                        .map(stream -> ((StreamSpec.Slot) stream).ssrc())
                        .toList());
    }

    @Test
    void answersDifferOnlyByTheRandomnessThatTheyAreGiven() throws SdpException {
        String offer = Offers.shape("chromium-page");
        assertEquals(Offers.answer(offer, Offers.page()), Offers.answer(offer, Offers.page()), "the same seed");
        Set<String> cnames = new HashSet<>();
        for (int seed = 0; seed < 10; seed++) {
            Answer answer = OfferAnswer.answer(offer, Offers.page(), new Random(seed));
            AnswerRules.check(SdpReader.read(offer), answer);
            assertEquals(16, answer.endpoint().cname().length());
            cnames.add(answer.endpoint().cname());
        }
        assertEquals(10, cnames.size());
    }
}
