package dev.rostrum.srtp;

import java.util.Arrays;

/**
 * The master keys and salts of one DTLS-SRTP session: local ones protect what is sent, remote ones what is received.
 *
 * <p>Immutable by convention: nobody writes into the arrays after construction.
 */
public record SrtpKeys(SrtpProfile profile, byte[] localKey, byte[] localSalt, byte[] remoteKey, byte[] remoteSalt) {

    /**
     * Checks the lengths.
     *
     * @throws IllegalArgumentException if a key or salt does not fit the profile
     */
    public SrtpKeys {
        if (localKey.length != profile.keyLengthBytes()
                || remoteKey.length != profile.keyLengthBytes()
                || localSalt.length != profile.saltLengthBytes()
                || remoteSalt.length != profile.saltLengthBytes()) {
            throw new IllegalArgumentException("keys or salts whose length does not fit " + profile);
        }
    }

    /**
     * Splits exported keying material: client key, server key, client salt, server salt (RFC 5764 §4.2).
     *
     * @param client whether this side was the DTLS client
     * @throws IllegalArgumentException if the length does not fit the profile
     */
    public static SrtpKeys fromKeyingMaterial(SrtpProfile profile, byte[] material, boolean client) {
        if (material.length != profile.keyingMaterialLengthBytes()) {
            throw new IllegalArgumentException("keying material of " + material.length + " bytes, but " + profile
                    + " takes " + profile.keyingMaterialLengthBytes());
        }
        int key = profile.keyLengthBytes();
        int salt = profile.saltLengthBytes();
        byte[] clientKey = Arrays.copyOfRange(material, 0, key);
        byte[] serverKey = Arrays.copyOfRange(material, key, 2 * key);
        byte[] clientSalt = Arrays.copyOfRange(material, 2 * key, 2 * key + salt);
        byte[] serverSalt = Arrays.copyOfRange(material, 2 * key + salt, 2 * (key + salt));
        return client
                ? new SrtpKeys(profile, clientKey, clientSalt, serverKey, serverSalt)
                : new SrtpKeys(profile, serverKey, serverSalt, clientKey, clientSalt);
    }

    @Override
    public String toString() {
        return "SrtpKeys[" + profile + "]"; // never the keys: this may end in a log
    }
}
