package dev.rostrum.sfu.rtp;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Which header extensions the packets of an outgoing stream carry, under which ids (RFC 8285), and the writer of that
 * block: the stream's own mid, and the sender's audio level and absolute capture time taken from the incoming packet.
 *
 * <p>Immutable, and equal to another with the same mid and ids: listeners that negotiated alike share what is prepared
 * for a packet ({@link RtpHeader}).
 */
public final class HeaderExtensions {

    /** No extension at all. */
    public static final HeaderExtensions NONE = new HeaderExtensions(new byte[0], 0, 0, 0);

    private static final int ONE_BYTE_FORM = 0xBEDE;
    private static final int TWO_BYTE_FORM = 0x1000;
    private static final int MAX_ID = 255;
    static final int MAX_ONE_BYTE_ID = 14;
    static final int MAX_ONE_BYTE_LENGTH = 16;
    private static final int MAX_LENGTH = 255;
    private static final int CAPTURE_TIME_BYTES = 8;
    private static final int CAPTURE_TIME_AND_OFFSET_BYTES = 16;

    /** No block is longer: the extension's own header, and three elements in the two-byte form, padded. */
    static final int MAX_BLOCK_BYTES = (4 + 2 + MAX_LENGTH + 2 + 1 + 2 + CAPTURE_TIME_AND_OFFSET_BYTES + 3) & ~3;

    private final byte[] mid;
    private final int midId;
    private final int audioLevelId;
    private final int absCaptureTimeId;
    private final int hash;

    private HeaderExtensions(byte[] mid, int midId, int audioLevelId, int absCaptureTimeId) {
        this.mid = mid;
        this.midId = midId;
        this.audioLevelId = audioLevelId;
        this.absCaptureTimeId = absCaptureTimeId;
        this.hash = Arrays.hashCode(new int[] {Arrays.hashCode(mid), midId, audioLevelId, absCaptureTimeId});
    }

    /**
     * The extensions of a stream whose m-line is {@code mid}. An id of 0 means not negotiated.
     *
     * @throws IllegalArgumentException if an id is not 0 to 255, two are the same, or the mid is empty or longer than
     *     255 bytes although it has an id
     */
    public static HeaderExtensions of(String mid, int midId, int audioLevelId, int absCaptureTimeId) {
        byte[] midBytes = midId == 0 ? new byte[0] : mid.getBytes(StandardCharsets.UTF_8);
        if (midId != 0 && (midBytes.length == 0 || midBytes.length > MAX_LENGTH)) {
            throw new IllegalArgumentException("a mid of " + midBytes.length + " bytes doesn't fit in an extension");
        }
        check(midId, audioLevelId);
        check(audioLevelId, absCaptureTimeId);
        check(absCaptureTimeId, midId);
        return new HeaderExtensions(midBytes, midId, audioLevelId, absCaptureTimeId);
    }

    private static void check(int id, int other) {
        if (id < 0 || id > MAX_ID || (id != 0 && id == other)) {
            throw new IllegalArgumentException("extension id " + id + " is out of range or used twice");
        }
    }

    /**
     * Writes the whole extension block of a forwarded packet: own mid, and of {@code incoming} the audio level and the
     * absolute capture time, found under the ids that its sender negotiated (0: none). One-byte form where it suffices.
     *
     * @return the bytes written, a multiple of 4; 0 if there is no element, and then the X bit must be 0
     */
    public int write(
            RtpPacket incoming, int incomingAudioLevelId, int incomingAbsCaptureTimeId, ByteBuffer out, int offset) {
        int level = audioLevelId == 0 ? AudioLevel.ABSENT : AudioLevel.of(incoming, incomingAudioLevelId);
        int captureOffset = -1;
        int captureBytes = 0;
        if (absCaptureTimeId != 0) {
            captureOffset = incoming.extensionOffset(incomingAbsCaptureTimeId);
            captureBytes = incoming.extensionLengthBytes();
            if (captureBytes != CAPTURE_TIME_BYTES && captureBytes != CAPTURE_TIME_AND_OFFSET_BYTES) {
                captureOffset = -1; // no such form: not passed on
            }
        }
        return write(level, incoming.bytes(), captureOffset, captureBytes, out, offset);
    }

    /** Writes the block of a packet of the server's own that holds silence: own mid, and the level of silence. */
    public int writeSilence(ByteBuffer out, int offset) {
        return write(audioLevelId == 0 ? AudioLevel.ABSENT : AudioLevel.SILENCE, out, -1, 0, out, offset);
    }

    private int write(int level, ByteBuffer in, int captureOffset, int captureBytes, ByteBuffer out, int offset) {
        boolean capture = captureOffset >= 0;
        if (midId == 0 && level == AudioLevel.ABSENT && !capture) {
            return 0;
        }
        boolean twoByte = midId > MAX_ONE_BYTE_ID
                || mid.length > MAX_ONE_BYTE_LENGTH
                || (level != AudioLevel.ABSENT && audioLevelId > MAX_ONE_BYTE_ID)
                || (capture && absCaptureTimeId > MAX_ONE_BYTE_ID);
        int at = offset + 4;
        if (midId != 0) {
            at = writeElementHead(midId, mid.length, twoByte, out, at);
            out.put(at, mid, 0, mid.length);
            at += mid.length;
        }
        if (level != AudioLevel.ABSENT) {
            at = writeElementHead(audioLevelId, 1, twoByte, out, at);
            out.put(at++, (byte) level);
        }
        if (capture) {
            at = writeElementHead(absCaptureTimeId, captureBytes, twoByte, out, at);
            out.put(at, in, captureOffset, captureBytes);
            at += captureBytes;
        }
        return finishBlock(out, offset, at, twoByte);
    }

    /** Pads the block whose elements end at {@code at} and writes its own header; returns the length of it all. */
    static int finishBlock(ByteBuffer out, int offset, int at, boolean twoByte) {
        int end = at;
        while (((end - offset) & 3) != 0) {
            out.put(end++, (byte) 0);
        }
        int blockBytes = end - offset;
        out.putInt(offset, (twoByte ? TWO_BYTE_FORM : ONE_BYTE_FORM) << 16 | (blockBytes - 4) / 4);
        return blockBytes;
    }

    static int writeElementHead(int id, int dataBytes, boolean twoByte, ByteBuffer out, int at) {
        if (twoByte) {
            out.put(at, (byte) id);
            out.put(at + 1, (byte) dataBytes);
            return at + 2;
        }
        out.put(at, (byte) (id << 4 | (dataBytes - 1)));
        return at + 1;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof HeaderExtensions that
                        && midId == that.midId
                        && audioLevelId == that.audioLevelId
                        && absCaptureTimeId == that.absCaptureTimeId
                        && Arrays.equals(mid, that.mid));
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
