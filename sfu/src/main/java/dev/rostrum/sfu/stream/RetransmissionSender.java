package dev.rostrum.sfu.stream;

import java.nio.ByteBuffer;

/**
 * The retransmission stream of one slot (RFC 4588 §4): own SSRC, payload type and numbering. Each retransmission is a
 * packet of its own, so that nothing is ever encrypted twice with one IV.
 *
 * <p>Belongs to one slot and its shard; allocates nothing.
 */
public final class RetransmissionSender {

    /** How much longer than the original a retransmission's payload is. */
    public static final int OVERHEAD_BYTES = RetransmissionReceiver.OSN_BYTES;

    /** The longest padding of a packet: its count is one byte. */
    public static final int MAX_PADDING_BYTES = 255;

    private final int ssrc;
    private final int payloadType;
    private int next;

    /**
     * A retransmission stream that has sent nothing yet.
     *
     * @param firstSequenceNumber of its first packet; random, in the lower half of its range (RFC 3711 §3.3.1)
     */
    public RetransmissionSender(int ssrc, int payloadType, int firstSequenceNumber) {
        this.ssrc = ssrc;
        this.payloadType = payloadType;
        this.next = firstSequenceNumber & 0xFFFF;
    }

    /** The SSRC, an unsigned 32 bit value. */
    public int ssrc() {
        return ssrc;
    }

    /** The payload type of its packets. */
    public int payloadType() {
        return payloadType;
    }

    /** The next packet's sequence number, 0 to 65535; each is given once. */
    public int nextSequenceNumber() {
        int number = next;
        next = (next + 1) & 0xFFFF;
        return number;
    }

    /**
     * Writes the payload of a retransmission behind its header: the original's sequence number as it went out, then the
     * original's payload.
     *
     * @return the bytes written: {@link #OVERHEAD_BYTES} more than the original's payload
     */
    public static int writePayload(
            ByteBuffer out, int at, int originalSequenceNumber, ByteBuffer from, int payloadOffset, int payloadBytes) {
        out.putShort(at, (short) originalSequenceNumber);
        out.put(at + OVERHEAD_BYTES, from, payloadOffset, payloadBytes);
        return OVERHEAD_BYTES + payloadBytes;
    }

    /**
     * Makes a packet of padding only (RFC 3550 §5.1), as probes and fillers are: sets the P bit of the header that lies at
     * {@code offset}, and writes the padding behind it.
     *
     * @param paddingBytes 1 to {@link #MAX_PADDING_BYTES}
     * @return the bytes written behind the header
     */
    public static int writePadding(ByteBuffer out, int offset, int headerBytes, int paddingBytes) {
        out.put(offset, (byte) (out.get(offset) | 0x20));
        int last = offset + headerBytes + paddingBytes - 1;
        for (int at = offset + headerBytes; at < last; at++) {
            out.put(at, (byte) 0);
        }
        out.put(last, (byte) paddingBytes);
        return paddingBytes;
    }
}
