package dev.rostrum.sfu.ice;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The client's side of a check, byte by byte, and sharing no code with the server's. */
public final class StunClient {

    static final int PRIORITY = 0x24;
    static final int USE_CANDIDATE = 0x25;
    static final int CONTROLLED = 0x8029;
    static final int CONTROLLING = 0x802a;

    private final ByteArrayOutputStream attributes = new ByteArrayOutputStream();
    private final byte[] transactionId;

    private StunClient(byte[] transactionId) {
        this.transactionId = transactionId;
    }

    public static byte[] transactionId(RandomGenerator random) {
        byte[] id = new byte[12];
        random.nextBytes(id);
        return id;
    }

    /** A check as a browser would send it. */
    public static byte[] check(byte[] transactionId, IceCredentials server, long priority, boolean useCandidate) {
        StunClient client = request(transactionId)
                .username(server.ufrag() + ":peer")
                .attribute(CONTROLLING, 1, 2, 3, 4, 5, 6, 7, 8)
                .priority(priority);
        if (useCandidate) {
            client.attribute(USE_CANDIDATE);
        }
        return client.seal(server.pwd());
    }

    static StunClient request(byte[] transactionId) {
        return new StunClient(transactionId);
    }

    StunClient username(String username) {
        return attribute(6, username.getBytes(StandardCharsets.UTF_8));
    }

    StunClient priority(long priority) {
        return attribute(PRIORITY, ByteBuffer.allocate(4).putInt((int) priority).array());
    }

    StunClient attribute(int type, int... value) {
        byte[] bytes = new byte[value.length];
        for (int i = 0; i < value.length; i++) {
            bytes[i] = (byte) value[i];
        }
        return attribute(type, bytes);
    }

    StunClient attribute(int type, byte[] value) {
        attributes.write(type >> 8);
        attributes.write(type);
        attributes.write(value.length >> 8);
        attributes.write(value.length);
        attributes.writeBytes(value);
        attributes.writeBytes(new byte[-value.length & 3]);
        return this;
    }

    StunClient integrity(String pwd) {
        byte[] message = message(24);
        return attribute(8, hmac(Arrays.copyOf(message, message.length), pwd));
    }

    StunClient fingerprint() {
        CRC32 crc = new CRC32();
        crc.update(message(8));
        int value = (int) crc.getValue() ^ 0x5354554e;
        return attribute(0x8028, ByteBuffer.allocate(4).putInt(value).array());
    }

    byte[] seal(String pwd) {
        return integrity(pwd).fingerprint().bytes();
    }

    byte[] bytes() {
        return message(0);
    }

    private byte[] message(int moreBytes) {
        return ByteBuffer.allocate(20 + attributes.size())
                .putShort((short) 1)
                .putShort((short) (attributes.size() + moreBytes))
                .putInt(0x2112a442)
                .put(transactionId)
                .put(attributes.toByteArray())
                .array();
    }

    private static byte[] hmac(byte[] message, String pwd) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(pwd.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return mac.doFinal(message);
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** The value of an attribute, or null. */
    static byte @Nullable [] value(byte[] message, int type) {
        ByteBuffer buffer = ByteBuffer.wrap(message).position(20);
        while (buffer.remaining() >= 4) {
            int foundType = buffer.getShort() & 0xffff;
            byte[] value = new byte[buffer.getShort() & 0xffff];
            buffer.get(value).position(buffer.position() + (-value.length & 3));
            if (foundType == type) {
                return value;
            }
        }
        return null;
    }

    /** Whether a response has the right length, MESSAGE-INTEGRITY and FINGERPRINT, the latter two at its end. */
    public static boolean isAuthentic(byte[] message, String pwd) {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        int integrity = message.length - 32;
        if (integrity < 20 || buffer.getShort(2) != message.length - 20 || buffer.getInt(integrity) != 0x00080014) {
            return false;
        }
        byte[] signed = Arrays.copyOf(message, integrity);
        ByteBuffer.wrap(signed).putShort(2, (short) (message.length - 28));
        return Arrays.equals(hmac(signed, pwd), Arrays.copyOfRange(message, integrity + 4, integrity + 24))
                && hasFingerprint(message);
    }

    static boolean hasFingerprint(byte[] message) {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        int offset = message.length - 8;
        CRC32 crc = new CRC32();
        crc.update(message, 0, offset);
        return buffer.getInt(offset) == 0x80280004 && buffer.getInt(offset + 4) == ((int) crc.getValue() ^ 0x5354554e);
    }

    public static int type(byte[] message) {
        return ByteBuffer.wrap(message).getShort() & 0xffff;
    }

    static byte[] transactionIdOf(byte[] message) {
        return Arrays.copyOfRange(message, 8, 20);
    }

    /** The address in XOR-MAPPED-ADDRESS. */
    static InetSocketAddress mapped(byte[] message) throws UnknownHostException {
        byte[] value = Objects.requireNonNull(value(message, 0x20));
        byte[] address = Arrays.copyOfRange(value, 4, value.length);
        if (address.length != (value[1] == 1 ? 4 : 16)) {
            throw new AssertionError("address of " + address.length + " bytes");
        }
        for (int i = 0; i < address.length; i++) {
            address[i] ^= message[4 + i];
        }
        int port = (ByteBuffer.wrap(value).getShort(2) & 0xffff) ^ 0x2112;
        return new InetSocketAddress(InetAddress.getByAddress(address), port);
    }

    static int errorCode(byte[] message) {
        byte[] value = value(message, 9);
        return value == null ? 0 : value[2] * 100 + value[3];
    }
}
