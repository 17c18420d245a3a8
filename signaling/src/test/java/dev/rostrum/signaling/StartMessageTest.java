package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StartMessageTest {

    private static final InetAddress LOCALHOST = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress OTHER_LOOPBACK = InetAddress.ofLiteral("127.0.0.5");
    private static final InetAddress PUBLIC = InetAddress.ofLiteral("2001:db8::7");

    @Test
    void thePageIsAtLocalhostOnlyIfThatIsListenedOn() {
        assertEquals(
                "http://localhost:80/  http://[2001:db8::7]:80/",
                StartMessage.pageUrls("http", List.of(LOCALHOST, PUBLIC), 80));
        assertEquals("http://127.0.0.5:80/", StartMessage.pageUrls("http", List.of(OTHER_LOOPBACK), 80));
    }
}
