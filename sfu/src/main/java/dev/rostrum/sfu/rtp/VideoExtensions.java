package dev.rostrum.sfu.rtp;

/**
 * Which header extensions the packets of an outgoing video stream carry, under which ids (RFC 8285); an id of 0 means
 * not negotiated.
 *
 * <p>Immutable, and equal to another with the same mid and ids: what is prepared for a packet serves all slots that
 * negotiated alike ({@link VideoHeader}).
 *
 * @param mid the media identification of the stream's m-line (RFC 9143 §15)
 * @param transportCcId transport-wide sequence number, counted by this server
 * @param absSendTimeId absolute send time, of this server's sending
 * @param absCaptureTimeId absolute capture time, passed on
 * @param videoOrientationId coordination of video orientation, passed on
 * @param dependencyDescriptorId dependency descriptor, passed on
 */
public record VideoExtensions(
        String mid,
        int midId,
        int transportCcId,
        int absSendTimeId,
        int absCaptureTimeId,
        int videoOrientationId,
        int dependencyDescriptorId) {

    /** @throws IllegalArgumentException if the mid has an id but doesn't fit in an extension */
    public VideoExtensions {
        if (midId != 0 && (mid.isEmpty() || mid.length() > 255)) {
            throw new IllegalArgumentException("a mid of " + mid.length() + " characters doesn't fit in an extension");
        }
    }
}
