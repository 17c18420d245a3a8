package dev.rostrum.bench.fanout;

import dev.rostrum.sfu.ice.IceCredentials;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The connectivity check of a controlling client that nominates at once (RFC 8445 §7.2), byte by byte.
 *
 * <p>Stateless.
 */
public final class BareCheck {

    private static final int USERNAME = 0x0006;
    private static final int MESSAGE_INTEGRITY = 0x0008;
    private static final int PRIORITY = 0x0024;
    private static final int USE_CANDIDATE = 0x0025;
    private static final int FINGERPRINT = 0x8028;
    private static final int CONTROLLING = 0x802a;
    private static final int HEADER_BYTES = 20;
    private static final int MAC_BYTES = 20;

    private BareCheck() {}

    /** The check to a server that has these credentials. The array is new. */
    public static byte[] of(IceCredentials server, RandomGenerator random) {
        byte[] transactionId = new byte[12];
        random.nextBytes(transactionId);
        byte[] username = (server.ufrag() + ":peer").getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(256);
        out.putShort((short) 1).putShort((short) 0).putInt(0x2112a442).put(transactionId);
        out.putShort((short) USERNAME).putShort((short) username.length).put(username);
        out.position((out.position() + 3) & ~3);
        out.putShort((short) CONTROLLING).putShort((short) 8).putLong(1);
        out.putShort((short) PRIORITY).putShort((short) 4).putInt(1_853_824_767);
        out.putShort((short) USE_CANDIDATE).putShort((short) 0);
        // Each of the last two covers a length that includes itself.
        setLength(out, 4 + MAC_BYTES);
        byte[] mac = hmac(Arrays.copyOf(out.array(), out.position()), server.pwd());
        out.putShort((short) MESSAGE_INTEGRITY).putShort((short) MAC_BYTES).put(mac);
        setLength(out, 8);
        CRC32 crc = new CRC32();
        crc.update(out.array(), 0, out.position());
        out.putShort((short) FINGERPRINT).putShort((short) 4).putInt((int) crc.getValue() ^ 0x5354554e);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static void setLength(ByteBuffer out, int moreBytes) {
        out.putShort(2, (short) (out.position() + moreBytes - HEADER_BYTES));
    }

    private static byte[] hmac(byte[] message, String pwd) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(pwd.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC-SHA1", e);
        }
    }
}
