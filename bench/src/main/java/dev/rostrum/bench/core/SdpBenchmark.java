package dev.rostrum.bench.core;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.offer.Answer;
import dev.rostrum.signaling.offer.AnswerPolicy;
import dev.rostrum.signaling.offer.OfferAnswer;
import dev.rostrum.signaling.offer.OpusSettings;
import dev.rostrum.signaling.sdp.SdpException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What an offer costs, from its text to the text of the answer. The offers are Chromium's. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SdpBenchmark {

    @Param({"player", "page", "video-space"})
    String offer = "";

    private final SplittableRandom random = new SplittableRandom(1);
    private String text = "";

    @SuppressWarnings("NullAway.Init") // JMH calls the set-up
    private AnswerPolicy policy;

    @Setup
    public void read() throws IOException {
        try (InputStream in = SdpBenchmark.class.getResourceAsStream(offer + ".sdp")) {
            if (in == null) {
                throw new IOException(offer + ".sdp is missing in this build");
            }
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        boolean video = offer.startsWith("video");
        List<MediaKind> publications = offer.equals("player")
                ? List.of()
                : video
                        ? List.of(MediaKind.AUDIO, MediaKind.VIDEO, MediaKind.VIDEO, MediaKind.AUDIO)
                        : List.of(MediaKind.AUDIO);
        policy = new AnswerPolicy(
                "endpoint",
                "space",
                new AnswerPolicy.LocalTransport(
                        IceCredentials.random(random),
                        new Fingerprint(new byte[32]),
                        List.of(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 7000)),
                        DtlsRole.SERVER),
                IntStream.range(0, publications.size())
                        .mapToObj(i -> new AnswerPolicy.Publication(
                                publications.get(i), 1000 + i, true, i == 2, OpusSettings.SPEECH))
                        .toList(),
                3,
                video ? new AnswerPolicy.Video(List.of(VideoCodec.VP8), 9) : AnswerPolicy.Video.NONE,
                OpusSettings.SPEECH,
                video ? AnswerPolicy.VIDEO_EXTENSIONS : AnswerPolicy.AUDIO_EXTENSIONS);
    }

    @Benchmark
    public Answer answer() throws SdpException {
        return OfferAnswer.answer(text, policy, random);
    }
}
