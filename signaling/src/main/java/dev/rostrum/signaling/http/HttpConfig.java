package dev.rostrum.signaling.http;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the HTTP side is started.
 *
 * <p>Immutable.
 *
 * @param bind the addresses to listen on; empty for all
 * @param port the TCP port on each; 0 takes a free one
 * @param publicUrl scheme, host and port under which clients reach the server, without a slash at the end; null if
 *     nobody said so
 * @param trustedProxies from where forwarding headers are believed
 * @param corsOrigins web origins that may use the doors; {@code *} for all
 * @param maxConnections TCP connections at most
 * @param newSpacesPerMinute how many spaces one address may create in a minute where anybody may; 0 for no limit
 * @param limits what a slow or greedy client may take
 */
public record HttpConfig(
        List<InetAddress> bind,
        int port,
        @Nullable URI publicUrl,
        List<AddressRange> trustedProxies,
        List<String> corsOrigins,
        int maxConnections,
        int newSpacesPerMinute,
        HttpLimits limits) {

    public HttpConfig {
        bind = List.copyOf(bind);
        trustedProxies = List.copyOf(trustedProxies);
        corsOrigins = List.copyOf(corsOrigins);
    }
}
