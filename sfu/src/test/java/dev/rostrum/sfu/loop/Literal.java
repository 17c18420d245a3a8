package dev.rostrum.sfu.loop;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Addresses from their text, without a resolver. */
final class Literal {

    private Literal() {}

    static InetAddress host(String text) {
        return InetAddress.ofLiteral(text);
    }

    static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(host(host), port);
    }
}
