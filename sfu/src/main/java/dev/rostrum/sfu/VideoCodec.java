package dev.rostrum.sfu;

/**
 * The video codecs that are forwarded.
 *
 * <p>Immutable.
 */
public enum VideoCodec {
    /** RFC 7741. */
    VP8,
    /** RFC 9628. */
    VP9,
    /** RFC 6184, packetization mode 1. */
    H264,
    /** AV1 RTP payload format of the Alliance for Open Media, with the dependency descriptor. */
    AV1;

    /** The RTP clock rate of them all. */
    public static final int CLOCK_RATE_HZ = 90_000;
}
