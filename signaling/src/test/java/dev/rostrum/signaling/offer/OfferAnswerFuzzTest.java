package dev.rostrum.signaling.offer;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.sdp.Offers;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.sdp.SdpReaderFuzzTest;
import dev.rostrum.signaling.sdp.SessionDescription;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is offered: the answer keeps the rules, or there is a sentence that says why there is none. */
class OfferAnswerFuzzTest {

    private static final List<AnswerPolicy> POLICIES = List.of(
            Offers.page(),
            Offers.whip(),
            Offers.whep(),
            Offers.policy(2, 2, DtlsRole.CLIENT, OpusSettings.MUSIC, EnumSet.allOf(HeaderExtension.class)),
            Offers.videoPage(VideoCodec.VP8),
            Offers.videoPage(VideoCodec.AV1, VideoCodec.VP9, VideoCodec.H264, VideoCodec.VP8),
            Offers.videoWhip(VideoCodec.H264),
            Offers.videoWhep(VideoCodec.VP8, VideoCodec.H264));

    static Stream<byte[]> offers() {
        return SdpReaderFuzzTest.offers();
    }

    @MethodSource("offers")
    @FuzzTest
    void anOfferIsAnsweredByTheRulesOrRefused(byte[] data) {
        for (AnswerPolicy policy : POLICIES) {
            check(new String(data, StandardCharsets.UTF_8), policy);
        }
    }

    static void check(String text, AnswerPolicy policy) {
        SessionDescription offer;
        Answer answer;
        try {
            offer = SdpReader.read(text);
            answer = OfferAnswer.answer(offer, policy, new Random(1));
        } catch (SdpException e) {
            SdpReaderFuzzTest.checkMessage(e);
            return;
        }
        try {
            AnswerRules.check(offer, answer);
        } catch (SdpException e) {
            throw new AssertionError("the answer can't be read:\n" + answer.sdp(), e);
        }
    }
}
