package dev.rostrum.sfu.udp;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a datagram came from or goes to: the peer's address and port, and which local socket of the shard carries it.
 * {@link #hi()} and {@link #lo()} are the 128 bits of the IPv6 address in network order; an IPv4 address is mapped into
 * IPv6 ({@code ::ffff:a.b.c.d}, RFC 4291 §2.5.5.2), so that equal peers are equal whatever kind of socket saw them.
 *
 * <p>Immutable; any thread. IPv6 scope ids are not kept.
 */
public final class PeerAddress {

    private static final long V4_MAPPED = 0xffffL << 32;

    private final long hi;
    private final long lo;
    private final int port;
    private final int localIndex;

    /**
     * @param port 0 to 65535
     * @param localIndex the index of the local address in the shard's port, from 0
     * @throws IllegalArgumentException if the port or the index is out of range
     */
    public PeerAddress(long hi, long lo, int port, int localIndex) {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not within 0 to 65535");
        }
        if (localIndex < 0) {
            throw new IllegalArgumentException("local index " + localIndex + " is negative");
        }
        this.hi = hi;
        this.lo = lo;
        this.port = port;
        this.localIndex = localIndex;
    }

    /**
     * The same peer as {@code peer}, seen at local address {@code localIndex}.
     *
     * @throws IllegalArgumentException if {@code peer} is unresolved
     */
    public static PeerAddress of(InetSocketAddress peer, int localIndex) {
        InetAddress address = peer.getAddress();
        if (address == null) {
            throw new IllegalArgumentException(peer + " is unresolved");
        }
        byte[] bytes = address.getAddress();
        long hi = 0;
        long lo = 0;
        if (bytes.length == 4) {
            lo = V4_MAPPED | bits(bytes, 0, 4);
        } else {
            hi = bits(bytes, 0, 8);
            lo = bits(bytes, 8, 16);
        }
        return new PeerAddress(hi, lo, peer.getPort(), localIndex);
    }

    private static long bits(byte[] bytes, int from, int to) {
        long bits = 0;
        for (int i = from; i < to; i++) {
            bits = bits << 8 | (bytes[i] & 0xff);
        }
        return bits;
    }

    /** The upper 64 bits of the IPv6 (or mapped IPv4) address. */
    public long hi() {
        return hi;
    }

    /** The lower 64 bits of the IPv6 (or mapped IPv4) address. */
    public long lo() {
        return lo;
    }

    public int port() {
        return port;
    }

    /** The index of the local address in the shard's port. */
    public int localIndex() {
        return localIndex;
    }

    /** Whether the address is IPv4, mapped into IPv6. */
    public boolean isIpv4() {
        return hi == 0 && lo >>> 32 == 0xffff;
    }

    /** Whether this is that address, port and local index: {@link #equals} without an object. */
    public boolean is(long hi, long lo, int port, int localIndex) {
        return this.lo == lo && this.port == port && this.hi == hi && this.localIndex == localIndex;
    }

    /** The peer as the JDK names it; a mapped IPv4 address comes back as IPv4. */
    public InetSocketAddress toSocketAddress() {
        byte[] bytes = new byte[isIpv4() ? 4 : 16];
        for (int i = 0; i < bytes.length; i++) {
            int bit = 8 * (bytes.length - 1 - i);
            bytes[i] = (byte) (bit >= 64 ? hi >>> (bit - 64) : lo >>> bit);
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 or 16 bytes are an address", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PeerAddress that && is(that.hi, that.lo, that.port, that.localIndex);
    }

    @Override
    public int hashCode() {
        long mixed = (hi * 31 + lo) * 0x9e3779b97f4a7c15L + ((long) port << 16 | localIndex);
        return Long.hashCode(mixed * 0x9e3779b97f4a7c15L);
    }

    @Override
    public String toString() {
        InetSocketAddress socket = toSocketAddress();
        String host = socket.getAddress().getHostAddress();
        return (isIpv4() ? host : "[" + host + "]") + ":" + port + "@" + localIndex;
    }
}
