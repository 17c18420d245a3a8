package dev.rostrum.sfu.ice;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where the attributes of a Binding request lie: the cheap look at a datagram that comes before any key, hash or codec.
 * It reads every length once and trusts none, so that whatever comes later can.
 *
 * <p>A result of one call; not shared. Offsets count from the start of the message.
 */
final class StunLayout {

    static final int HEADER_LENGTH_BYTES = 20;
    static final int MAGIC_COOKIE = 0x2112A442;
    static final int BINDING_REQUEST = 0x0001;

    static final int MAPPED_ADDRESS = 0x0001;
    static final int USERNAME = 0x0006;
    static final int MESSAGE_INTEGRITY = 0x0008;
    static final int ERROR_CODE = 0x0009;
    static final int UNKNOWN_ATTRIBUTES = 0x000A;
    static final int REALM = 0x0014;
    static final int NONCE = 0x0015;
    static final int MESSAGE_INTEGRITY_SHA256 = 0x001C;
    static final int XOR_MAPPED_ADDRESS = 0x0020;
    static final int PRIORITY = 0x0024;
    static final int USE_CANDIDATE = 0x0025;
    static final int FINGERPRINT = 0x8028;
    static final int ICE_CONTROLLED = 0x8029;
    static final int ICE_CONTROLLING = 0x802A;

    private static final int MAX_UNKNOWN = 16; // more of them are not worth naming in the answer

    private final int usernameOffset;
    private final int usernameLengthBytes;
    private final int integrityOffset;
    private final boolean priority;
    private final int[] unknown;
    private final @Nullable StunRefusal refusal;

    private StunLayout(
            int usernameOffset,
            int usernameLengthBytes,
            int integrityOffset,
            boolean priority,
            int[] unknown,
            @Nullable StunRefusal refusal) {
        this.usernameOffset = usernameOffset;
        this.usernameLengthBytes = usernameLengthBytes;
        this.integrityOffset = integrityOffset;
        this.priority = priority;
        this.unknown = unknown;
        this.refusal = refusal;
    }

    private static StunLayout refused(StunRefusal refusal) {
        return new StunLayout(0, 0, 0, false, new int[0], refusal);
    }

    /** Why this is no request that could be authenticated, or null if it could. */
    @Nullable
    StunRefusal refusal() {
        return refusal;
    }

    /** Where MESSAGE-INTEGRITY starts. */
    int integrityOffset() {
        return integrityOffset;
    }

    boolean hasPriority() {
        return priority;
    }

    /** Types of comprehension-required attributes that are not understood here; the first sixteen. */
    int[] unknown() {
        return unknown;
    }

    /** The part of USERNAME before its colon: the ufrag of the receiving side (RFC 8445 §7.1.1). */
    String localUfrag(ByteBuffer source, int offset) {
        char[] chars = new char[usernameLengthBytes];
        int length = 0;
        for (; length < usernameLengthBytes; length++) {
            byte b = source.get(offset + usernameOffset + length);
            if (b == ':') {
                break;
            }
            chars[length] = (char) (b & 0xff);
        }
        return new String(chars, 0, length);
    }

    /** Whether the header is that of a whole STUN Binding request: type, length, cookie. */
    static boolean isBindingRequest(ByteBuffer source, int offset, int lengthBytes) {
        return lengthBytes >= HEADER_LENGTH_BYTES
                && u16(source, offset) == BINDING_REQUEST
                && u16(source, offset + 2) == lengthBytes - HEADER_LENGTH_BYTES
                && (lengthBytes & 3) == 0
                && (u16(source, offset + 4) << 16 | u16(source, offset + 6)) == MAGIC_COOKIE;
    }

    static StunLayout of(ByteBuffer source, int offset, int lengthBytes) {
        if (!isBindingRequest(source, offset, lengthBytes)) {
            return refused(StunRefusal.NOT_A_BINDING_REQUEST);
        }
        int usernameOffset = 0;
        int usernameLengthBytes = 0;
        int integrityOffset = 0;
        boolean priority = false;
        boolean useCandidate = false;
        boolean role = false;
        boolean fingerprint = false;
        int[] unknown = new int[0];
        int position = HEADER_LENGTH_BYTES;
        while (position < lengthBytes) {
            // The length is a multiple of 4 and so is every step: type and length of an attribute are within it.
            int type = u16(source, offset + position);
            int valueLengthBytes = u16(source, offset + position + 2);
            int next = position + 4 + (valueLengthBytes + 3 & ~3);
            if (next > lengthBytes) {
                return refused(StunRefusal.MALFORMED);
            }
            boolean wrong = false;
            if (type == FINGERPRINT) {
                wrong = valueLengthBytes != 4;
                fingerprint = next == lengthBytes;
            } else if (integrityOffset == 0) { // what follows MESSAGE-INTEGRITY is ignored, RFC 8489 §14.5
                switch (type) {
                    case USERNAME -> {
                        wrong = usernameOffset != 0 || valueLengthBytes > 513; // RFC 8489 §14.3
                        usernameOffset = position + 4;
                        usernameLengthBytes = valueLengthBytes;
                    }
                    case MESSAGE_INTEGRITY -> {
                        wrong = valueLengthBytes != 20;
                        integrityOffset = position;
                    }
                    case PRIORITY -> {
                        wrong = priority || valueLengthBytes != 4;
                        priority = true;
                    }
                    case USE_CANDIDATE -> {
                        wrong = useCandidate || valueLengthBytes != 0;
                        useCandidate = true;
                    }
                    case ICE_CONTROLLED, ICE_CONTROLLING -> {
                        wrong = role || valueLengthBytes != 8;
                        role = true;
                    }
                    case MAPPED_ADDRESS,
                            ERROR_CODE,
                            UNKNOWN_ATTRIBUTES,
                            REALM,
                            NONCE,
                            MESSAGE_INTEGRITY_SHA256,
                            XOR_MAPPED_ADDRESS -> {
                        // Understood, and without a meaning in a check.
                    }
                    default -> {
                        if (type < 0x8000 && unknown.length < MAX_UNKNOWN) {
                            unknown = Arrays.copyOf(unknown, unknown.length + 1);
                            unknown[unknown.length - 1] = type;
                        }
                    }
                }
            }
            if (wrong) {
                return refused(StunRefusal.MALFORMED);
            }
            position = next;
        }
        if (!fingerprint) {
            return refused(StunRefusal.NO_FINGERPRINT);
        }
        if (usernameOffset == 0 || !hasColon(source, offset + usernameOffset, usernameLengthBytes)) {
            return refused(StunRefusal.NO_USERNAME);
        }
        if (integrityOffset == 0) {
            return refused(StunRefusal.NO_MESSAGE_INTEGRITY);
        }
        return new StunLayout(usernameOffset, usernameLengthBytes, integrityOffset, priority, unknown, null);
    }

    private static boolean hasColon(ByteBuffer source, int offset, int lengthBytes) {
        for (int i = 0; i < lengthBytes; i++) {
            if (source.get(offset + i) == ':') {
                return true;
            }
        }
        return false;
    }

    /** Big-endian whatever the buffer's order is. */
    private static int u16(ByteBuffer source, int offset) {
        return (source.get(offset) & 0xff) << 8 | (source.get(offset + 1) & 0xff);
    }
}
