package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.stream.ReceptionStatistics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A strict receiver of one video slot, with a model of a decoder: whatever a browser could stumble over is a fault. It
 * repairs holes by NACK as browsers do, and asks for a key frame when it can't go on.
 *
 * <p>Belongs to one {@link VideoSimPeer}. What it checks: in the order of sequence numbers, without a hole, packets make
 * whole frames of one source each; picture ids and TL0PICIDX continue; timestamps advance, about as fast as time does;
 * each frame is a key frame or refers to frames that were shown; no number is used twice.
 */
final class SimPicture {

    private static final long MS = 1_000_000;
    private static final long REORDERING_NS = 10 * MS;
    private static final long REPEAT_NS = 110 * MS;
    private static final long HOPELESS_NS = 500 * MS;
    private static final long ASK_AGAIN_NS = 1_000 * MS;
    private static final int MAX_TRIES = 10;
    private static final int REMEMBERED = 4096;
    private static final long MAX_EARLY_MS = 1_000;

    /** A narrow network may hold pictures back. */
    private static final long MAX_LATE_MS = 5_000;

    final List<String> faults = new ArrayList<>();

    /** What was shown when, each change of it. */
    final List<Shown> shown = new ArrayList<>();

    private final VideoSimPeer owner;
    private final StreamSpec.VideoSlot spec;
    private final ReceptionStatistics statistics = new ReceptionStatistics(VideoCodec.CLOCK_RATE_HZ);
    private final TreeMap<Long, Packet> waiting = new TreeMap<>();
    private final TreeMap<Long, Missing> missing = new TreeMap<>();
    private final TreeMap<Long, Integer> contents = new TreeMap<>();
    private final Set<Long> originals = new HashSet<>();
    private final Set<Long> decoded = new HashSet<>();
    private long highest = -1;
    private long next = -1;
    private boolean jumped;
    private @Nullable Packet started;
    private int nextPart;
    private int fillers;
    private @Nullable Packet last;
    private long lastShownNs = -1;
    private long longestFreezeNs;
    private long frames;
    private long jumps;
    private long truncated;
    private long repeated;
    private long received;
    private long receivedBytes;
    private long askedNs = Long.MIN_VALUE / 2;
    private long asked;
    private long cannotGoOnSinceNs = -1;
    private long skewBaseMs = Long.MIN_VALUE;

    /** Whether it sends NACKs and PLIs. */
    private boolean repairing = true;

    /** From when on something else was shown. */
    record Shown(long atNs, int csrc, int encoding) {}

    private record Packet(
            long number,
            int timestamp,
            boolean marker,
            boolean padding,
            boolean start,
            int pictureId,
            int tl0PicIdx,
            int temporal,
            int csrc,
            int claimedCsrc,
            int encoding,
            int ssrc,
            long frame,
            long first,
            long second,
            int part,
            int parts,
            boolean key) {

        boolean sameFrame(Packet that) {
            return frame == that.frame && ssrc == that.ssrc && csrc == that.csrc && timestamp == that.timestamp;
        }
    }

    private static final class Missing {
        final long foundNs;
        long dueNs;
        int tries;

        Missing(long nowNs) {
            foundNs = nowNs;
            dueNs = nowNs + REORDERING_NS;
        }
    }

    SimPicture(VideoSimPeer owner, StreamSpec.VideoSlot spec) {
        this.owner = owner;
        this.spec = spec;
    }

    // ---- what tests ask

    StreamSpec.VideoSlot spec() {
        return spec;
    }

    void repairing(boolean does) {
        repairing = does;
    }

    /** Measures anew from now on. */
    void watch() {
        lastShownNs = owner.nowNs();
        longestFreezeNs = 0;
        frames = 0;
        jumps = 0;
        asked = 0;
        received = 0;
        receivedBytes = 0;
        shown.clear();
        Packet before = last;
        if (before != null) {
            shown.add(new Shown(owner.nowNs(), before.csrc, before.encoding));
        }
    }

    /** The longest time without a new picture since it was watched, until now. */
    long longestFreezeNs() {
        return Math.max(longestFreezeNs, owner.nowNs() - Math.max(0, lastShownNs));
    }

    /** How many frames were shown since it was watched. */
    long frames() {
        return frames;
    }

    /** How often frames were given up for a key frame. */
    long jumps() {
        return jumps;
    }

    /** How many frames lack their end, because another source began: not one where nothing is lost. */
    long truncated() {
        return truncated;
    }

    /** How many packets came by retransmission, needed or not. */
    long repeated() {
        return repeated;
    }

    long received() {
        return received;
    }

    long receivedBytes() {
        return receivedBytes;
    }

    /** How often it asked for a key frame. */
    long asked() {
        return asked;
    }

    /** Whether a picture was shown within that time. */
    boolean moves(long withinNs) {
        return lastShownNs >= 0 && frames > 0 && owner.nowNs() - lastShownNs <= withinNs;
    }

    int csrc() {
        return last == null ? 0 : last.csrc;
    }

    /** The encoding of the last frame; -1 before the first. */
    int encoding() {
        return last == null ? -1 : last.encoding;
    }

    int height() {
        return encoding() < 0 ? 0 : 180 << encoding();
    }

    @Override
    public String toString() {
        return owner.id() + "/" + spec.mid() + " csrc " + csrc() + " encoding " + encoding() + ", frames " + frames
                + ", freeze " + longestFreezeNs() / MS + " ms, jumps " + jumps + ", asked " + asked + ", waiting "
                + waiting.size() + ", missing " + missing.size() + ", next " + next + ", shown " + shown;
    }

    /** What it waits for: numbers and how often it asked for them. */
    String missingText() {
        StringBuilder text = new StringBuilder();
        missing.forEach((number, its) ->
                text.append(number).append('x').append(its.tries).append(' '));
        return text.toString();
    }

    // ---- packets

    /** Takes a packet of its SSRCs; false if it is of another. */
    boolean takes(RtpPacket rtp, long nowNs) {
        if (rtp.ssrc() == spec.ssrc()) {
            if (rtp.payloadType() != VideoSimPeer.VP8) {
                faults.add("payload type " + rtp.payloadType());
            }
            statistics.onPacket(rtp.sequenceNumber(), rtp.timestamp(), nowNs);
            received++;
            receivedBytes += rtp.lengthBytes();
            int payload = rtp.payloadOffset();
            onPacket(read(rtp, unwrap(rtp.sequenceNumber()), payload, rtp.payloadLengthBytes()), false, nowNs);
            return true;
        }
        if (rtp.ssrc() == spec.retransmissionSsrc()) {
            receivedBytes += rtp.lengthBytes();
            if (rtp.payloadLengthBytes() == 0) {
                return true; // padding only, for probing
            }
            if (rtp.payloadType() != VideoSimPeer.VP8_RTX || rtp.payloadLengthBytes() < 2) {
                faults.add("a malformed retransmission");
                return true;
            }
            if (highest < 0) {
                return true;
            }
            repeated++;
            int number = rtp.bytes().getShort(rtp.payloadOffset()) & 0xFFFF;
            onPacket(read(rtp, unwrap(number), rtp.payloadOffset() + 2, rtp.payloadLengthBytes() - 2), true, nowNs);
            return true;
        }
        return false;
    }

    private long unwrap(int number) {
        return highest < 0 ? 0x10000L + number : highest + (short) (number - highest);
    }

    private @Nullable Packet read(RtpPacket rtp, long number, int offset, int lengthBytes) {
        int claimed = rtp.csrcCount() == 1 ? rtp.csrc(0) : 0;
        if (claimed == 0) {
            faults.add("a packet that names nobody");
        }
        if (lengthBytes == 0) {
            return new Packet(
                    number,
                    rtp.timestamp(),
                    rtp.marker(),
                    true,
                    false,
                    0,
                    0,
                    0,
                    claimed,
                    claimed,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    false);
        }
        ByteBuffer in = rtp.bytes().duplicate();
        int model = offset + SimCamera.DESCRIPTOR_BYTES + SimCamera.FRAME_HEADER_BYTES;
        if (lengthBytes < model - offset + SimCamera.MODEL_BYTES || in.getInt(model) != SimCamera.MAGIC) {
            faults.add("a damaged payload in " + number);
            return null;
        }
        return new Packet(
                number,
                rtp.timestamp(),
                rtp.marker(),
                false,
                (in.get(offset) & 0x10) != 0,
                in.getShort(offset + 2) & 0x7FFF,
                in.get(offset + 4) & 0xFF,
                (in.get(offset + 5) & 0xFF) >>> 6,
                in.getInt(model + 4),
                claimed,
                in.getInt(model + 8),
                in.getInt(model + 12),
                in.getLong(model + 16),
                in.getLong(model + 24),
                in.getLong(model + 32),
                in.getShort(model + 40),
                in.getShort(model + 42),
                in.getInt(model + 48) == 1);
    }

    private void onPacket(@Nullable Packet packet, boolean again, long nowNs) {
        if (packet == null) {
            return;
        }
        if (packet.claimedCsrc != packet.csrc) {
            faults.add("a packet of " + packet.csrc + " that says it is of " + packet.claimedCsrc);
        }
        long number = packet.number;
        int content = packet.hashCode();
        Integer before = contents.put(number, content);
        if (!again && !originals.add(number)) {
            faults.add("number " + number + " twice");
        }
        if (before != null) {
            if (before != content) {
                faults.add("number " + number + " with two contents, the second " + packet);
            }
            return;
        }
        while (contents.size() > REMEMBERED) {
            originals.remove(contents.pollFirstEntry().getKey());
        }
        missing.remove(number);
        if (highest < 0) {
            next = number;
            highest = number;
        } else if (number > highest) {
            for (long hole = highest + 1; hole < number; hole++) {
                missing.put(hole, new Missing(nowNs));
            }
            highest = number;
        }
        if (number < next) {
            return; // was given up already
        }
        waiting.put(number, packet);
        goOn(nowNs);
    }

    private void goOn(long nowNs) {
        for (Packet packet = waiting.get(next); packet != null; packet = waiting.get(next)) {
            waiting.remove(next);
            next++;
            take(packet, nowNs);
        }
        if (!waiting.isEmpty()) {
            jumpToKeyFrame(nowNs);
        }
    }

    /** Behind a hole, a whole key frame needs nothing of what is missing. */
    private void jumpToKeyFrame(long nowNs) {
        long from = -1;
        long expected = -1;
        for (Map.Entry<Long, Packet> entry : waiting.entrySet()) {
            Packet packet = entry.getValue();
            if (packet.key && packet.start) {
                from = packet.number;
                expected = from;
            }
            if (from >= 0 && packet.number == expected) {
                expected++;
                if (packet.marker) {
                    waiting.headMap(from).clear();
                    missing.headMap(from).clear();
                    next = from;
                    started = null;
                    jumped = true;
                    jumps++;
                    goOn(nowNs);
                    return;
                }
            } else {
                from = -1;
            }
        }
    }

    private void take(Packet packet, long nowNs) {
        if (packet.padding) {
            fillers++;
            return;
        }
        Packet frame = started;
        if (packet.start) {
            if (frame != null && packet.key && packet.ssrc != frame.ssrc) {
                truncated++; // the rest of it was lost on the way from its publisher; nothing refers to it any more
                jumped = true;
            } else if (frame != null) {
                faults.add("a frame without end before " + packet + ", it began " + frame);
            }
            if (packet.part != 0) {
                faults.add("a frame whose beginning is not the first: " + packet);
            }
            frame = packet;
            started = packet;
            nextPart = 0;
        } else if (frame == null) {
            if (last != null || cannotGoOnSinceNs < 0) {
                if (last != null) {
                    faults.add("a packet without the beginning of its frame: " + packet + " after " + last);
                }
                cannotGoOn(nowNs);
            }
            return;
        }
        if (!frame.sameFrame(packet)) {
            faults.add("another frame's packet in a frame: " + frame + " and " + packet);
        }
        if (packet.part != nextPart) {
            faults.add("part " + packet.part + " instead of " + nextPart + ": " + packet);
        }
        if (frame.pictureId != packet.pictureId || frame.tl0PicIdx != packet.tl0PicIdx) {
            faults.add("two picture ids in a frame: " + frame + " and " + packet);
        }
        nextPart = packet.part + 1;
        if (packet.marker != (packet.part == packet.parts - 1)) {
            faults.add("the marker is wrong: " + packet);
        }
        if (packet.marker) {
            started = null;
            show(frame, nowNs);
        }
    }

    private void show(Packet frame, long nowNs) {
        Packet before = last;
        if (before == null && !frame.key) {
            cannotGoOn(nowNs); // the beginning was lost
            return;
        }
        if (before != null) {
            check(before, frame);
        }
        checkClock(frame, nowNs);
        if (frame.key) {
            decoded.clear();
        } else if (before != null) {
            if (before.ssrc != frame.ssrc) {
                faults.add("another source without a key frame: " + before + " then " + frame);
            } else if (!decoded.contains(frame.first) || (frame.second >= 0 && !decoded.contains(frame.second))) {
                faults.add("a frame that refers to what was not shown: " + frame + " after " + before);
            }
        }
        decoded.add(frame.frame);
        jumped = false;
        fillers = 0;
        cannotGoOnSinceNs = -1;
        if (before == null || before.csrc != frame.csrc || before.encoding != frame.encoding) {
            shown.add(new Shown(nowNs, frame.csrc, frame.encoding));
        }
        last = frame;
        frames++;
        if (lastShownNs >= 0) {
            longestFreezeNs = Math.max(longestFreezeNs, nowNs - lastShownNs);
        }
        lastShownNs = nowNs;
    }

    private void check(Packet before, Packet frame) {
        if (frame.timestamp - before.timestamp <= 0) {
            faults.add("a timestamp that does not advance: " + before + " then " + frame);
        }
        if (jumped) {
            return;
        }
        // A frame that came late and then was left out had its number already; only padding takes its place.
        if ((frame.pictureId - before.pictureId - 1 & 0x7FFF) > fillers) {
            faults.add("picture ids don't continue: " + before + " then " + frame);
        }
        int expected = frame.temporal == 0 ? before.tl0PicIdx + 1 & 0xFF : before.tl0PicIdx;
        if (frame.tl0PicIdx != expected) {
            faults.add("TL0PICIDX is not " + expected + ": " + before + " then " + frame);
        }
    }

    /** Timestamps run like time, however often what is carried changes. */
    private void checkClock(Packet frame, long nowNs) {
        long skewMs = (frame.timestamp & 0xFFFF_FFFFL) / 90 - nowNs / MS;
        long wrapMs = (1L << 32) / 90;
        if (skewBaseMs == Long.MIN_VALUE) {
            skewBaseMs = skewMs;
        }
        long difference = Math.floorMod(skewMs - skewBaseMs + wrapMs / 2, wrapMs) - wrapMs / 2;
        if (difference > MAX_EARLY_MS || difference < -MAX_LATE_MS) {
            faults.add("the clock has run " + difference + " ms apart at " + frame);
            skewBaseMs = skewMs;
        }
    }

    private void cannotGoOn(long nowNs) {
        if (cannotGoOnSinceNs < 0) {
            cannotGoOnSinceNs = nowNs;
        }
    }

    // ---- feedback

    void onTick(long nowNs) {
        if (!repairing) {
            return;
        }
        List<Integer> wanted = new ArrayList<>();
        boolean hopeless = cannotGoOnSinceNs >= 0;
        missing.headMap(highest - REMEMBERED).clear();
        for (Map.Entry<Long, Missing> entry : missing.entrySet()) {
            Missing its = entry.getValue();
            if (nowNs >= its.dueNs && its.tries < MAX_TRIES && wanted.size() < 200) {
                its.tries++;
                its.dueNs = nowNs + REPEAT_NS;
                wanted.add((int) (entry.getKey() & 0xFFFF));
            }
            hopeless |= nowNs - its.foundNs > HOPELESS_NS;
        }
        if (!wanted.isEmpty()) {
            owner.report(new RtcpMessage.Nack(owner.ownSsrc(), spec.ssrc(), wanted));
        }
        if (hopeless && nowNs - askedNs > ASK_AGAIN_NS) {
            askForKeyFrame(nowNs);
        }
    }

    void askForKeyFrame(long nowNs) {
        askedNs = nowNs;
        asked++;
        owner.report(new RtcpMessage.PictureLossIndication(owner.ownSsrc(), spec.ssrc()));
    }

    void addTo(List<ReportBlock> blocks, long nowNs) {
        if (statistics.started()) {
            blocks.add(statistics.report(spec.ssrc(), nowNs));
        }
    }

    void onSenderReport(RtcpMessage.SenderReport report, long nowNs) {
        if (report.ssrc() == spec.ssrc()) {
            statistics.onSenderReport(report.ntp(), nowNs);
        }
    }

    /** For assertions: the encodings shown since it was watched, in their order. */
    List<Integer> encodingsShown() {
        int[] encodings = shown.stream().mapToInt(Shown::encoding).toArray();
        return Arrays.stream(encodings).boxed().toList();
    }
}
