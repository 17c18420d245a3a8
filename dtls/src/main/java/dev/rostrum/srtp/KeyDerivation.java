package dev.rostrum.srtp;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes the session keys of one direction from its master key and salt, with a key derivation rate of zero, which is
 * what DTLS-SRTP uses (RFC 3711 §4.3; RFC 6188 §3 for 256-bit keys; RFC 7714 §11 for the 96-bit salts).
 *
 * <p>Stateless; not on the packet path.
 */
final class KeyDerivation {

    private static final int RTP_ENCRYPTION = 0x00;
    private static final int RTCP_ENCRYPTION = 0x03;
    private static final int AUTHENTICATION_AFTER = 1;
    private static final int SALT_AFTER = 2;
    private static final int AUTHENTICATION_KEY_LENGTH_BYTES = 20;
    private static final int LABEL_POSITION =
            7; // label and six bytes of index are added to the end of 14 bytes of salt

    /** What a cipher needs; the authentication key is empty where the profile needs none. */
    record SessionKeys(byte[] encryptionKey, byte[] salt, byte[] authenticationKey) {

        /** Overwrites the keys once a cipher has them. */
        void clear() {
            Arrays.fill(encryptionKey, (byte) 0);
            Arrays.fill(salt, (byte) 0);
            Arrays.fill(authenticationKey, (byte) 0);
        }

        @Override
        public String toString() {
            return "SessionKeys"; // never the keys: this may end in a log
        }
    }

    private KeyDerivation() {}

    /** The session keys for SRTP. */
    static SessionKeys rtp(SrtpProfile profile, byte[] masterKey, byte[] masterSalt) {
        return sessionKeys(profile, masterKey, masterSalt, RTP_ENCRYPTION);
    }

    /** The session keys for SRTCP. */
    static SessionKeys rtcp(SrtpProfile profile, byte[] masterKey, byte[] masterSalt) {
        return sessionKeys(profile, masterKey, masterSalt, RTCP_ENCRYPTION);
    }

    private static SessionKeys sessionKeys(SrtpProfile profile, byte[] masterKey, byte[] masterSalt, int label) {
        return new SessionKeys(
                derive(masterKey, masterSalt, label, profile.keyLengthBytes()),
                derive(masterKey, masterSalt, label + SALT_AFTER, profile.saltLengthBytes()),
                profile.aead()
                        ? new byte[0]
                        : derive(masterKey, masterSalt, label + AUTHENTICATION_AFTER, AUTHENTICATION_KEY_LENGTH_BYTES));
    }

    /** The first bytes of the key stream that AES in counter mode makes for a label. */
    static byte[] derive(byte[] masterKey, byte[] masterSalt, int label, int lengthBytes) {
        byte[] counter = Arrays.copyOf(masterSalt, 16); // a shorter salt is filled up with zeros at its end
        counter[LABEL_POSITION] ^= (byte) label;
        try {
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(masterKey, "AES"), new IvParameterSpec(counter));
            return cipher.doFinal(new byte[lengthBytes]);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no AES in counter mode for a key of " + masterKey.length + " bytes", e);
        }
    }
}
