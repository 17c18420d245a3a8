package dev.rostrum.signaling.model;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What counts as one place that clients come from: an IPv4 address, or an IPv6 network of 64 bits, of which every device
 * has all addresses to choose from.
 *
 * <p>Stateless; any thread.
 */
public final class Network {

    private static final int IPV6_PREFIX_BYTES = 8;

    private Network() {}

    /** What stands for an address and its neighbours; null for loopback, and where nobody knows it. */
    public static @Nullable String of(@Nullable String address) {
        if (address == null) {
            return null;
        }
        try {
            InetAddress parsed = InetAddress.ofLiteral(address);
            byte[] bytes = parsed.getAddress();
            if (parsed.isLoopbackAddress()) {
                return null;
            }
            return bytes.length == 4 ? address : HexFormat.of().formatHex(Arrays.copyOf(bytes, IPV6_PREFIX_BYTES));
        } catch (IllegalArgumentException e) {
            return address;
        }
    }
}
