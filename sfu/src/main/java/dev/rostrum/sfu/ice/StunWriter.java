package dev.rostrum.sfu.ice;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Puts one STUN message together and seals it: header, attributes, MESSAGE-INTEGRITY (RFC 8489 §14.5), FINGERPRINT
 * (§14.7). The attributes themselves are encoded by ice4j; its own way of sealing needs its whole stack.
 *
 * <p>For one message and one thread.
 */
final class StunWriter {

    static final int INTEGRITY_LENGTH_BYTES = 20;

    private static final int MAX_LENGTH_BYTES = 512;
    private static final int FINGERPRINT_XOR = 0x5354554e; // "STUN"

    private final ByteBuffer message = ByteBuffer.allocate(MAX_LENGTH_BYTES);

    StunWriter(int type, byte[] transactionId) {
        message.putShort((short) type)
                .putShort((short) 0)
                .putInt(StunLayout.MAGIC_COOKIE)
                .put(transactionId);
    }

    /** Adds an attribute of which type, length and value, with or without padding, are encoded already. */
    StunWriter attribute(byte[] encoded) {
        message.put(encoded);
        while ((message.position() & 3) != 0) {
            message.put((byte) 0);
        }
        return this;
    }

    StunWriter integrity(byte[] key) {
        int offset = message.position();
        setLength(offset + 4 + INTEGRITY_LENGTH_BYTES);
        byte[] hmac = hmac(message.array(), offset, key);
        message.putShort((short) StunLayout.MESSAGE_INTEGRITY)
                .putShort((short) INTEGRITY_LENGTH_BYTES)
                .put(hmac);
        return this;
    }

    StunWriter fingerprint() {
        int offset = message.position();
        setLength(offset + 8);
        int fingerprint = fingerprint(message.array(), offset);
        message.putShort((short) StunLayout.FINGERPRINT).putShort((short) 4).putInt(fingerprint);
        return this;
    }

    byte[] toBytes() {
        setLength(message.position());
        return Arrays.copyOf(message.array(), message.position());
    }

    private void setLength(int endOffset) {
        message.putShort(2, (short) (endOffset - StunLayout.HEADER_LENGTH_BYTES));
    }

    /** The value of MESSAGE-INTEGRITY at {@code offset} of a message whose length field ends with that attribute. */
    static byte[] hmac(byte[] message, int offset, byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, "HmacSHA1"));
            mac.update(message, 0, offset);
            return mac.doFinal();
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA1", e);
        }
    }

    /** The value of FINGERPRINT at {@code offset} of a message whose length field ends with that attribute. */
    static int fingerprint(byte[] message, int offset) {
        CRC32 crc = new CRC32();
        crc.update(message, 0, offset);
        return (int) crc.getValue() ^ FINGERPRINT_XOR;
    }

    /** The key of the short-term mechanism; passwords of ICE are ASCII, on which OpaqueString changes nothing. */
    static byte[] key(IceCredentials credentials) {
        return credentials.pwd().getBytes(StandardCharsets.UTF_8);
    }
}
