package dev.rostrum.sfu.ice;

import dev.rostrum.sfu.ice.StunResult.BindingRequest;
import dev.rostrum.sfu.ice.StunResult.Refused;
import dev.rostrum.sfu.ice.StunResult.Role;
import dev.rostrum.sfu.udp.PeerAddress;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import org.ice4j.StunException;
import org.ice4j.Transport;
import org.ice4j.TransportAddress;
import org.ice4j.attribute.Attribute;
import org.ice4j.attribute.AttributeFactory;
import org.ice4j.attribute.IceControlAttribute;
import org.ice4j.attribute.PriorityAttribute;
import org.ice4j.attribute.UnknownAttributesAttribute;
import org.ice4j.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * STUN as connectivity checks use it (RFC 8489, RFC 8445 §7): reads Binding requests, writes their responses.
 * What comes from the network passes, from cheap to dear, a look at the bytes, the ufrag, the CRC and the HMAC; only
 * what is authentic then reaches ice4j's decoder.
 *
 * <p>No state; any thread. No method throws for bytes of any kind, and none changes the buffer's position or limit.
 */
public final class StunCodec {

    private static final int BINDING_SUCCESS = 0x0101;
    private static final int BINDING_ERROR = 0x0111;

    private StunCodec() {}

    /** Whether the header is that of a whole Binding request; reads ten bytes and allocates nothing. */
    public static boolean isBindingRequest(ByteBuffer source, int offset, int lengthBytes) {
        return StunLayout.isBindingRequest(source, offset, lengthBytes);
    }

    /**
     * Whose check this would be: the part of USERNAME before the colon, or null if this is no Binding request with
     * USERNAME, MESSAGE-INTEGRITY and, at its end, FINGERPRINT. Authenticates nothing.
     */
    public static @Nullable String localUfrag(ByteBuffer source, int offset, int lengthBytes) {
        StunLayout layout = StunLayout.of(source, offset, lengthBytes);
        return layout.refusal() == null ? layout.localUfrag(source, offset) : null;
    }

    /**
     * Reads and authenticates a connectivity check that was sent to the owner of {@code local}.
     *
     * <p>The part of USERNAME behind the colon is not compared (RFC 8445 §7.3 asks for the first part only): the HMAC
     * under our own password says all that it could.
     *
     * <p>A check without PRIORITY is taken for one of the lowest. RFC 8445 §7.1.1 asks for it, but only so that the
     * other side can rank a candidate that it learns, and a lite agent ranks none; the WHIP muxer of FFmpeg sends none.
     */
    public static StunResult decode(ByteBuffer source, int offset, int lengthBytes, IceCredentials local) {
        StunLayout layout = StunLayout.of(source, offset, lengthBytes);
        if (layout.refusal() != null) {
            return silent(layout.refusal());
        }
        if (!layout.localUfrag(source, offset).equals(local.ufrag())) {
            return silent(StunRefusal.UNKNOWN_UFRAG);
        }
        byte[] message = new byte[lengthBytes];
        source.get(offset, message);
        int fingerprintOffset = lengthBytes - 8;
        if (ByteBuffer.wrap(message).getInt(fingerprintOffset + 4)
                != StunWriter.fingerprint(message, fingerprintOffset)) {
            return silent(StunRefusal.WRONG_FINGERPRINT);
        }
        // From here on the message ends with MESSAGE-INTEGRITY: so the HMAC saw it, and the rest is to be ignored.
        int integrityOffset = layout.integrityOffset();
        byte[] authentic = Arrays.copyOf(message, integrityOffset + 4 + StunWriter.INTEGRITY_LENGTH_BYTES);
        ByteBuffer.wrap(authentic).putShort(2, (short) (authentic.length - StunLayout.HEADER_LENGTH_BYTES));
        byte[] expected = StunWriter.hmac(authentic, integrityOffset, StunWriter.key(local));
        byte[] actual = Arrays.copyOfRange(authentic, integrityOffset + 4, authentic.length);
        if (!MessageDigest.isEqual(expected, actual)) {
            return silent(StunRefusal.WRONG_MESSAGE_INTEGRITY);
        }
        byte[] transactionId = Arrays.copyOfRange(message, 8, StunLayout.HEADER_LENGTH_BYTES);
        if (layout.unknown().length > 0) {
            byte[] response = errorResponse(transactionId, StunError.UNKNOWN_ATTRIBUTE, layout.unknown(), local);
            return new Refused(StunRefusal.UNKNOWN_ATTRIBUTES, response);
        }
        return decodeAuthentic(authentic, transactionId, layout.hasPriority());
    }

    private static StunResult decodeAuthentic(byte[] authentic, byte[] transactionId, boolean hasPriority) {
        Message request;
        try {
            request = Message.decode(authentic, 0, authentic.length);
        } catch (StunException | RuntimeException _) {
            // An optional attribute that ice4j knows, with a value that it stumbles over.
            return silent(StunRefusal.MALFORMED);
        }
        // The layout saw them, with the right sizes; they are gone if ice4j took another attribute's length for wrong.
        if (request.containsAttribute(Attribute.PRIORITY) != hasPriority
                || !request.containsAttribute(Attribute.MESSAGE_INTEGRITY)) {
            return silent(StunRefusal.MALFORMED);
        }
        long priority = 0;
        if (request.getAttribute(Attribute.PRIORITY) instanceof PriorityAttribute attribute) {
            priority = attribute.getPriority() & 0xffff_ffffL; // ice4j extends the sign
        }
        Role role = Role.UNSTATED;
        long tieBreaker = 0;
        if (request.getAttribute(Attribute.ICE_CONTROLLING) instanceof IceControlAttribute control) {
            role = Role.CONTROLLING;
            tieBreaker = control.getTieBreaker();
        } else if (request.getAttribute(Attribute.ICE_CONTROLLED) instanceof IceControlAttribute control) {
            role = Role.CONTROLLED;
            tieBreaker = control.getTieBreaker();
        }
        return new BindingRequest(
                transactionId, priority, request.containsAttribute(Attribute.USE_CANDIDATE), role, tieBreaker);
    }

    private static Refused silent(StunRefusal reason) {
        return new Refused(reason, null);
    }

    /** The success response: XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT (RFC 8445 §7.3.1.2). */
    static byte[] successResponse(byte[] transactionId, PeerAddress mapped, IceCredentials local) {
        TransportAddress address = new TransportAddress(mapped.toSocketAddress(), Transport.UDP);
        return new StunWriter(BINDING_SUCCESS, transactionId)
                .attribute(AttributeFactory.createXorMappedAddressAttribute(address, transactionId)
                        .encode())
                .integrity(StunWriter.key(local))
                .fingerprint()
                .toBytes();
    }

    /**
     * An error response; an answer to what is authentic is authentic too.
     *
     * @param unknown the types for UNKNOWN-ATTRIBUTES; if empty, there is no such attribute
     * @param local null for an error that says that nothing was authenticated, and so carries no MESSAGE-INTEGRITY
     */
    static byte[] errorResponse(byte[] transactionId, StunError error, int[] unknown, @Nullable IceCredentials local) {
        StunWriter response = new StunWriter(BINDING_ERROR, transactionId)
                .attribute(AttributeFactory.createErrorCodeAttribute((char) error.code(), error.phrase())
                        .encode());
        if (unknown.length > 0) {
            UnknownAttributesAttribute attribute = AttributeFactory.createUnknownAttributesAttribute();
            for (int type : unknown) {
                attribute.addAttributeID((char) type);
            }
            response.attribute(attribute.encode());
        }
        if (local != null) {
            response.integrity(StunWriter.key(local));
        }
        return response.fingerprint().toBytes();
    }
}
