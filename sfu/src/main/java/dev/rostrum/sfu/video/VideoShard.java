package dev.rostrum.sfu.video;

import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.loop.Counters;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.UdpPort;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.stream.PacketCache;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.srtp.Slab;
import java.util.random.RandomGenerator;

/**
 * What the video of all spaces of one shard shares: the packets that are being looked at, and the shard's services.
 *
 * <p>Owned by its shard.
 */
public final class VideoShard {

    private final Shard shard;
    private final Counters<DropReason> drops;
    private final SfuListener listener;
    private final NtpClock ntpClock;
    private final RandomGenerator random;
    private final VideoPacket packet;
    private final VideoPacket repaired;
    private final Slab scratch = Slab.allocate(UdpPort.MAX_DATAGRAM_BYTES);

    public VideoShard(
            Shard shard, Counters<DropReason> drops, SfuListener listener, NtpClock ntpClock, RandomGenerator random) {
        this.shard = shard;
        this.drops = drops;
        this.listener = listener;
        this.ntpClock = ntpClock;
        this.random = random;
        this.packet = new VideoPacket(shard.port().received());
        this.repaired = new VideoPacket(shard.port().received()).odd();
    }

    Shard shard() {
        return shard;
    }

    Counters<DropReason> drops() {
        return drops;
    }

    SfuListener listener() {
        return listener;
    }

    NtpClock ntpClock() {
        return ntpClock;
    }

    RandomGenerator random() {
        return random;
    }

    /** The one packet that is being forwarded; wrapped anew for each. */
    VideoPacket packet() {
        return packet;
    }

    /** Memory for one outgoing payload that is put together. */
    Slab scratch() {
        return scratch;
    }

    /** The one packet that is being repeated: one of those kept. */
    VideoPacket repair(
            VideoPublication publication, VideoEncoding encoding, PacketCache cache, int place, long number) {
        repaired.wrap(cache.slab(), cache.offset(place), cache.lengthBytes(place));
        repaired.number(encoding.source(), number);
        repaired.describe(publication.info(), encoding.index());
        return repaired;
    }
}
