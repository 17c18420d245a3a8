package dev.rostrum.signaling;

import dev.rostrum.signaling.http.IpAddresses;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The addresses of this machine under which clients may reach it.
 *
 * <p>Stateless; any thread.
 */
final class NetworkAddresses {

    private NetworkAddresses() {}

    /**
     * The addresses of all interfaces that are up, without their scopes: IPv4, and IPv6 that is global or unique local,
     * those of other machines' interest first, loopback last. Link-local ones can't be told to clients (they mean
     * nothing without an interface) and are left out.
     */
    static List<InetAddress> local() {
        List<InetAddress> addresses = new ArrayList<>();
        try {
            for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
                if (network.isUp()) {
                    network.inetAddresses()
                            .filter(NetworkAddresses::offered)
                            .map(NetworkAddresses::withoutScope)
                            .forEach(addresses::add);
                }
            }
        } catch (SocketException e) {
            return List.of(InetAddress.getLoopbackAddress());
        }
        addresses.sort(Comparator.comparingInt(NetworkAddresses::rank));
        return addresses.stream().distinct().toList();
    }

    /** Whether clients can be told the address. */
    static boolean offered(InetAddress address) {
        if (address instanceof Inet6Address six && !six.isLoopbackAddress()) {
            boolean outdated = six.isSiteLocalAddress() || six.isIPv4CompatibleAddress(); // RFC 3879, RFC 4291 §2.5.5.1
            if (outdated) {
                return false;
            }
        }
        return !address.isAnyLocalAddress() && !address.isLinkLocalAddress() && !address.isMulticastAddress();
    }

    private static int rank(InetAddress address) {
        if (address.isLoopbackAddress()) {
            return address instanceof Inet4Address ? 4 : 5;
        }
        if (address instanceof Inet4Address) {
            return address.isSiteLocalAddress() ? 2 : 0;
        }
        return (address.getAddress()[0] & 0xfe) == 0xfc ? 3 : 1; // fc00::/7 is unique local (RFC 4193)
    }

    private static InetAddress withoutScope(InetAddress address) {
        return InetAddress.ofLiteral(IpAddresses.text(address));
    }
}
