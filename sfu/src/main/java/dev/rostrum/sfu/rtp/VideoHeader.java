package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The header of an outgoing video packet, prepared once for all slots that negotiated alike and then written for each
 * with its own SSRC, numbers and payload type. What only the moment of sending knows, the transport-wide sequence number
 * and the absolute send time, is left open for the sender to fill in at {@link #transportCcAt} and
 * {@link #absSendTimeAt}.
 *
 * <p>Belongs to one thread, which prepares and writes it again and again; nothing is allocated. Outgoing packets have
 * no padding, unless the caller adds it.
 */
public final class VideoHeader {

    /** No element of a dependency descriptor is longer than what the two-byte form holds (RFC 8285 §4.3). */
    private static final int MAX_ELEMENT_BYTES = 2 + 255;

    /** No header is longer: the fixed part, one CSRC, and all elements in the two-byte form at their longest. */
    public static final int MAX_LENGTH_BYTES =
            RtpPacket.FIXED_HEADER_BYTES + 4 + 4 + 2 * MAX_ELEMENT_BYTES + (2 + 2) + (2 + 3) + (2 + 16) + (2 + 1) + 3;

    private static final int VERSION = 0x80;
    private static final int EXTENSION = 0x10;
    private static final int MARKER = 0x80;
    private static final int TRANSPORT_CC_BYTES = 2;
    private static final int ABS_SEND_TIME_BYTES = 3;
    private static final int ORIENTATION_BYTES = 1;
    private static final int CAPTURE_TIME_BYTES = 8;
    private static final int CAPTURE_TIME_AND_OFFSET_BYTES = 16;

    private final VideoExtensions extensions;
    private final byte[] mid;
    private final ByteBuffer shared = ByteBuffer.allocate(MAX_LENGTH_BYTES);
    private int sharedBytes;
    private int firstByte = VERSION;
    private int transportCcAt;
    private int absSendTimeAt;
    private int dependencyDescriptorAt;

    public VideoHeader(VideoExtensions extensions) {
        this.extensions = extensions;
        this.mid = extensions.midId() == 0 ? new byte[0] : extensions.mid().getBytes(StandardCharsets.UTF_8);
    }

    /** What the packets carry. */
    public VideoExtensions extensions() {
        return extensions;
    }

    /**
     * Prepares the header of a forwarded packet.
     *
     * @param incoming the packet that is forwarded
     * @param incomingAbsCaptureTimeId the id of the absolute capture time in it, 0 if its sender didn't negotiate one
     * @param incomingVideoOrientationId the same for the video orientation
     * @param incomingDependencyDescriptorId the same for the dependency descriptor
     * @param csrc the contributing source that the receiver sees; 0 for none
     */
    public void prepare(
            RtpPacket incoming,
            int incomingAbsCaptureTimeId,
            int incomingVideoOrientationId,
            int incomingDependencyDescriptorId,
            int csrc) {
        int orientationAt = extensions.videoOrientationId() == 0
                ? -1
                : elementOf(incoming, incomingVideoOrientationId, ORIENTATION_BYTES, ORIENTATION_BYTES);
        int captureAt = -1;
        int captureBytes = 0;
        if (extensions.absCaptureTimeId() != 0) {
            captureAt =
                    elementOf(incoming, incomingAbsCaptureTimeId, CAPTURE_TIME_BYTES, CAPTURE_TIME_AND_OFFSET_BYTES);
            captureBytes = captureAt < 0 ? 0 : incoming.extensionLengthBytes();
        }
        int descriptorAt = -1;
        int descriptorBytes = 0;
        if (extensions.dependencyDescriptorId() != 0) {
            descriptorAt = incoming.extensionOffset(incomingDependencyDescriptorId);
            descriptorBytes = incoming.extensionLengthBytes();
        }
        prepare(incoming.bytes(), orientationAt, captureAt, captureBytes, descriptorAt, descriptorBytes, csrc);
    }

    /** Prepares the header of a packet of the server's own, such as padding. */
    public void prepareOwn(int csrc) {
        prepare(shared, -1, -1, 0, -1, 0, csrc);
    }

    /** Where an element of one of two lengths is; -1 if there is none, or it has another length. */
    private static int elementOf(RtpPacket incoming, int id, int lengthBytes, int otherLengthBytes) {
        int at = incoming.extensionOffset(id);
        int found = incoming.extensionLengthBytes();
        return at >= 0 && (found == lengthBytes || found == otherLengthBytes) ? at : -1;
    }

    private void prepare(
            ByteBuffer in,
            int orientationAt,
            int captureAt,
            int captureBytes,
            int descriptorAt,
            int descriptorBytes,
            int csrc) {
        int at = 0;
        firstByte = VERSION;
        if (csrc != 0) {
            firstByte |= 1;
            shared.putInt(0, csrc);
            at = 4;
        }
        boolean twoByte = needsTwoBytes(orientationAt, captureAt, descriptorAt, descriptorBytes);
        int block = at;
        at += 4;
        transportCcAt = -1;
        absSendTimeAt = -1;
        dependencyDescriptorAt = -1;
        if (extensions.transportCcId() != 0) {
            at = HeaderExtensions.writeElementHead(extensions.transportCcId(), TRANSPORT_CC_BYTES, twoByte, shared, at);
            transportCcAt = RtpPacket.FIXED_HEADER_BYTES + at;
            shared.putShort(at, (short) 0);
            at += TRANSPORT_CC_BYTES;
        }
        if (extensions.absSendTimeId() != 0) {
            at = HeaderExtensions.writeElementHead(
                    extensions.absSendTimeId(), ABS_SEND_TIME_BYTES, twoByte, shared, at);
            absSendTimeAt = RtpPacket.FIXED_HEADER_BYTES + at;
            shared.putShort(at, (short) 0).put(at + 2, (byte) 0);
            at += ABS_SEND_TIME_BYTES;
        }
        if (extensions.midId() != 0) {
            at = HeaderExtensions.writeElementHead(extensions.midId(), mid.length, twoByte, shared, at);
            shared.put(at, mid);
            at += mid.length;
        }
        if (orientationAt >= 0) {
            at = HeaderExtensions.writeElementHead(
                    extensions.videoOrientationId(), ORIENTATION_BYTES, twoByte, shared, at);
            shared.put(at, in.get(orientationAt));
            at += ORIENTATION_BYTES;
        }
        if (captureAt >= 0) {
            at = HeaderExtensions.writeElementHead(extensions.absCaptureTimeId(), captureBytes, twoByte, shared, at);
            shared.put(at, in, captureAt, captureBytes);
            at += captureBytes;
        }
        if (descriptorAt >= 0 && descriptorBytes > 0) {
            at = HeaderExtensions.writeElementHead(
                    extensions.dependencyDescriptorId(), descriptorBytes, twoByte, shared, at);
            dependencyDescriptorAt = RtpPacket.FIXED_HEADER_BYTES + at;
            shared.put(at, in, descriptorAt, descriptorBytes);
            at += descriptorBytes;
        }
        if (at == block + 4) {
            sharedBytes = block;
            return;
        }
        firstByte |= EXTENSION;
        sharedBytes = block + HeaderExtensions.finishBlock(shared, block, at, twoByte);
    }

    private boolean needsTwoBytes(int orientationAt, int captureAt, int descriptorAt, int descriptorBytes) {
        int one = HeaderExtensions.MAX_ONE_BYTE_ID;
        return extensions.transportCcId() > one
                || extensions.absSendTimeId() > one
                || extensions.midId() > one
                || mid.length > HeaderExtensions.MAX_ONE_BYTE_LENGTH
                || (orientationAt >= 0 && extensions.videoOrientationId() > one)
                || (captureAt >= 0 && extensions.absCaptureTimeId() > one)
                || (descriptorAt >= 0
                        && (extensions.dependencyDescriptorId() > one
                                || descriptorBytes > HeaderExtensions.MAX_ONE_BYTE_LENGTH));
    }

    /** The length of the prepared header, a multiple of 4. */
    public int lengthBytes() {
        return RtpPacket.FIXED_HEADER_BYTES + sharedBytes;
    }

    /** Where in the header the transport-wide sequence number goes (16 bits); -1 if it carries none. */
    public int transportCcAt() {
        return transportCcAt;
    }

    /** Where in the header the absolute send time goes (24 bits); -1 if it carries none. */
    public int absSendTimeAt() {
        return absSendTimeAt;
    }

    /** Where in the header the data of the dependency descriptor lie; -1 if there is none. */
    public int dependencyDescriptorAt() {
        return dependencyDescriptorAt;
    }

    /**
     * Writes the prepared header for one slot. Of {@code sequenceNumber} the lower 16 bits count.
     *
     * @return its length, where the payload must follow
     */
    public int write(
            ByteBuffer out, int offset, boolean marker, int payloadType, int sequenceNumber, int timestamp, int ssrc) {
        return RtpHeader.write(
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
}
