package dev.rostrum.bench.media;

import dev.rostrum.sfu.ice.IceCredentials;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * STUN as the controlling side of ICE speaks it (RFC 8489, RFC 8445 §7.2): checks, and answers to the other side's. It
 * shares no code with the server, so that both can't be wrong in the same way.
 *
 * <p>Of one agent; for one thread.
 */
final class StunMessages {

    static final int BINDING_REQUEST = 0x0001;
    static final int BINDING_SUCCESS = 0x0101;
    static final int BINDING_ERROR = 0x0111;

    private static final int COOKIE = 0x2112A442;
    private static final int HEADER_BYTES = 20;
    private static final int USERNAME = 0x0006;
    private static final int MESSAGE_INTEGRITY = 0x0008;
    private static final int ERROR_CODE = 0x0009;
    private static final int XOR_MAPPED_ADDRESS = 0x0020;
    private static final int PRIORITY = 0x0024;
    private static final int USE_CANDIDATE = 0x0025;
    private static final int FINGERPRINT = 0x8028;
    private static final int ICE_CONTROLLING = 0x802A;
    private static final int FINGERPRINT_XOR = 0x5354554e;
    private static final int HOST_PRIORITY = 126 << 24 | 65535 << 8 | 255;
    private static final int INTEGRITY_BYTES = 20;

    private final byte[] buffer = new byte[256];
    private final ByteBuffer message = ByteBuffer.wrap(buffer);
    private final byte[] username;
    private final Mac localMac;
    private final Mac remoteMac;

    StunMessages(IceCredentials local, IceCredentials remote) {
        username = (remote.ufrag() + ":" + local.ufrag()).getBytes(StandardCharsets.UTF_8);
        localMac = mac(local.pwd());
        remoteMac = mac(remote.pwd());
    }

    private static Mac mac(String password) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(password.getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA1", e);
        }
    }

    /** A connectivity check that nominates. The array is new. */
    byte[] check(long transaction, long tieBreaker) {
        begin(BINDING_REQUEST);
        message.putInt(0x524f5354).putLong(transaction);
        message.putShort((short) USERNAME).putShort((short) username.length).put(username);
        while ((message.position() & 3) != 0) {
            message.put((byte) 0);
        }
        message.putShort((short) PRIORITY).putShort((short) 4).putInt(HOST_PRIORITY);
        message.putShort((short) ICE_CONTROLLING).putShort((short) 8).putLong(tieBreaker);
        message.putShort((short) USE_CANDIDATE).putShort((short) 0);
        return seal(remoteMac);
    }

    /** The answer to a check of the other side, which is at {@code offset} and was found to be authentic. */
    byte[] success(ByteBuffer request, int offset, InetSocketAddress from) {
        begin(BINDING_SUCCESS);
        byte[] transaction = new byte[12];
        request.get(offset + 8, transaction);
        message.put(transaction);
        byte[] host = from.getAddress().getAddress();
        message.putShort((short) XOR_MAPPED_ADDRESS).putShort((short) (4 + host.length));
        message.put((byte) 0).put((byte) (host.length == 4 ? 1 : 2));
        message.putShort((short) (from.getPort() ^ COOKIE >>> 16));
        for (int i = 0; i < host.length; i++) {
            message.put((byte) (host[i] ^ (i < 4 ? COOKIE >>> (24 - 8 * i) : transaction[i - 4])));
        }
        return seal(localMac);
    }

    private void begin(int type) {
        message.clear();
        message.putShort((short) type).putShort((short) 0).putInt(COOKIE);
    }

    private byte[] seal(Mac mac) {
        int at = message.position();
        message.putShort(2, (short) (at + 4 + INTEGRITY_BYTES - HEADER_BYTES));
        mac.update(buffer, 0, at);
        byte[] hmac = mac.doFinal();
        message.putShort((short) MESSAGE_INTEGRITY)
                .putShort((short) INTEGRITY_BYTES)
                .put(hmac);
        at = message.position();
        message.putShort(2, (short) (at + 8 - HEADER_BYTES));
        CRC32 crc = new CRC32();
        crc.update(buffer, 0, at);
        message.putShort((short) FINGERPRINT).putShort((short) 4).putInt((int) crc.getValue() ^ FINGERPRINT_XOR);
        return java.util.Arrays.copyOf(buffer, message.position());
    }

    /** The type of a message that looks like STUN, or -1. */
    static int type(ByteBuffer source, int offset, int lengthBytes) {
        return lengthBytes >= HEADER_BYTES
                        && source.getInt(offset + 4) == COOKIE
                        && (source.getShort(offset + 2) & 0xffff) == lengthBytes - HEADER_BYTES
                ? source.getShort(offset) & 0xffff
                : -1;
    }

    /** The lower 64 bits of the transaction's id. */
    static long transaction(ByteBuffer source, int offset) {
        return source.getLong(offset + 12);
    }

    /** The code of an error response, or 0. */
    static int errorCode(ByteBuffer source, int offset, int lengthBytes) {
        int at = attribute(source, offset, lengthBytes, ERROR_CODE);
        return at < 0 ? 0 : source.get(at + 6) * 100 + source.get(at + 7);
    }

    /** Whether a response was made by who knows the remote password. */
    boolean authenticResponse(ByteBuffer source, int offset, int lengthBytes) {
        return authentic(source, offset, lengthBytes, remoteMac);
    }

    /** Whether a request was made by who knows the local password. */
    boolean authenticRequest(ByteBuffer source, int offset, int lengthBytes) {
        return authentic(source, offset, lengthBytes, localMac);
    }

    private static boolean authentic(ByteBuffer source, int offset, int lengthBytes, Mac mac) {
        int at = attribute(source, offset, lengthBytes, MESSAGE_INTEGRITY);
        if (at < 0 || at + 4 + INTEGRITY_BYTES > offset + lengthBytes) {
            return false;
        }
        byte[] bytes = new byte[at - offset];
        source.get(offset, bytes);
        int length = bytes.length + 4 + INTEGRITY_BYTES - HEADER_BYTES;
        bytes[2] = (byte) (length >>> 8);
        bytes[3] = (byte) length;
        byte[] actual = new byte[INTEGRITY_BYTES];
        source.get(at + 4, actual);
        return MessageDigest.isEqual(mac.doFinal(bytes), actual);
    }

    private static int attribute(ByteBuffer source, int offset, int lengthBytes, int type) {
        int at = offset + HEADER_BYTES;
        int end = offset + lengthBytes;
        while (at + 4 <= end) {
            if ((source.getShort(at) & 0xffff) == type) {
                return at;
            }
            at += 4 + ((source.getShort(at + 2) & 0xffff) + 3 & ~3);
        }
        return -1;
    }
}
