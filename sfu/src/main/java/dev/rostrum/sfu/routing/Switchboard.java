package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.ShardLink;
import dev.rostrum.sfu.rtcp.RtcpReader;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.video.VideoShard;
import dev.rostrum.srtp.Slab;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The routers of one shard, and their lines to those of the other shards.
 *
 * <p>Owned by its shard.
 */
final class Switchboard implements ShardLink.Handler {

    private static final int LEVEL = 1;
    private static final int SILENT = 2;

    /** In the keys of media: above the CSRC the space's number, above that the encoding of video plus one. */
    private static final int SPACE_SHIFT = 32;

    private static final int ENCODING_SHIFT = 60;
    private static final long SPACE_MASK = 0xFFF_FFFFL;

    private final Shard shard;
    private final SfuShard owner;
    private final RouterEnvironment environment;
    private final int shardCount;
    private final Counters<DropReason> drops;
    private final ForwardedPacket packet;
    private final VideoShard video;
    private final RtcpReader rtcp = new RtcpReader();
    private final Deque<Object>[] delayed;
    private @Nullable Router[] routers = new Router[16];

    @SuppressWarnings({"unchecked", "rawtypes"})
    Switchboard(Shard shard, SfuShard owner, RouterEnvironment environment) {
        this.shard = shard;
        this.owner = owner;
        this.environment = environment;
        this.shardCount = shard.shardCount();
        this.drops = owner.drops();
        this.packet = new ForwardedPacket(shard.port().received());
        this.video = new VideoShard(shard, drops, environment.listener(), environment.ntpClock(), environment.random());
        this.delayed = new Deque[shardCount];
        Arrays.setAll(delayed, i -> new ArrayDeque<>());
    }

    Shard shard() {
        return shard;
    }

    /** How many audio slots are worth filling in any endpoint. */
    int speakers() {
        return environment.speakers();
    }

    Counters<DropReason> drops() {
        return drops;
    }

    /** The one clock of all sender reports. */
    NtpClock ntpClock() {
        return environment.ntpClock();
    }

    /** Reads what clients report. */
    RtcpReader rtcp() {
        return rtcp;
    }

    /** What the video of all spaces shares on this shard. */
    VideoShard video() {
        return video;
    }

    /** The one packet that this shard looks at; wrapped anew for each. */
    ForwardedPacket packet() {
        return packet;
    }

    /** The shard that ranks the speakers of a space. */
    int homeOf(int spaceKey) {
        return Math.floorMod(spaceKey, shardCount);
    }

    // ---- routers

    /** The router of a space on this shard, made if there is none. */
    Router router(int spaceKey) {
        Router router = find(spaceKey);
        if (router == null) {
            if (spaceKey >= routers.length) {
                routers = Arrays.copyOf(routers, Math.max(spaceKey + 1, 2 * routers.length));
            }
            router = new Router(spaceKey, this);
            routers[spaceKey] = router;
        }
        return router;
    }

    private @Nullable Router find(int spaceKey) {
        return spaceKey >= 0 && spaceKey < routers.length ? routers[spaceKey] : null;
    }

    /** How many spaces there are on this shard. */
    int routerCount() {
        int count = 0;
        for (Router router : routers) {
            count += router == null ? 0 : 1;
        }
        return count;
    }

    void closed(Router router) {
        routers[router.spaceKey()] = null;
    }

    // ---- from other shards

    @Override
    public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {
        Router router = find((int) (key >>> SPACE_SHIFT & SPACE_MASK));
        int encoding = (int) (key >>> ENCODING_SHIFT) - 1;
        if (router == null) {
            drops.count(DropReason.NO_SUCH_SPACE);
        } else if (encoding < 0) {
            router.onMirroredPacket((int) key, ring, offset, lengthBytes, shard.nowNs());
        } else {
            router.video().onMirroredPacket((int) key, encoding, ring, offset, lengthBytes, shard.nowNs());
        }
    }

    @Override
    public void onNumbers(int fromShard, int type, long a, long b, long c) {
        Router router = find((int) a);
        if (router == null) {
            return; // the space has just ended here
        }
        if (type == LEVEL) {
            router.onLevel((int) b, (int) (c >> 32), (int) c, shard.nowNs());
        } else {
            router.onSilent((int) b);
        }
    }

    @Override
    public void onDatagram(
            int fromShard, Slab ring, int offset, int lengthBytes, long hi, long lo, int port, int local, long timeNs) {
        owner.demultiplexer().onHandedOver(ring, offset, lengthBytes, hi, lo, port, local, shard.nowNs());
    }

    @Override
    public void onObject(int fromShard, Object message) {
        if (message instanceof SpaceMessage spaceMessage) {
            Router router = find(spaceMessage.spaceKey());
            if (router == null && isFirstWord(spaceMessage)) {
                router = router(spaceMessage.spaceKey());
            }
            if (router != null) {
                router.onMessage(spaceMessage);
            } else if (spaceMessage instanceof SpaceMessage.Marker marker) {
                marker.passage().passed(); // nothing of the space is forwarded here
            }
        }
    }

    /** A space's home ranks speakers, whether it has endpoints of its own or not. */
    private boolean isFirstWord(SpaceMessage message) {
        return message instanceof SpaceMessage.Present present
                && present.answer()
                && homeOf(present.spaceKey()) == shard.index();
    }

    // ---- to other shards

    void broadcast(SpaceMessage message) {
        for (int to = 0; to < shardCount; to++) {
            if (to != shard.index()) {
                send(to, message);
            }
        }
    }

    /** Sends a message in the order of the media on the same link; it waits where the link is full, and is never lost. */
    void send(int to, SpaceMessage message) {
        if (!delayed[to].isEmpty() || !shard.link(to).offerObject(message)) {
            delayed[to].add(message);
        }
    }

    /** Called at the end of each turn: what a full link did not take. */
    void sendDelayed() {
        for (int to = 0; to < shardCount; to++) {
            Deque<Object> waiting = delayed[to];
            while (!waiting.isEmpty() && shard.link(to).offerObject(waiting.element())) {
                waiting.remove();
            }
        }
    }

    void sendMedia(int to, int spaceKey, ForwardedPacket forwarded, long nowNs) {
        long key = key(spaceKey, forwarded.csrc());
        if (!shard.link(to)
                .offerMedia(
                        key,
                        forwarded.slab(),
                        forwarded.rtp().offset(),
                        forwarded.rtp().lengthBytes(),
                        nowNs)) {
            drops.count(DropReason.LINK_FULL);
        }
    }

    /** Offers a packet of video to another shard; false if the link is full. */
    boolean sendVideo(
            int to, int spaceKey, int csrc, int encoding, Slab slab, int offset, int lengthBytes, long nowNs) {
        long key = key(spaceKey, csrc) | (encoding + 1L) << ENCODING_SHIFT;
        return shard.link(to).offerMedia(key, slab, offset, lengthBytes, nowNs);
    }

    private static long key(int spaceKey, int csrc) {
        return (spaceKey & SPACE_MASK) << SPACE_SHIFT | (csrc & 0xFFFFFFFFL);
    }

    void sendLevel(int to, int spaceKey, int csrc, int level, int payloadLengthBytes) {
        if (!shard.link(to).offerNumbers(LEVEL, spaceKey, csrc, (long) level << 32 | payloadLengthBytes)) {
            drops.count(DropReason.LINK_FULL);
        }
    }

    void sendSilent(int to, int spaceKey, int csrc) {
        shard.link(to).offerNumbers(SILENT, spaceKey, csrc, 0);
    }
}
