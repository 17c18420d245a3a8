package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.Security;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class DtlsCryptoTest {

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void correttoIsTakenWhereItIsBuiltFor() {
        DtlsCrypto crypto = DtlsCrypto.select();
        assertInstanceOf(CorrettoDtlsCrypto.class, crypto);
        assertTrue(
                crypto.description().matches("Bouncy Castle.* on Amazon Corretto Crypto Provider 2\\.\\S+ with P-256"),
                crypto.description());
    }

    @Test
    void theFallbackSaysWhyItWasTaken() {
        String description = DtlsCrypto.bouncyCastle().description();
        assertTrue(description.matches("Bouncy Castle.* with X25519 \\(.+\\)"), description);
    }

    @Test
    void noProviderIsInstalledInTheJdk() {
        int before = Security.getProviders().length;
        DtlsCrypto.select();
        assertEquals(before, Security.getProviders().length);
        assertNull(Security.getProvider("AmazonCorrettoCryptoProvider"));
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
    void randomnessComesFromALibraryThatDoesNotBlock() {
        assertEquals("LibCryptoRng", DtlsCrypto.select().tls().getSecureRandom().getAlgorithm());
    }
}
