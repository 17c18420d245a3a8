package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Sequences of operations on one session: genuine packets in any order, changed and cut ones, noise, replays, closing.
 *
 * <p>A second receiver (the other provider) gets the genuine packets only. If it ever decides differently about one, a
 * packet that was not authentic has changed the state of the first.
 */
class SrtpReceiverFuzzTest {

    private static final int MAXIMUM_OPERATIONS = 300;
    private static final int MAXIMUM_KEPT = 64;

    private record Sent(byte[] plain, byte[] wire, boolean rtcp) {}

    @FuzzTest(maxDuration = "5m")
    void onlyGenuinePacketsArriveAndEachOnce(byte[] operations) {
        ByteBuffer input = ByteBuffer.wrap(operations);
        SrtpProfile profile = TestPackets.PROFILES.get(next(input) % 3);
        int first = next(input) % 2;
        SrtpCipherProvider provider = TestPackets.PROVIDERS.get(first);
        SrtpCipherProvider other = TestPackets.PROVIDERS.get(1 - first);
        List<Sent> kept = new ArrayList<>();
        Set<Sent> arrived = new HashSet<>();
        SrtpReceiver receiver = new SrtpReceiver(TestPackets.serverKeys(profile, 5), provider);
        try (receiver;
                SrtpSender sender = new SrtpSender(TestPackets.clientKeys(profile, 5), other);
                SrtpReceiver shadow = new SrtpReceiver(TestPackets.serverKeys(profile, 5), other)) {
            for (int i = 0; i < MAXIMUM_OPERATIONS && input.hasRemaining(); i++) {
                switch (next(input) % 8) {
                    case 0 -> send(sender, kept, TestPackets.rtp(next(input) % 4, nextShort(input)), false);
                    case 1 ->
                        send(sender, kept, TestPackets.rtpWithEverything(next(input) % 4, nextShort(input)), false);
                    case 2 -> send(sender, kept, TestPackets.rtcp(next(input) % 4), true);
                    case 3, 4 -> deliver(receiver, shadow, kept, arrived, input);
                    case 5 -> deliverChanged(receiver, kept, input);
                    case 6 -> deliverCut(receiver, kept, input);
                    default -> deliverNoise(receiver, input);
                }
            }
        }
        for (Sent sent : kept) {
            assertEquals(
                    SrtpFailure.CLOSED.code(),
                    unprotect(receiver, sent.wire(), sent.rtcp()).length());
        }
    }

    private static void send(SrtpSender sender, List<Sent> kept, byte[] plain, boolean rtcp) {
        if (kept.size() == MAXIMUM_KEPT) {
            return;
        }
        byte[] wire = rtcp ? TestPackets.protectRtcp(sender, plain) : TestPackets.protectRtpIfAllowed(sender, plain);
        if (wire != null) {
            kept.add(new Sent(plain, wire, rtcp));
        }
    }

    private static void deliver(
            SrtpReceiver receiver, SrtpReceiver shadow, List<Sent> kept, Set<Sent> arrived, ByteBuffer input) {
        if (kept.isEmpty()) {
            return;
        }
        Sent sent = kept.get(next(input) % kept.size());
        Unprotected result = unprotect(receiver, sent.wire(), sent.rtcp());
        assertEquals(unprotect(shadow, sent.wire(), sent.rtcp()).length(), result.length());
        if (result.length() >= 0) {
            assertTrue(arrived.add(sent), "arrived twice");
            assertEquals(sent.plain().length, result.length());
            assertTrue(Arrays.equals(sent.plain(), result.bytes()));
        } else {
            SrtpFailure.of(result.length());
        }
    }

    private static void deliverChanged(SrtpReceiver receiver, List<Sent> kept, ByteBuffer input) {
        if (kept.isEmpty()) {
            return;
        }
        Sent sent = kept.get(next(input) % kept.size());
        byte[] changed = sent.wire().clone();
        int changes = 1 + next(input) % 4;
        for (int i = 0; i < changes; i++) {
            changed[nextShort(input) % changed.length] ^= (byte) next(input);
        }
        if (!Arrays.equals(changed, sent.wire())) {
            assertRefused(receiver, changed, sent.rtcp());
        }
    }

    private static void deliverCut(SrtpReceiver receiver, List<Sent> kept, ByteBuffer input) {
        if (kept.isEmpty()) {
            return;
        }
        Sent sent = kept.get(next(input) % kept.size());
        assertRefused(receiver, Arrays.copyOf(sent.wire(), nextShort(input) % sent.wire().length), sent.rtcp());
    }

    private static void deliverNoise(SrtpReceiver receiver, ByteBuffer input) {
        boolean rtcp = next(input) % 2 == 1;
        byte[] noise = new byte[Math.min(nextShort(input) % 2000, input.remaining())];
        input.get(noise);
        assertRefused(receiver, noise, rtcp);
        // The same bytes at ranges that need not lie in the slab.
        Slab slab = Slab.allocate(Math.max(1, noise.length));
        slab.bytes().put(0, noise);
        int offset = nextInt(input);
        int length = nextInt(input);
        int result = rtcp ? receiver.unprotectRtcp(slab, offset, length) : receiver.unprotectRtp(slab, offset, length);
        assertTrue(result < 0);
    }

    private static void assertRefused(SrtpReceiver receiver, byte[] packet, boolean rtcp) {
        int result = unprotect(receiver, packet, rtcp).length();
        assertTrue(result < 0, "accepted");
        SrtpFailure failure = SrtpFailure.of(result);
        assertFalse(failure == SrtpFailure.CIPHER || failure == SrtpFailure.CLOSED, failure.name());
    }

    private record Unprotected(int length, byte[] bytes) {}

    private static Unprotected unprotect(SrtpReceiver receiver, byte[] packet, boolean rtcp) {
        Slab slab = Slab.allocate(Math.max(1, packet.length));
        slab.bytes().put(0, packet);
        int length =
                rtcp ? receiver.unprotectRtcp(slab, 0, packet.length) : receiver.unprotectRtp(slab, 0, packet.length);
        byte[] bytes = new byte[Math.max(0, length)];
        slab.bytes().get(0, bytes);
        return new Unprotected(length, bytes);
    }

    private static int next(ByteBuffer input) {
        return input.hasRemaining() ? input.get() & 0xff : 0;
    }

    private static int nextShort(ByteBuffer input) {
        return next(input) << 8 | next(input);
    }

    private static int nextInt(ByteBuffer input) {
        return nextShort(input) << 16 | nextShort(input);
    }
}
