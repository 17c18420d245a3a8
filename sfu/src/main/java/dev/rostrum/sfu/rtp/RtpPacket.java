package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;

/**
 * A view of one RTP packet as it lies in a buffer (RFC 3550 §5.1), with its header extensions (RFC 8285).
 *
 * <p>Mutable: {@link #wrap} points it at another packet, so that one instance serves all packets of a thread. It copies
 * nothing, allocates nothing, and reads the buffer (which must be big-endian) only at absolute positions. All offsets
 * are absolute positions in that buffer. Its accessors mean something only after a {@code wrap} that returned true, and
 * only as long as nobody overwrites the bytes.
 */
public final class RtpPacket {

    /** The length of a header without CSRCs and extension. */
    public static final int FIXED_HEADER_BYTES = 12;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int ONE_BYTE_FORM = 0xBEDE;
    private static final int TWO_BYTE_FORM = 0x100; // the upper 12 bits; the lower four are "appbits"

    private ByteBuffer bytes = NOTHING;
    private int offset;
    private int lengthBytes;
    private int headerLengthBytes;
    private int paddingLengthBytes;
    private int extensionProfile;
    private int extensionStart;
    private int extensionEnd;
    private int foundLengthBytes;

    /**
     * Points this view at the packet of {@code lengthBytes} at {@code offset}.
     *
     * @return false if that is no RTP packet: too short, not version 2, or CSRCs, extension or padding that run over
     *     its end. The view is then unusable until the next successful call
     */
    public boolean wrap(ByteBuffer bytes, int offset, int lengthBytes) {
        if (lengthBytes < FIXED_HEADER_BYTES || offset < 0 || offset > bytes.capacity() - lengthBytes) {
            return false;
        }
        int first = bytes.get(offset);
        if ((first & 0xC0) != 0x80) {
            return false;
        }
        int headerBytes = FIXED_HEADER_BYTES + 4 * (first & 0x0F);
        int profile = 0;
        int start = 0;
        int end = 0;
        if ((first & 0x10) != 0) {
            if (headerBytes + 4 > lengthBytes) {
                return false;
            }
            profile = bytes.getShort(offset + headerBytes) & 0xFFFF;
            start = offset + headerBytes + 4;
            headerBytes += 4 + 4 * (bytes.getShort(offset + headerBytes + 2) & 0xFFFF);
            end = offset + headerBytes;
        }
        if (headerBytes > lengthBytes) {
            return false;
        }
        int padding = 0;
        if ((first & 0x20) != 0) {
            if (headerBytes == lengthBytes) {
                return false;
            }
            padding = bytes.get(offset + lengthBytes - 1) & 0xFF;
            if (padding == 0 || padding > lengthBytes - headerBytes) {
                return false;
            }
        }
        this.bytes = bytes;
        this.offset = offset;
        this.lengthBytes = lengthBytes;
        this.headerLengthBytes = headerBytes;
        this.paddingLengthBytes = padding;
        this.extensionProfile = profile;
        this.extensionStart = start;
        this.extensionEnd = end;
        this.foundLengthBytes = 0;
        return true;
    }

    /** The buffer that holds the packet. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Where the packet starts. */
    public int offset() {
        return offset;
    }

    /** The length of the whole packet, padding included. */
    public int lengthBytes() {
        return lengthBytes;
    }

    /** The marker bit. */
    public boolean marker() {
        return bytes.get(offset + 1) < 0;
    }

    /** The payload type, 0 to 127. */
    public int payloadType() {
        return bytes.get(offset + 1) & 0x7F;
    }

    /** The sequence number, 0 to 65535. */
    public int sequenceNumber() {
        return bytes.getShort(offset + 2) & 0xFFFF;
    }

    /** The timestamp, an unsigned 32 bit value in units of the payload's clock rate. */
    public int timestamp() {
        return bytes.getInt(offset + 4);
    }

    /** The synchronization source, an unsigned 32 bit value. */
    public int ssrc() {
        return bytes.getInt(offset + 8);
    }

    /** The number of contributing sources, 0 to 15. */
    public int csrcCount() {
        return bytes.get(offset) & 0x0F;
    }

    /** A contributing source, an unsigned 32 bit value; {@code i} counts from 0. */
    public int csrc(int i) {
        if (i < 0 || i >= csrcCount()) {
            throw new IndexOutOfBoundsException(i);
        }
        return bytes.getInt(offset + FIXED_HEADER_BYTES + 4 * i);
    }

    /** The length of all that comes before the payload: fixed header, CSRCs, header extension. */
    public int headerLengthBytes() {
        return headerLengthBytes;
    }

    /** Where the payload starts. */
    public int payloadOffset() {
        return offset + headerLengthBytes;
    }

    /** The length of the payload without padding. */
    public int payloadLengthBytes() {
        return lengthBytes - headerLengthBytes - paddingLengthBytes;
    }

    /** The length of the padding with its count, 0 if there is none. */
    public int paddingLengthBytes() {
        return paddingLengthBytes;
    }

    /** Whether there is a header extension, of any form. */
    public boolean hasExtension() {
        return extensionStart != 0;
    }

    /**
     * Looks for the header extension element with this id (1 to 14 in the one-byte form, 1 to 255 in the two-byte
     * form); of several the first counts. An element that runs over the end of the extension, and all behind it, is not
     * there.
     *
     * @return where its data starts, its length then being {@link #extensionLengthBytes}; −1 if there is none
     */
    public int extensionOffset(int id) {
        if (id > 0) {
            if (extensionProfile == ONE_BYTE_FORM) {
                return oneByteElement(id);
            }
            if (extensionProfile >>> 4 == TWO_BYTE_FORM) {
                return twoByteElement(id);
            }
        }
        foundLengthBytes = 0;
        return -1;
    }

    /** The length of what {@link #extensionOffset} found last: 1 to 16, or 0 to 255 in the two-byte form. */
    public int extensionLengthBytes() {
        return foundLengthBytes;
    }

    private int oneByteElement(int id) {
        int at = extensionStart;
        while (at < extensionEnd) {
            int head = bytes.get(at++) & 0xFF;
            if (head == 0) {
                continue; // padding
            }
            int elementId = head >>> 4;
            int elementBytes = (head & 0x0F) + 1;
            // RFC 8285 §4.2: id 15, and id 0 with a length, end the extension.
            if (elementId == 15 || elementId == 0 || elementBytes > extensionEnd - at) {
                break;
            }
            if (elementId == id) {
                foundLengthBytes = elementBytes;
                return at;
            }
            at += elementBytes;
        }
        foundLengthBytes = 0;
        return -1;
    }

    private int twoByteElement(int id) {
        int at = extensionStart;
        while (at < extensionEnd) {
            int elementId = bytes.get(at++) & 0xFF;
            if (elementId == 0) {
                continue; // padding is one byte here too
            }
            if (at == extensionEnd) {
                break;
            }
            int elementBytes = bytes.get(at++) & 0xFF;
            if (elementBytes > extensionEnd - at) {
                break;
            }
            if (elementId == id) {
                foundLengthBytes = elementBytes;
                return at;
            }
            at += elementBytes;
        }
        foundLengthBytes = 0;
        return -1;
    }
}
