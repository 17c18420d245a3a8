package dev.rostrum.sfu.stream;

import dev.rostrum.sfu.rtp.RtpPacket;
import java.nio.ByteBuffer;

/**
 * Makes the original packet of a retransmission (RFC 4588 §4), where it lies.
 *
 * <p>Stateless.
 */
public final class RetransmissionReceiver {

    /** The original sequence number in front of the payload. */
    static final int OSN_BYTES = 2;

    /** What {@link #restore} returns for a packet without an original. */
    public static final int NO_ORIGINAL = -1;

    private static final int MARKER = 0x80;

    private RetransmissionReceiver() {}

    /**
     * Overwrites a retransmission with its original, which is two bytes shorter and starts two bytes further. Header
     * extensions stay as they are: a repaired-rid instead of a rid among them. The view is not valid afterwards.
     *
     * @param rtx the retransmission
     * @param payloadType the original's payload type (parameter "apt")
     * @param ssrc the original's SSRC
     * @return where the original starts; or {@link #NO_ORIGINAL} for one that is only padding, as probes are
     */
    public static int restore(RtpPacket rtx, int payloadType, int ssrc) {
        if (rtx.payloadLengthBytes() < OSN_BYTES) {
            return NO_ORIGINAL;
        }
        ByteBuffer bytes = rtx.bytes();
        int sequenceNumber = bytes.getShort(rtx.payloadOffset());
        int offset = rtx.offset() + OSN_BYTES;
        bytes.put(offset, bytes, rtx.offset(), rtx.headerLengthBytes());
        bytes.put(offset + 1, (byte) ((bytes.get(offset + 1) & MARKER) | payloadType));
        bytes.putShort(offset + 2, (short) sequenceNumber);
        bytes.putInt(offset + 8, ssrc);
        return offset;
    }
}
