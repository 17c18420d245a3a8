package dev.rostrum.signaling.sdp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the bytes are: they are read or refused, and what is read can be written and read again. */
public class SdpReaderFuzzTest {

    /** Longer ones only slow the fuzzer down: they repeat themselves. */
    private static final int MAX_SEED_LENGTH = 10_000;

    public static Stream<byte[]> offers() {
        return Offers.SHAPES.stream()
                .map(shape -> Offers.shape(shape).getBytes(StandardCharsets.UTF_8))
                .filter(offer -> offer.length < MAX_SEED_LENGTH);
    }

    static Stream<byte[]> fragments() {
        return List.of("""
            a=ice-options:trickle ice2
            a=group:BUNDLE 0 1
            m=audio 9 UDP/TLS/RTP/SAVPF 111
            a=mid:0
            a=ice-ufrag:ysXw
            a=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k
            a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw network-id 1
            a=end-of-candidates
            """, "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\n").stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("offers")
    @FuzzTest
    void aDescriptionIsReadOrRefused(byte[] data) {
        SessionDescription description;
        try {
            description = SdpReader.read(new String(data, StandardCharsets.UTF_8));
        } catch (SdpException e) {
            checkMessage(e);
            return;
        }
        String written = SdpWriter.write(description);
        try {
            assertEquals(written, SdpWriter.write(SdpReader.read(written)));
        } catch (SdpException e) {
            // What the session level said once is written with every m-line, so the text may grow.
            assertEquals(SdpException.Kind.TOO_LARGE, e.kind(), e.getMessage());
        }
    }

    @MethodSource("fragments")
    @FuzzTest
    void aFragmentIsReadOrRefused(byte[] data) {
        try {
            SdpFragment fragment = SdpFragment.read(new String(data, StandardCharsets.UTF_8));
            assertTrue(fragment.credentials() != null || !fragment.media().isEmpty());
        } catch (SdpException e) {
            checkMessage(e);
        }
    }

    public static void checkMessage(SdpException e) {
        String message = String.valueOf(e.getMessage());
        if (message.length() > 2000 || !message.endsWith(".")) {
            throw new AssertionError("not a sentence: " + message);
        }
        for (int i = 0; i < message.length(); i++) {
            char c = message.charAt(i);
            if (c < ' ' || (c > '~' && c != '…')) {
                throw new AssertionError("a character of the sender's: " + (int) c);
            }
        }
    }
}
