package dev.rostrum.sfu;

/**
 * The negotiated ids of the RTP header extensions that Rostrum understands (RFC 8285 §7); 0 means not negotiated.
 *
 * <p>Immutable. Ids hold for all m-lines of a BUNDLE.
 *
 * @param mid media identification (RFC 9143 §15)
 * @param audioLevel client-to-mixer audio level (RFC 6464)
 * @param absCaptureTime absolute capture time
 * @param transportCc transport-wide sequence number
 * @param rid RTP stream id (RFC 8852)
 * @param repairedRid repaired RTP stream id (RFC 8852)
 * @param absSendTime absolute send time
 * @param videoOrientation coordination of video orientation (3GPP TS 26.114 §7.4.5)
 * @param dependencyDescriptor dependency descriptor (AV1 RTP payload format, appendix A)
 */
public record ExtensionIds(
        int mid,
        int audioLevel,
        int absCaptureTime,
        int transportCc,
        int rid,
        int repairedRid,
        int absSendTime,
        int videoOrientation,
        int dependencyDescriptor) {

    /** None negotiated. */
    public static final ExtensionIds NONE = new ExtensionIds(0, 0, 0, 0, 0, 0, 0, 0, 0);
}
