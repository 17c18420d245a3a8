package dev.rostrum.sfu.rtp;

/**
 * The client-to-mixer audio level of a packet (RFC 6464): how loud it is, and whether it holds voice.
 *
 * <p>Stateless; the value is the extension's byte, so that nothing is allocated per packet.
 */
public final class AudioLevel {

    /** The packet has no such extension. */
    public static final int ABSENT = -1;

    /** The level of digital silence in −dBov, without voice: the value of a packet that holds nothing to hear. */
    public static final int SILENCE = 127;

    private AudioLevel() {}

    /** The packet's audio level under the negotiated id, 0 to 255, or {@link #ABSENT}. Id 0 means not negotiated. */
    public static int of(RtpPacket packet, int extensionId) {
        int at = packet.extensionOffset(extensionId);
        return at < 0 || packet.extensionLengthBytes() == 0
                ? ABSENT
                : packet.bytes().get(at) & 0xFF;
    }

    /** The level in −dBov: 0 is the loudest, 127 silence. */
    public static int levelDbov(int value) {
        return value & 0x7F;
    }

    /** Whether the sender found voice in the packet. A sender without voice detection never says so. */
    public static boolean voice(int value) {
        return (value & 0x80) != 0;
    }
}
