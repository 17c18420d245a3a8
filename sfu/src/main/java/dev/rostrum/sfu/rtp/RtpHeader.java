package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;

/**
 * The header of an outgoing packet, prepared once for all listeners that negotiated alike and then written for each with
 * its own SSRC, sequence number, timestamp and payload type.
 *
 * <p>Belongs to one thread, which prepares and writes it again and again; nothing is allocated. What is prepared is the
 * part that the listeners share: the CSRC and the header extension. Outgoing packets have no padding.
 */
public final class RtpHeader {

    /** No header is longer, whatever the extensions. */
    public static final int MAX_LENGTH_BYTES = RtpPacket.FIXED_HEADER_BYTES + 4 + HeaderExtensions.MAX_BLOCK_BYTES;

    private static final int VERSION = 0x80;
    private static final int EXTENSION = 0x10;
    private static final int MARKER = 0x80;

    /** CSRC and extension, from position 0; its length is a multiple of 4. */
    private final ByteBuffer shared = ByteBuffer.allocate(MAX_LENGTH_BYTES);

    private int sharedBytes;
    private int firstByte = VERSION;

    /**
     * Prepares the header of a forwarded packet.
     *
     * @param extensions which extensions the listeners get
     * @param incoming the packet that is forwarded
     * @param incomingAudioLevelId the id of the audio level in it, 0 if its sender didn't negotiate one
     * @param incomingAbsCaptureTimeId the same for the absolute capture time
     * @param csrc the contributing source that the listeners see; 0 for none
     */
    public void prepare(
            HeaderExtensions extensions,
            RtpPacket incoming,
            int incomingAudioLevelId,
            int incomingAbsCaptureTimeId,
            int csrc) {
        int at = prepareCsrc(csrc);
        finish(at, extensions.write(incoming, incomingAudioLevelId, incomingAbsCaptureTimeId, shared, at));
    }

    /** Prepares the header of a packet of the server's own that holds silence. */
    public void prepareSilence(HeaderExtensions extensions, int csrc) {
        int at = prepareCsrc(csrc);
        finish(at, extensions.writeSilence(shared, at));
    }

    private int prepareCsrc(int csrc) {
        if (csrc == 0) {
            firstByte = VERSION;
            return 0;
        }
        firstByte = VERSION | 1;
        shared.putInt(0, csrc);
        return 4;
    }

    private void finish(int csrcBytes, int blockBytes) {
        sharedBytes = csrcBytes + blockBytes;
        if (blockBytes > 0) {
            firstByte |= EXTENSION;
        }
    }

    /** The length of the prepared header, a multiple of 4. */
    public int lengthBytes() {
        return RtpPacket.FIXED_HEADER_BYTES + sharedBytes;
    }

    /**
     * Writes the prepared header for one listener. Of {@code sequenceNumber} the lower 16 bits count.
     *
     * @return its length, where the payload must follow
     */
    public int write(
            ByteBuffer out, int offset, boolean marker, int payloadType, int sequenceNumber, int timestamp, int ssrc) {
        return write(
                shared,
                sharedBytes,
                firstByte,
                out,
                offset,
                marker ? payloadType | MARKER : payloadType,
                sequenceNumber,
                timestamp,
                ssrc);
    }

    /** Writes a header whose shared part, a multiple of 4 bytes long, has been prepared; returns its length. */
    static int write(
            ByteBuffer shared,
            int sharedBytes,
            int firstByte,
            ByteBuffer out,
            int offset,
            int secondByte,
            int sequenceNumber,
            int timestamp,
            int ssrc) {
        out.putInt(offset, firstByte << 24 | secondByte << 16 | (sequenceNumber & 0xFFFF));
        out.putInt(offset + 4, timestamp);
        out.putInt(offset + 8, ssrc);
        int at = offset + RtpPacket.FIXED_HEADER_BYTES;
        int from = 0;
        // A few long moves beat the fixed cost of a bulk copy at these lengths.
        while (sharedBytes - from >= 8) {
            out.putLong(at + from, shared.getLong(from));
            from += 8;
        }
        if (from < sharedBytes) {
            out.putInt(at + from, shared.getInt(from));
        }
        return RtpPacket.FIXED_HEADER_BYTES + sharedBytes;
    }
}
