package dev.rostrum.signaling;

import dev.rostrum.sfu.Sfu;
import dev.rostrum.signaling.http.IpAddresses;
import dev.rostrum.signaling.tls.TlsMode;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the server says when it has started: where it is, and what whoever started it should know.
 *
 * <p>Stateless.
 */
final class StartMessage {

    private static final int MOST_URLS = 4;

    private StartMessage() {}

    static void print(PrintWriter out, ServerConfig config, Sfu sfu, List<InetAddress> addresses, int httpPort) {
        String scheme = config.tls() instanceof TlsMode.Off ? "http" : "https";
        URI url = config.http().publicUrl();
        out.println("Rostrum " + Rostrum.version());
        out.println("  page     " + (url == null ? pageUrls(scheme, addresses, httpPort) : url + "/"));
        out.println("  media    UDP "
                + sfu.candidates().stream().map(StartMessage::text).collect(Collectors.joining(", ")));
        out.println("  engine   " + sfu.description());
        out.println("  TLS      " + tls(config));
        out.println("  access   "
                + (config.open()
                        ? "open: anyone may create a space and listen; --api-key makes creating need a key"
                        : "creating a space needs an API key, listening a token"));
    }

    private static String tls(ServerConfig config) {
        return switch (config.tls()) {
            case TlsMode.Off _ ->
                "off: browsers allow the microphone only on localhost; for others use --tls self-signed or --tls-cert";
            case TlsMode.SelfSigned _ ->
                "self-signed: browsers warn once; the certificate is kept in " + config.dataDirectory();
            case TlsMode.Files files -> files.certificate().toString();
        };
    }

    /** The page's addresses; localhost only where its address is among those that are listened on. */
    static String pageUrls(String scheme, List<InetAddress> addresses, int port) {
        List<String> urls = new ArrayList<>();
        if (addresses.stream().anyMatch(StartMessage::localhost)) {
            urls.add(scheme + "://localhost:" + port + "/");
        }
        addresses.stream()
                .filter(address -> !localhost(address))
                .limit(MOST_URLS)
                .forEach(address -> urls.add(scheme + "://" + IpAddresses.urlHost(address) + ":" + port + "/"));
        return String.join("  ", urls);
    }

    private static boolean localhost(InetAddress address) {
        return List.of("127.0.0.1", "::1").contains(IpAddresses.text(address));
    }

    private static String text(InetSocketAddress address) {
        return IpAddresses.urlHost(address.getAddress()) + ":" + address.getPort();
    }
}
