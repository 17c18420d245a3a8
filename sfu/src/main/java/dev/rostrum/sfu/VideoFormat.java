package dev.rostrum.sfu;

/**
 * A video codec as one m-line negotiated it.
 *
 * <p>Immutable.
 *
 * @param payloadType the RTP payload type of the codec
 * @param retransmissionPayloadType the payload type of its retransmissions (RFC 4588), or {@link #NONE}
 */
public record VideoFormat(VideoCodec codec, int payloadType, int retransmissionPayloadType) {

    /** No retransmissions were negotiated. */
    public static final int NONE = -1;
}
