package dev.rostrum.sfu.video;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.rtp.VideoExtensions;
import dev.rostrum.sfu.rtp.VideoHeader;

/**
 * The part of a video packet's header that all slots with the same mid and extension ids share: prepared once per
 * packet, however many subscribers there are.
 *
 * <p>Owned by one room.
 */
final class PreparedHeader {

    private final VideoHeader header;
    private long preparedFor;

    PreparedHeader(VideoExtensions extensions) {
        this.header = new VideoHeader(extensions);
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
        return header.extensions();
    }

    VideoHeader headerFor(VideoPacket packet) {
        if (preparedFor != packet.serial()) {
            preparedFor = packet.serial();
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
        preparedFor = 0;
        header.prepareOwn(csrc);
        return header;
    }
}
