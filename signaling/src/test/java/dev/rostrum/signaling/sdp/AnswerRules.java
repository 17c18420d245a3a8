package dev.rostrum.signaling.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import dev.rostrum.signaling.sdp.MediaDescription.Extension;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What holds between any offer and its answer. */
final class AnswerRules {

    private AnswerRules() {}

    static void check(SessionDescription offer, Answer answer) throws SdpException {
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
            assertEquals(1, given.rtp().codecs().size());
            Codec codec = given.rtp().codecs().getFirst();
            assertTrue(asked.rtp().codecs().stream()
                    .anyMatch(c -> c.payloadType() == codec.payloadType()
                            && c.encoding().equals(codec.encoding())));
            for (Extension extension : given.rtp().extensions()) {
                assertTrue(asked.rtp()
                        .extensions()
                        .contains(new Extension(
                                extension.id(), extension.direction().reversed(), extension.uri())));
            }
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

    private static void checkTransport(MediaDescription given, Answer answer) {
        TransportDescription transport = given.transport();
        assertEquals(answer.endpoint().local(), transport.credentials());
        assertEquals(1, transport.fingerprints().size());
        assertTrue(transport.setup() == Setup.of(answer.endpoint().dtlsRole()));
        assertTrue(transport.endOfCandidates() || transport.candidates().isEmpty());
    }
}
