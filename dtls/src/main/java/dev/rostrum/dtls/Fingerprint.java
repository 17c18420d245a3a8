package dev.rostrum.dtls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The SHA-256 fingerprint of a certificate, as SDP carries it (RFC 8122 §5).
 *
 * <p>Immutable by convention: nobody writes into the array after construction.
 */
public record Fingerprint(byte[] sha256) {

    private static final HexFormat HEX = HexFormat.ofDelimiter(":").withUpperCase();

    /** The fingerprint of a DER-encoded certificate. */
    public static Fingerprint of(byte[] certificateDer) {
        try {
            return new Fingerprint(MessageDigest.getInstance("SHA-256").digest(certificateDer));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /**
     * Reads the value of an {@code a=fingerprint} line, such as {@code sha-256 4A:AD:…}.
     *
     * @throws IllegalArgumentException with a sentence for the sender if the hash is another than sha-256 or malformed
     */
    public static Fingerprint parse(String value) {
        String[] parts = value.strip().split(" +", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException(
                    "a=fingerprint must be a hash name and hex pairs with colons between them");
        }
        if (!parts[0].equalsIgnoreCase("sha-256")) {
            throw new IllegalArgumentException("a=fingerprint uses " + parts[0] + "; only sha-256 is accepted");
        }
        byte[] digest;
        try {
            digest = HexFormat.ofDelimiter(":").parseHex(parts[1]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("a=fingerprint is not hex pairs with colons between them", e);
        }
        if (digest.length != 32) {
            throw new IllegalArgumentException(
                    "a=fingerprint sha-256 has " + digest.length + " bytes; it must have 32");
        }
        return new Fingerprint(digest);
    }

    /** The value of an {@code a=fingerprint} line. */
    public String toSdp() {
        return "sha-256 " + HEX.formatHex(sha256);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprint(byte[] theirs) && MessageDigest.isEqual(sha256, theirs);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sha256);
    }

    @Override
    public String toString() {
        return toSdp();
    }
}
