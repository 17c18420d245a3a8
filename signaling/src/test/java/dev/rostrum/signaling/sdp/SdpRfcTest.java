package dev.rostrum.signaling.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.offer.Answer;
import dev.rostrum.signaling.offer.AnswerRules;
import dev.rostrum.signaling.offer.HeaderExtension;
import dev.rostrum.signaling.sdp.MediaDescription.Extension;
import dev.rostrum.signaling.sdp.MediaDescription.Ssrc;
import dev.rostrum.signaling.sdp.SessionDescription.Flag;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Descriptions and lines in the shape of the examples of the RFCs. */
class SdpRfcTest {

    private static MediaDescription media(String... lines) throws SdpException {
        return SdpReader.read("v=0\nm=audio 49170 RTP/AVP 101 0\n" + String.join("\n", lines))
                .media()
                .getFirst();
    }

    /** RFC 8866 §5 */
    @Test
    void theDescriptionOfACallIsRead() throws SdpException {
        SessionDescription session = SdpReader.read("""
            v=0
            o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
            s=Call to John Smith
            i=SDP Offer #1
            u=http://www.jdoe.example.com/home.html
            e=Jane Doe <jane@jdoe.example.com>
            p=+1 617 555-6011
            c=IN IP4 198.51.100.1
            t=0 0
            m=audio 49170 RTP/AVP 0
            m=audio 49180 RTP/AVP 0
            m=video 51372 RTP/AVP 99
            c=IN IP6 2001:db8::2
            a=rtpmap:99 h263-1998/90000
            """);
        assertEquals("jdoe 3724394400 3724394405 IN IP4 198.51.100.1", session.origin());
        assertEquals(3, session.media().size());
        assertEquals("IN IP4 198.51.100.1", session.media().get(1).connection());
        assertEquals(49180, session.media().get(1).port());
        assertNull(session.media().get(1).mid());
        assertEquals(Direction.SENDRECV, session.media().get(1).direction());
        assertEquals("IN IP6 2001:db8::2", session.media().get(2).connection());
        assertEquals(
                "h263-1998", session.media().get(2).rtp().codecs().getFirst().name());
    }

    /** RFC 8866 §5.14: a number of ports. */
    @Test
    void aNumberOfPortsIsPassedOver() throws SdpException {
        assertEquals(
                49170,
                SdpReader.read("v=0\nm=video 49170/2 RTP/AVP 31")
                        .media()
                        .getFirst()
                        .port());
    }

    /** RFC 9429 §7.1: an offer of audio and video, every m-line with its own candidates. */
    @Test
    void anOfferInTheShapeOfJsepIsAnswered() throws SdpException {
        String offer = """
            v=0
            o=- 4962303333179871722 1 IN IP4 0.0.0.0
            s=-
            t=0 0
            a=ice-options:trickle ice2
            a=group:BUNDLE a1 v1
            a=group:LS a1 v1
            m=audio 10100 UDP/TLS/RTP/SAVPF 96 0 8 97 98
            c=IN IP4 203.0.113.100
            a=mid:a1
            a=sendrecv
            a=rtpmap:96 opus/48000/2
            a=rtpmap:0 PCMU/8000
            a=rtpmap:8 PCMA/8000
            a=rtpmap:97 telephone-event/8000
            a=rtpmap:98 telephone-event/48000
            a=fmtp:97 0-15
            a=fmtp:98 0-15
            a=maxptime:120
            a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
            a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level
            a=msid:47017fee-b6c1-4162-929c-a25110252400
            a=ice-ufrag:ETEn
            a=ice-pwd:OtSK0WpNtpUjkY4+86js7ZQl
            a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
            a=setup:actpass
            a=tls-id:91bbf309c0990a6bec11e38ba2933cee
            a=rtcp:10101 IN IP4 203.0.113.100
            a=rtcp-mux
            a=rtcp-rsize
            a=candidate:1 1 udp 2113929471 203.0.113.100 10100 typ host
            a=candidate:1 2 udp 2113929470 203.0.113.100 10101 typ host
            a=end-of-candidates
            m=video 10102 UDP/TLS/RTP/SAVPF 100 101 102 103
            c=IN IP4 203.0.113.100
            a=mid:v1
            a=sendrecv
            a=rtpmap:100 VP8/90000
            a=rtpmap:101 H264/90000
            a=fmtp:101 packetization-mode=1;profile-level-id=42e01f
            a=rtpmap:102 rtx/90000
            a=fmtp:102 apt=100
            a=rtpmap:103 rtx/90000
            a=fmtp:103 apt=101
            a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid
            a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
            a=rtcp-fb:100 ccm fir
            a=rtcp-fb:100 nack
            a=rtcp-fb:100 nack pli
            a=msid:47017fee-b6c1-4162-929c-a25110252400
            a=ice-ufrag:BGKk
            a=ice-pwd:mqyWsAjvtKwTGnvhPztQ9mIf
            a=fingerprint:sha-256 19:E2:1C:3B:4B:9F:81:E6:B8:5C:F4:A5:A8:D8:73:04:BB:05:2F:70:9F:04:A9:0E:05:E9:26:33:E8:70:88:A2
            a=setup:actpass
            a=tls-id:91bbf309c0990a6bec11e38ba2933cee
            a=rtcp:10103 IN IP4 203.0.113.100
            a=rtcp-mux
            a=rtcp-rsize
            a=candidate:1 1 udp 2113929471 203.0.113.100 10102 typ host
            a=candidate:1 2 udp 2113929470 203.0.113.100 10103 typ host
            a=end-of-candidates
            """;
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(
                new IceCredentials("ETEn", "OtSK0WpNtpUjkY4+86js7ZQl"),
                answer.endpoint().remote());
        String cname = answer.endpoint().cname();
        MediaDescription audio = SdpReader.read(answer.sdp()).media().getFirst();
        String ssrc = Integer.toUnsignedString(audio.rtp().ssrcs().getFirst().ssrc());
        String origin = SdpReader.read(answer.sdp()).origin();
        assertEquals("""
            v=0\r
            o=%s\r
            s=-\r
            t=0 0\r
            a=group:BUNDLE a1\r
            a=ice-lite\r
            a=ice-options:trickle ice2\r
            a=msid-semantic:WMS *\r
            m=audio 7000 UDP/TLS/RTP/SAVPF 96\r
            c=IN IP4 192.0.2.1\r
            a=mid:a1\r
            a=ice-ufrag:localufrag\r
            a=ice-pwd:localpwdlocalpwdlocalpwd\r
            a=fingerprint:%s\r
            a=setup:passive\r
            a=candidate:1 1 udp 2130706431 127.0.0.1 7000 typ host\r
            a=candidate:2 1 udp 2130706175 192.0.2.1 7000 typ host\r
            a=candidate:3 1 udp 2130705919 2001:db8:0:0:0:0:0:1 7000 typ host\r
            a=end-of-candidates\r
            a=rtcp-mux\r
            a=rtcp-rsize\r
            a=msid:slot-0 slot-0-audio\r
            a=sendrecv\r
            a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid\r
            a=extmap:2 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r
            a=rtpmap:96 opus/48000/2\r
            a=fmtp:96 useinbandfec=1;usedtx=1;stereo=0;maxaveragebitrate=32000\r
            a=ptime:20\r
            a=ssrc:%s cname:%s\r
            m=video 0 UDP/TLS/RTP/SAVPF 100\r
            c=IN IP4 0.0.0.0\r
            a=mid:v1\r
            a=inactive\r
            """.formatted(origin, Offers.OURS.toSdp(), ssrc, cname), answer.sdp());
    }

    /** RFC 9143 §16: an offer whose second and third m-line are bundle-only; mids are words. */
    @Test
    void bundleOnlyMLinesShareTheFirstOnesTransport() throws SdpException {
        String offer = """
            v=0
            o=alice 2890844526 2890844526 IN IP6 2001:db8::3
            s=
            c=IN IP6 2001:db8::3
            t=0 0
            a=group:BUNDLE foo bar zen
            m=audio 10000 UDP/TLS/RTP/SAVPF 97
            a=mid:foo
            a=rtcp-mux
            a=ice-ufrag:abcd
            a=ice-pwd:abcdabcdabcdabcdabcdabcd
            a=setup:active
            %s
            a=rtpmap:97 opus/48000/2
            a=recvonly
            m=audio 0 UDP/TLS/RTP/SAVPF 98
            a=bundle-only
            a=mid:bar
            a=rtcp-mux
            a=rtpmap:98 opus/48000/2
            a=recvonly
            m=video 0 UDP/TLS/RTP/SAVPF 66
            a=bundle-only
            a=mid:zen
            a=rtcp-mux
            a=rtpmap:66 H261/90000
            """.formatted(Offers.FINGERPRINT);
        Answer answer = Offers.answer(offer, Offers.page());
        AnswerRules.check(SdpReader.read(offer), answer);
        assertEquals(2, answer.endpoint().streams().size());
        assertEquals(DtlsRole.SERVER, answer.endpoint().dtlsRole());
        assertTrue(answer.sdp().contains("a=group:BUNDLE foo bar\r\n"));
    }

    /** RFC 8839 §5.1, §5.3, §5.4 */
    @Test
    void iceAttributesAreRead() throws SdpException {
        MediaDescription media = media(
                "a=ice-pwd:asd88fgpdd777uzjYhagZg",
                "a=ice-ufrag:8hhY",
                "a=candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host",
                "a=candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998",
                "a=ice-options:rtp+ecn");
        TransportDescription transport = media.transport();
        assertEquals(new IceCredentials("8hhY", "asd88fgpdd777uzjYhagZg"), transport.credentials());
        assertEquals(
                List.of(
                        new Candidate("1", 1, "udp", 2130706431L, "203.0.113.141", 8998, "host"),
                        new Candidate("2", 1, "udp", 1694498815L, "192.0.2.3", 45664, "srflx")),
                transport.candidates());
        assertEquals(Set.of("rtp+ecn"), transport.iceOptions());
    }

    /** RFC 8445 §5.1.2.1: the best host candidate of component 1 has priority 2130706431. */
    @Test
    void hostCandidatesHaveThePrioritiesOfTheRfc() {
        List<Long> priorities = Candidate.hosts(Offers.CANDIDATES).stream()
                .map(Candidate::priority)
                .toList();
        assertEquals(List.of(2130706431L, 2130706431L - 256, 2130706431L - 512), priorities);
    }

    /** RFC 8285 §5, §6, RFC 6464 §4 */
    @Test
    void extensionMapsAreRead() throws SdpException {
        MediaDescription media = media(
                "a=extmap:1 http://example.com/082005/ext.htm#ttime",
                "a=extmap:2/sendrecv http://example.com/082005/ext.htm#xmeta short",
                "a=extmap:4096/recvonly http://example.com/082005/ext.htm#xmeta",
                "a=extmap:6 urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on",
                "a=extmap-allow-mixed");
        assertEquals(
                List.of(
                        new Extension(1, Direction.SENDRECV, "http://example.com/082005/ext.htm#ttime"),
                        new Extension(2, Direction.SENDRECV, "http://example.com/082005/ext.htm#xmeta"),
                        new Extension(4096, Direction.RECVONLY, "http://example.com/082005/ext.htm#xmeta"),
                        new Extension(6, Direction.SENDRECV, HeaderExtension.AUDIO_LEVEL.uri())),
                media.rtp().extensions());
        assertEquals(Set.of(Flag.EXTMAP_ALLOW_MIXED), media.flags());
    }

    /** RFC 8122 §5, RFC 8842 §5 */
    @Test
    void fingerprintsAreReadInAnyCase() throws SdpException {
        String pairs =
                "12:df:3e:5d:49:6b:19:e5:7c:ab:4a:ad:b9:b1:3f:82:18:3b:54:02:12:df:3e:5d:49:6b:19:e5:7c:ab:4a:ad";
        MediaDescription media =
                media("a=fingerprint:SHA-256 " + pairs, "a=fingerprint:SHA-1 4A:AD", "a=setup:Passive");
        assertEquals(
                "sha-256 " + pairs.toUpperCase(java.util.Locale.ROOT),
                media.transport().fingerprints().getFirst().toSdp());
        assertEquals(List.of("SHA-1"), media.transport().otherHashes());
        assertEquals(Setup.PASSIVE, media.transport().setup());
    }

    /** RFC 7587 §7 */
    @Test
    void opusParametersAreRead() throws SdpException {
        MediaDescription media = media(
                "a=rtpmap:101 opus/48000/2",
                "a=fmtp:101 maxplaybackrate=16000; sprop-maxcapturerate=16000; maxaveragebitrate=20000; stereo=1;"
                        + " useinbandfec=1; usedtx=0",
                "a=ptime:40",
                "a=maxptime:40");
        MediaDescription.Codec opus = media.rtp().codecs().getFirst();
        assertEquals("20000", opus.parameter("maxaveragebitrate"));
        assertEquals("0", opus.parameter("usedtx"));
        assertEquals(40, media.rtp().ptimeMs());
        assertEquals(40, media.rtp().maxptimeMs());
    }

    /** RFC 5576 §12 */
    @Test
    void sourcesAreRead() throws SdpException {
        MediaDescription media = media(
                "a=ssrc:12345 cname:another-user@example.com",
                "a=ssrc:67890 cname:another-user@example.com",
                "a=ssrc-group:FID 12345 67890");
        assertEquals(
                List.of(new Ssrc(12345, "another-user@example.com"), new Ssrc(67890, "another-user@example.com")),
                media.rtp().ssrcs());
    }
}
