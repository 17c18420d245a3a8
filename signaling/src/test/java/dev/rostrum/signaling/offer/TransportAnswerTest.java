package dev.rostrum.signaling.offer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.signaling.sdp.MediaDescription;
import dev.rostrum.signaling.sdp.Offers;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpException.Kind;
import dev.rostrum.signaling.sdp.SdpReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the transport of an answer is found: BUNDLE, ICE, DTLS. */
class TransportAnswerTest {

    private static SdpException refused(Kind kind, String offer) {
        SdpException e = assertThrows(SdpException.class, () -> Offers.answer(offer, Offers.page()));
        assertEquals(kind, e.kind(), e.getMessage());
        return e;
    }

    private static void says(SdpException e, String part) {
        assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
    }

    private static String accepted(Answer answer) throws SdpException {
        StringBuilder mids = new StringBuilder();
        for (MediaDescription media : SdpReader.read(answer.sdp()).media()) {
            mids.append(media.port() == 0 ? "" : media.mid() + " ");
        }
        return mids.toString().strip();
    }

    private static String transport(String ufrag) {
        return "a=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + ufrag.repeat(6) + "\r\n";
    }

    @ParameterizedTest
    @CsvSource({
        "actpass, SERVER, SERVER, passive",
        "actpass, CLIENT, CLIENT, active",
        "active, CLIENT, SERVER, passive",
        "active, SERVER, SERVER, passive",
        "passive, SERVER, CLIENT, active",
        "passive, CLIENT, CLIENT, active",
        "'', CLIENT, SERVER, passive",
    })
    void theDtlsRoleIsWhatTheOfferLeavesToUs(String offered, DtlsRole preferred, DtlsRole taken, String answered)
            throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "recvonly"))
                .replace("a=setup:actpass\r\n", offered.isEmpty() ? "" : "a=setup:" + offered + "\r\n");
        Answer answer = Offers.answer(
                offer, Offers.policy(0, 1, preferred, OpusSettings.SPEECH, AnswerPolicy.AUDIO_EXTENSIONS));
        assertEquals(taken, answer.endpoint().dtlsRole());
        assertTrue(answer.sdp().contains("a=setup:" + answered + "\r\n"));
    }

    @Test
    void holdconnIsRefused() {
        String offer = Offers.offer(Offers.audio("0", "recvonly")).replace("actpass", "holdconn");
        says(refused(Kind.UNSUPPORTED, offer), "offer a=setup:actpass");
    }

    @Test
    void aFingerprintIsNeededAndMustBeSha256() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "recvonly"));
        says(refused(Kind.UNSUPPORTED, offer.replace(Offers.FINGERPRINT + "\r\n", "")), "no a=fingerprint");
        String sha1 = "a=fingerprint:sha-1 " + "AB:".repeat(19) + "AB";
        says(
                refused(Kind.UNSUPPORTED, offer.replace(Offers.FINGERPRINT, sha1)),
                "a=fingerprint uses sha-1; only sha-256 is accepted");
        String both = offer.replace(Offers.FINGERPRINT, sha1 + "\r\n" + Offers.FINGERPRINT.replace("sha", "SHA"));
        assertEquals(
                Offers.FINGERPRINT.substring("a=fingerprint:".length()),
                Offers.answer(both, Offers.page())
                        .endpoint()
                        .remoteFingerprint()
                        .toSdp());
    }

    @Test
    void aFingerprintOfTheMLineHoldsBeforeTheSessions() throws SdpException {
        String own = Offers.FINGERPRINT.replace("AB", "CD");
        Answer answer = Offers.answer(Offers.offer(Offers.audio("0", "recvonly", own)), Offers.page());
        assertTrue(own.endsWith(answer.endpoint().remoteFingerprint().toSdp()));
    }

    @Test
    void iceCredentialsAreNeededAndOneFullAgent() {
        String offer = Offers.offer(Offers.audio("0", "recvonly"));
        says(
                refused(
                        Kind.UNSUPPORTED,
                        offer.replace("a=ice-ufrag:theirs\r\na=ice-pwd:theirpwdtheirpwdtheirpwd\r\n", "")),
                "no a=ice-ufrag");
        says(refused(Kind.UNSUPPORTED, offer.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n")), "full ICE agent");
    }

    @Test
    void candidatesComeWithTheTaggedMLineBestFirst() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "recvonly"), Offers.audio("1", "recvonly"));
        String sdp = Offers.answer(offer, Offers.page()).sdp();
        String candidates = """
            a=candidate:1 1 udp 2130706431 127.0.0.1 7000 typ host\r
            a=candidate:2 1 udp 2130706175 192.0.2.1 7000 typ host\r
            a=candidate:3 1 udp 2130705919 2001:db8:0:0:0:0:0:1 7000 typ host\r
            a=end-of-candidates\r
            """;
        assertEquals(sdp.indexOf(candidates), sdp.lastIndexOf("a=candidate:1"), sdp);
        assertTrue(sdp.indexOf(candidates) < sdp.indexOf("a=mid:1"));
        assertTrue(sdp.contains("m=audio 7000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.1\r\n"), "not the loopback");
    }

    @Test
    void aServerOnIpv6OnlySaysSo() throws SdpException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 7007);
        InetSocketAddress second = new InetSocketAddress(address.getAddress(), 7008);
        AnswerPolicy policy = Offers.page();
        policy = new AnswerPolicy(
                policy.endpointId(),
                policy.spaceId(),
                new AnswerPolicy.LocalTransport(Offers.LOCAL, Offers.OURS, List.of(address, second), DtlsRole.SERVER),
                policy.publications(),
                policy.audioSlots(),
                policy.video(),
                policy.opus(),
                policy.extensions());
        String sdp = Offers.answer(Offers.offer(Offers.audio("0", "recvonly")), policy)
                .sdp();
        assertTrue(sdp.contains("m=audio 7007 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP6 2001:db8:0:0:0:0:0:7\r\n"), sdp);
        assertTrue(sdp.contains("a=candidate:1 1 udp 2130706175 2001:db8:0:0:0:0:0:7 7008 typ host\r\n"), sdp);
    }

    @Test
    void trickleIsAnsweredWhereItIsOffered() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "recvonly"));
        assertTrue(Offers.answer(offer, Offers.page()).sdp().contains("a=ice-options:ice2\r\n"));
        String trickling = offer.replace("a=setup", "a=ice-options:trickle renomination\r\na=setup");
        assertTrue(Offers.answer(trickling, Offers.page()).sdp().contains("a=ice-options:trickle ice2\r\n"));
    }

    @Test
    void theTransportOfTheTaggedMLineHoldsForTheBundle() throws SdpException {
        String offer = Offers.offer(
                Offers.audio("x", "recvonly") + transport("first"), Offers.audio("y", "recvonly") + transport("other"));
        assertEquals(
                "first", Offers.answer(offer, Offers.page()).endpoint().remote().ufrag());
        // The group's order decides, not that of the m-lines.
        String turned = offer.replace("BUNDLE x y", "BUNDLE y x");
        Answer answer = Offers.answer(turned, Offers.page());
        assertEquals("other", answer.endpoint().remote().ufrag());
        assertTrue(answer.sdp().contains("a=group:BUNDLE y x\r\n"));
        assertEquals(
                3,
                SdpReader.read(answer.sdp())
                        .media()
                        .get(1)
                        .transport()
                        .candidates()
                        .size());
    }

    @Test
    void aRefusedDataChannelThatHeldTheTransportPassesItOn() throws SdpException {
        String offer = Offers.offer(
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n" + transport("data"),
                Offers.audio("a", "recvonly") + transport("audio"));
        Answer answer = Offers.answer(offer, Offers.page());
        assertEquals("a", accepted(answer));
        assertEquals("audio", answer.endpoint().remote().ufrag());
    }

    @Test
    void aBundleOnlyMLineLeansOnTheTransportOfTheTaggedOne() throws SdpException {
        String offer = Offers.session("a=group:BUNDLE d a")
                + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\na=setup:passive\r\n"
                + Offers.FINGERPRINT + "\r\n" + transport("tagged")
                + Offers.audio("a", "recvonly", "a=bundle-only").replace("m=audio 9", "m=audio 0");
        offer = offer.replace("a=ice-ufrag:theirs\r\na=ice-pwd:theirpwdtheirpwdtheirpwd\r\n", "");
        Answer answer = Offers.answer(offer, Offers.page());
        assertEquals("a", accepted(answer));
        assertEquals("tagged", answer.endpoint().remote().ufrag());
        assertEquals(DtlsRole.CLIENT, answer.endpoint().dtlsRole());
    }

    @Test
    void oneMLineNeedsNoBundleAndNoMid() throws SdpException {
        String offer = Offers.session(Offers.FINGERPRINT)
                + Offers.audio("0", "recvonly").replace("a=mid:0\r\n", "");
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertFalse(answer.sdp().contains("BUNDLE") || answer.sdp().contains("a=mid"), answer.sdp());
        assertEquals("0", answer.endpoint().streams().getFirst().mid());
    }

    @Test
    void withoutBundleOnlyTheFirstUsableMLineIsTaken() throws SdpException {
        String offer = Offers.session(Offers.FINGERPRINT)
                + Offers.video("0", "sendonly")
                + Offers.audio("1", "recvonly")
                + Offers.audio("2", "recvonly");
        Answer answer = Offers.answer(offer, Offers.page());
        assertEquals("1", accepted(answer));
        assertEquals(2, answer.refusals().size());
        assertTrue(answer.refusals().getLast().contains("doesn't share the transport"), answer.refusals()::toString);
    }

    @Test
    void anMLineOutsideOfTheBundleIsRefused() throws SdpException {
        String offer = Offers.offer(
                        Offers.audio("0", "recvonly"), Offers.audio("1", "recvonly"), Offers.audio("2", "recvonly"))
                .replace("BUNDLE 0 1 2", "BUNDLE 0 2 nobody");
        assertEquals("0 2", accepted(Offers.answer(offer, Offers.page())));
    }

    @Test
    void ofSeveralBundlesTheFirstUsableIsTaken() throws SdpException {
        String offer = Offers.offer(
                        Offers.video("v", "recvonly"), Offers.audio("a", "recvonly"), Offers.audio("b", "recvonly"))
                .replace("BUNDLE v a b", "BUNDLE v\r\na=group:LS a v\r\na=group:BUNDLE v a b");
        Answer answer = Offers.answer(offer, Offers.page());
        assertEquals("a b", accepted(answer));
        assertTrue(answer.sdp().contains("a=group:BUNDLE a b\r\n"), "a mid belongs to its first group");
    }

    @ParameterizedTest
    @ValueSource(strings = {"audio0", "0", "microphone-of-the-host-and-owner", "a", "{4b0c}", "~"})
    void anyMidIsKept(String mid) throws SdpException {
        String offer = Offers.offer(Offers.audio(mid, "recvonly", "a=extmap:4 " + Offers.MID_EXTENSION));
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(mid, accepted(answer));
        int id = answer.endpoint().streams().getFirst().extensions().mid();
        assertEquals(mid.length() > 16 ? 0 : 4, id, "longer ones don't fit into the extension");
    }

    @Test
    void extensionsAreAnsweredWhereTheyAreOfferedUnderTheirIds() throws SdpException {
        String offer = Offers.offer(
                Offers.audio("0", "sendonly", "a=extmap:7 " + Offers.LEVEL_EXTENSION, "a=extmap:3 urn:unknown"),
                Offers.audio("1", "recvonly", "a=extmap:9 " + Offers.MID_EXTENSION),
                Offers.audio("2", "recvonly"));
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(7, answer.endpoint().streams().get(0).extensions().audioLevel());
        assertEquals(0, answer.endpoint().streams().get(0).extensions().mid());
        assertEquals(0, answer.endpoint().streams().get(1).extensions().audioLevel());
        assertEquals(9, answer.endpoint().streams().get(1).extensions().mid());
        assertEquals(0, answer.endpoint().streams().get(2).extensions().mid());
    }

    @Test
    void anExtensionIdNeverMeansTwoThings() throws SdpException {
        String offer = Offers.offer(
                Offers.audio("0", "recvonly", "a=extmap:1 " + Offers.MID_EXTENSION),
                Offers.audio("1", "recvonly", "a=extmap:1 " + Offers.LEVEL_EXTENSION),
                Offers.audio(
                        "2", "recvonly", "a=extmap:2 " + Offers.MID_EXTENSION, "a=extmap:1 " + Offers.MID_EXTENSION));
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(1, answer.endpoint().streams().get(0).extensions().mid());
        assertEquals(0, answer.endpoint().streams().get(1).extensions().audioLevel());
        assertEquals(1, answer.endpoint().streams().get(2).extensions().mid());
    }

    @ParameterizedTest
    @CsvSource({
        // offered, its use for a publication, its use for a slot, as it is answered
        "'', 5, 5, ''",
        "/sendrecv, 5, 5, ''",
        "/sendonly, 5, 0, /recvonly",
        "/recvonly, 0, 5, /sendonly",
        "/inactive, 0, 0, none",
    })
    void theDirectionOfAnExtensionIsKept(String offered, int publish, int slot, String answered) throws SdpException {
        String extmap = "a=extmap:5" + offered + " " + Offers.LEVEL_EXTENSION;
        Answer answer = Offers.answer(Offers.offer(Offers.audio("0", "sendrecv", extmap)), Offers.page());
        assertEquals(publish, answer.endpoint().streams().get(0).extensions().audioLevel());
        assertEquals(slot, answer.endpoint().streams().get(1).extensions().audioLevel());
        assertEquals(
                !answered.equals("none"),
                answer.sdp().contains("a=extmap:5" + answered + " " + Offers.LEVEL_EXTENSION + "\r\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, false, 0",
        "14, false, 14",
        "15, true, 0",
        "16, false, 0",
        "16, true, 16",
        "256, true, 0",
        "4096, true, 0"
    })
    void onlyIdsThatCanBeWrittenAreAnswered(int offered, boolean mixed, int used) throws SdpException {
        String extmap = "a=extmap:" + offered + " " + Offers.LEVEL_EXTENSION;
        String offer = mixed
                ? Offers.offer(Offers.audio("0", "recvonly", extmap, "a=extmap-allow-mixed"))
                : Offers.offer(Offers.audio("0", "recvonly", extmap));
        Answer answer = Offers.answer(offer, Offers.page());
        assertEquals(used, answer.endpoint().streams().getFirst().extensions().audioLevel());
        assertEquals(mixed, answer.sdp().contains("a=extmap-allow-mixed\r\n"));
    }

    @Test
    void mixingExtensionsIsAnsweredWhereItIsOffered() throws SdpException {
        String offer =
                Offers.offer(Offers.audio("0", "recvonly")).replace("a=setup", "a=extmap-allow-mixed\r\na=setup");
        String sdp = Offers.answer(offer, Offers.page()).sdp();
        assertTrue(sdp.indexOf("a=extmap-allow-mixed") < sdp.indexOf("m=audio"), sdp);
        assertEquals(sdp.indexOf("a=extmap-allow-mixed"), sdp.lastIndexOf("a=extmap-allow-mixed"));
    }

    @Test
    void reducedSizeRtcpIsAnsweredWhereItIsOffered() throws SdpException {
        String offer = Offers.offer(Offers.audio("0", "recvonly", "a=rtcp-rsize"), Offers.audio("1", "recvonly"));
        String sdp = Offers.answer(offer, Offers.page()).sdp();
        assertEquals(sdp.indexOf("a=rtcp-rsize"), sdp.lastIndexOf("a=rtcp-rsize"));
    }

    @Test
    void transportCcIsAnsweredOnlyWherePolicyAndMLineHaveIt() throws SdpException {
        String offer = Offers.offer(
                Offers.audio(
                        "0", "sendonly", "a=rtcp-fb:111 transport-cc", "a=extmap:3 " + Offers.TRANSPORT_CC_EXTENSION),
                Offers.audio("1", "recvonly", "a=rtcp-fb:111 transport-cc"));
        assertFalse(Offers.answer(offer, Offers.page()).sdp().contains("transport"));
        Answer answer = Offers.answer(
                offer, Offers.policy(1, 1, DtlsRole.SERVER, OpusSettings.SPEECH, Set.of(HeaderExtension.TRANSPORT_CC)));
        assertEquals(3, answer.endpoint().streams().getFirst().extensions().transportCc());
        List<MediaDescription> media = SdpReader.read(answer.sdp()).media();
        assertEquals(
                List.of("transport-cc"), media.get(0).rtp().codecs().getFirst().feedback());
        assertEquals(List.of(), media.get(1).rtp().codecs().getFirst().feedback());
    }
}
