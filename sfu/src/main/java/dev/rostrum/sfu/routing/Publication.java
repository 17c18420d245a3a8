package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.routing.SpaceMessage.PublicationInfo;
import dev.rostrum.sfu.rtp.SequenceUnwrapper;
import org.jspecify.annotations.Nullable;

/**
 * An audio source of a space as one shard sees it: its publisher's own on the publisher's shard, a mirror on every
 * other; and the slots of this shard that carry it.
 *
 * <p>Owned by the router of its shard.
 */
final class Publication {

    private final PublicationInfo info;
    private final @Nullable Endpoint publisher;
    private final Audience<Slot> audience = new Audience<>();
    private SequenceUnwrapper unwrapper = new SequenceUnwrapper();
    private int ssrc;
    private boolean permitted;
    private boolean announced;

    Publication(PublicationInfo info, @Nullable Endpoint publisher, boolean permitted) {
        this.info = info;
        this.publisher = publisher;
        this.permitted = permitted;
    }

    PublicationInfo info() {
        return info;
    }

    int csrc() {
        return info.csrc();
    }

    /** The endpoint that sends it, or null for a mirror of another shard's. */
    @Nullable
    Endpoint publisher() {
        return publisher;
    }

    boolean permitted() {
        return permitted;
    }

    void permit(boolean value) {
        permitted = value;
        announced = false;
    }

    /** Whether signaling has been told of the first packet since the last change of permission. */
    boolean announced() {
        return announced;
    }

    void setAnnounced() {
        announced = true;
    }

    /** Counts a sequence number on across wrap-arounds; a new SSRC begins a new count. */
    long unwrap(int packetSsrc, int sequenceNumber) {
        if (packetSsrc != ssrc) {
            ssrc = packetSsrc;
            unwrapper = new SequenceUnwrapper();
        }
        return unwrapper.unwrap(sequenceNumber);
    }

    /** The slots of this shard that carry it. */
    Audience<Slot> audience() {
        return audience;
    }
}
