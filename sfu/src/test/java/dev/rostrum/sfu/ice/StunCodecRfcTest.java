package dev.rostrum.sfu.ice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.ice.StunResult.BindingRequest;
import dev.rostrum.sfu.ice.StunResult.Refused;
import dev.rostrum.sfu.ice.StunResult.Role;
import dev.rostrum.sfu.udp.PeerAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.ice4j.attribute.Attribute;
import org.ice4j.attribute.AttributeFactory;
import org.ice4j.attribute.XorMappedAddressAttribute;
import org.ice4j.message.Message;
import org.junit.jupiter.api.Test;

/** The sample messages of RFC 5769, read, and put together again byte for byte. */
class StunCodecRfcTest {

    private static final IceCredentials LOCAL = new IceCredentials("evtj", "VOkJxbRl1RmTxUk/WvJxBt");
    private static final byte[] KEY = StunWriter.key(LOCAL);
    private static final byte[] TRANSACTION_ID = hex("b7e7a701 bc34d686 fa87dfae");

    /** RFC 5769 §2.1. */
    private static final byte[] REQUEST = hex(
            "00010058" // Binding request, 88 bytes
                    + "2112a442 b7e7a701 bc34d686 fa87dfae" // magic cookie, transaction id
                    + "80220010 5354554e 20746573 7420636c 69656e74" // SOFTWARE "STUN test client"
                    + "00240004 6e0001ff" // PRIORITY
                    + "80290008 932ff9b1 51263b36" // ICE-CONTROLLED
                    + "00060009 6576746a 3a683676 59202020" // USERNAME "evtj:h6vY", padded with spaces
                    + "00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2" // MESSAGE-INTEGRITY
                    + "80280004 e57a3bcf"); // FINGERPRINT

    /** RFC 5769 §2.2. */
    private static final byte[] RESPONSE_IPV4 = hex("0101003c 2112a442 b7e7a701 bc34d686 fa87dfae"
            + "8022000b 74657374 20766563 746f7220" // SOFTWARE "test vector", padded with a space
            + "00200008 0001a147 e112a643" // XOR-MAPPED-ADDRESS 192.0.2.1:32853
            + "00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7"
            + "80280004 c07d4c96");

    /** RFC 5769 §2.3. */
    private static final byte[] RESPONSE_IPV6 = hex("01010048 2112a442 b7e7a701 bc34d686 fa87dfae"
            + "8022000b 74657374 20766563 746f7220"
            + "00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9" // [2001:db8:1234:5678:11:2233:4455:6677]:32853
            + "00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41"
            + "80280004 c8fb0b4c");

    /** RFC 5769 §2.4: long-term credentials, and no FINGERPRINT. */
    private static final byte[] REQUEST_LONG_TERM = hex("00010060 2112a442 78ad3433 c6ad72c0 29da412e"
            + "00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000" // USERNAME
            + "0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341" // NONCE
            + "0014000b 6578616d 706c652e 6f726700" // REALM "example.org"
            + "00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666");

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    @Test
    void theSampleRequestIsAnAuthenticCheck() {
        ByteBuffer source = ByteBuffer.wrap(REQUEST);
        assertTrue(StunCodec.isBindingRequest(source, 0, REQUEST.length));
        assertEquals("evtj", StunCodec.localUfrag(source, 0, REQUEST.length));
        BindingRequest request =
                assertInstanceOf(BindingRequest.class, StunCodec.decode(source, 0, REQUEST.length, LOCAL));
        assertArrayEquals(TRANSACTION_ID, request.transactionId());
        assertEquals(0x6e0001ffL, request.priority());
        assertEquals(Role.CONTROLLED, request.role());
        assertEquals(0x932ff9b151263b36L, request.tieBreaker());
        assertFalse(request.useCandidate());
    }

    @Test
    void theSampleRequestIsWrittenByteForByte() {
        byte[] written = new StunWriter(StunLayout.BINDING_REQUEST, TRANSACTION_ID)
                .attribute(AttributeFactory.createSoftwareAttribute("STUN test client".getBytes(StandardCharsets.UTF_8))
                        .encode())
                .attribute(AttributeFactory.createPriorityAttribute(0x6e0001ffL).encode())
                .attribute(AttributeFactory.createIceControlledAttribute(0x932ff9b151263b36L)
                        .encode())
                .attribute(hex("00060009 6576746a 3a683676 59202020"))
                .integrity(KEY)
                .fingerprint()
                .toBytes();
        assertArrayEquals(REQUEST, written);
    }

    @Test
    void theSampleIpv4ResponseIsReadAndWritten() throws Exception {
        InetSocketAddress mapped = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 32853);
        assertResponse(RESPONSE_IPV4, mapped, 12);
    }

    @Test
    void theSampleIpv6ResponseIsReadAndWritten() throws Exception {
        InetSocketAddress mapped =
                new InetSocketAddress(InetAddress.getByName("2001:db8:1234:5678:11:2233:4455:6677"), 32853);
        assertResponse(RESPONSE_IPV6, mapped, 24);
    }

    /** Our responses carry no SOFTWARE; what they share with the sample's bytes is compared, and then the whole. */
    private static void assertResponse(byte[] sample, InetSocketAddress mapped, int mappedLengthBytes)
            throws Exception {
        Message read = Message.decode(sample, 0, sample.length);
        XorMappedAddressAttribute address =
                assertInstanceOf(XorMappedAddressAttribute.class, read.getAttribute(Attribute.XOR_MAPPED_ADDRESS));
        assertEquals(mapped.getAddress(), address.getAddress(TRANSACTION_ID).getAddress());
        assertEquals(mapped.getPort(), address.getAddress(TRANSACTION_ID).getPort());

        byte[] software = Arrays.copyOfRange(sample, 20, 36);
        byte[] sampleMapped = Arrays.copyOfRange(sample, 36, 36 + mappedLengthBytes);
        byte[] ours = StunCodec.successResponse(TRANSACTION_ID, PeerAddress.of(mapped, 0), LOCAL);
        assertArrayEquals(sampleMapped, Arrays.copyOfRange(ours, 20, 20 + mappedLengthBytes));
        byte[] written = new StunWriter(0x0101, TRANSACTION_ID)
                .attribute(software)
                .attribute(sampleMapped)
                .integrity(KEY)
                .fingerprint()
                .toBytes();
        assertArrayEquals(sample, written);
    }

    @Test
    void theLongTermSampleIsNoCheckButIsWrittenByteForByte() throws Exception {
        ByteBuffer source = ByteBuffer.wrap(REQUEST_LONG_TERM);
        assertTrue(StunCodec.isBindingRequest(source, 0, REQUEST_LONG_TERM.length));
        assertNull(StunCodec.localUfrag(source, 0, REQUEST_LONG_TERM.length));
        Refused refused = assertInstanceOf(Refused.class, StunCodec.decode(source, 0, REQUEST_LONG_TERM.length, LOCAL));
        assertEquals(StunRefusal.NO_FINGERPRINT, refused.reason());
        assertNull(refused.response());

        byte[] username = "マトリックス".getBytes(StandardCharsets.UTF_8);
        byte[] key = MessageDigest.getInstance("MD5")
                .digest("マトリックス:example.org:TheMatrIX".getBytes(StandardCharsets.UTF_8));
        byte[] written = new StunWriter(StunLayout.BINDING_REQUEST, hex("78ad3433 c6ad72c0 29da412e"))
                .attribute(AttributeFactory.createUsernameAttribute(username).encode())
                .attribute(hex("0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341"))
                .attribute(hex("0014000b 6578616d 706c652e 6f726700"))
                .integrity(key)
                .toBytes();
        assertArrayEquals(REQUEST_LONG_TERM, written);
    }
}
