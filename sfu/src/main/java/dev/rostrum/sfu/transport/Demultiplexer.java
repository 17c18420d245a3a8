package dev.rostrum.sfu.transport;

import dev.rostrum.sfu.ice.StunCodec;
import dev.rostrum.sfu.ice.StunResult;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.udp.AddressTable;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.srtp.Slab;
import org.jspecify.annotations.Nullable;

/**
 * Where a datagram goes (RFC 7983, RFC 9443): checks find their endpoint by ufrag, everything else by the address that
 * an authenticated check came from.
 *
 * <p>Owned by its shard. The kernel may deliver a peer's second path to another shard than the endpoint's: those
 * datagrams are handed to the owner.
 *
 * @param <S> what endpoints are described with
 * @param <E> the endpoints
 */
public final class Demultiplexer<S, E extends TransportOwner> {

    /** Makes the endpoint that this shard has just claimed; null if that failed, and then its registration has ended. */
    public interface Opener<S, E extends TransportOwner> {

        @Nullable
        E open(Registration<S, E> registration, long nowNs);
    }

    /** How many addresses of peers whose endpoint lives on another shard are kept. */
    private static final int MAX_FOREIGN = 65_536;

    private final Shard shard;
    private final Claims<S, E> claims;
    private final Opener<S, E> opener;
    private final Counters<DropReason> drops;
    private final AddressTable<SecureTransport> transports;
    private AddressTable<Shard> foreign;
    private final long seed;

    public Demultiplexer(Shard shard, Claims<S, E> claims, Opener<S, E> opener, Counters<DropReason> drops, long seed) {
        this.shard = shard;
        this.claims = claims;
        this.opener = opener;
        this.drops = drops;
        this.seed = seed;
        this.transports = new AddressTable<>(seed);
        this.foreign = new AddressTable<>(seed);
    }

    /** A datagram of this shard's own socket. */
    public void onDatagram(Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {
        if (lengthBytes < 2) {
            drops.count(DropReason.UNKNOWN_PROTOCOL);
            return;
        }
        int first = slab.bytes().get(offset) & 0xFF;
        if (first <= 3) {
            onStun(slab, offset, lengthBytes, new PeerAddress(hi, lo, port, local), nowNs);
            return;
        }
        SecureTransport transport = transports.get(hi, lo, port, local);
        if (transport != null) {
            deliver(transport, first, slab, offset, lengthBytes, nowNs);
            return;
        }
        Shard owner = foreign.get(hi, lo, port, local);
        if (owner == null) {
            drops.count(DropReason.UNKNOWN_ADDRESS);
            return;
        }
        handOver(owner, slab, offset, lengthBytes, hi, lo, port, local);
    }

    /** A datagram that another shard has handed over, because its endpoint lives here. */
    public void onHandedOver(
            Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {
        int first = slab.bytes().get(offset) & 0xFF;
        if (first <= 3) {
            Claims.Claim<S, E> claim = claimOf(slab, offset, lengthBytes);
            E endpoint = claim == null ? null : claim.registration().endpoint();
            if (claim == null || endpoint == null || claim.registration().shard() != shard) {
                drops.count(DropReason.STUN_UNKNOWN_UFRAG);
                return;
            }
            check(endpoint.transport(), slab, offset, lengthBytes, new PeerAddress(hi, lo, port, local), nowNs);
            return;
        }
        SecureTransport transport = transports.get(hi, lo, port, local);
        if (transport == null) {
            drops.count(DropReason.UNKNOWN_ADDRESS);
            return;
        }
        deliver(transport, first, slab, offset, lengthBytes, nowNs);
    }

    private void deliver(SecureTransport transport, int first, Slab slab, int offset, int lengthBytes, long nowNs) {
        try {
            dispatch(transport, first, slab, offset, lengthBytes, nowNs);
        } catch (RuntimeException e) {
            transport.fail(e);
        }
    }

    private void dispatch(SecureTransport transport, int first, Slab slab, int offset, int lengthBytes, long nowNs) {
        if (first >= 128 && first <= 191) {
            int second = slab.bytes().get(offset + 1) & 0xFF;
            if (second >= 192 && second <= 223) { // RTCP on the RTP port (RFC 5761 §4)
                transport.onSrtcp(slab, offset, lengthBytes, nowNs);
            } else {
                transport.onSrtp(slab, offset, lengthBytes, nowNs);
            }
        } else if (first >= 20 && first <= 63) {
            transport.onDtls(slab, offset, lengthBytes);
        } else {
            drops.count(DropReason.UNKNOWN_PROTOCOL);
        }
    }

    private Claims.@Nullable Claim<S, E> claimOf(Slab slab, int offset, int lengthBytes) {
        if (!StunCodec.isBindingRequest(slab.bytes(), offset, lengthBytes)) {
            drops.count(DropReason.STUN_MALFORMED);
            return null;
        }
        String ufrag = StunCodec.localUfrag(slab.bytes(), offset, lengthBytes);
        Claims.Claim<S, E> claim = ufrag == null ? null : claims.find(ufrag);
        if (claim == null) {
            drops.count(DropReason.STUN_UNKNOWN_UFRAG);
        }
        return claim;
    }

    private void onStun(Slab slab, int offset, int lengthBytes, PeerAddress from, long nowNs) {
        Claims.Claim<S, E> claim = claimOf(slab, offset, lengthBytes);
        if (claim == null) {
            return;
        }
        Registration<S, E> registration = claim.registration();
        if (registration.shard() != shard) {
            // Nothing is opened and nothing remembered for somebody who only knows the ufrag.
            StunResult result = StunCodec.decode(slab.bytes(), offset, lengthBytes, claim.local());
            if (!(result instanceof StunResult.BindingRequest)) {
                drops.count(DropReason.STUN_NOT_AUTHENTIC);
                return;
            }
            if (registration.claim(shard)) {
                E opened = opener.open(registration, nowNs);
                if (opened == null) {
                    claims.remove(claim.local().ufrag());
                    return;
                }
                registration.open(opened);
            }
        }
        Shard owner = registration.shard();
        if (owner == shard) {
            E endpoint = registration.endpoint();
            if (endpoint != null) {
                check(endpoint.transport(), slab, offset, lengthBytes, from, nowNs);
            }
        } else if (owner != null) {
            rememberForeign(from, owner);
            handOver(owner, slab, offset, lengthBytes, from.hi(), from.lo(), from.port(), from.localIndex());
        }
    }

    private static void check(
            SecureTransport transport, Slab slab, int offset, int lengthBytes, PeerAddress from, long nowNs) {
        try {
            transport.onStun(slab, offset, lengthBytes, from, nowNs);
        } catch (RuntimeException e) {
            transport.fail(e);
        }
    }

    private void rememberForeign(PeerAddress from, Shard owner) {
        if (foreign.size() >= MAX_FOREIGN) {
            // Peers check every few seconds: those that are still there are back at once.
            foreign = new AddressTable<>(seed);
        }
        transports.remove(from);
        foreign.put(from, owner);
    }

    private void handOver(Shard owner, Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local) {
        if (!shard.link(owner.index()).offerDatagram(slab, offset, lengthBytes, hi, lo, port, local, shard.nowNs())) {
            drops.count(DropReason.LINK_FULL);
        }
    }

    // ---- what transports say

    Counters<DropReason> drops() {
        return drops;
    }

    /** Media and DTLS from this address belong to the transport from now on. */
    void learn(PeerAddress address, SecureTransport transport) {
        foreign.remove(address);
        transports.put(address, transport);
    }

    /** The address is no longer the transport's. */
    void forget(PeerAddress address, SecureTransport transport) {
        if (transports.get(address) == transport) {
            transports.remove(address);
        }
    }

    /** A ufrag is not used any more: its endpoint has restarted ICE. */
    void retire(String ufrag) {
        claims.remove(ufrag);
    }
}
