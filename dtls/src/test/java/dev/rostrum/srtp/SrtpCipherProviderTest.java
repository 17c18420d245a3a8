package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SrtpCipherProviderTest {

    @ParameterizedTest
    @EnumSource
    void everyProviderPassesItsSelfTest(SrtpCipherProvider provider) {
        assertNull(provider.problem());
    }

    @Test
    void opensslIsPreferred() {
        assertEquals(SrtpCipherProvider.OPENSSL, SrtpCipherProvider.select());
    }

    @Test
    void theNextProviderIsTakenIfOneFailsItsTest() {
        assertEquals(
                SrtpCipherProvider.JCE,
                SrtpCipherProvider.select(
                        provider -> provider == SrtpCipherProvider.OPENSSL ? "libcrypto.so.3 was not found" : null));
    }

    @Test
    void withoutAnyProviderTheReasonsAreNamed() {
        IllegalStateException e = assertThrows(
                IllegalStateException.class, () -> SrtpCipherProvider.select(provider -> "broken " + provider.name()));

        assertEquals("no cipher for SRTP works (OPENSSL: broken OPENSSL; JCE: broken JCE)", e.getMessage());
    }

    @Test
    void theDescriptionNamesTheVersion() {
        String openssl = SrtpCipherProvider.OPENSSL.description();
        assertTrue(openssl.matches("OpenSSL 3\\.\\d+\\.\\d+\\S* by FFM"), openssl);
        String jce = SrtpCipherProvider.JCE.description();
        assertTrue(jce.matches("JCE \\(\\w+ \\S+\\)"), jce);
    }
}
