package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Packets of any shape over a network that loses, delays, repeats and changes them, from one provider to the other,
 * across wraps of the sequence number.
 */
class SrtpSimTest {

    private static final int PACKETS = 1500;
    private static final int STREAMS = 3;

    /** A packet on its way; equal times arrive in the order of sending. */
    private record InFlight(int arrival, int number, byte[] plain, byte[] wire, boolean changed, boolean rtcp) {}

    static IntStream seeds() {
        return IntStream.rangeClosed(1, 36);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatArrivesIsWhatWasSentAndNothingArrivesTwice(int seed) {
        Random random = new Random(seed);
        SrtpProfile profile = TestPackets.PROFILES.get(seed % 3);
        SrtpCipherProvider near = TestPackets.PROVIDERS.get(seed % 2);
        SrtpCipherProvider far = TestPackets.PROVIDERS.get(random.nextInt(4) == 0 ? seed % 2 : 1 - seed % 2);
        PriorityQueue<InFlight> network = new PriorityQueue<>(
                (a, b) -> a.arrival() != b.arrival() ? a.arrival() - b.arrival() : a.number() - b.number());
        Set<Integer> arrived = new HashSet<>();
        int refused = 0;

        try (SrtpSender sender = new SrtpSender(TestPackets.clientKeys(profile, seed), near);
                SrtpReceiver receiver = new SrtpReceiver(TestPackets.serverKeys(profile, seed), far)) {
            Map<Integer, Integer> sequenceNumbers = new HashMap<>();
            for (int ssrc = 0; ssrc < STREAMS; ssrc++) {
                sequenceNumbers.put(ssrc, random.nextInt(1 << 15)); // where senders start, so that the wrap comes later
            }
            for (int now = 0; now < PACKETS + 200; now++) {
                if (now < PACKETS) {
                    boolean rtcp = random.nextInt(20) == 0;
                    int ssrc = random.nextInt(STREAMS);
                    // Strides bring the wraps nearer; they stay below what a receiver can tell from a step back.
                    int sequenceNumber = sequenceNumbers.merge(ssrc, 1 + random.nextInt(400), Integer::sum);
                    byte[] plain = rtcp ? randomRtcp(random, ssrc) : randomRtp(random, ssrc, sequenceNumber);
                    byte[] wire = rtcp ? TestPackets.protectRtcp(sender, plain) : TestPackets.protectRtp(sender, plain);
                    int copies = random.nextInt(10) == 0 ? 2 : 1;
                    for (int copy = 0; copy < copies; copy++) {
                        boolean lost = random.nextInt(10) == 0;
                        boolean changed = random.nextInt(20) == 0;
                        byte[] travelling = wire.clone();
                        if (changed) {
                            travelling[random.nextInt(wire.length)] ^= (byte) (1 + random.nextInt(255));
                        }
                        if (!lost) {
                            int delay = random.nextInt(8) == 0 ? random.nextInt(5) : 0;
                            network.add(new InFlight(now + delay, now, plain, travelling, changed, rtcp));
                        }
                    }
                }
                while (!network.isEmpty() && network.peek().arrival() <= now) {
                    InFlight packet = network.remove();
                    Slab slab = Slab.allocate(packet.wire().length);
                    slab.bytes().put(0, packet.wire());
                    int length = packet.rtcp()
                            ? receiver.unprotectRtcp(slab, 0, packet.wire().length)
                            : receiver.unprotectRtp(slab, 0, packet.wire().length);
                    String where = "seed " + seed + ", packet " + packet.number();
                    if (packet.changed()) {
                        assertTrue(length < 0, where);
                        refused++;
                    } else if (arrived.add(packet.number())) {
                        assertEquals(packet.plain().length, length, where);
                        byte[] plain = new byte[length];
                        slab.bytes().get(0, plain);
                        assertArrayEquals(packet.plain(), plain, where);
                    } else {
                        assertEquals(SrtpFailure.REPLAYED.code(), length, where);
                    }
                }
            }
            assertTrue(sequenceNumbers.values().stream().allMatch(number -> number > 65_536), "seed " + seed);
        }
        assertTrue(arrived.size() > PACKETS * 8 / 10 && refused > 0, "seed " + seed + ": " + arrived.size());
    }

    private static byte[] randomRtp(Random random, int ssrc, int sequenceNumber) {
        int csrcs = random.nextInt(16);
        boolean extended = random.nextBoolean();
        int extensionWords = extended ? random.nextInt(8) : 0;
        int header = 12 + 4 * csrcs + (extended ? 4 + 4 * extensionWords : 0);
        byte[] packet = new byte[header + (random.nextInt(10) == 0 ? 0 : random.nextInt(1200))];
        random.nextBytes(packet);
        ByteBuffer bytes = ByteBuffer.wrap(packet);
        bytes.put(0, (byte) (0x80 | (extended ? 0x10 : 0) | csrcs | (random.nextBoolean() ? 0x20 : 0)));
        bytes.putShort(2, (short) sequenceNumber);
        bytes.putInt(8, ssrc);
        if (extended) {
            bytes.putShort(12 + 4 * csrcs + 2, (short) extensionWords);
        }
        return packet;
    }

    private static byte[] randomRtcp(Random random, int ssrc) {
        byte[] packet = new byte[8 + 4 * random.nextInt(60)];
        random.nextBytes(packet);
        packet[0] = (byte) 0x81;
        ByteBuffer.wrap(packet).putInt(4, ssrc);
        return packet;
    }
}
