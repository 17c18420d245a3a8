package dev.rostrum.signaling.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import dev.rostrum.signaling.sdp.MediaDescription.Extension;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.SessionDescription.Attribute;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class SdpReaderTest {

    private static SdpException refused(String text) {
        return assertThrows(SdpException.class, () -> SdpReader.read(text));
    }

    private static MediaDescription media(String... lines) throws SdpException {
        return SdpReader.read("v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111 0\n" + String.join("\n", lines))
                .media()
                .getFirst();
    }

    @ParameterizedTest
    @FieldSource("dev.rostrum.signaling.sdp.Offers#SHAPES")
    void theOfferOfEveryClientIsRead(String shape) throws SdpException {
        SessionDescription offer = SdpReader.read(Offers.shape(shape));
        assertFalse(offer.media().isEmpty());
        for (MediaDescription media : offer.media()) {
            TransportDescription transport = media.transport();
            assertEquals(1, transport.fingerprints().size(), media.label());
            IceCredentials credentials = transport.credentials();
            assertTrue(credentials != null && credentials.pwd().length() >= 22, media.label());
            assertTrue(transport.setup() == Setup.ACTPASS || transport.setup() == Setup.PASSIVE);
        }
    }

    @ParameterizedTest
    @FieldSource("dev.rostrum.signaling.sdp.Offers#SHAPES")
    void endsOfLinesAndSpaceBehindThemDontMatter(String shape) throws SdpException {
        String text = Offers.shape(shape);
        SessionDescription expected = SdpReader.read(text);
        String bare = text.replace("\r\n", "\n");
        assertEquals(expected, SdpReader.read(bare));
        assertEquals(expected, SdpReader.read(bare.replace("\n", "\r\n")));
        assertEquals(expected, SdpReader.read(bare.replace("\n", " \t\r\n")));
        assertEquals(expected, SdpReader.read(bare.stripTrailing()));
        assertEquals(
                expected.media().size(),
                SdpReader.read(bare.replace("\n", "\n\n")).media().size());
    }

    @Test
    void anMLineIsReadWithAllItsAttributes() throws SdpException {
        MediaDescription media = media(
                "c=IN IP4 192.0.2.1",
                "a=mid:mic",
                "a=sendonly",
                "a=rtcp-mux",
                "a=rtcp-rsize",
                "a=rtpmap:111 opus/48000/2",
                "a=rtpmap:0 PCMU/8000",
                "a=fmtp:111 minptime=10; useinbandfec=1",
                "a=rtcp-fb:111 transport-cc",
                "a=rtcp-fb:* nack",
                "a=extmap:1 urn:x",
                "a=extmap:2/recvonly urn:y with=attributes",
                "a=msid:stream track",
                "a=ssrc:4294967295 cname:somebody",
                "a=ssrc:4294967295 msid:stream track",
                "a=ssrc:7 msid:stream track",
                "a=ptime:20",
                "a=maxptime:60.5");
        assertEquals("audio", media.type());
        assertEquals(9, media.port());
        assertEquals(List.of("111", "0"), media.formats());
        assertEquals("IN IP4 192.0.2.1", media.connection());
        assertEquals("mic", media.mid());
        assertEquals(Direction.SENDONLY, media.direction());
        assertEquals(Set.of(Flag.RTCP_MUX, Flag.RTCP_RSIZE), media.flags());
        assertEquals(
                List.of(
                        new Codec(
                                111, "opus", 48000, 2, "minptime=10; useinbandfec=1", List.of("transport-cc", "nack")),
                        new Codec(0, "PCMU", 8000, 0, "", List.of("nack"))),
                media.rtp().codecs());
        assertEquals("1", media.rtp().codecs().getFirst().parameter("USEINBANDFEC"));
        assertNull(media.rtp().codecs().getFirst().parameter("usedtx"));
        assertEquals(
                List.of(new Extension(1, Direction.SENDRECV, "urn:x"), new Extension(2, Direction.RECVONLY, "urn:y")),
                media.rtp().extensions());
        assertEquals(
                List.of(new Ssrc(-1, "somebody"), new Ssrc(7, null)),
                media.rtp().ssrcs());
        assertEquals("stream track", media.rtp().msid());
        assertEquals(20, media.rtp().ptimeMs());
        assertEquals(60, media.rtp().maxptimeMs());
        assertEquals(List.of(), media.unknown());
    }

    @Test
    void whatAnMLineDoesntSayHoldsFromTheSessionLevel() throws SdpException {
        String text = Offers.session(
                        Offers.FINGERPRINT, "a=setup:active", "a=ice-options:trickle", "a=recvonly", "a=extmap:3 urn:x")
                + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"
                + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=sendonly\r\na=setup:passive\r\na=ice-ufrag:mine\r\n"
                + "a=ice-pwd:mypwdmypwdmypwdmypwdmypwd\r\na=fingerprint:sha-1 AB:CD\r\n";
        List<MediaDescription> media = SdpReader.read(text).media();
        TransportDescription first = media.get(0).transport();
        assertEquals(new IceCredentials("theirs", "theirpwdtheirpwdtheirpwd"), first.credentials());
        assertEquals(1, first.fingerprints().size());
        assertEquals(Setup.ACTIVE, first.setup());
        assertEquals(Set.of("trickle"), first.iceOptions());
        assertEquals(Direction.RECVONLY, media.get(0).direction());
        assertEquals(1, media.get(0).rtp().extensions().size());
        TransportDescription second = media.get(1).transport();
        assertEquals(new IceCredentials("mine", "mypwdmypwdmypwdmypwdmypwd"), second.credentials());
        assertEquals(List.of(), second.fingerprints());
        assertEquals(List.of("sha-1"), second.otherHashes());
        assertEquals(Setup.PASSIVE, second.setup());
        assertEquals(Direction.SENDONLY, media.get(1).direction());
    }

    @Test
    void unknownAttributesAreKeptForDiagnosisAndNeverWritten() throws SdpException {
        String text =
                "v=0\no=- 1 1 IN IP4 0.0.0.0\na=secret-sauce:1\nm=audio 9 UDP/TLS/RTP/SAVPF 0\na=sctp-init:7\nb=AS:64";
        SessionDescription session = SdpReader.read(text);
        assertEquals(List.of(new Attribute(3, "secret-sauce", "1")), session.unknown());
        assertEquals(
                List.of(new Attribute(5, "sctp-init", "7")),
                session.media().getFirst().unknown());
        String written = SdpWriter.write(session);
        assertFalse(written.contains("sauce") || written.contains("sctp") || written.contains("b="), written);
    }

    @ParameterizedTest
    @FieldSource("dev.rostrum.signaling.sdp.Offers#SHAPES")
    void whatIsWrittenReadsTheSame(String shape) throws SdpException {
        SessionDescription offer = SdpReader.read(Offers.shape(shape));
        String written = SdpWriter.write(offer);
        SessionDescription again = SdpReader.read(written);
        assertEquals(written, SdpWriter.write(again));
        assertEquals(offer.bundles(), again.bundles());
        for (int i = 0; i < offer.media().size(); i++) {
            MediaDescription before = offer.media().get(i);
            MediaDescription after = again.media().get(i);
            TransportDescription read = before.transport();
            TransportDescription known = new TransportDescription(
                    read.credentials(),
                    read.fingerprints(),
                    List.of(), // nobody uses other hashes, so they are not written
                    read.setup(),
                    read.iceOptions(),
                    read.candidates(),
                    read.endOfCandidates());
            assertEquals(known, after.transport());
            assertEquals(before.rtp().codecs(), after.rtp().codecs());
            assertEquals(before.rtp().extensions(), after.rtp().extensions());
            assertEquals(before.direction(), after.direction());
            assertEquals(before.flags(), after.flags());
            assertEquals(before.mid(), after.mid());
        }
    }

    @Test
    void aPayloadTypeWithALeadingZeroIsNone() throws SdpException {
        String text = "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 08 9\na=rtpmap:8 PCMA/8000\na=rtpmap:9 G722/8000";
        assertEquals(
                List.of("G722"),
                SdpReader.read(text).media().getFirst().rtp().codecs().stream()
                        .map(Codec::name)
                        .toList());
    }

    @Test
    void aCandidateThatCantBeReadIsIgnored() throws SdpException {
        MediaDescription media = media(
                "a=candidate:1 1 UDP 2122317823 192.0.2.20 53290 typ host generation 0",
                "a=candidate:1 1 udp nonsense",
                "a=candidate:2 1 udp 1 abc.local 70000 typ host",
                "a=end-of-candidates");
        assertEquals(
                List.of(new Candidate("1", 1, "udp", 2122317823, "192.0.2.20", 53290, "host")),
                media.transport().candidates());
        assertEquals(2, media.unknown().size());
        assertTrue(media.transport().endOfCandidates());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a=rtpmap:",
                "a=rtpmap:0",
                "a=rtpmap:300 opus/48000/2",
                "a=rtpmap:x opus/48000/2",
                "a=rtpmap:0 opus",
                "a=rtpmap:0 /48000",
                "a=rtpmap:0 opus/0",
                "a=rtpmap:0 opus/fast",
                "a=fmtp:",
                "a=fmtp:x y",
                "a=fmtp:300 apt=0"
            })
    void aCodecThatCantBeReadCostsNoOther(String line) throws SdpException {
        MediaDescription media = media(line, "a=rtpmap:111 opus/48000/2");
        assertEquals(
                List.of("opus"), media.rtp().codecs().stream().map(Codec::name).toList());
        assertEquals(1, media.unknown().size());
    }

    @Test
    void aCodecMayHaveALineOfNoParameters() throws SdpException {
        MediaDescription media = media("a=rtpmap:111 opus/48000/2", "a=fmtp:111 ");
        assertEquals("", media.rtp().codecs().getFirst().parameters());
        assertEquals(List.of(), media.unknown());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        a=extmap:x urn:y                   | an a=extmap is a number
        a=extmap:1                         | an a=extmap is a number
        a=extmap:1/upwards urn:y           | the direction of an a=extmap
        a=fingerprint:sha-256              | name of a hash and hex pairs
        a=fingerprint:sha-256 AB:CD        | it must have 32
        a=fingerprint:sha-256 hello        | not hex pairs
        a=setup:maybe                      | active, passive, actpass or holdconn
        a=mid:                             | one word
        a=mid:a b                          | one word
        a=ssrc:4294967296 cname:x          | number below 2^32
        a=ssrc:-1 cname:x                  | number below 2^32
        a=ice-ufrag:abc                    | it must have 4 to 256
        a=ice-ufrag:abc:def                | may only hold letters
        a=ice-ufrag:abcd                   | must be given together
        a=ice-pwd:abcdefghijklmnopqrstuvwx | must be given together
        """)
    void aMalformedAttributeIsNamedWithItsLineAndWhatItShouldBe(String line, String sentence) {
        SdpException e = refused("v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\n" + line);
        assertEquals(SdpException.Kind.MALFORMED, e.kind());
        assertEquals(3, e.line());
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("Line 3") && message.contains(sentence), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "m=audio",
                "m=audio 9",
                "m=audio 9 UDP/TLS/RTP/SAVPF",
                "m=audio x UDP/TLS/RTP/SAVPF 1",
                "m=audio 65536 UDP/TLS/RTP/SAVPF 1"
            })
    void aMalformedMLineIsRefused(String line) {
        SdpException e = refused("v=0\n" + line);
        assertEquals(SdpException.Kind.MALFORMED, e.kind());
        assertEquals(2, e.line());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "\r\n\n", "hello", "{\"sdp\":\"v=0\"}", "\"v=0\\r\\n\"", "v=1", "o=- 1 1 IN IP4 0.0.0.0"})
    void whatIsNoSessionDescriptionIsRefused(String text) {
        assertEquals(SdpException.Kind.MALFORMED, refused(text).kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"garbage", "A=mid:0", "a", "=", "a=x\0y", "v=0"})
    void aLineThatIsNoneIsRefused(String line) {
        SdpException e = refused("v=0\ns=-\n" + line);
        assertEquals(SdpException.Kind.MALFORMED, e.kind());
        assertEquals(3, e.line());
    }

    @Test
    void twoMLinesOfTheSameMidAreRefused() {
        SdpException e = refused(Offers.offer(Offers.audio("0", "sendonly"), Offers.audio("0", "recvonly")));
        assertEquals(SdpException.Kind.MALFORMED, e.kind());
        assertTrue(String.valueOf(e.getMessage()).contains("same a=mid"));
    }

    @Test
    void whatIsTooLargeIsRefusedBeforeItIsRead() {
        assertEquals(
                SdpException.Kind.TOO_LARGE,
                refused("v=0\n" + "a=x:".repeat(40_000)).kind());
        assertEquals(
                SdpException.Kind.TOO_LARGE,
                refused("v=0\n" + "\n".repeat(9_000)).kind());
        assertEquals(
                SdpException.Kind.TOO_LARGE,
                refused("v=0\n" + "m=audio 9 UDP/TLS/RTP/SAVPF 0\n".repeat(65)).kind());
    }

    @Test
    void aPasswordNeverEndsInAMessage() {
        SdpException e = refused("v=0\na=ice-ufrag:abcd\na=ice-pwd:TopSecretTopSecret Top\nm=audio 9 RTP/AVP 0");
        assertFalse(String.valueOf(e.getMessage()).contains("Secret"), e.getMessage());
    }

    @Test
    void aMessageQuotesTheSenderWithoutControlCharactersAndNotAtLength() {
        String message =
                String.valueOf(refused("v=0\nm=\u001b[31m" + "x".repeat(1000)).getMessage());
        assertFalse(message.contains("\u001b"), message);
        message = String.valueOf(refused("v=0\nm=\u202e" + "x".repeat(1000)).getMessage());
        assertTrue(message.length() < 250 && !message.contains("\u202e"), message);
    }
}
