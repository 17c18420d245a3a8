package dev.rostrum.bench.core;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.AudioLevel;
import dev.rostrum.sfu.rtp.DependencyTemplates;
import dev.rostrum.sfu.rtp.HeaderExtensions;
import dev.rostrum.sfu.rtp.RtpHeader;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.sfu.simulcast.LayerSelector;
import dev.rostrum.sfu.stream.RewriteResult;
import dev.rostrum.sfu.stream.RtpRewriter;
import dev.rostrum.srtp.Slab;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What reading, deciding about and writing one RTP packet costs, without its encryption. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RtpBenchmark {

    private static final int AUDIO_LEVEL_ID = 1;
    private static final int MID_ID = 4;
    private static final int AUDIO_BYTES = 20 + 100;
    private static final int VIDEO_AT = 256;
    private static final int VIDEO_BYTES = 12 + 1168;

    private final ByteBuffer in = Slab.allocate(2048).bytes();
    private final ByteBuffer out = Slab.allocate(2048).bytes();
    private final RtpPacket packet = new RtpPacket();
    private final RtpPacket video = new RtpPacket();
    private final VideoFrameInfo frame = new VideoFrameInfo();
    private final DependencyTemplates templates = new DependencyTemplates();
    private final LayerSelector selector = new LayerSelector();
    private final HeaderExtensions extensions = HeaderExtensions.of("s0", MID_ID, AUDIO_LEVEL_ID, 0);
    private final RtpHeader header = new RtpHeader();
    private final RtpRewriter rewriter = new RtpRewriter(48_000, 960, 1, 1);
    private long number = 0x1_0000;
    private long nowNs;

    @Setup
    public void fill() {
        in.putInt(0, 0x90ef0001).putInt(4, 960).putInt(8, 4711);
        in.putInt(12, 0xBEDE0001).putInt(16, AUDIO_LEVEL_ID << 28 | (0x80 | 20) << 16);
        in.putInt(VIDEO_AT, 0x80600001).putInt(VIDEO_AT + 4, 3000).putInt(VIDEO_AT + 8, 4712);
        int at = VIDEO_AT + 12;
        in.put(at, (byte) 0x90).put(at + 1, (byte) 0xE0).putShort(at + 2, (short) 0x8001);
        in.put(at + 4, (byte) 1).put(at + 5, (byte) 0).put(at + 6, (byte) 0x10).putShort(at + 7, (short) 0);
        in.put(at + 9, (byte) 0x9D).put(at + 10, (byte) 0x01).put(at + 11, (byte) 0x2A);
        in.putShort(at + 12, Short.reverseBytes((short) 1280)).putShort(at + 14, Short.reverseBytes((short) 720));
        if (parse() != 20 || !parseVideo()) {
            throw new IllegalStateException("the packets are not what they should be");
        }
        header.prepare(extensions, packet, AUDIO_LEVEL_ID, 0, 77);
        rewriter.select(1);
        selector.target(0, 0, 2);
    }

    /** Of an arriving audio packet: header, extension, level. */
    @Benchmark
    public int parse() {
        return packet.wrap(in, 0, AUDIO_BYTES) ? AudioLevel.levelDbov(AudioLevel.of(packet, AUDIO_LEVEL_ID)) : -1;
    }

    /** Once per packet and kind of listener: what their headers have in common. */
    @Benchmark
    public int prepareHeader() {
        header.prepare(extensions, packet, AUDIO_LEVEL_ID, 0, 77);
        return header.lengthBytes();
    }

    /** Once per listener: number and time of its slot. */
    @Benchmark
    public RewriteResult rewrite() {
        number++;
        nowNs += 20_000_000;
        return rewriter.rewrite(1, number, (int) number * 960, false, nowNs);
    }

    /** Once per listener. */
    @Benchmark
    public int writeHeader() {
        number++;
        return header.write(out, 0, false, 111, (int) number, (int) number * 960, 4713);
    }

    /** Of an arriving video packet: header and VP8's descriptor. */
    @Benchmark
    public boolean parseVideo() {
        return video.wrap(in, VIDEO_AT, VIDEO_BYTES) && frame.parse(VideoCodec.VP8, video, 0, templates);
    }

    /** Once per subscriber: which packets of which layer it gets. */
    @Benchmark
    public Object decideLayer() {
        number++;
        return selector.decide(0, 1, number, frame);
    }
}
