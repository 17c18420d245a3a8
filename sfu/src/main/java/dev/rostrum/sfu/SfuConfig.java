package dev.rostrum.sfu;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * How an SFU is started.
 *
 * <p>Immutable.
 *
 * @param bind the local addresses to listen on, one UDP port each; never a wildcard (an answer must leave from the
 *     address that was asked)
 * @param mediaPort the UDP port on each of them; 0 takes a free one
 * @param advertise the addresses that clients are told, instead of the bound ones (for 1:1 NAT); empty for the bound
 *     ones. A port of 0 means the media port
 * @param shards the number of shards (threads), of which there are 64 at most; 0 for one per core
 * @param portable whether to use {@code DatagramChannel} even where recvmmsg and sendmmsg are there
 * @param speakers how many audio slots are worth filling at most in any endpoint
 */
public record SfuConfig(
        List<InetAddress> bind,
        int mediaPort,
        List<InetSocketAddress> advertise,
        int shards,
        boolean portable,
        int speakers) {

    public SfuConfig {
        bind = List.copyOf(bind);
        advertise = List.copyOf(advertise);
    }
}
