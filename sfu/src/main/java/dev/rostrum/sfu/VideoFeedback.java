package dev.rostrum.sfu;

/**
 * Which RTCP feedback one video m-line negotiated (RFC 4585, RFC 5104).
 *
 * <p>Immutable.
 *
 * @param nack generic NACK
 * @param pictureLoss picture loss indication
 * @param fullIntra full intra request
 * @param remb receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb)
 * @param transportCc transport-wide congestion control feedback
 */
public record VideoFeedback(boolean nack, boolean pictureLoss, boolean fullIntra, boolean remb, boolean transportCc) {}
