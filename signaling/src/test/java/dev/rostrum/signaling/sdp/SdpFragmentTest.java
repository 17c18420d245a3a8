package dev.rostrum.signaling.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SdpFragmentTest {

    @Test
    void aTrickledCandidateIsRead() throws SdpException {
        SdpFragment fragment = SdpFragment.read("""
            a=group:BUNDLE 0 1
            m=audio 9 UDP/TLS/RTP/SAVPF 111
            a=mid:0
            a=ice-ufrag:EsAw
            a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
            a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
            a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host generation 0 ufrag EsAw network-id 2
            a=end-of-candidates
            """);
        assertEquals(new IceCredentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"), fragment.credentials());
        SdpFragment.Media media = fragment.media().getFirst();
        assertEquals("0", media.mid());
        assertEquals(2, media.candidates().size());
        assertEquals("198.51.100.2", media.candidates().getLast().address());
        assertTrue(media.endOfCandidates());
    }

    @Test
    void credentialsOfTheSessionLevelHold() throws SdpException {
        SdpFragment fragment = SdpFragment.read(
                "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n");
        assertEquals(new IceCredentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"), fragment.credentials());
        assertNull(SdpFragment.read("m=audio 9 RTP/AVP 0\na=mid:0\na=end-of-candidates")
                .credentials());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v=0\r\ns=-\r\n",
                "hello",
                "a=ice-ufrag:EsAw",
                "a=ice-pwd:short\r\na=ice-ufrag:EsAw",
                "a=group:BUNDLE 0",
                "m=audio 9 RTP/AVP 0\na=mid:0 1"
            })
    void whatIsNoFragmentIsRefused(String text) {
        assertEquals(
                SdpException.Kind.MALFORMED,
                assertThrows(SdpException.class, () -> SdpFragment.read(text)).kind());
    }

    @Test
    void anIceRestartIsAnsweredWithCredentialsAndCandidates() throws SdpException {
        EndpointSpec endpoint =
                Offers.answer(Offers.shape("firefox-page"), Offers.page()).endpoint();
        String text = SdpFragment.restart(
                endpoint, new IceCredentials("newufrag", "newpwdnewpwdnewpwdnewpwd"), Offers.CANDIDATES);
        assertEquals("""
            a=ice-lite\r
            a=ice-options:trickle ice2\r
            a=group:BUNDLE 0 1 2 3\r
            m=audio 9 UDP/TLS/RTP/SAVPF 109\r
            a=mid:0\r
            a=ice-ufrag:newufrag\r
            a=ice-pwd:newpwdnewpwdnewpwdnewpwd\r
            a=candidate:1 1 udp 2130706431 127.0.0.1 7000 typ host\r
            a=candidate:2 1 udp 2130706175 192.0.2.1 7000 typ host\r
            a=candidate:3 1 udp 2130705919 2001:db8:0:0:0:0:0:1 7000 typ host\r
            a=end-of-candidates\r
            """, text);
        SdpFragment read = SdpFragment.read(text);
        assertEquals(new IceCredentials("newufrag", "newpwdnewpwdnewpwdnewpwd"), read.credentials());
        assertEquals(3, read.media().getFirst().candidates().size());
    }
}
