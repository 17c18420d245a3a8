package dev.rostrum.srtp;

/**
 * The protection profiles that Rostrum negotiates, best first (RFC 5764 §4.1.2, RFC 7714 §14.2).
 *
 * <p>Immutable. Lengths are in bytes.
 */
public enum SrtpProfile {
    AEAD_AES_128_GCM(0x0007, 16, 12, 16),
    AEAD_AES_256_GCM(0x0008, 32, 12, 16),
    AES128_CM_HMAC_SHA1_80(0x0001, 16, 14, 10);

    private final int id;
    private final int keyLengthBytes;
    private final int saltLengthBytes;
    private final int tagLengthBytes;

    SrtpProfile(int id, int keyLengthBytes, int saltLengthBytes, int tagLengthBytes) {
        this.id = id;
        this.keyLengthBytes = keyLengthBytes;
        this.saltLengthBytes = saltLengthBytes;
        this.tagLengthBytes = tagLengthBytes;
    }

    /** The value of the profile in the use_srtp extension. */
    public int id() {
        return id;
    }

    /** Length of the master key and of the session encryption key. */
    public int keyLengthBytes() {
        return keyLengthBytes;
    }

    /** Length of the master salt. */
    public int saltLengthBytes() {
        return saltLengthBytes;
    }

    /** Length of the authentication tag at the end of SRTP and SRTCP packets. */
    public int tagLengthBytes() {
        return tagLengthBytes;
    }

    /** Whether encryption and authentication are one operation (RFC 7714). */
    public boolean aead() {
        return this != AES128_CM_HMAC_SHA1_80;
    }

    /** Length of the keying material that a DTLS exporter gives for both directions (RFC 5764 §4.2). */
    public int keyingMaterialLengthBytes() {
        return 2 * (keyLengthBytes + saltLengthBytes);
    }
}
