package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.loop.Registration;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardHandler;
import dev.rostrum.sfu.loop.ShardLink;
import dev.rostrum.sfu.transport.Claims;
import dev.rostrum.sfu.transport.Demultiplexer;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.transport.SecureTransport;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.srtp.Slab;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All of the SFU that one shard does: finds the endpoint of a datagram, and the slots of a packet.
 *
 * <p>Owned by the shard.
 */
public final class SfuShard implements ShardHandler {

    /** More can't share a space: which shards it is on, and which want what, are bits of a long. */
    public static final int MAX_SHARDS = Long.SIZE;

    private static final Logger LOG = LoggerFactory.getLogger(SfuShard.class);

    private final Shard shard;
    private final RouterEnvironment environment;
    private final Counters<DropReason> drops = new Counters<>(DropReason.class);
    private final Switchboard switchboard;
    private final Demultiplexer<Admission, Endpoint> demultiplexer;
    private final Set<Endpoint> endpoints = new LinkedHashSet<>();

    public SfuShard(Shard shard, Claims<Admission, Endpoint> claims, RouterEnvironment environment) {
        this.shard = shard;
        this.environment = environment;
        this.demultiplexer = new Demultiplexer<>(
                shard, claims, this::open, drops, environment.random().nextLong());
        this.switchboard = new Switchboard(shard, this, environment);
    }

    private @Nullable Endpoint open(Registration<Admission, Endpoint> registration, long nowNs) {
        EndpointSpec spec = registration.spec().spec();
        try {
            Endpoint endpoint = new Endpoint(registration, this, environment);
            endpoints.add(endpoint);
            return endpoint;
        } catch (RuntimeException e) {
            LOG.error("Endpoint[{}] can't be opened because of an error of the server's own", spec.id(), e);
            if (registration.end()) {
                environment.listener().onClosed(spec.id(), CloseReason.INTERNAL_ERROR, SecureTransport.OWN_FAULT);
            }
            return null;
        }
    }

    /** What was dropped on this shard, and why; readable from any thread. */
    public Counters<DropReason> drops() {
        return drops;
    }

    Shard shard() {
        return shard;
    }

    Switchboard switchboard() {
        return switchboard;
    }

    Demultiplexer<Admission, Endpoint> demultiplexer() {
        return demultiplexer;
    }

    /** The endpoint has ended. */
    void ended(Endpoint endpoint) {
        endpoints.remove(endpoint);
    }

    /** How many endpoints are open here; on the shard only. */
    int endpointCount() {
        return endpoints.size();
    }

    /** Ends all endpoints of the shard, each with a goodbye to its peer. */
    public void closeAll() {
        for (Endpoint endpoint : List.copyOf(endpoints)) {
            try {
                endpoint.close(CloseReason.CLOSED_HERE, "the server is stopping");
            } catch (RuntimeException e) {
                endpoint.onFault(e); // the others have their goodbyes to come
            }
        }
    }

    @Override
    public void onDatagram(Slab slab, int offset, int lengthBytes, long hi, long lo, int port, int local, long nowNs) {
        demultiplexer.onDatagram(slab, offset, lengthBytes, hi, lo, port, local, nowNs);
    }

    @Override
    public ShardLink.Handler links() {
        return switchboard;
    }

    @Override
    public void onTurnEnd(long nowNs) {
        switchboard.sendDelayed();
    }
}
