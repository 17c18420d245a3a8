package dev.rostrum.sfu.udp;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;

/** Addresses from their text, without a resolver, and what of them this machine has. */
public final class Literal {

    /** Whether the loopback has IPv6: containers often haven't. */
    public static final boolean IPV6 = ipv6();

    /** The IPv6 loopback, or one more of IPv4 where there is no IPv6. */
    public static final String IPV6_OR_4 = IPV6 ? "::1" : "127.0.0.6";

    private Literal() {}

    private static boolean ipv6() {
        try (DatagramSocket socket = new DatagramSocket(at("::1", 0))) {
            return socket.isBound();
        } catch (SocketException e) {
            return false;
        }
    }

    public static InetAddress host(String text) {
        return InetAddress.ofLiteral(text);
    }

    public static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(host(host), port);
    }
}
