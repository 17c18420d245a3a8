package dev.rostrum.sfu.congestion;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a browser does with one video: asks again for what is lost, shows whole frames in their order, and asks for a key
 * frame if one can't be had.
 */
final class ModelViewer {

    private static final long REORDER_NS = 10_000_000;
    private static final long GIVE_UP_NS = 1_000_000_000;

    /** A packet of the video as it is numbered for this viewer. */
    record Packet(int number, int frame, int index, int count, int layer, boolean key) {}

    private static final class Frame {
        private final Packet first;
        private int received;

        Frame(Packet first) {
            this.first = first;
        }
    }

    private static final class Missing {
        private final long sinceNs;
        private long askedNs = Long.MIN_VALUE / 2;

        Missing(long sinceNs) {
            this.sinceNs = sinceNs;
        }
    }

    private final TreeMap<Integer, Frame> frames = new TreeMap<>();
    private final Map<Integer, Missing> missing = new HashMap<>();
    private final TreeMap<Integer, Boolean> seen = new TreeMap<>();
    private int highest = -1;
    private int shown = -1;
    private int shownLayer = LayerChoice.NONE;
    private long shownAtNs = -1;
    private long longestGapNs;
    private long longestGapAtNs;
    private long keyAskedNs = Long.MIN_VALUE / 2;
    private int layerChanges;

    int shownLayer() {
        return shownLayer;
    }

    long longestGapNs() {
        return longestGapNs;
    }

    long longestGapAtNs() {
        return longestGapAtNs;
    }

    int layerChanges() {
        return layerChanges;
    }

    /** Forgets the gaps and changes so far; a viewer's patience begins now. */
    void beginCounting() {
        longestGapNs = 0;
        layerChanges = 0;
    }

    void onPacket(Packet packet, long nowNs) {
        if (seen.put(packet.number(), true) != null) {
            return;
        }
        while (seen.size() > 4_000) {
            seen.pollFirstEntry();
        }
        missing.remove(packet.number());
        if (highest >= 0) {
            for (int number = highest + 1; number < packet.number(); number++) {
                missing.put(number, new Missing(nowNs));
            }
        }
        highest = Math.max(highest, packet.number());
        if (packet.frame() <= shown) {
            return;
        }
        Frame frame = frames.computeIfAbsent(packet.frame(), f -> new Frame(packet));
        frame.received++;
        show(nowNs);
    }

    private void show(long nowNs) {
        while (!frames.isEmpty()) {
            Map.Entry<Integer, Frame> next = null;
            for (Map.Entry<Integer, Frame> entry : frames.entrySet()) {
                Frame frame = entry.getValue();
                boolean whole = frame.received == frame.first.count();
                if (whole && (frame.first.key() || entry.getKey() == shown + 1)) {
                    next = entry;
                    break;
                }
            }
            if (next == null) {
                return;
            }
            Packet first = next.getValue().first;
            shown = next.getKey();
            frames.headMap(shown, true).clear();
            if (shownAtNs >= 0 && nowNs - shownAtNs > longestGapNs) {
                longestGapNs = nowNs - shownAtNs;
                longestGapAtNs = nowNs;
            }
            shownAtNs = nowNs;
            if (shownLayer != first.layer()) {
                layerChanges += shownLayer == LayerChoice.NONE ? 0 : 1;
                shownLayer = first.layer();
            }
        }
    }

    /** What to ask for again now. */
    List<Integer> nacks(long rttNs, long nowNs) {
        List<Integer> wanted = new ArrayList<>();
        missing.entrySet().removeIf(entry -> nowNs - entry.getValue().sinceNs > GIVE_UP_NS);
        missing.forEach((number, lost) -> {
            if (nowNs - lost.sinceNs >= REORDER_NS && nowNs - lost.askedNs >= rttNs && wanted.size() < 100) {
                lost.askedNs = nowNs;
                wanted.add(number);
            }
        });
        wanted.sort(null);
        return wanted;
    }

    /** Whether to ask for a key frame now. */
    boolean wantsKeyFrame(long nowNs) {
        if (shownAtNs < 0 || frames.isEmpty() || nowNs - shownAtNs < 500_000_000 || nowNs - keyAskedNs < 500_000_000) {
            return false;
        }
        keyAskedNs = nowNs;
        return true;
    }
}
