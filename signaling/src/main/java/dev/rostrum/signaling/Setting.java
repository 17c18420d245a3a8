package dev.rostrum.signaling;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Everything that can be configured, defined once: the flag, the {@code ROSTRUM_…} variable and the key in the YAML file
 * all follow from the name here, and so does the table in {@code docs/configuration.md}.
 *
 * <p>Immutable; any thread. What a value means and which are right is decided by {@link ServerConfig#from}.
 */
enum Setting {
    HTTP_PORT(Group.HTTP, "PORT", "8080", "TCP port of the page, the REST doors and the WebSocket; 0 takes a free one"),
    BIND(
            Group.HTTP,
            "ADDR[,…]",
            "",
            "local addresses to listen on, for HTTP and for media; without it HTTP listens everywhere and media on"
                    + " every loopback and interface address (IPv4, and IPv6 that is global or unique local)"),
    PUBLIC_URL(
            Group.HTTP,
            "URL",
            "",
            "the address under which clients reach the server, such as https://live.example.org; used in links and in"
                    + " Location"),
    TRUSTED_PROXY(
            Group.HTTP,
            "CIDR[,…]",
            "",
            "proxies whose Forwarded and X-Forwarded-* headers are believed, such as 10.0.0.0/8; nobody's otherwise"),
    CORS_ORIGIN(
            Group.HTTP,
            "ORIGIN[,…]",
            "*",
            "web origins whose pages may use the doors from a browser; * for all (no cookies are used)"),
    MAX_CONNECTIONS(Group.HTTP, "N", "50000", "TCP connections at most; more are closed at once"),
    TLS_CERT(
            Group.TLS,
            "FILE",
            "",
            "PEM file with the certificate and its chain; read again when it changes. Needs --tls-key"),
    TLS_KEY(Group.TLS, "FILE", "", "PEM file with the certificate's private key"),
    TLS(
            Group.TLS,
            "MODE",
            "off",
            "off, or self-signed: a certificate of the server's own for a first try in a LAN, kept in the data"
                    + " directory (browsers warn once)"),
    MEDIA_PORT(Group.MEDIA, "PORT", "7000", "UDP port of all media; 0 takes a free one"),
    ADVERTISE(
            Group.MEDIA,
            "ADDR[:PORT][,…]",
            "",
            "the addresses that clients are told for media, instead of the local ones (behind 1:1 NAT)"),
    SHARDS(Group.MEDIA, "N", "0", "media threads, at most 64; 0 for one per core"),
    PORTABLE_UDP(
            Group.MEDIA,
            "true|false",
            "false",
            "use Java's own datagram channels even where Linux' recvmmsg and sendmmsg are there"),
    ICE_SERVER(
            Group.MEDIA,
            "URL[,…]",
            "",
            "STUN and TURN servers that clients are told, such as stun:stun.example.org or"
                    + " turn:user:password@turn.example.org?transport=udp"),
    TURN_SECRET(
            Group.MEDIA,
            "SECRET",
            "",
            "shared secret of the TURN servers (coturn: static-auth-secret): each client gets credentials of its own"
                    + " that expire, for every turn: URL without a password"),
    TURN_TTL(Group.MEDIA, "SECONDS", "86400", "how long such credentials hold"),
    AUDIO_SLOTS(Group.SPACES, "N", "3", "how many speakers a listener hears at once: the loudest ones"),
    VIDEO_SLOTS(
            Group.SPACES,
            "N",
            "9",
            "how many cameras and screens anybody sees at once at most, in spaces with video; the page asks for 9"),
    MAX_COHOSTS(Group.SPACES, "N", "2", "co-hosts in a space at most"),
    MAX_SPEAKERS(Group.SPACES, "N", "10", "speakers in a space at most, beside the host and the co-hosts"),
    MAX_SCREENS(Group.SPACES, "N", "1", "screens that are shown at once in a space at most"),
    MAX_SPACES(Group.SPACES, "N", "10000", "spaces at most that have not ended"),
    MAX_NEW_SPACES_PER_ADDRESS(
            Group.SPACES,
            "N",
            "300",
            "spaces that one address (IPv6: one /64) may create in a minute where no API key is needed; 0 for no limit."
                    + " Loopback has none"),
    MAX_LISTENERS(
            Group.SPACES,
            "N",
            "0",
            "listeners of all spaces at most; more wait in a queue. 0 for as many as the machine is found to carry"),
    MAX_LISTENERS_PER_SPACE(Group.SPACES, "N", "0", "listeners in one space at most; 0 for no limit of its own"),
    MAX_QUEUE(Group.SPACES, "N", "50000", "listeners that may wait in the queue; more are told to try again later"),
    MAX_QUEUE_PER_ADDRESS(
            Group.SPACES,
            "N",
            "2000",
            "of these, how many from one address (IPv6: one /64) may wait or be on their way in; 0 for no limit."
                    + " Loopback has none"),
    OPUS_BITRATE(Group.SPACES, "BITS", "32000", "bits per second that publishers are asked to send, 6000 to 510000"),
    OPUS_PTIME(
            Group.SPACES,
            "MS",
            "20",
            "milliseconds of audio in a packet that publishers are asked for: 10, 20, 40 or 60"),
    OPUS_MUSIC(
            Group.SPACES,
            "true|false",
            "false",
            "ask publishers for stereo without discontinuous transmission, for music; raise the bitrate with it"),
    DATA_DIR(
            Group.STATE,
            "DIR",
            "data",
            "where spaces, keys and the self-signed certificate are kept; made if missing, readable by its owner only"),
    API_KEY(
            Group.STATE,
            "KEY[,…]",
            "",
            "keys that creating a space needs; without any the server is open: anyone may create a space and listen"),
    DRAIN_TIMEOUT(Group.STATE, "SECONDS", "5", "how long stopping may take until connections are cut"),
    LOG_LEVEL(Group.STATE, "LEVEL", "info", "error, warn, info, debug or trace");

    /** The headings of the table. */
    enum Group {
        HTTP("HTTP"),
        TLS("TLS"),
        MEDIA("Media"),
        SPACES("Spaces and audio"),
        STATE("State, access and operation");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    /** What the names of all environment variables begin with. */
    static final String VARIABLE_PREFIX = "ROSTRUM_";

    private final Group group;
    private final String valueLabel;
    private final String defaultValue;
    private final String meaning;

    Setting(Group group, String valueLabel, String defaultValue, String meaning) {
        this.group = group;
        this.valueLabel = valueLabel;
        this.defaultValue = defaultValue;
        this.meaning = meaning;
    }

    Group group() {
        return group;
    }

    /** The key in the YAML file, such as {@code http-port}. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The flag, such as {@code --http-port}. */
    String flag() {
        return "--" + key();
    }

    /** The environment variable, such as {@code ROSTRUM_HTTP_PORT}. */
    String variable() {
        return VARIABLE_PREFIX + name();
    }

    /** How its value is written in help and documentation. */
    String valueLabel() {
        return valueLabel;
    }

    /** What holds if nobody says anything; empty for nothing. */
    String defaultValue() {
        return defaultValue;
    }

    String meaning() {
        return meaning;
    }

    /** Whether it takes several values, with commas between them. */
    boolean list() {
        return valueLabel.endsWith("[,…]");
    }

    /** Whether the flag alone means true. */
    boolean yesOrNo() {
        return valueLabel.equals("true|false");
    }

    /** Whether its value may not be shown. */
    boolean secret() {
        return this == API_KEY || this == TURN_SECRET;
    }

    /** Whether saying an empty text is a mistake, and not the same as saying nothing: it would let everybody in. */
    boolean neverEmpty() {
        return this == API_KEY;
    }

    static Optional<Setting> ofKey(String key) {
        return Arrays.stream(values()).filter(s -> s.key().equals(key)).findFirst();
    }

    static List<Setting> of(Group group) {
        return Arrays.stream(values()).filter(s -> s.group == group).toList();
    }

    /** The setting whose key a text was perhaps meant to be: {@code http_port}, {@code httpPort}, {@code htp-port}. */
    static Optional<Setting> nearest(String text, int mostTypos) {
        String normal =
                text.replace("_", "-").replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(setting -> distance(setting.key(), normal) <= mostTypos)
                .findFirst();
    }

    /** Levenshtein's distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
