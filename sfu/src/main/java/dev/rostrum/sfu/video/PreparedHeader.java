package dev.rostrum.sfu.video;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.rtp.VideoExtensions;
import dev.rostrum.sfu.rtp.VideoHeader;
import java.util.Arrays;

/**
 * The part of a video packet's header that all slots with the same mid and extension ids share: prepared once per
 * packet, however many subscribers there are.
 *
 * <p>Owned by one room.
 */
final class PreparedHeader {

    /** Paced subscribers are not all at the same packet: so many stay prepared. */
    private static final int HEADERS = 16;

    private final VideoHeader[] headers = new VideoHeader[HEADERS];
    private final long[] preparedFor = new long[HEADERS];
    private final VideoHeader own;

    PreparedHeader(VideoExtensions extensions) {
        own = new VideoHeader(extensions);
        Arrays.setAll(headers, i -> new VideoHeader(extensions));
    }

    static VideoExtensions extensionsOf(StreamSpec.VideoSlot slot) {
        ExtensionIds ids = slot.extensions();
        return new VideoExtensions(
                slot.mid(),
                ids.mid(),
                ids.transportCc(),
                ids.absSendTime(),
                ids.absCaptureTime(),
                ids.videoOrientation(),
                ids.dependencyDescriptor());
    }

    VideoExtensions extensions() {
        return own.extensions();
    }

    VideoHeader headerFor(VideoPacket packet) {
        int at = (int) packet.serial() & (HEADERS - 1);
        VideoHeader header = headers[at];
        if (preparedFor[at] != packet.serial()) {
            preparedFor[at] = packet.serial();
            ExtensionIds incoming = packet.extensions();
            header.prepare(
                    packet.rtp(),
                    incoming.absCaptureTime(),
                    incoming.videoOrientation(),
                    incoming.dependencyDescriptor(),
                    packet.csrc());
        }
        return header;
    }

    /** The header of a packet of the server's own: padding. */
    VideoHeader headerForPadding(int csrc) {
        own.prepareOwn(csrc);
        return own;
    }
}
