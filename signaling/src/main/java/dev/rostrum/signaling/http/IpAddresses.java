package dev.rostrum.signaling.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * IP addresses as texts, without ever asking a name server.
 *
 * <p>Stateless; any thread.
 */
public final class IpAddresses {

    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

    private IpAddresses() {}

    /** Reads an IPv4 or IPv6 address, the latter also in brackets; absent if the text is anything else. */
    public static Optional<InetAddress> parse(String text) {
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        boolean ipv6 = bare.indexOf(':') >= 0;
        if (!ipv6 && !IPV4.matcher(bare).matches()) { // ofLiteral also takes "1" or "0x7f.1"
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(bare));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The address without scope and without a name, IPv6 in its shortest form (RFC 5952 §4). */
    public static String text(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] bytes = address.getAddress();
        int[] groups = new int[8];
        for (int i = 0; i < 8; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        int zeros = longestZeros(groups);
        int zerosEnd = zeros < 0 ? -1 : zeros + zerosFrom(groups, zeros);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == zeros) {
                text.append("::");
                i = zerosEnd - 1;
            } else {
                text.append(text.isEmpty() || i == zerosEnd ? "" : ":").append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    /** Where the first of the longest runs of two zeros or more begins; -1 if there is none. */
    private static int longestZeros(int[] groups) {
        int best = -1;
        for (int i = 0; i < groups.length; i++) {
            int length = zerosFrom(groups, i);
            if (length >= 2 && (best < 0 || length > zerosFrom(groups, best))) {
                best = i;
            }
        }
        return best;
    }

    private static int zerosFrom(int[] groups, int start) {
        int end = start;
        while (end < groups.length && groups[end] == 0) {
            end++;
        }
        return end - start;
    }

    /** The address as the host of a URL: IPv6 in brackets. */
    public static String urlHost(InetAddress address) {
        String text = text(address);
        return text.indexOf(':') >= 0 ? "[" + text + "]" : text;
    }
}
