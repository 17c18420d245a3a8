package dev.rostrum.srtp;

import dev.rostrum.srtp.KeyDerivation.SessionKeys;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Ciphers on the platform's own cryptography, for where there is no OpenSSL; they allocate about a kilobyte per packet.
 *
 * <p>Owned by one sender or receiver.
 */
abstract sealed class JceCipher implements SrtpCipher {

    private boolean closed;

    private JceCipher() {}

    /** A cipher for the profile, or null if the platform has none. */
    static @Nullable SrtpCipher create(SrtpProfile profile, SessionKeys keys, boolean rtcp) {
        try {
            return profile.aead() ? new Gcm(keys, rtcp) : new Cm(keys);
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    abstract void sealOrThrow(
            Slab out,
            int offset,
            int headerLengthBytes,
            Slab in,
            int inOffset,
            int lengthBytes,
            byte[] nonce,
            int trailer,
            int tagOffset)
            throws GeneralSecurityException;

    abstract boolean openOrThrow(
            Slab slab, int offset, int headerLengthBytes, int lengthBytes, byte[] nonce, int trailer, int tagOffset)
            throws GeneralSecurityException;

    abstract byte[] nonce(int ssrc, long index);

    @Override
    public boolean seal(
            Slab out,
            int offset,
            int headerLengthBytes,
            Slab in,
            int inOffset,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            int tagOffset) {
        if (closed) {
            return false;
        }
        try {
            byte[] nonce = nonce(ssrc, index);
            sealOrThrow(out, offset, headerLengthBytes, in, inOffset, lengthBytes, nonce, trailer, tagOffset);
            return true;
        } catch (GeneralSecurityException | RuntimeException e) {
            return false; // providers throw both kinds; neither may reach the packet path
        }
    }

    @Override
    public boolean open(
            Slab slab,
            int offset,
            int headerLengthBytes,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            int tagOffset) {
        if (closed) {
            return false;
        }
        try {
            return openOrThrow(slab, offset, headerLengthBytes, lengthBytes, nonce(ssrc, index), trailer, tagOffset);
        } catch (GeneralSecurityException | RuntimeException e) {
            return false; // a tag that does not fit is an exception here
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    /** AES in Galois/counter mode (RFC 7714). */
    static final class Gcm extends JceCipher {

        private static final int TAG_LENGTH_BITS = 128;
        private static final int TAG_LENGTH_BYTES = 16;

        private final Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        private final SecretKeySpec key;
        private final byte[] salt;
        private final boolean rtcp;

        private Gcm(SessionKeys keys, boolean rtcp) throws GeneralSecurityException {
            key = new SecretKeySpec(keys.encryptionKey(), "AES");
            salt = keys.salt().clone();
            this.rtcp = rtcp;
        }

        @Override
        byte[] nonce(int ssrc, long index) {
            ByteBuffer nonce = ByteBuffer.wrap(salt.clone());
            nonce.putInt(2, nonce.getInt(2) ^ ssrc);
            nonce.putShort(6, (short) (nonce.getShort(6) ^ (int) (index >>> 32)));
            nonce.putInt(8, nonce.getInt(8) ^ (int) index);
            return nonce.array();
        }

        @Override
        void sealOrThrow(
                Slab out,
                int offset,
                int headerLengthBytes,
                Slab in,
                int inOffset,
                int lengthBytes,
                byte[] nonce,
                int trailer,
                int tagOffset)
                throws GeneralSecurityException {
            start(Cipher.ENCRYPT_MODE, out, offset, headerLengthBytes, nonce, trailer);
            cipher.doFinal(
                    in.bytes().slice(inOffset, lengthBytes),
                    out.bytes().slice(offset + headerLengthBytes, lengthBytes + TAG_LENGTH_BYTES));
        }

        @Override
        boolean openOrThrow(
                Slab slab, int offset, int headerLengthBytes, int lengthBytes, byte[] nonce, int trailer, int tagOffset)
                throws GeneralSecurityException {
            start(Cipher.DECRYPT_MODE, slab, offset, headerLengthBytes, nonce, trailer);
            ByteBuffer bytes = slab.bytes();
            int payload = offset + headerLengthBytes;
            cipher.doFinal(bytes.slice(payload, lengthBytes + TAG_LENGTH_BYTES), bytes.slice(payload, lengthBytes));
            return true;
        }

        private void start(int mode, Slab slab, int offset, int headerLengthBytes, byte[] nonce, int trailer)
                throws GeneralSecurityException {
            cipher.init(mode, key, new GCMParameterSpec(TAG_LENGTH_BITS, nonce));
            cipher.updateAAD(slab.bytes().slice(offset, headerLengthBytes));
            if (rtcp) {
                cipher.updateAAD(bigEndian(trailer));
            }
        }
    }

    /** AES in counter mode and HMAC-SHA1 (RFC 3711 §4). */
    static final class Cm extends JceCipher {

        private static final int TAG_LENGTH_BYTES = 10;

        private final Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        private final Mac mac = Mac.getInstance("HmacSHA1");
        private final SecretKeySpec key;
        private final byte[] salt;

        private Cm(SessionKeys keys) throws GeneralSecurityException {
            key = new SecretKeySpec(keys.encryptionKey(), "AES");
            salt = keys.salt().clone();
            mac.init(new SecretKeySpec(keys.authenticationKey(), "HmacSHA1"));
        }

        @Override
        byte[] nonce(int ssrc, long index) {
            ByteBuffer counter = ByteBuffer.allocate(16).put(salt);
            counter.putInt(4, counter.getInt(4) ^ ssrc);
            counter.putLong(8, counter.getLong(8) ^ (index << 16));
            return counter.array();
        }

        @Override
        void sealOrThrow(
                Slab out,
                int offset,
                int headerLengthBytes,
                Slab in,
                int inOffset,
                int lengthBytes,
                byte[] nonce,
                int trailer,
                int tagOffset)
                throws GeneralSecurityException {
            ByteBuffer bytes = out.bytes();
            applyKeyStream(
                    in.bytes().slice(inOffset, lengthBytes),
                    bytes.slice(offset + headerLengthBytes, lengthBytes),
                    nonce);
            bytes.put(
                    tagOffset,
                    digest(bytes.slice(offset, headerLengthBytes + lengthBytes), trailer),
                    0,
                    TAG_LENGTH_BYTES);
        }

        @Override
        boolean openOrThrow(
                Slab slab, int offset, int headerLengthBytes, int lengthBytes, byte[] nonce, int trailer, int tagOffset)
                throws GeneralSecurityException {
            ByteBuffer bytes = slab.bytes();
            byte[] digest = digest(bytes.slice(offset, headerLengthBytes + lengthBytes), trailer);
            int difference = 0;
            for (int i = 0; i < TAG_LENGTH_BYTES; i++) {
                difference |= digest[i] ^ bytes.get(tagOffset + i);
            }
            if (difference != 0) {
                return false;
            }
            ByteBuffer payload = bytes.slice(offset + headerLengthBytes, lengthBytes);
            applyKeyStream(payload, payload.duplicate(), nonce);
            return true;
        }

        private void applyKeyStream(ByteBuffer input, ByteBuffer output, byte[] counter)
                throws GeneralSecurityException {
            cipher.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(counter));
            cipher.doFinal(input, output);
        }

        private byte[] digest(ByteBuffer packet, int trailer) {
            mac.update(packet);
            mac.update(bigEndian(trailer));
            return mac.doFinal();
        }
    }

    private static byte[] bigEndian(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
    }
}
