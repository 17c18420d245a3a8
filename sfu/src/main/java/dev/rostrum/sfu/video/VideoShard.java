package dev.rostrum.sfu.video;

import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.stream.PacketCache;
import dev.rostrum.sfu.transport.DropReason;
import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * What the video of all spaces of one shard shares: the packets that are being looked at, and the shard's services.
 *
 * <p>Owned by its shard.
 */
public final class VideoShard {

    /** So many of the packets kept stay understood: what paced subscribers have yet to get of a frame, and some repairs. */
    private static final int UNDERSTOOD = 32;

    private final Shard shard;
    private final Counters<DropReason> drops;
    private final SfuListener listener;
    private final NtpClock ntpClock;
    private final RandomGenerator random;
    private final VideoPacket packet;
    private final VideoPacket[] understood = new VideoPacket[UNDERSTOOD];
    private final Slab scratch = Slab.allocate(UdpPort.MAX_DATAGRAM_BYTES);
    private long serial;

    public VideoShard(
            Shard shard, Counters<DropReason> drops, SfuListener listener, NtpClock ntpClock, RandomGenerator random) {
        this.shard = shard;
        this.drops = drops;
        this.listener = listener;
        this.ntpClock = ntpClock;
        this.random = random;
        this.packet = new VideoPacket(shard.port().received());
        Arrays.setAll(understood, i -> new VideoPacket(shard.port().received()));
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

    /** The next packet's serial number. */
    long nextSerial() {
        return ++serial;
    }

    /**
     * One of the packets kept, to be sent when its time has come, or again. It is read once, however many subscribers get
     * it one after the other.
     */
    VideoPacket kept(VideoPublication publication, VideoEncoding encoding, PacketCache cache, int place, long number) {
        VideoPacket packet = understood[(int) (number + publication.csrc()) & (UNDERSTOOD - 1)];
        if (!packet.is(encoding.source(), number) || !packet.liesAt(cache.slab(), cache.offset(place))) {
            packet.wrap(cache.slab(), cache.offset(place), cache.lengthBytes(place), nextSerial());
            packet.number(encoding.source(), number);
            packet.describe(publication.info(), encoding.index());
        }
        return packet;
    }
}
