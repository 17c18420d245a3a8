package dev.rostrum.sfu.video;

import dev.rostrum.sfu.VideoNotice;
import dev.rostrum.sfu.VideoWish;
import dev.rostrum.sfu.simulcast.Ladder;
import dev.rostrum.sfu.simulcast.Layer;
import dev.rostrum.sfu.simulcast.LayerAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which publication each slot of a subscriber carries, and at which layer: what the client asks for, and where it asks
 * for nothing, screens first, then the loudest speakers' cameras.
 *
 * <p>Owned by its delivery.
 */
final class SlotPlan {

    /** The client's pinned picture goes before screens, those before the loudest speaker, that before the others. */
    private static final int PINNED = 1000;

    private static final int SCREEN = 900;
    private static final int LOUDEST = 100;

    private final VideoDelivery delivery;
    private final VideoSlot[] slots;
    private final LayerAllocator allocator = new LayerAllocator();

    /** By slot, what the client asks for; null if it has never named the slot. What it says of others is not kept. */
    private final @Nullable VideoWish[] wishes;

    private final @Nullable VideoNotice[] told;
    private final int[] toldOf;

    SlotPlan(VideoDelivery delivery, VideoSlot[] slots) {
        this.delivery = delivery;
        this.slots = slots;
        this.wishes = new VideoWish[slots.length];
        this.told = new VideoNotice[slots.length];
        this.toldOf = new int[slots.length];
    }

    /** Takes what the client asks for from now on; slots that were never named stay with this server. */
    void wish(List<VideoWish> newWishes) {
        for (int i = 0; i < slots.length; i++) {
            String mid = slots[i].spec().mid();
            if (wishes[i] != null) {
                wishes[i] = new VideoWish(mid, 0, 0, false);
            }
            for (VideoWish wish : newWishes) {
                if (wish.mid().equals(mid)) {
                    wishes[i] = wish;
                }
            }
        }
    }

    /** How much would be used if the network carried it. */
    long usefulBps() {
        return allocator.usefulBps();
    }

    // ---- who

    /** Gives each slot its publication; whoever is wanted still stays where it is. */
    void assign(VideoRoom room, long nowNs) {
        @Nullable VideoPublication[] wanted = new VideoPublication[slots.length];
        List<VideoPublication> taken = new ArrayList<>();
        for (int i = 0; i < slots.length; i++) {
            VideoWish wish = wishes[i];
            if (wish != null && wish.csrc() != 0) {
                wanted[i] = visible(room.publication(wish.csrc()));
                if (wanted[i] != null) {
                    taken.add(wanted[i]);
                }
            }
        }
        fill(room, wanted, taken);
        for (int i = 0; i < slots.length; i++) {
            VideoPublication now = slots[i].publication();
            VideoPublication next = wanted[i];
            if (next != null && !slots[i].decodes(next.codec())) {
                slots[i].leave();
                tell(i, next.csrc(), VideoNotice.UNDECODABLE);
            } else if (next == null) {
                slots[i].leave();
                if (now != null || told[i] == VideoNotice.UNDECODABLE) {
                    tell(i, toldOf[i], VideoNotice.ENDED);
                }
            } else if (now != next) {
                slots[i].carry(next);
                slots[i].show(0, 0, Integer.MAX_VALUE, nowNs);
                tell(i, next.csrc(), VideoNotice.CARRIED);
            }
        }
    }

    private static @Nullable VideoPublication visible(@Nullable VideoPublication publication) {
        return publication != null && publication.permitted() ? publication : null;
    }

    /** Fills the slots that the client has never spoken of. */
    private void fill(VideoRoom room, @Nullable VideoPublication[] wanted, List<VideoPublication> taken) {
        List<VideoPublication> waiting = room.forAnyone(delivery);
        waiting.removeAll(taken);
        for (int i = 0; i < slots.length; i++) {
            VideoPublication now = slots[i].publication();
            if (isFree(i) && now != null && waiting.indexOf(now) >= 0 && waiting.indexOf(now) < freeSlots()) {
                wanted[i] = now;
                waiting.remove(now);
            }
        }
        for (int i = 0; i < slots.length && !waiting.isEmpty(); i++) {
            if (isFree(i) && wanted[i] == null) {
                wanted[i] = waiting.removeFirst();
            }
        }
    }

    private boolean isFree(int slot) {
        return wishes[slot] == null;
    }

    private int freeSlots() {
        int free = 0;
        for (int i = 0; i < slots.length; i++) {
            free += isFree(i) ? 1 : 0;
        }
        return free;
    }

    // ---- which layer

    /**
     * Shares the estimate among the slots.
     *
     * @return whether any slot carries anything
     */
    boolean allocate(long estimateBps, VideoRoom room, long nowNs) {
        allocator.clear();
        boolean any = false;
        for (int i = 0; i < slots.length; i++) {
            VideoPublication carried = slots[i].publication();
            if (carried != null) {
                VideoWish wish = wishes[i];
                Ladder ladder = carried.ladder(wish == null ? 0 : wish.maxHeight(), nowNs);
                long source = Integer.toUnsignedLong(carried.csrc());
                allocator.demand(i, source, ladder, priority(carried, wish, room), nowNs);
                any = true;
            }
        }
        allocator.allocate(estimateBps, nowNs);
        for (int i = 0; i < slots.length; i++) {
            VideoPublication carried = slots[i].publication();
            if (carried != null) {
                show(i, carried, allocator.shown(i), nowNs);
            }
        }
        return any;
    }

    private void show(int slot, VideoPublication carried, @Nullable Layer layer, long nowNs) {
        VideoSlot its = slots[slot];
        if (layer != null) {
            its.show(layer.encoding(), layer.spatial(), layer.temporal(), nowNs);
            tell(slot, carried.csrc(), VideoNotice.CARRIED);
        } else if (carried.comesIn(nowNs)) {
            its.pause();
            tell(slot, carried.csrc(), VideoNotice.PAUSED_BANDWIDTH);
        }
    }

    private static int priority(VideoPublication carried, @Nullable VideoWish wish, VideoRoom room) {
        if (wish != null && wish.pinned()) {
            return PINNED;
        }
        if (carried.info().screen()) {
            return SCREEN;
        }
        return room.isLoudest(carried.info().voice()) ? LOUDEST : 0;
    }

    private void tell(int slot, int csrc, VideoNotice notice) {
        if (told[slot] != notice || toldOf[slot] != csrc) {
            told[slot] = notice;
            toldOf[slot] = csrc;
            delivery.notice(slots[slot], csrc, notice);
        }
    }
}
