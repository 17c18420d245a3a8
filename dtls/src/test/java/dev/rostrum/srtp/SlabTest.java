package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlabTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 1600})
    void theWorkspaceLiesBehindTheSlabInALineOfItsOwn(int capacityBytes) {
        Slab slab = Slab.allocate(capacityBytes);

        assertEquals(capacityBytes, slab.capacityBytes());
        assertEquals(capacityBytes, slab.bytes().capacity());
        assertTrue(slab.workspace() >= slab.address() + capacityBytes);
        assertEquals(0, slab.workspace() % 64);
    }
}
