package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.srtp.Slab;

/**
 * The packet that is being fanned out.
 *
 * <p>Owned by one shard and used again for each packet; the bytes belong to the slab that the packet lies in.
 */
final class ForwardedPacket {

    private final RtpPacket rtp = new RtpPacket();
    private Slab slab;
    private ExtensionIds extensions = ExtensionIds.NONE;
    private long serial;
    private int csrc;
    private long extendedSequenceNumber;
    private long source;

    ForwardedPacket(Slab initial) {
        this.slab = initial;
    }

    /** Looks at the next packet; false if it is malformed. */
    boolean wrap(Slab holder, int offset, int lengthBytes) {
        serial++;
        slab = holder;
        return rtp.wrap(holder.bytes(), offset, lengthBytes);
    }

    /** Names the publication that the packet belongs to. */
    void belongsTo(Publication publication) {
        csrc = publication.csrc();
        extensions = publication.info().extensions();
        extendedSequenceNumber = publication.unwrap(rtp.ssrc(), rtp.sequenceNumber());
        source = (long) csrc << 32 | (rtp.ssrc() & 0xFFFFFFFFL);
    }

    /** A number that no other packet of this shard has; never 0. */
    long serial() {
        return serial;
    }

    RtpPacket rtp() {
        return rtp;
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

    /** Names the numbering that the packet belongs to: another publication's, or another SSRC's, has nothing in common. */
    long source() {
        return source;
    }

    /** The sequence number without wrap-around, as the publication counts it. */
    long extendedSequenceNumber() {
        return extendedSequenceNumber;
    }
}
