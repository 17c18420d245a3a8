package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.routing.SpaceMessage.PublicationInfo;
import dev.rostrum.sfu.rtp.SequenceUnwrapper;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An audio source of a space as one shard sees it: its publisher's own on the publisher's shard, a mirror on every
 * other; and the slots of this shard that carry it.
 *
 * <p>Owned by the router of its shard. The slots lie in a dense array, because the fan-out walks over it per packet.
 */
final class Publication {

    private static final Slot[] NO_SLOTS = {};

    private final PublicationInfo info;
    private final @Nullable Endpoint publisher;
    private Slot[] slots = NO_SLOTS;
    private int count;
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

    int slotCount() {
        return count;
    }

    Slot slot(int index) {
        return slots[index];
    }

    /** Adds a slot and returns its place in the array. */
    int add(Slot slot) {
        if (count == slots.length) {
            slots = Arrays.copyOf(slots, Math.max(8, 2 * count));
        }
        slots[count] = slot;
        return count++;
    }

    /** Takes the slot at the place out; the last one moves there. */
    void remove(int place) {
        Slot last = slots[--count];
        slots[place] = last;
        last.movedTo(place);
        slots = count == 0 ? NO_SLOTS : slots;
        if (slots.length > 0) {
            Arrays.fill(slots, count, Math.min(count + 1, slots.length), null);
        }
    }
}
