package dev.rostrum.sfu.video;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.DependencyTemplates;
import dev.rostrum.sfu.rtp.SequenceUnwrapper;
import dev.rostrum.sfu.stream.PacketCache;
import dev.rostrum.sfu.stream.SourceClock;
import org.jspecify.annotations.Nullable;

/**
 * One encoding of a video publication as one shard sees it: its numbering, its clock, and its last packets for repair.
 * A new SSRC begins anew.
 *
 * <p>Owned by its publication.
 */
final class VideoEncoding {

    /** A second of four megabits, the most that a browser sends for a camera. */
    private static final int CACHE_BYTES = 512 * 1024;

    private static final long CACHE_AGE_NS = 1_000_000_000L;

    private final int index;
    private final int csrc;
    private SequenceUnwrapper unwrapper = new SequenceUnwrapper();
    private DependencyTemplates templates = new DependencyTemplates();
    private SourceClock clock;
    private @Nullable PacketCache cache;
    private long newest;
    private boolean started;
    private int ssrc;

    VideoEncoding(int index, int csrc) {
        this.index = index;
        this.csrc = csrc;
        this.clock = newClock();
    }

    private SourceClock newClock() {
        return new SourceClock(VideoCodec.CLOCK_RATE_HZ, csrc);
    }

    int index() {
        return index;
    }

    DependencyTemplates templates() {
        return templates;
    }

    SourceClock clock() {
        return clock;
    }

    /** The source of the encoding's packets, as it is now. */
    long source() {
        return (long) csrc << 32 | (ssrc & 0xFFFFFFFFL);
    }

    /** The packet is of this SSRC: begins anew if the SSRC is another one than before. */
    void onSsrc(int packetSsrc) {
        if (!started || packetSsrc != ssrc) {
            started = true;
            ssrc = packetSsrc;
            unwrapper = new SequenceUnwrapper();
            newest = 0;
            templates = new DependencyTemplates();
            clock = newClock();
            if (cache != null) {
                // Not given away: who sends a new SSRC with each packet would else take new memory with each.
                cache.clear();
            }
        }
    }

    long unwrap(int sequenceNumber) {
        long number = unwrapper.unwrap(sequenceNumber);
        newest = Math.max(newest, number);
        return number;
    }

    /** The highest number that has come. */
    long newest() {
        return newest;
    }

    /** Keeps the packet for repair. */
    void store(VideoPacket packet, long nowNs) {
        PacketCache kept = cache;
        if (kept == null) {
            kept = new PacketCache(CACHE_BYTES, CACHE_AGE_NS);
            cache = kept;
        }
        kept.store(
                packet.extendedSequenceNumber(),
                packet.slab(),
                packet.rtp().offset(),
                packet.rtp().lengthBytes(),
                nowNs);
    }

    /** The packets kept for repair; null if none. */
    @Nullable
    PacketCache cache() {
        return cache;
    }

    /** Keeps no packets any more; their memory is free. */
    void forget() {
        cache = null;
    }
}
