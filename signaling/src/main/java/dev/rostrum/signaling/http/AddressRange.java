package dev.rostrum.signaling.http;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A range of IP addresses in CIDR notation (RFC 4632, RFC 4291 §2.3), such as {@code 10.0.0.0/8} or {@code fd00::/8}.
 *
 * <p>Immutable; any thread.
 */
public final class AddressRange {

    private final byte[] network;
    private final int prefixBits;

    private AddressRange(byte[] network, int prefixBits) {
        this.network = network;
        this.prefixBits = prefixBits;
    }

    /**
     * Reads a range; an address alone is the range of just that address. Names are not looked up.
     *
     * @throws IllegalArgumentException with a sentence for whoever wrote it
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] network = IpAddresses.parse(slash < 0 ? text : text.substring(0, slash))
                .orElseThrow(() ->
                        new IllegalArgumentException("write a range as address/length, such as 10.0.0.0/8 or fd00::/8"))
                .getAddress();
        int bits = network.length * 8;
        int prefix = bits;
        if (slash >= 0) {
            String length = text.substring(slash + 1);
            if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > bits) {
                throw new IllegalArgumentException("the length after the slash must be within 0 to " + bits);
            }
            prefix = Integer.parseInt(length);
        }
        return new AddressRange(network, prefix);
    }

    /** Whether the address lies in the range. IPv4 addresses mapped into IPv6 count as IPv4. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        for (int bit = 0; bit < prefixBits; bit += 8) {
            int mask = prefixBits - bit >= 8 ? 0xff : 0xff << (8 - (prefixBits - bit));
            if (((bytes[bit / 8] ^ network[bit / 8]) & mask & 0xff) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        try {
            return IpAddresses.text(InetAddress.getByAddress(network)) + "/" + prefixBits;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("made of 4 or 16 bytes", e);
        }
    }
}
