package dev.rostrum.signaling.web;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The STUN and TURN servers that clients are told (RFC 7064, RFC 7065).
 *
 * <p>Immutable; any thread.
 */
public final class IceServers {

    /** None. */
    public static final IceServers NONE = new IceServers(List.of(), null, Duration.ofDays(1));

    private static final Pattern URL = Pattern.compile(
            "(?<scheme>stuns?|turns?):(?:(?<user>[^:@]+):(?<password>[^@]+)@)?"
                + "(?<host>[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?<port>:[0-9]{1,5})?(?<query>\\?transport=(?:udp|tcp))?");

    /**
     * One server.
     *
     * @param url as a browser takes it
     */
    public record IceServer(
            String url, @Nullable String username, @Nullable String credential) {

        boolean turn() {
            return url.startsWith("turn");
        }

        /** The value of a {@code Link} header (RFC 9725 §4.6). */
        String link() {
            String link = "<" + url + ">; rel=\"ice-server\"";
            return username == null || credential == null
                    ? link
                    : link + "; username=\"" + quoted(username) + "\"; credential=\"" + quoted(credential)
                            + "\"; credential-type=\"password\"";
        }

        private static String quoted(String text) {
            return text.replace("\\", "\\\\").replace("\"", "\\\"");
        }

        @Override
        public String toString() {
            return "IceServer[" + url + "]"; // never the credential: this may end in a log
        }
    }

    private final List<IceServer> servers;
    private final @Nullable String secret;
    private final Duration lifetime;

    /**
     * @param secret what the TURN servers without a password share with this one; null if nothing
     * @param lifetime how long credentials hold that are made with it
     */
    public IceServers(List<IceServer> servers, @Nullable String secret, Duration lifetime) {
        this.servers = List.copyOf(servers);
        this.secret = secret;
        this.lifetime = lifetime;
    }

    /**
     * Reads a server's URL, which may hold a user and a password before the host.
     *
     * @throws IllegalArgumentException with a sentence for whoever wrote it
     */
    public static IceServer parse(String text) {
        Matcher matcher = URL.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "write it as stun:host:port, turn:user:password@host:port?transport=udp or turns:host");
        }
        String user = matcher.group("user");
        if (user != null && matcher.group("scheme").startsWith("stun")) {
            throw new IllegalArgumentException("a STUN server takes no user and no password");
        }
        String port = matcher.group("port");
        String query = matcher.group("query");
        String url = matcher.group("scheme") + ":" + matcher.group("host") + (port == null ? "" : port)
                + (query == null ? "" : query);
        return new IceServer(url, user, matcher.group("password"));
    }

    /**
     * The servers with the credentials for one client. With a shared secret they are made for it and expire, as coturn's
     * REST API describes: the user name is the time of expiry, the password its HMAC.
     *
     * @param user told to the TURN server for its own accounting; no secret
     */
    public List<IceServer> forClient(String user, Instant now) {
        List<IceServer> result = new ArrayList<>(servers.size());
        for (IceServer server : servers) {
            if (secret != null && server.turn() && server.username() == null) {
                String username = now.plus(lifetime).getEpochSecond() + ":" + user;
                result.add(new IceServer(server.url(), username, hmac(secret, username)));
            } else {
                result.add(server);
            }
        }
        return result;
    }

    private static String hmac(String secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA1", e);
        }
    }
}
