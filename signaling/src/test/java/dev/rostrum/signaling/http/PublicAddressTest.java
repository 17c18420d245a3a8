package dev.rostrum.signaling.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.MultiMap;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PublicAddressTest {

    private static final PublicAddress BEHIND_PROXIES =
            new PublicAddress(null, List.of(AddressRange.parse("10.0.0.0/8"), AddressRange.parse("fd00::/8")));

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        10.0.0.1    | 203.0.113.9                      | 203.0.113.9
        10.0.0.1    | 198.51.100.1, 203.0.113.9        | 203.0.113.9
        10.0.0.1    | 203.0.113.9, 10.0.0.2            | 203.0.113.9
        10.0.0.1    | 203.0.113.9:1234                 | 203.0.113.9
        10.0.0.1    | [2001:db8::9]:1234               | 2001:db8::9
        10.0.0.1    | 2001:db8::9                      | 2001:db8::9
        10.0.0.1    | garbage                          | 10.0.0.1
        10.0.0.1    | 203.0.113.9, garbage             | 10.0.0.1
        10.0.0.1    | 10.0.0.3, 10.0.0.2               | 10.0.0.3
        10.0.0.1    | ``                               | 10.0.0.1
        192.0.2.1   | 203.0.113.9                      | 192.0.2.1
        fd00::1     | 203.0.113.9                      | 203.0.113.9
        """)
    void xForwardedForIsReadFromTheEndUpToTheFirstWhoIsNoProxy(String remote, String header, String client) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("X-Forwarded-For", header);

        assertEquals(client, BEHIND_PROXIES.client(InetAddress.ofLiteral(remote), headers));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        10.0.0.1  | for=203.0.113.9                                       | 203.0.113.9
        10.0.0.1  | For="[2001:db8::9]:4711";proto=https                  | 2001:db8::9
        10.0.0.1  | for=198.51.100.1, for=203.0.113.9;by=10.0.0.1         | 203.0.113.9
        10.0.0.1  | for="203.0.113.9:80", for=10.0.0.2                    | 203.0.113.9
        10.0.0.1  | for=_hidden                                           | 10.0.0.1
        10.0.0.1  | for=unknown                                           | 10.0.0.1
        10.0.0.1  | proto=https                                           | 10.0.0.1
        10.0.0.1  | host="a,b;c";for=203.0.113.9                          | 203.0.113.9
        10.0.0.1  | ;;=,"                                                 | 10.0.0.1
        192.0.2.1 | for=203.0.113.9                                       | 192.0.2.1
        """)
    void forwardedGoesBeforeXForwardedFor(String remote, String header, String client) {
        MultiMap headers =
                MultiMap.caseInsensitiveMultiMap().add("Forwarded", header).add("X-Forwarded-For", "198.51.100.77");

        assertEquals(client, BEHIND_PROXIES.client(InetAddress.ofLiteral(remote), headers));
    }

    @Test
    void aHeaderThatIsMadeToBeHardToReadIsRead() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                .add("Forwarded", "\"\",".repeat(5_000))
                .add("Forwarded", "for=\"203.0.113.9:80\"");

        assertEquals("203.0.113.9", BEHIND_PROXIES.client(InetAddress.ofLiteral("10.0.0.1"), headers));
    }
}
