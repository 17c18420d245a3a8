package dev.rostrum.signaling;

import ch.qos.logback.classic.Level;
import dev.rostrum.signaling.Configuration.Value;
import dev.rostrum.signaling.admission.AdmissionConfig;
import dev.rostrum.signaling.http.AddressRange;
import dev.rostrum.signaling.http.HttpConfig;
import dev.rostrum.signaling.http.HttpLimits;
import dev.rostrum.signaling.http.IpAddresses;
import dev.rostrum.signaling.tls.TlsMode;
import dev.rostrum.signaling.web.IceServers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * All that a server is started with, checked.
 *
 * <p>Immutable; any thread.
 *
 * @param http the HTTP side; {@link HttpConfig#bind()} also says where media listens
 * @param advertise what clients are told instead of the local media addresses; a port of 0 is the media port
 * @param apiKeys what creating a space needs; empty for the open mode
 */
record ServerConfig(
        HttpConfig http,
        TlsMode tls,
        int mediaPort,
        List<InetSocketAddress> advertise,
        int shards,
        boolean portableUdp,
        IceServers iceServers,
        int audioSlots,
        int videoSlots,
        int maxCohosts,
        int maxSpeakers,
        int maxScreens,
        int maxSpaces,
        AdmissionConfig admission,
        Opus opus,
        Path dataDirectory,
        List<String> apiKeys,
        Duration drainTimeout,
        Level logLevel) {

    /** What publishers are asked to send. */
    record Opus(int bitrate, int ptimeMs, boolean music) {}

    private static final int SHORTEST_API_KEY = 16;

    ServerConfig {
        advertise = List.copyOf(advertise);
        apiKeys = List.copyOf(apiKeys);
    }

    /**
     * Checks all values.
     *
     * @throws ConfigurationException at the first one that is wrong
     */
    static ServerConfig from(Configuration configuration) throws ConfigurationException {
        List<IceServers.IceServer> servers = new ArrayList<>();
        Value urls = configuration.value(Setting.ICE_SERVER);
        for (String text : urls.texts()) {
            try {
                servers.add(IceServers.parse(text));
            } catch (IllegalArgumentException e) {
                throw urls.wrong(text, message(e));
            }
        }
        Value secret = configuration.value(Setting.TURN_SECRET);
        return new ServerConfig(
                http(configuration),
                tls(configuration),
                integer(configuration.value(Setting.MEDIA_PORT), 0, 65535),
                advertise(configuration.value(Setting.ADVERTISE)),
                integer(configuration.value(Setting.SHARDS), 0, 64),
                yesOrNo(configuration.value(Setting.PORTABLE_UDP)),
                new IceServers(
                        servers,
                        secret.isEmpty() ? null : secret.text(),
                        Duration.ofSeconds(integer(configuration.value(Setting.TURN_TTL), 60, 31_536_000))),
                integer(configuration.value(Setting.AUDIO_SLOTS), 1, 16),
                integer(configuration.value(Setting.VIDEO_SLOTS), 1, 32),
                integer(configuration.value(Setting.MAX_COHOSTS), 0, 100),
                integer(configuration.value(Setting.MAX_SPEAKERS), 0, 1000),
                integer(configuration.value(Setting.MAX_SCREENS), 0, 16),
                integer(configuration.value(Setting.MAX_SPACES), 1, 10_000_000),
                AdmissionConfig.DEFAULT.with(
                        integer(configuration.value(Setting.MAX_LISTENERS), 0, 100_000_000),
                        integer(configuration.value(Setting.MAX_LISTENERS_PER_SPACE), 0, 100_000_000),
                        integer(configuration.value(Setting.MAX_QUEUE), 0, 10_000_000),
                        integer(configuration.value(Setting.MAX_QUEUE_PER_ADDRESS), 0, 10_000_000)),
                new Opus(
                        integer(configuration.value(Setting.OPUS_BITRATE), 6000, 510_000),
                        ptime(configuration.value(Setting.OPUS_PTIME)),
                        yesOrNo(configuration.value(Setting.OPUS_MUSIC))),
                path(configuration.value(Setting.DATA_DIR)),
                apiKeys(configuration.value(Setting.API_KEY)),
                Duration.ofSeconds(integer(configuration.value(Setting.DRAIN_TIMEOUT), 0, 86_400)),
                logLevel(configuration.value(Setting.LOG_LEVEL)));
    }

    /** Whether anyone may create a space and listen. */
    boolean open() {
        return apiKeys.isEmpty();
    }

    private static HttpConfig http(Configuration configuration) throws ConfigurationException {
        return new HttpConfig(
                bind(configuration.value(Setting.BIND)),
                integer(configuration.value(Setting.HTTP_PORT), 0, 65535),
                publicUrl(configuration.value(Setting.PUBLIC_URL)),
                proxies(configuration.value(Setting.TRUSTED_PROXY)),
                origins(configuration.value(Setting.CORS_ORIGIN)),
                integer(configuration.value(Setting.MAX_CONNECTIONS), 1, 10_000_000),
                integer(configuration.value(Setting.MAX_NEW_SPACES_PER_ADDRESS), 0, 10_000_000),
                HttpLimits.DEFAULT);
    }

    private static TlsMode tls(Configuration configuration) throws ConfigurationException {
        Value certificate = configuration.value(Setting.TLS_CERT);
        Value key = configuration.value(Setting.TLS_KEY);
        Value mode = configuration.value(Setting.TLS);
        boolean selfSigned =
                switch (mode.text()) {
                    case "off" -> false;
                    case "self-signed" -> true;
                    default ->
                        throw mode.wrong(
                                "it must be off or self-signed; for a certificate of your own give --tls-cert and"
                                        + " --tls-key");
                };
        if (certificate.isEmpty() && key.isEmpty()) {
            return selfSigned ? new TlsMode.SelfSigned() : new TlsMode.Off();
        }
        if (certificate.isEmpty() || key.isEmpty()) {
            Value given = certificate.isEmpty() ? key : certificate;
            Setting missing = certificate.isEmpty() ? Setting.TLS_CERT : Setting.TLS_KEY;
            throw given.wrong("it needs " + missing.flag() + " beside it");
        }
        if (selfSigned) {
            throw mode.wrong("a certificate is given too (" + certificate.source() + "); leave one of them out");
        }
        return new TlsMode.Files(path(certificate), path(key));
    }

    private static List<InetAddress> bind(Value value) throws ConfigurationException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : value.texts()) {
            InetAddress address = IpAddresses.parse(text)
                    .orElseThrow(() -> value.wrong(text, "it must be an IP address of this machine, not a name"));
            if (address.isAnyLocalAddress()) {
                throw value.wrong(
                        text, "leave it out to listen on all addresses; a wildcard can't be offered to clients");
            }
            if (address.isMulticastAddress() || address.isLinkLocalAddress()) {
                throw value.wrong(text, "multicast and link-local addresses can't be offered to clients");
            }
            addresses.add(address);
        }
        return addresses;
    }

    private static List<InetSocketAddress> advertise(Value value) throws ConfigurationException {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String text : value.texts()) {
            int colon = text.lastIndexOf(':');
            boolean port =
                    (text.indexOf(':') == colon && colon >= 0) || text.contains("]:"); // else a bare IPv6 address
            String host = port ? text.substring(0, colon) : text;
            InetAddress address = IpAddresses.parse(host)
                    .orElseThrow(() -> value.wrong(
                            text,
                            "write an IP address, with a port if it is another: 203.0.113.7:7000 or [2001:db8::7]"));
            if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
                throw value.wrong(text, "clients can't send to this address");
            }
            addresses.add(new InetSocketAddress(
                    address, port ? integer(value, text, text.substring(colon + 1), 1, 65535) : 0));
        }
        return addresses;
    }

    private static @Nullable URI publicUrl(Value value) throws ConfigurationException {
        if (value.isEmpty()) {
            return null;
        }
        String text = value.text();
        try {
            URI uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
            String scheme = uri.getScheme();
            boolean http = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
            if (http
                    && uri.getHost() != null
                    && uri.getPort() != 0
                    && uri.getPort() <= 65535
                    && uri.getRawPath().isEmpty()
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null) {
                return uri;
            }
        } catch (URISyntaxException e) {
            throw value.wrong("it is not a URL: " + e.getReason());
        }
        throw value.wrong("it must be http(s)://host or http(s)://host:port, without a path");
    }

    private static List<AddressRange> proxies(Value value) throws ConfigurationException {
        List<AddressRange> ranges = new ArrayList<>();
        for (String text : value.texts()) {
            try {
                ranges.add(AddressRange.parse(text));
            } catch (IllegalArgumentException e) {
                throw value.wrong(text, message(e));
            }
        }
        return ranges;
    }

    private static List<String> origins(Value value) throws ConfigurationException {
        List<String> origins = new ArrayList<>();
        for (String text : value.texts()) {
            if (!text.equals("*") && !text.matches("https?://[A-Za-z0-9.\\-\\[\\]:]+")) {
                throw value.wrong(text, "an origin is scheme and host, such as https://example.org, without a path");
            }
            origins.add(text.toLowerCase(Locale.ROOT));
        }
        return origins;
    }

    private static List<String> apiKeys(Value value) throws ConfigurationException {
        if (value.isEmpty() && value.isGiven()) { // a variable that a shell knows nothing of must not open the server
            throw value.wrong("it is empty; say nothing of it if anybody may create a space");
        }
        for (String key : value.texts()) {
            if (key.length() < SHORTEST_API_KEY) {
                throw value.wrong("an API key must have at least " + SHORTEST_API_KEY
                        + " characters; make one with: openssl rand -hex 16");
            }
        }
        return value.texts();
    }

    private static int ptime(Value value) throws ConfigurationException {
        int ms = integer(value, 10, 60);
        if (ms != 10 && ms != 20 && ms != 40 && ms != 60) {
            throw value.wrong("it must be 10, 20, 40 or 60");
        }
        return ms;
    }

    private static Level logLevel(Value value) throws ConfigurationException {
        return switch (value.text().toLowerCase(Locale.ROOT)) {
            case "error" -> Level.ERROR;
            case "warn" -> Level.WARN;
            case "info" -> Level.INFO;
            case "debug" -> Level.DEBUG;
            case "trace" -> Level.TRACE;
            default -> throw value.wrong("it must be error, warn, info, debug or trace");
        };
    }

    private static boolean yesOrNo(Value value) throws ConfigurationException {
        return switch (value.text().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0", "" -> false;
            default -> throw value.wrong("it must be true or false");
        };
    }

    private static Path path(Value value) throws ConfigurationException {
        if (value.isEmpty() || value.text().indexOf('\0') >= 0) {
            throw value.wrong("it must be a path");
        }
        return Path.of(value.text());
    }

    private static int integer(Value value, int least, int most) throws ConfigurationException {
        return integer(value, value.text(), value.text(), least, most);
    }

    private static int integer(Value value, String text, String digits, int least, int most)
            throws ConfigurationException {
        String without = digits.replace("_", "");
        long number = without.matches("[0-9]{1,10}") ? Long.parseLong(without) : -1;
        if (number < least || number > most) {
            throw value.wrong(text, "it must be a number from " + least + " to " + most);
        }
        return (int) number;
    }

    private static String message(IllegalArgumentException e) {
        String message = e.getMessage();
        return message == null ? "it is not understood" : message;
    }
}
