package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.rtp.HeaderExtensions;
import dev.rostrum.sfu.rtp.RtpHeader;

/**
 * The part of an RTP header that all slots with the same mid and extension ids share: prepared once per forwarded
 * packet, however many listeners there are.
 *
 * <p>Owned by one router.
 */
final class HeaderShape {

    private final HeaderExtensions extensions;
    private final RtpHeader header = new RtpHeader();
    private long preparedFor;

    HeaderShape(HeaderExtensions extensions) {
        this.extensions = extensions;
    }

    /** Which extensions the packets of a slot carry. */
    static HeaderExtensions extensionsOf(StreamSpec.Slot slot) {
        ExtensionIds ids = slot.extensions();
        return HeaderExtensions.of(slot.mid(), ids.mid(), ids.audioLevel(), ids.absCaptureTime());
    }

    HeaderExtensions extensions() {
        return extensions;
    }

    /** The header for this packet. */
    RtpHeader headerFor(ForwardedPacket packet) {
        if (preparedFor != packet.serial()) {
            preparedFor = packet.serial();
            ExtensionIds incoming = packet.extensions();
            header.prepare(extensions, packet.rtp(), incoming.audioLevel(), incoming.absCaptureTime(), packet.csrc());
        }
        return header;
    }

    /** The header for a packet of silence of the server's own. */
    RtpHeader headerForSilence(int csrc) {
        preparedFor = 0;
        header.prepareSilence(extensions, csrc);
        return header;
    }
}
