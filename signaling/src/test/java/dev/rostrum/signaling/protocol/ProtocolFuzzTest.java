package dev.rostrum.signaling.protocol;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

final class ProtocolFuzzTest {

    private final ProtocolCodec codec = new ProtocolCodec();

    @FuzzTest
    void aClientsMessageIsReadOrRefusedWithASentence(byte[] bytes) {
        try {
            assertNotNull(codec.decode(new String(bytes, StandardCharsets.UTF_8)));
        } catch (ProtocolException e) {
            ServerMessage.ErrorInfo error = e.error();
            assertFalse(error.message().isEmpty());
            assertNotNull(codec.encode(new ServerMessage.Failure(e.id(), error)));
        }
    }
}
