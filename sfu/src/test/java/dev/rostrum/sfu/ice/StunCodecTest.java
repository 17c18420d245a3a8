package dev.rostrum.sfu.ice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.ice.StunResult.BindingRequest;
import dev.rostrum.sfu.ice.StunResult.Refused;
import dev.rostrum.sfu.ice.StunResult.Role;
import dev.rostrum.sfu.udp.PeerAddress;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StunCodecTest {

    private static final IceCredentials LOCAL = new IceCredentials("lfrag", "thepasswordofthisside42");
    private static final String PEER = LOCAL.ufrag() + ":rfrag";

    private final byte[] id = StunClient.transactionId(new Random(1));

    private static StunResult decode(byte[] message) {
        return StunCodec.decode(ByteBuffer.wrap(message), 0, message.length, LOCAL);
    }

    private static StunRefusal refusal(byte[] message) {
        return assertInstanceOf(Refused.class, decode(message)).reason();
    }

    private static void assertSilence(StunRefusal reason, byte[] message) {
        Refused refused = assertInstanceOf(Refused.class, decode(message));
        assertEquals(reason, refused.reason());
        assertNull(refused.response());
    }

    private StunClient request() {
        return StunClient.request(id).username(PEER).priority(77);
    }

    @Test
    void aCheckIsReadWhereverItLiesAndWhateverTheByteOrderIs() {
        byte[] message = StunClient.check(id, LOCAL, 0xfedcba98L, true);
        for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
            ByteBuffer source = ByteBuffer.allocateDirect(4096).order(order);
            source.put(1500, message);
            assertTrue(StunCodec.isBindingRequest(source, 1500, message.length));
            assertEquals("lfrag", StunCodec.localUfrag(source, 1500, message.length));
            BindingRequest check = assertInstanceOf(
                    BindingRequest.class, StunCodec.decode(source, 1500, message.length, LOCAL), order.toString());
            assertArrayEquals(id, check.transactionId());
            assertEquals(0xfedcba98L, check.priority());
            assertTrue(check.useCandidate());
            assertEquals(Role.CONTROLLING, check.role());
            assertEquals(0x0102030405060708L, check.tieBreaker());
            assertEquals(0, source.position());
            assertEquals(4096, source.limit());
        }
    }

    @Test
    void theRoleMayBeUnstated() {
        BindingRequest check =
                assertInstanceOf(BindingRequest.class, decode(request().seal(LOCAL.pwd())));
        assertEquals(Role.UNSTATED, check.role());
        assertFalse(check.useCandidate());
    }

    @Test
    void optionalAttributesThatNobodyKnowsAreIgnored() {
        // What Chrome adds: GOOG_NETWORK_INFO, and a few that may come.
        byte[] message = request()
                .attribute(0xc057, 0, 1, 0, 50)
                .attribute(0xc001, 0, 0, 0, 1)
                .attribute(0x8022, 1, 2, 3)
                .attribute(0xffff)
                .seal(LOCAL.pwd());
        assertInstanceOf(BindingRequest.class, decode(message));
    }

    @Test
    void aSecondKindOfIntegrityIsIgnored() {
        byte[] sha256 = new byte[32];
        byte[] behind = request()
                .integrity(LOCAL.pwd())
                .attribute(0x1c, sha256)
                .fingerprint()
                .bytes();
        assertInstanceOf(BindingRequest.class, decode(behind));
        byte[] before = request().attribute(0x1c, sha256).seal(LOCAL.pwd());
        assertInstanceOf(BindingRequest.class, decode(before));
    }

    @Test
    void whatFollowsTheIntegrityIsIgnored() {
        byte[] message = request()
                .integrity(LOCAL.pwd())
                .attribute(StunClient.USE_CANDIDATE)
                .attribute(0x7777, 1, 2, 3)
                .fingerprint()
                .bytes();
        assertFalse(assertInstanceOf(BindingRequest.class, decode(message)).useCandidate());
    }

    @Test
    void whatIsNoWholeBindingRequestIsNoneAtOnce() {
        byte[] message = StunClient.check(id, LOCAL, 1, false);
        for (int length = 0; length < message.length; length++) {
            assertFalse(StunCodec.isBindingRequest(ByteBuffer.wrap(message), 0, length), "length " + length);
            assertNull(StunCodec.localUfrag(ByteBuffer.wrap(message), 0, length), "length " + length);
        }
        for (int type : new int[] {0x0101, 0x0111, 0x0011, 0x0003, 0x1400, 0x8001}) {
            byte[] other = message.clone();
            ByteBuffer.wrap(other).putShort(0, (short) type);
            assertSilence(StunRefusal.NOT_A_BINDING_REQUEST, other);
        }
        byte[] noCookie = message.clone();
        noCookie[5] ^= 1;
        assertSilence(StunRefusal.NOT_A_BINDING_REQUEST, noCookie);
    }

    @Test
    void wrongLengthsAreMalformed() {
        assertSilence(
                StunRefusal.MALFORMED,
                StunClient.request(id).attribute(StunClient.PRIORITY, 1, 2, 3).seal(LOCAL.pwd()));
        assertSilence(
                StunRefusal.MALFORMED,
                request().attribute(StunClient.USE_CANDIDATE, 1).seal(LOCAL.pwd()));
        assertSilence(
                StunRefusal.MALFORMED,
                request().attribute(StunClient.CONTROLLING, 1, 2, 3, 4).seal(LOCAL.pwd()));
        assertSilence(
                StunRefusal.MALFORMED,
                request().attribute(8, new byte[16]).fingerprint().bytes());
        assertSilence(StunRefusal.MALFORMED, request().username("x".repeat(514)).seal(LOCAL.pwd()));
        byte[] beyond = request().seal(LOCAL.pwd());
        ByteBuffer.wrap(beyond).putShort(22, (short) 2000);
        assertSilence(StunRefusal.MALFORMED, beyond);
    }

    @Test
    void whatMustBeUniqueIsMalformedWhenItComesTwice() {
        assertSilence(StunRefusal.MALFORMED, request().priority(78).seal(LOCAL.pwd()));
        assertSilence(StunRefusal.MALFORMED, request().username(PEER).seal(LOCAL.pwd()));
        assertSilence(
                StunRefusal.MALFORMED,
                request()
                        .attribute(StunClient.CONTROLLING, new byte[8])
                        .attribute(StunClient.CONTROLLED, new byte[8])
                        .seal(LOCAL.pwd()));
    }

    @Test
    void fingerprintUsernameAndIntegrityMustBeThere() {
        assertSilence(
                StunRefusal.NO_FINGERPRINT, request().integrity(LOCAL.pwd()).bytes());
        assertSilence(
                StunRefusal.NO_FINGERPRINT,
                request().integrity(LOCAL.pwd()).fingerprint().attribute(0x8022).bytes());
        assertSilence(StunRefusal.NO_MESSAGE_INTEGRITY, request().fingerprint().bytes());
        assertSilence(
                StunRefusal.NO_USERNAME, StunClient.request(id).priority(1).seal(LOCAL.pwd()));
        assertSilence(
                StunRefusal.NO_USERNAME,
                StunClient.request(id).username("lfrag").priority(1).seal(LOCAL.pwd()));
        assertSilence(
                StunRefusal.NO_USERNAME,
                StunClient.request(id)
                        .priority(1)
                        .integrity(LOCAL.pwd())
                        .username(PEER)
                        .fingerprint()
                        .bytes());
    }

    @Test
    void anotherUfragIsUnknown() {
        assertSilence(
                StunRefusal.UNKNOWN_UFRAG,
                StunClient.request(id).username("lfragx:r").priority(1).seal(LOCAL.pwd()));
        assertSilence(
                StunRefusal.UNKNOWN_UFRAG,
                StunClient.request(id).username(":lfrag").priority(1).seal(LOCAL.pwd()));
    }

    @Test
    void anotherPasswordIsRefusedInSilence() {
        assertSilence(StunRefusal.WRONG_MESSAGE_INTEGRITY, request().seal("thepasswordofthisside43"));
    }

    @Test
    void noBitCanBeChanged() {
        byte[] message = StunClient.check(id, LOCAL, 1, true);
        for (int bit = 0; bit < message.length * 8; bit++) {
            byte[] changed = message.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            int position = bit;
            assertNull(assertInstanceOf(Refused.class, decode(changed), () -> "bit " + position)
                    .response());
            // Nor by somebody who mends the CRC.
            if (bit / 8 < message.length - 8) {
                java.util.zip.CRC32 crc = new java.util.zip.CRC32();
                crc.update(changed, 0, changed.length - 8);
                ByteBuffer.wrap(changed).putInt(changed.length - 4, (int) crc.getValue() ^ 0x5354554e);
                assertNull(assertInstanceOf(Refused.class, decode(changed), () -> "bit " + position)
                        .response());
            }
        }
    }

    @Test
    void unknownRequiredAttributesAreNamedInA420() {
        byte[] message = request().attribute(0x7ff1, 1).attribute(0x7ff2).seal(LOCAL.pwd());
        Refused refused = assertInstanceOf(Refused.class, decode(message));
        assertEquals(StunRefusal.UNKNOWN_ATTRIBUTES, refused.reason());
        byte[] response = present(refused.response());
        assertEquals(0x0111, StunClient.type(response));
        assertArrayEquals(id, StunClient.transactionIdOf(response));
        assertEquals(420, StunClient.errorCode(response));
        assertArrayEquals(new byte[] {0x7f, (byte) 0xf1, 0x7f, (byte) 0xf2}, StunClient.value(response, 0x0a));
        assertTrue(StunClient.isAuthentic(response, LOCAL.pwd()));
    }

    @Test
    void aFloodOfUnknownAttributesGetsAShortAnswer() {
        StunClient client = request();
        for (int type = 0x4000; type < 0x4000 + 300; type++) {
            client.attribute(type);
        }
        Refused refused = assertInstanceOf(Refused.class, decode(client.seal(LOCAL.pwd())));
        assertEquals(StunRefusal.UNKNOWN_ATTRIBUTES, refused.reason());
        assertTrue(present(refused.response()).length < 120);
    }

    @Test
    void aCheckWithoutPriorityHasTheLowest() {
        // The WHIP muxer of FFmpeg sends no more than this.
        byte[] message = StunClient.request(id).username(PEER).attribute(0x25).seal(LOCAL.pwd());
        BindingRequest check = assertInstanceOf(BindingRequest.class, decode(message));
        assertEquals(0, check.priority());
        assertTrue(check.useCandidate());
    }

    @Test
    void anAuthenticRequestThatTheDecoderStumblesOverIsMalformed() {
        // ALTERNATE-SERVER of one byte, in front of what matters and last of all.
        assertEquals(
                StunRefusal.MALFORMED, refusal(request().attribute(0x8023, 1).seal(LOCAL.pwd())));
        byte[] first = StunClient.request(id)
                .attribute(0x8023, 1)
                .username(PEER)
                .priority(1)
                .seal(LOCAL.pwd());
        assertEquals(StunRefusal.MALFORMED, refusal(first));
    }

    @Test
    void aSuccessResponseCarriesTheAddressThatTheCheckCameFrom() throws Exception {
        for (String host : List.of("127.0.0.1", "203.0.113.200", "2001:db8::1", "::1")) {
            InetSocketAddress from = new InetSocketAddress(InetAddress.getByName(host), 54321);
            byte[] response = StunCodec.successResponse(id, PeerAddress.of(from, 3), LOCAL);
            assertEquals(0x0101, StunClient.type(response));
            assertArrayEquals(id, StunClient.transactionIdOf(response));
            assertTrue(StunClient.isAuthentic(response, LOCAL.pwd()), host);
            assertEquals(from, StunClient.mapped(response), host);
        }
    }

    @Test
    void everyErrorHasItsCodeAndOnlyA401IsUnsigned() {
        for (StunError error : StunError.values()) {
            boolean signed = error != StunError.UNAUTHENTICATED;
            byte[] response = StunCodec.errorResponse(id, error, new int[0], signed ? LOCAL : null);
            assertEquals(0x0111, StunClient.type(response));
            assertEquals(error.code(), StunClient.errorCode(response));
            assertTrue(StunClient.hasFingerprint(response));
            assertEquals(signed, StunClient.isAuthentic(response, LOCAL.pwd()));
        }
    }

    @Test
    void theCodecRunsWithoutWhatTheBuildLeavesOut() throws Exception {
        List<URL> runtime = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String name = new File(entry).getName();
            boolean ours = entry.replace(File.separatorChar, '/').endsWith("target/classes");
            if (ours || name.startsWith("ice4j-") || name.startsWith("jitsi-utils-") || name.startsWith("rostrum-")) {
                runtime.add(new File(entry).toURI().toURL());
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(runtime.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> credentials = loader.loadClass(IceCredentials.class.getName());
            Class<?> codec = loader.loadClass(StunCodec.class.getName());
            Object local =
                    credentials.getConstructor(String.class, String.class).newInstance(LOCAL.ufrag(), LOCAL.pwd());
            var decode = codec.getMethod("decode", ByteBuffer.class, int.class, int.class, credentials);
            byte[] check = StunClient.check(id, LOCAL, 1, true);
            Object result = decode.invoke(null, ByteBuffer.wrap(check), 0, check.length, local);
            assertEquals("BindingRequest", result.getClass().getSimpleName());
            byte[] unknown = request().attribute(0x7ff1, 1).seal(LOCAL.pwd());
            result = decode.invoke(null, ByteBuffer.wrap(unknown), 0, unknown.length, local);
            assertEquals("Refused", result.getClass().getSimpleName());
            Class<?> peer = loader.loadClass(PeerAddress.class.getName());
            Object from = peer.getConstructor(long.class, long.class, int.class, int.class)
                    .newInstance(0L, 0xffff_7f00_0001L, 9, 0);
            var success = codec.getDeclaredMethod("successResponse", byte[].class, peer, credentials);
            success.setAccessible(true);
            assertTrue(StunClient.isAuthentic((byte[]) success.invoke(null, id, from, local), LOCAL.pwd()));
        }
    }

    private static byte[] present(byte @org.jspecify.annotations.Nullable [] bytes) {
        assertNotNull(bytes);
        return bytes;
    }
}
