package dev.rostrum.bench.core;

import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpProfile;
import dev.rostrum.srtp.SrtpReceiver;
import dev.rostrum.srtp.SrtpSender;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * SRTP for one packet, by each provider: 1,000 senders take turns, as in a fan-out; one receiver takes packet after packet.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SrtpBenchmark {

    private static final int SENDERS = 1000;
    private static final int HEADER_BYTES = 28;
    private static final int STRIDE = 1600;
    private static final int PROTECTED = 4096;

    @Param
    SrtpCipherProvider provider;

    @Param({"AEAD_AES_128_GCM", "AES128_CM_HMAC_SHA1_80"})
    SrtpProfile profile;

    @Param({"100", "1168"})
    int payloadBytes;

    private final Slab payload = Slab.allocate(2048);
    private final Slab out = Slab.allocate(2048);
    private final Slab arriving = Slab.allocate(PROTECTED * STRIDE);
    private final int[] lengths = new int[PROTECTED];
    private final SrtpSender[] senders = new SrtpSender[SENDERS];

    @SuppressWarnings("NullAway.Init") // JMH calls the set-up
    private SrtpReceiver receiver;

    private int sent;
    private int received;

    public SrtpBenchmark() {
        provider = SrtpCipherProvider.OPENSSL;
        profile = SrtpProfile.AEAD_AES_128_GCM;
    }

    private SrtpKeys keys(boolean client) {
        byte[] material = new byte[profile.keyingMaterialLengthBytes()];
        new SplittableRandom(1).nextBytes(material);
        return SrtpKeys.fromKeyingMaterial(profile, material, client);
    }

    @Setup
    public void open() {
        Arrays.setAll(senders, _ -> new SrtpSender(keys(true), provider));
        try (SrtpSender sender = new SrtpSender(keys(true), provider)) {
            for (int i = 0; i < PROTECTED; i++) {
                header(arriving.bytes(), i * STRIDE, i);
                lengths[i] = sender.protectRtp(arriving, i * STRIDE, HEADER_BYTES, payload, 0, payloadBytes);
            }
        }
        receiver = new SrtpReceiver(keys(false), provider);
    }

    private static void header(ByteBuffer out, int offset, int sequenceNumber) {
        out.putInt(offset, 0x916f0000 | (sequenceNumber & 0xffff));
        out.putInt(offset + 4, 960 * sequenceNumber);
        out.putInt(offset + 8, 4711);
        out.putInt(offset + 12, 77);
        out.putInt(offset + 16, 0xBEDE0002);
        out.putLong(offset + 20, 0x40_31_10_00_00_00_00_00L);
    }

    @Benchmark
    public int protect() {
        header(out.bytes(), 0, sent / SENDERS);
        return senders[sent++ % SENDERS].protectRtp(out, 0, HEADER_BYTES, payload, 0, payloadBytes);
    }

    /** With a copy of the packet, because decrypting is done in place. */
    @Benchmark
    public int unprotect() {
        if (received == PROTECTED) {
            received = 0; // nothing may come twice: the same again for a new receiver
            receiver.close();
            receiver = new SrtpReceiver(keys(false), provider);
        }
        int length = lengths[received];
        out.bytes().put(0, arriving.bytes(), received++ * STRIDE, length);
        int plain = receiver.unprotectRtp(out, 0, length);
        if (plain != HEADER_BYTES + payloadBytes) {
            throw new IllegalStateException("not authentic: " + plain);
        }
        return plain;
    }

    @TearDown
    public void close() {
        for (SrtpSender sender : senders) {
            sender.close();
        }
        receiver.close();
    }
}
