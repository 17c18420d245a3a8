package dev.rostrum.sfu.video;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.rtp.VideoFrameInfo;
import dev.rostrum.srtp.Slab;
import org.jspecify.annotations.Nullable;

/**
 * A video packet that is being forwarded: where it lies, what its payload says, and whose it is.
 *
 * <p>Owned by one shard and used again for each packet; the bytes belong to the slab that the packet lies in.
 */
final class VideoPacket {

    private final RtpPacket rtp = new RtpPacket();
    private final VideoFrameInfo frame = new VideoFrameInfo();
    private Slab slab;
    private ExtensionIds extensions = ExtensionIds.NONE;
    private long serial;
    private int csrc;
    private int encoding;
    private @Nullable VideoCodec codec;
    private boolean rewritable;
    private long source;
    private long extendedSequenceNumber;

    VideoPacket(Slab initial) {
        slab = initial;
    }

    /**
     * Looks at another packet.
     *
     * @param newSerial a number that no other packet of this shard has; never 0
     * @return false if it is no RTP packet
     */
    boolean wrap(Slab holder, int offset, int lengthBytes, long newSerial) {
        serial = newSerial;
        slab = holder;
        source = 0;
        return rtp.wrap(holder.bytes(), offset, lengthBytes);
    }

    /** Reads the payload; false if it is malformed, or can't be understood before the next key frame. */
    boolean parse(VideoInfo info, VideoEncoding from, VideoCodec codec) {
        extensions = info.extensions();
        csrc = info.csrc();
        encoding = from.index();
        this.codec = codec;
        rewritable = codec == VideoCodec.VP8 || codec == VideoCodec.VP9;
        return frame.parse(codec, rtp, extensions.dependencyDescriptor(), from.templates());
    }

    /**
     * Reads the payload of a packet that was forwarded before: only what must be written anew when it is sent again.
     * What later packets are understood by stays as it is.
     */
    void describe(VideoInfo info, int fromEncoding) {
        extensions = info.extensions();
        csrc = info.csrc();
        encoding = fromEncoding;
        codec = info.codecOf(rtp.payloadType());
        VideoCodec its = codec;
        rewritable = its != null && (its == VideoCodec.VP8 || its == VideoCodec.VP9) && frame.parse(its, rtp, 0, null);
    }

    /** Its codec; null only for what was never forwarded. */
    @Nullable
    VideoCodec codec() {
        return codec;
    }

    /** Whether the payload has picture ids that each slot counts for itself. */
    boolean rewritable() {
        return rewritable;
    }

    /** Names the numbering that the packet belongs to. */
    void number(long newSource, long newExtendedSequenceNumber) {
        source = newSource;
        extendedSequenceNumber = newExtendedSequenceNumber;
    }

    /** It must be read again before it is of use: its memory may be used for the next datagram. */
    void end() {
        source = 0;
    }

    /** Whether this is that packet. */
    boolean is(long otherSource, long otherExtendedSequenceNumber) {
        return source == otherSource && extendedSequenceNumber == otherExtendedSequenceNumber;
    }

    /** Whether it lies there. */
    @SuppressWarnings("ReferenceEquality") // memory is itself and nothing else
    boolean liesAt(Slab holder, int offset) {
        return slab == holder && rtp.offset() == offset;
    }

    /** A number that no other packet of this shard has; never 0. */
    long serial() {
        return serial;
    }

    RtpPacket rtp() {
        return rtp;
    }

    VideoFrameInfo frame() {
        return frame;
    }

    Slab slab() {
        return slab;
    }

    /** The ids under which the publisher sends header extensions. */
    ExtensionIds extensions() {
        return extensions;
    }

    int csrc() {
        return csrc;
    }

    /** Which encoding of its publication it belongs to, 0 the smallest. */
    int encoding() {
        return encoding;
    }

    /** Names a numbering: another publication's, or another SSRC's, has nothing in common with it; never 0. */
    long source() {
        return source;
    }

    /** The sequence number without wrap-around. */
    long extendedSequenceNumber() {
        return extendedSequenceNumber;
    }
}
