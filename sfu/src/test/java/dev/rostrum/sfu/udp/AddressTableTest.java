package dev.rostrum.sfu.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class AddressTableTest {

    private final AddressTable<String> table = new AddressTable<>(42);

    @Test
    void whatWasPutIsFoundByItsNumbersUntilRemoved() {
        PeerAddress address = PeerAddress.of(Literal.at("192.0.2.1", 5000), 1);
        assertNull(table.get(address));
        assertNull(table.put(address, "one"));
        assertEquals("one", table.get(0, 0xffff_c000_0201L, 5000, 1));
        assertEquals("one", table.put(address, "two"));
        assertEquals(1, table.size());
        assertEquals("two", table.remove(address));
        assertNull(table.remove(address));
        assertNull(table.get(address));
        assertEquals(0, table.size());
    }

    @Test
    void eachPartOfTheAddressCounts() {
        table.put(new PeerAddress(1, 2, 3, 4), "it");
        assertEquals("it", table.get(1, 2, 3, 4));
        assertNull(table.get(2, 2, 3, 4));
        assertNull(table.get(1, 3, 3, 4));
        assertNull(table.get(1, 2, 4, 4));
        assertNull(table.get(1, 2, 3, 5));
        assertNull(table.get(2, 1, 3, 4));
    }

    @Test
    void itDoesWhatAMapDoes() {
        for (long seed = 1; seed <= 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            AddressTable<Integer> tried = new AddressTable<>(random.nextLong());
            Map<PeerAddress, Integer> model = new HashMap<>();
            int hosts = random.nextInt(1, 12);
            for (int step = 0; step < 3000; step++) {
                PeerAddress address = new PeerAddress(
                        random.nextInt(2), random.nextInt(hosts), random.nextInt(hosts), random.nextInt(2));
                switch (random.nextInt(5)) {
                    case 0, 1 -> assertEquals(model.put(address, step), tried.put(address, step), "seed " + seed);
                    case 2, 3 -> assertEquals(model.remove(address), tried.remove(address), "seed " + seed);
                    default -> assertEquals(model.get(address), tried.get(address), "seed " + seed);
                }
                assertEquals(model.size(), tried.size(), "seed " + seed);
            }
            Map<PeerAddress, Integer> all = new HashMap<>();
            tried.forEach((address, value) -> assertNull(all.put(address, value)));
            assertEquals(model, all, "seed " + seed);
        }
    }
}
