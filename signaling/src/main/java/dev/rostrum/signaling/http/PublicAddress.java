package dev.rostrum.signaling.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.net.InetAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Under which URL a client reached the server, and from which address it came, also through proxies: headers of proxies
 * that are not trusted say nothing.
 *
 * <p>Immutable; any thread.
 */
public final class PublicAddress {

    private static final Pattern HOST =
            Pattern.compile("(?:[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}])(?::[0-9]{1,5})?");
    private static final Pattern FORWARDED_PAIR =
            Pattern.compile("\\s*([A-Za-z-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s;,\"]*))\\s*");

    private final @Nullable String configured;
    private final List<AddressRange> trustedProxies;

    public PublicAddress(@Nullable URI publicUrl, List<AddressRange> trustedProxies) {
        this.configured = publicUrl == null ? null : publicUrl.toString();
        this.trustedProxies = List.copyOf(trustedProxies);
    }

    /** What a trusted proxy says of a request; parts that it doesn't say are null. */
    private record Forwarding(
            @Nullable String client,
            @Nullable String scheme,
            @Nullable String host) {

        static final Forwarding NONE = new Forwarding(null, null, null);
    }

    /** Scheme and host for absolute URLs, such as {@code https://live.example.org}, without a slash at the end. */
    public String base(HttpServerRequest request) {
        if (configured != null) {
            return configured;
        }
        Forwarding forwarding = forwarding(request);
        String scheme = forwarding.scheme() != null ? forwarding.scheme() : request.isSSL() ? "https" : "http";
        String host = forwarding.host();
        if (host == null) {
            HostAndPort authority = request.authority();
            host = authority == null ? null : authority.toString();
        }
        if (host == null || !HOST.matcher(host).matches()) {
            host = IpAddresses.urlHost(address(request.localAddress().hostAddress())) + ":"
                    + request.localAddress().port();
        }
        return scheme + "://" + host;
    }

    /** As {@link #base} if the server was told it, by its configuration or by a trusted proxy; else empty. */
    public String knownBase(HttpServerRequest request) {
        Forwarding forwarding = forwarding(request);
        return configured != null || forwarding.scheme() != null || forwarding.host() != null ? base(request) : "";
    }

    /** The address that a request came from; behind trusted proxies the first one that is none of them. */
    public String client(HttpServerRequest request) {
        return client(remote(request), request.headers());
    }

    /** As {@link #client(HttpServerRequest)}, of a connection's other end and a request's headers. */
    String client(InetAddress remote, MultiMap headers) {
        String client = forwarding(remote, headers).client();
        return client != null ? client : IpAddresses.text(remote);
    }

    private Forwarding forwarding(HttpServerRequest request) {
        return forwarding(remote(request), request.headers());
    }

    private Forwarding forwarding(InetAddress remote, MultiMap headers) {
        if (trustedProxies.isEmpty() || !trusted(remote)) {
            return Forwarding.NONE;
        }
        List<String> forwarded = headers.getAll("Forwarded");
        return forwarded.isEmpty() ? fromXForwarded(headers) : fromForwarded(String.join(",", forwarded));
    }

    private Forwarding fromXForwarded(MultiMap headers) {
        String[] chain = String.join(",", headers.getAll("X-Forwarded-For")).split(",", -1);
        String client = null;
        for (int i = chain.length - 1; i >= 0; i--) { // the last one was added by the nearest proxy
            Optional<InetAddress> hop = node(chain[i].strip());
            if (hop.isEmpty()) {
                break;
            }
            client = IpAddresses.text(hop.get());
            if (!trusted(hop.get())) {
                break;
            }
        }
        return new Forwarding(
                client, scheme(first(headers.get("X-Forwarded-Proto"))), host(first(headers.get("X-Forwarded-Host"))));
    }

    /** RFC 7239 §4. */
    private Forwarding fromForwarded(String header) {
        String client = null;
        String scheme = null;
        String host = null;
        List<String> elements = splitOutsideQuotes(header, ',');
        for (int i = elements.size() - 1; i >= 0; i--) {
            String hop = null;
            for (String pair : splitOutsideQuotes(elements.get(i), ';')) {
                Matcher matcher = FORWARDED_PAIR.matcher(pair);
                if (!matcher.matches()) {
                    continue;
                }
                String value =
                        matcher.group(2) != null ? matcher.group(2).replaceAll("\\\\(.)", "$1") : matcher.group(3);
                switch (matcher.group(1).toLowerCase(Locale.ROOT)) {
                    case "for" -> hop = value;
                    case "proto" -> scheme = scheme(value) != null ? scheme(value) : scheme;
                    case "host" -> host = host(value) != null ? host(value) : host;
                    default -> {} // "by" and what is still to be invented
                }
            }
            Optional<InetAddress> address = hop == null ? Optional.empty() : node(hop);
            if (address.isEmpty()) {
                break;
            }
            client = IpAddresses.text(address.get());
            if (!trusted(address.get())) {
                break;
            }
        }
        return new Forwarding(client, scheme, host);
    }

    /** An address that may have a port behind it. */
    private static Optional<InetAddress> node(String text) {
        Optional<InetAddress> bare = IpAddresses.parse(text);
        int colon = text.lastIndexOf(':');
        return bare.isPresent() || colon < 0 ? bare : IpAddresses.parse(text.substring(0, colon));
    }

    /** Reads from the end, so that a quote that a client leaves open does not take in what a proxy has added behind it. */
    private static List<String> splitOutsideQuotes(String text, char separator) {
        Deque<String> parts = new ArrayDeque<>();
        boolean quoted = false;
        int end = text.length();
        for (int i = text.length() - 1; i >= 0; i--) {
            char c = text.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.addFirst(text.substring(i + 1, end));
                end = i;
            }
        }
        parts.addFirst(text.substring(0, end));
        return List.copyOf(parts);
    }

    private static @Nullable String first(@Nullable String list) {
        return list == null ? null : list.split(",", 2)[0].strip();
    }

    private static @Nullable String scheme(@Nullable String text) {
        return "http".equalsIgnoreCase(text) ? "http" : "https".equalsIgnoreCase(text) ? "https" : null;
    }

    private static @Nullable String host(@Nullable String text) {
        return text != null && HOST.matcher(text).matches() ? text : null;
    }

    private boolean trusted(InetAddress address) {
        return trustedProxies.stream().anyMatch(range -> range.contains(address));
    }

    private static InetAddress remote(HttpServerRequest request) {
        return address(request.connection().remoteAddress(true).hostAddress());
    }

    private static InetAddress address(@Nullable String text) {
        int scope = text == null ? -1 : text.indexOf('%');
        String bare = text == null ? "" : scope < 0 ? text : text.substring(0, scope);
        return IpAddresses.parse(bare).orElse(InetAddress.getLoopbackAddress());
    }
}
