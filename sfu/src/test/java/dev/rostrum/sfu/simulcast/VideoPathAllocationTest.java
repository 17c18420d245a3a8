package dev.rostrum.sfu.simulcast;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rostrum.sfu.rtp.DependencyTemplates;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.sfu.rtp.VideoPackets;
import dev.rostrum.sfu.simulcast.ModelEncoder.Packet;
import dev.rostrum.sfu.simulcast.ModelEncoder.Structure;
import dev.rostrum.sfu.stream.KeyframeRequests;
import dev.rostrum.sfu.stream.NackGenerator;
import dev.rostrum.sfu.stream.PacketCache;
import dev.rostrum.sfu.stream.RewriteResult;
import dev.rostrum.sfu.stream.SourceClock;
import dev.rostrum.sfu.stream.VideoRewriter;
import dev.rostrum.srtp.Slab;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole way of a video packet through the cores, once per packet and once per slot. */
class VideoPathAllocationTest {

    private static final int PICTURES = 400;
    private static final int SLOTS = 4;
    private static final int WINDOWS = 150;
    private static final long FRAME_NS = 33_000_000L;

    @ParameterizedTest
    @EnumSource(Structure.class)
    void nothingIsAllocatedPerPacketAndSlot(Structure structure) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        ModelEncoder encoder = new ModelEncoder(structure, 0, new Random(1));
        List<Packet> packets = new ArrayList<>();
        for (int i = 0; i < PICTURES; i++) {
            if (i % 50 == 0) {
                encoder.wantKeyFrame();
            }
            packets.addAll(encoder.encode(i * FRAME_NS));
        }
        Slab slab = Slab.allocate(2_000);
        RtpPacket rtp = new RtpPacket();
        VideoFrameInfo info = new VideoFrameInfo();
        DependencyTemplates templates = new DependencyTemplates();
        LayerMeter meter = new LayerMeter();
        PacketCache cache = new PacketCache(1 << 20, 1_000_000_000L);
        NackGenerator nacks = new NackGenerator();
        KeyframeRequests requests = new KeyframeRequests(1, 1_000_000_000L);
        SourceClock clock = new SourceClock(90_000, 1);
        LayerSelector[] selectors = new LayerSelector[SLOTS];
        VideoRewriter[] rewriters = new VideoRewriter[SLOTS];
        for (int i = 0; i < SLOTS; i++) {
            selectors[i] = new LayerSelector();
            rewriters[i] = new VideoRewriter(90_000, 1, 2, 3);
        }
        long[] missing = new long[64];
        long least = Long.MAX_VALUE;
        long number = 65_536;
        long nowNs = 0;
        int forwarded = 0;
        for (int window = 0; window < WINDOWS && least > 0; window++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < packets.size(); i++) {
                Packet packet = packets.get(i);
                slab.bytes().put(0, packet.bytes());
                nowNs += 1_000_000;
                number += i % 70 == 0 ? 2 : 1;
                int length = packet.bytes().length;
                if (!rtp.wrap(slab.bytes(), 0, length)
                        || !info.parse(structure.codec, rtp, VideoPackets.DESCRIPTOR_ID, templates)) {
                    continue;
                }
                meter.onPacket(0, info, length, nowNs);
                cache.store(number, slab, 0, length, nowNs);
                nacks.onPacket(number, nowNs);
                nacks.collect(nowNs, missing);
                int layer = i / 100 % 3;
                for (int slot = 0; slot < SLOTS; slot++) {
                    selectors[slot].target(0, (layer + slot) % structure.spatialLayers, (layer + slot) % 3);
                    Decision decision = selectors[slot].decide(0, 9, number, info);
                    if (selectors[slot].keyFrameWanted() >= 0) {
                        requests.want(selectors[slot].keyFrameWanted());
                    }
                    VideoRewriter rewriter = rewriters[slot];
                    if (decision == Decision.LEAVE_OUT) {
                        rewriter.leaveOut(9, number, packet.timestamp(), info);
                    } else if (decision == Decision.FORWARD) {
                        RewriteResult result = rewriter.rewrite(
                                9, clock, number, packet.timestamp(), selectors[slot].marker(), info, nowNs);
                        forwarded += result == RewriteResult.FORWARD ? 1 : 0;
                        info.patch(slab.bytes(), rtp.payloadOffset(), rewriter.pictureId(), rewriter.tl0PicIdx(), 0);
                    }
                }
                requests.collect(nowNs);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(forwarded > packets.size());
        assertEquals(0, least, "bytes for " + packets.size() + " packets");
    }
}
