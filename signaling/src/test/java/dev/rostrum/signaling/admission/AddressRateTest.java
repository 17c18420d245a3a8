package dev.rostrum.signaling.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class AddressRateTest {

    private static final long SECOND_NS = 1_000_000_000L;

    private final AddressRate rate = new AddressRate(60);

    @Test
    void aMinutesShareMayBeTakenAtOnceAndThenOneASecond() {
        for (int i = 0; i < 60; i++) {
            assertTrue(rate.take("203.0.113.7", 0));
        }
        assertFalse(rate.take("203.0.113.7", 0));
        assertEquals(1, rate.retryAfterSeconds());
        assertTrue(rate.take("203.0.113.7", SECOND_NS));
        assertFalse(rate.take("203.0.113.7", SECOND_NS));
    }

    @Test
    void neighboursOfOneIpv6NetworkShareAndOtherNetworksDoNot() {
        for (int i = 0; i < 60; i++) {
            assertTrue(rate.take("2001:db8::" + Integer.toHexString(i), 0));
        }
        assertFalse(rate.take("2001:db8::ffff", 0));
        assertTrue(rate.take("2001:db8:0:1::1", 0));
        assertTrue(rate.take("203.0.113.8", 0));
    }

    @Test
    void loopbackAndNoLimitAreFree() {
        AddressRate unlimited = new AddressRate(0);
        for (int i = 0; i < 1000; i++) {
            assertTrue(rate.take("127.0.0.1", 0));
            assertTrue(rate.take("::1", 0));
            assertTrue(unlimited.take("203.0.113.7", 0));
        }
    }

    @Test
    void manyAddressesAreForgottenOnceTheirShareIsWhole() {
        for (int i = 0; i < 30_000; i++) {
            assertTrue(rate.take("10." + (i >> 16) + "." + ((i >> 8) & 255) + "." + (i & 255), i * SECOND_NS));
        }
    }
}
