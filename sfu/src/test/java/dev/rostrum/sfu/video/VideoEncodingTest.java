package dev.rostrum.sfu.video;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.srtp.Slab;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class VideoEncodingTest {

    private static final int LENGTH_BYTES = 100;

    private final Slab slab = Slab.allocate(2048);
    private final VideoPacket packet = new VideoPacket(slab);
    private final VideoEncoding encoding = new VideoEncoding(0, 500);
    private long serial;

    /** Stores a packet and returns its number. */
    private long store(int ssrc, int sequenceNumber) {
        slab.bytes().putShort(0, (short) 0x8060).putShort(2, (short) sequenceNumber);
        slab.bytes().putInt(8, ssrc);
        encoding.onSsrc(ssrc);
        assertTrue(packet.wrap(slab, 0, LENGTH_BYTES, ++serial));
        packet.number(encoding.source(), encoding.unwrap(sequenceNumber));
        encoding.store(packet, 0);
        return packet.extendedSequenceNumber();
    }

    private Slab memory() {
        return Objects.requireNonNull(encoding.cache()).slab();
    }

    @Test
    void aNewSsrcKeepsItsPacketsInTheMemoryOfTheOneBefore() {
        long number = store(1, 7);
        Slab memory = memory();
        assertTrue(Objects.requireNonNull(encoding.cache()).find(number) >= 0);
        store(2, 9);
        assertSame(memory, memory());
        assertEquals(-1, Objects.requireNonNull(encoding.cache()).find(number), "another SSRC's packet");
        store(1, 8);
        assertSame(memory, memory());
    }
}
