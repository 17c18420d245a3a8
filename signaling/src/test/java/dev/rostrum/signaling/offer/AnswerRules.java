package dev.rostrum.signaling.offer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import dev.rostrum.signaling.sdp.MediaDescription.Extension;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.MediaDescription.SsrcGroup;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.sdp.SessionDescription;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import dev.rostrum.signaling.sdp.Setup;
import dev.rostrum.signaling.sdp.Simulcast;
import dev.rostrum.signaling.sdp.TransportDescription;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What holds between any offer and its answer. */
public final class AnswerRules {

    private AnswerRules() {}

    public static void check(SessionDescription offer, Answer answer) throws SdpException {
        SessionDescription sdp = SdpReader.read(answer.sdp());
        assertTrue(sdp.flags().contains(Flag.ICE_LITE));
        assertTrue(sdp.iceOptions().contains("ice2"));
        assertTrue(!sdp.iceOptions().contains("trickle")
                || offer.media().stream()
                        .anyMatch(media -> media.transport().iceOptions().contains("trickle")));
        assertEquals(List.of(), sdp.unknown());
        assertEquals(offer.media().size(), sdp.media().size(), "one m-line for each");
        List<StreamSpec> streams = new ArrayList<>(answer.endpoint().streams());
        List<String> accepted = new ArrayList<>();
        Set<Integer> slotSsrcs = new HashSet<>();
        int tagged = 0;
        for (int i = 0; i < offer.media().size(); i++) {
            MediaDescription asked = offer.media().get(i);
            MediaDescription given = sdp.media().get(i);
            assertEquals(asked.type(), given.type());
            assertEquals(asked.protocol(), given.protocol());
            assertEquals(asked.mid(), given.mid());
            assertEquals(List.of(), given.unknown());
            assertTrue(asked.formats().containsAll(given.formats()), "only what was offered");
            if (given.port() == 0) {
                continue;
            }
            if (given.mid() != null) {
                accepted.add(given.mid());
            }
            assertTrue(!given.direction().sends() || asked.direction().receives());
            assertTrue(!given.direction().receives() || asked.direction().sends());
            assertTrue(given.has(Flag.RTCP_MUX));
            assertFalse(given.has(Flag.BUNDLE_ONLY));
            assertTrue(!given.has(Flag.RTCP_RSIZE) || asked.has(Flag.RTCP_RSIZE));
            checkTransport(given, answer);
            tagged += given.transport().endOfCandidates() ? 1 : 0;
            Codec codec = given.rtp().codecs().getFirst();
            for (Codec each : given.rtp().codecs()) {
                assertTrue(asked.rtp().codecs().stream()
                        .anyMatch(c -> c.payloadType() == each.payloadType()
                                && c.encoding().equals(each.encoding())
                                && c.feedback().containsAll(each.feedback())));
            }
            for (Extension extension : given.rtp().extensions()) {
                assertTrue(asked.rtp()
                        .extensions()
                        .contains(new Extension(
                                extension.id(), extension.direction().reversed(), extension.uri())));
            }
            if (given.type().equals("video")) {
                checkVideo(asked, given, streams, slotSsrcs, answer);
                continue;
            }
            assertEquals(1, given.rtp().codecs().size());
            assertEquals(Simulcast.NONE, given.rtp().simulcast());
            if (given.direction().receives()) {
                StreamSpec.Publish publish = (StreamSpec.Publish) streams.removeFirst();
                assertEquals(codec.payloadType(), publish.payloadType());
                assertTrue(asked.rtp().ssrcs().stream().map(Ssrc::ssrc).toList().containsAll(publish.ssrcs()));
            }
            if (given.direction().sends()) {
                StreamSpec.Slot slot = (StreamSpec.Slot) streams.removeFirst();
                assertEquals(codec.payloadType(), slot.payloadType());
                assertEquals(
                        List.of(new Ssrc(slot.ssrc(), answer.endpoint().cname())),
                        given.rtp().ssrcs());
                assertTrue(slotSsrcs.add(slot.ssrc()), "an SSRC of its own");
            }
        }
        assertEquals(List.of(), streams, "every stream has its m-line");
        assertEquals(1, tagged, "one m-line has the candidates");
        for (MediaDescription media : offer.media()) {
            for (Ssrc ssrc : media.rtp().ssrcs()) {
                assertFalse(slotSsrcs.contains(ssrc.ssrc()));
            }
        }
        if (!sdp.bundles().isEmpty()) {
            assertEquals(1, sdp.bundles().size());
            assertEquals(new HashSet<>(accepted), new HashSet<>(sdp.bundles().getFirst()));
        } else {
            assertTrue(accepted.size() <= 1);
        }
    }

    private static void checkVideo(
            MediaDescription asked,
            MediaDescription given,
            List<StreamSpec> streams,
            Set<Integer> slotSsrcs,
            Answer answer) {
        List<Integer> payloadTypes =
                given.rtp().codecs().stream().map(Codec::payloadType).toList();
        if (given.direction().receives()) {
            StreamSpec.VideoPublish publish = (StreamSpec.VideoPublish) streams.removeFirst();
            checkFormats(publish.formats(), payloadTypes);
            List<Integer> declared =
                    asked.rtp().ssrcs().stream().map(Ssrc::ssrc).toList();
            assertTrue(declared.containsAll(publish.ssrcs()));
            assertTrue(publish.ssrcs().containsAll(publish.retransmissionSsrcs().values()));
            publish.retransmissionSsrcs()
                    .keySet()
                    .forEach(ssrc -> assertFalse(publish.ssrcs().contains(ssrc)));
            assertEquals(publish.rids(), given.rtp().simulcast().ids());
            assertEquals(new HashSet<>(publish.rids()).size(), publish.rids().size());
            assertTrue(publish.rids().isEmpty() || publish.extensions().rid() != 0);
            assertEquals(
                    publish.rids(),
                    given.rtp().simulcast().receive().stream()
                            .map(stream -> stream.choices().getFirst().rid())
                            .toList());
            assertEquals(List.of(), given.rtp().simulcast().send());
        } else {
            assertEquals(Simulcast.NONE, given.rtp().simulcast());
        }
        if (given.direction().sends()) {
            StreamSpec.VideoSlot slot = (StreamSpec.VideoSlot) streams.removeFirst();
            checkFormats(slot.formats(), payloadTypes);
            List<Ssrc> expected = new ArrayList<>();
            expected.add(new Ssrc(slot.ssrc(), answer.endpoint().cname()));
            assertTrue(slotSsrcs.add(slot.ssrc()), "an SSRC of its own");
            boolean repeated =
                    slot.formats().stream().anyMatch(format -> format.retransmissionPayloadType() != VideoFormat.NONE);
            assertEquals(repeated, slot.retransmissionSsrc() != 0);
            if (repeated) {
                expected.add(
                        new Ssrc(slot.retransmissionSsrc(), answer.endpoint().cname()));
                assertTrue(slotSsrcs.add(slot.retransmissionSsrc()), "an SSRC of its own");
                assertEquals(
                        List.of(new SsrcGroup("FID", List.of(slot.ssrc(), slot.retransmissionSsrc()))),
                        given.rtp().ssrcGroups());
            }
            assertEquals(expected, given.rtp().ssrcs());
        } else {
            assertEquals(List.of(), given.rtp().ssrcs());
            assertEquals(List.of(), given.rtp().ssrcGroups());
        }
    }

    private static void checkFormats(List<VideoFormat> formats, List<Integer> payloadTypes) {
        List<Integer> expected = new ArrayList<>();
        for (VideoFormat format : formats) {
            expected.add(format.payloadType());
            if (format.retransmissionPayloadType() != VideoFormat.NONE) {
                expected.add(format.retransmissionPayloadType());
            }
        }
        assertEquals(expected, payloadTypes);
    }

    private static void checkTransport(MediaDescription given, Answer answer) {
        TransportDescription transport = given.transport();
        assertEquals(answer.endpoint().local(), transport.credentials());
        assertEquals(1, transport.fingerprints().size());
        assertTrue(transport.setup() == Setup.of(answer.endpoint().dtlsRole()));
        assertTrue(transport.endOfCandidates() || transport.candidates().isEmpty());
    }
}
