package dev.rostrum.signaling.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rostrum.signaling.web.IceServers.IceServer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IceServersTest {

    @Test
    void aUrlMayHaveUserAndPassword() {
        assertEquals(
                new IceServer("stun:stun.example.org:3478", null, null),
                IceServers.parse("stun:stun.example.org:3478"));
        assertEquals(
                new IceServer("turn:[2001:db8::1]:3478?transport=udp", "u", "p:w"),
                IceServers.parse("turn:u:p:w@[2001:db8::1]:3478?transport=udp"));
        assertEquals(new IceServer("turns:t.example", null, null), IceServers.parse("turns:t.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "stun:",
                "http://a",
                "stun://a",
                "turn:a?transport=tls",
                "turn:user@a",
                "turn:a b",
                "stun:u:p@a"
            })
    void whatIsNoServerIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> IceServers.parse(text));
    }

    @Test
    void aSharedSecretGivesCredentialsThatExpire() {
        IceServers servers = new IceServers(
                List.of(IceServers.parse("stun:s"), IceServers.parse("turn:t"), IceServers.parse("turn:u:p@f")),
                "north",
                Duration.ofHours(1));

        List<IceServer> told = servers.forClient("ada", Instant.ofEpochSecond(1_000_000));

        assertNull(told.get(0).username());
        // openssl: printf '1003600:ada' | openssl dgst -sha1 -hmac north -binary | base64
        assertEquals(new IceServer("turn:t", "1003600:ada", "uBp9zd3SgA3XBDMtCRVC7T4C7vg="), told.get(1));
        assertEquals(new IceServer("turn:f", "u", "p"), told.get(2));
    }
}
