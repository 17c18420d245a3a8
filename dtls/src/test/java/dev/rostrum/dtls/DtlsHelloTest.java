package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** ClientHellos as browsers shape them, written by hand (RFC 5246 §7.4.1.2, RFC 6347 §4.2.1, RFC 9147 §5.3). */
class DtlsHelloTest {

    private static final int DTLS_1_2 = 0xFEFD;
    private static final int DTLS_1_3 = 0xFEFC;
    private static final int X25519_MLKEM768 = 0x11EC;
    private static final int X25519 = 0x001D;
    private static final int P_256 = 0x0017;
    private static final int ECDHE_ECDSA_AES_128_GCM = 0xC02B;
    private static final int SRTP_AES128_CM_SHA1_80 = 0x0001;
    private static final int SRTP_AEAD_AES_128_GCM = 0x0007;

    private final DtlsHandshakes pool = new DtlsHandshakes(DtlsCrypto.select(), DtlsEnd.NO_RETRANSMISSION);

    @AfterEach
    void closePool() {
        pool.close();
    }

    /** Chrome and Firefox offer DTLS 1.3 with ML-KEM, which takes two datagrams, and fall back to 1.2. */
    @Test
    void aPostQuantumHelloForDtls13IsAnsweredWithDtls12() throws Exception {
        byte[] hello = hello(
                extension(43, vector8(uint16s(0x2A2A, DTLS_1_3, DTLS_1_2))), // supported_versions with GREASE
                extension(10, vector16(uint16s(0x4A4A, X25519_MLKEM768, X25519, P_256))),
                extension(51, vector16(join(uint16s(X25519_MLKEM768), vector16(new byte[1_216])))), // key_share
                extension(0x3A3A), // GREASE (RFC 8701)
                extension(14, join(vector16(uint16s(SRTP_AES128_CM_SHA1_80, SRTP_AEAD_AES_128_GCM)), new byte[1])));
        List<byte[]> datagrams = Records.fragments(hello, 1_150);
        assertEquals(2, datagrams.size());
        byte[] serverHello = answer(datagrams);
        assertEquals(DTLS_1_2, ByteBuffer.wrap(serverHello).getShort(25) & 0xFFFF);
        assertEquals(ECDHE_ECDSA_AES_128_GCM, ByteBuffer.wrap(serverHello).getShort(25 + 2 + 32 + 1) & 0xFFFF);
        assertEquals(
                SRTP_AEAD_AES_128_GCM,
                ByteBuffer.wrap(extensionOf(serverHello, 14)).getShort(2));
        assertEquals(0, extensionOf(serverHello, 23).length); // extended_master_secret
    }

    @Test
    void aHelloWithoutExtendedMasterSecretIsRefused() throws Exception {
        DtlsEnd server = DtlsEnd.server(pool);
        server.receive(hello(
                false,
                extension(10, vector16(uint16s(X25519, P_256))),
                extension(14, join(vector16(uint16s(SRTP_AEAD_AES_128_GCM)), new byte[1]))));
        String reason = server.failure();
        assertTrue(reason.contains("Extended Master Secret extension is required"), reason);
    }

    @Test
    void aHelloWithoutExtensionsIsRefused() throws Exception {
        DtlsEnd server = DtlsEnd.server(pool);
        server.receive(hello(false));
        String reason = server.failure();
        assertTrue(reason.startsWith("handshake_failure(40); "), reason);
    }

    @Test
    void aHelloWithoutACommonCurveIsRefused() throws Exception {
        DtlsEnd server = DtlsEnd.server(pool);
        server.receive(hello(
                extension(10, vector16(uint16s(0x0100))), // ffdhe2048 only
                extension(14, join(vector16(uint16s(SRTP_AEAD_AES_128_GCM)), new byte[1]))));
        String reason = server.failure();
        assertTrue(reason.contains("the client does not offer ECDHE-ECDSA"), reason);
    }

    private byte[] answer(List<byte[]> datagrams) throws Exception {
        BlockingQueue<byte[]> answers = new ArrayBlockingQueue<>(10);
        DtlsEnd server = DtlsEnd.server(pool);
        server.sendTo(answers::add);
        datagrams.forEach(server::receive);
        byte[] flight = answers.poll(60, TimeUnit.SECONDS);
        if (flight == null) {
            throw new AssertionError("no answer");
        }
        byte[] serverHello = Records.split(flight).getFirst();
        assertEquals(2, Records.message(serverHello));
        return serverHello;
    }

    private static byte[] hello(byte[]... extensions) {
        return hello(true, extensions);
    }

    private static byte[] hello(boolean extendedMasterSecret, byte[]... extensions) {
        byte[] signatures = extension(13, vector16(uint16s(0x0403, 0x0804, 0x0401)));
        byte[] more = extendedMasterSecret ? join(signatures, extension(23)) : signatures;
        byte[] all = extensions.length == 0 ? new byte[0] : vector16(join(join(extensions), more));
        byte[] body = join(
                uint16s(DTLS_1_2),
                new byte[32],
                new byte[2], // neither session nor cookie
                vector16(uint16s(0x1301, ECDHE_ECDSA_AES_128_GCM, 0xC02F, 0x00FF)),
                new byte[] {1, 0},
                all);
        return Records.fragment(Records.CLIENT_HELLO, body.length, 0, 0, 0, body);
    }

    private static byte[] extensionOf(byte[] serverHello, int type) {
        ByteBuffer rest = ByteBuffer.wrap(serverHello).position(25 + 2 + 32);
        rest.position(rest.position() + 1 + rest.get(rest.position()) + 2 + 1 + 2);
        while (rest.hasRemaining()) {
            int each = rest.getShort() & 0xFFFF;
            byte[] content = new byte[rest.getShort() & 0xFFFF];
            rest.get(content);
            if (each == type) {
                return content;
            }
        }
        throw new AssertionError("no extension " + type);
    }

    private static byte[] extension(int type, byte... content) {
        return join(uint16s(type), vector16(content));
    }

    private static byte[] vector8(byte[] content) {
        return join(new byte[] {(byte) content.length}, content);
    }

    private static byte[] vector16(byte[] content) {
        return join(uint16s(content.length), content);
    }

    private static byte[] uint16s(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length);
        Arrays.stream(values).forEach(value -> bytes.putShort((short) value));
        return bytes.array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
