package dev.rostrum.srtp;

import java.nio.ByteBuffer;

/**
 * Where the parts of RTP, RTCP, SRTP and SRTCP packets lie (RFC 3550 §5.1, §5.3.1 and §6; RFC 3711 §3).
 *
 * <p>Stateless.
 */
final class SrtpPacket {

    static final int FIXED_RTP_HEADER_LENGTH_BYTES = 12;
    static final int SEQUENCE_NUMBER_OFFSET = 2;
    static final int RTP_SSRC_OFFSET = 8;

    /** The part of an RTCP packet that is never encrypted. */
    static final int RTCP_HEADER_LENGTH_BYTES = 8;

    static final int RTCP_SSRC_OFFSET = 4;

    /** The E flag and the SRTCP index. */
    static final int SRTCP_INDEX_LENGTH_BYTES = 4;

    /** Set in front of the SRTCP index if the packet is encrypted. */
    static final int SRTCP_ENCRYPTED = 1 << 31;

    private static final int VERSION_2 = 2;

    private SrtpPacket() {}

    /** Whether the range lies in the slab, whatever the numbers. */
    static boolean inside(Slab slab, int offset, long lengthBytes) {
        return offset >= 0 && lengthBytes >= 0 && offset + lengthBytes <= slab.capacityBytes();
    }

    /** Whether a packet says that it is of version 2. */
    static boolean versionFits(ByteBuffer bytes, int offset) {
        return (bytes.get(offset) & 0xc0) == VERSION_2 << 6;
    }

    /**
     * Length of the RTP header with CSRCs and extension, or -1 if the packet is of another version or has no room for
     * what its header promises.
     */
    static int rtpHeaderLengthBytes(ByteBuffer bytes, int offset, int lengthBytes) {
        if (lengthBytes < FIXED_RTP_HEADER_LENGTH_BYTES || !versionFits(bytes, offset)) {
            return -1;
        }
        int first = bytes.get(offset);
        int headerLengthBytes = FIXED_RTP_HEADER_LENGTH_BYTES + 4 * (first & 0x0f);
        if ((first & 0x10) != 0) {
            headerLengthBytes += 4;
            if (headerLengthBytes > lengthBytes) {
                return -1;
            }
            headerLengthBytes += 4 * (bytes.getShort(offset + headerLengthBytes - 2) & 0xffff);
        }
        return headerLengthBytes > lengthBytes ? -1 : headerLengthBytes;
    }
}
