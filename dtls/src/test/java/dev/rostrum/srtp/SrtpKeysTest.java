package dev.rostrum.srtp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SrtpKeysTest {

    @ParameterizedTest
    @EnumSource
    void keyingMaterialIsClientKeyServerKeyClientSaltServerSalt(SrtpProfile profile) {
        byte[] material = new byte[profile.keyingMaterialLengthBytes()];
        for (int i = 0; i < material.length; i++) {
            material[i] = (byte) i;
        }
        int key = profile.keyLengthBytes();
        int salt = profile.saltLengthBytes();

        SrtpKeys client = SrtpKeys.fromKeyingMaterial(profile, material, true);
        SrtpKeys server = SrtpKeys.fromKeyingMaterial(profile, material, false);

        assertArrayEquals(Arrays.copyOfRange(material, 0, key), client.localKey());
        assertArrayEquals(Arrays.copyOfRange(material, key, 2 * key), client.remoteKey());
        assertArrayEquals(Arrays.copyOfRange(material, 2 * key, 2 * key + salt), client.localSalt());
        assertArrayEquals(Arrays.copyOfRange(material, 2 * key + salt, material.length), client.remoteSalt());
        assertArrayEquals(client.localKey(), server.remoteKey());
        assertArrayEquals(client.localSalt(), server.remoteSalt());
        assertArrayEquals(client.remoteKey(), server.localKey());
        assertArrayEquals(client.remoteSalt(), server.localSalt());
    }

    @Test
    void wrongLengthsAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> SrtpKeys.fromKeyingMaterial(SrtpProfile.AEAD_AES_128_GCM, new byte[60], true));
        assertThrows(
                IllegalArgumentException.class,
                () -> TestPackets.symmetric(SrtpProfile.AEAD_AES_256_GCM, new byte[16], new byte[12]));
    }

    @Test
    void keysAreNotPrinted() {
        SrtpKeys keys = TestPackets.symmetric(SrtpProfile.AEAD_AES_128_GCM, new byte[16], new byte[12]);

        assertEquals("SrtpKeys[AEAD_AES_128_GCM]", keys.toString());
        assertEquals(
                "SessionKeys",
                KeyDerivation.rtp(keys.profile(), keys.localKey(), keys.localSalt())
                        .toString());
    }
}
