package dev.rostrum.signaling.sdp;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An ICE candidate (RFC 8839 §5.1).
 *
 * <p>Immutable.
 *
 * @param foundation equal for candidates of the same type, base address and protocol
 * @param component 1 for RTP (and for RTCP where multiplexed)
 * @param transport {@code udp} or {@code tcp}, in small letters
 * @param priority 1 to 2^31-1, higher is better
 * @param address an IP address or a name
 * @param port 0 to 65535
 * @param type {@code host}, {@code srflx}, {@code prflx} or {@code relay}
 */
public record Candidate(
        String foundation, int component, String transport, long priority, String address, int port, String type) {

    /** The value of a {@code c=} line that names no address. */
    public static final String NO_CONNECTION = "IN IP4 0.0.0.0";

    private static final int DISCARD_PORT = 9;
    private static final int HOST_TYPE_PREFERENCE = 126; // recommended by RFC 8445 §5.1.2.2

    /** Host candidates on UDP for addresses in their order, the best first (RFC 8445 §5.1.2.1). */
    public static List<Candidate> hosts(List<InetSocketAddress> addresses) {
        List<Candidate> candidates = new ArrayList<>();
        List<String> bases = new ArrayList<>();
        for (InetSocketAddress socket : addresses) {
            String address = text(socket);
            if (!bases.contains(address)) {
                bases.add(address);
            }
            int localPreference = 65535 - candidates.size();
            long priority = ((long) HOST_TYPE_PREFERENCE << 24) + ((long) localPreference << 8) + (256 - 1);
            String foundation = Integer.toString(bases.indexOf(address) + 1);
            candidates.add(new Candidate(foundation, 1, "udp", priority, address, socket.getPort(), "host"));
        }
        return candidates;
    }

    private static String text(InetSocketAddress socket) {
        InetAddress address = socket.getAddress();
        if (address == null) {
            return socket.getHostString();
        }
        String text = address.getHostAddress();
        int scope = text.indexOf('%'); // an interface's name means nothing to the peer
        return scope < 0 ? text : text.substring(0, scope);
    }

    /** Where media goes by the m-line and its {@code c=} line alone; with ICE nobody sends there unchecked. */
    public record DefaultDestination(String connection, int port) {}

    /** The destination that most peers can reach, or none of them (RFC 8839 §4.2.1.2). */
    public static DefaultDestination defaultDestination(List<InetSocketAddress> addresses) {
        return addresses.stream()
                .max(Comparator.comparingInt(Candidate::reach)) // the first of equals
                .map(socket -> new DefaultDestination(connection(socket), socket.getPort()))
                .orElse(new DefaultDestination(NO_CONNECTION, DISCARD_PORT));
    }

    private static int reach(InetSocketAddress socket) {
        InetAddress address = socket.getAddress();
        boolean ipv4 = address instanceof Inet4Address;
        boolean loopback = address != null && address.isLoopbackAddress();
        return (ipv4 ? 1 : 0) + (loopback ? 0 : 2);
    }

    private static String connection(InetSocketAddress socket) {
        return (socket.getAddress() instanceof Inet6Address ? "IN IP6 " : "IN IP4 ") + text(socket);
    }

    /**
     * Reads the value of an {@code a=candidate} line; empty if it isn't one: agents ignore candidates that they don't
     * understand (RFC 8839 §5.1).
     */
    static Optional<Candidate> read(String value) {
        String[] parts = SdpLine.SPACE.split(value);
        if (parts.length < 8 || !parts[6].equalsIgnoreCase("typ") || parts[0].length() > 32) {
            return Optional.empty();
        }
        long component = Numbers.read(parts[1], 256);
        long priority = Numbers.read(parts[3], Integer.MAX_VALUE);
        long port = Numbers.read(parts[5], 65535);
        if (component < 1 || priority < 0 || port < 0) {
            return Optional.empty();
        }
        return Optional.of(new Candidate(
                parts[0],
                (int) component,
                parts[2].toLowerCase(Locale.ROOT),
                priority,
                parts[4],
                (int) port,
                parts[7].toLowerCase(Locale.ROOT)));
    }

    /** The value of an {@code a=candidate} line. */
    public String sdp() {
        return foundation + " " + component + " " + transport + " " + priority + " " + address + " " + port + " typ "
                + type;
    }
}
