package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.stream.NtpClock;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A model of a browser's VP8 encoder with its encodings: pictures as often as it says, key frames when it is asked,
 * retransmissions, and encodings that stop and restart. What its packets carry tells {@link SimPicture} which picture they
 * belong to and what that refers to.
 *
 * <p>Belongs to one {@link VideoSimPeer}.
 */
final class SimCamera {

    static final int PAYLOAD_BYTES = 1100;
    static final int MAGIC = 0x0051_C7E5;

    /** Where what the model says begins, behind descriptor and frame header. */
    static final int MODEL_BYTES = 52;

    static final int DESCRIPTOR_BYTES = 6;
    static final int FRAME_HEADER_BYTES = 10;

    private static final int CACHE_PACKETS = 1000;
    private static final long REPEAT_NS = 15_000_000;
    private static final int KEY_FRAME_TIMES = 4;
    private static final int[] WIDTHS = {320, 640, 1280};
    private static final int[] HEIGHTS = {180, 360, 720};

    private final VideoSimPeer owner;
    private final StreamSpec.VideoPublish spec;
    private final SplittableRandom random;
    private final NtpClock ntp = new NtpClock(1_700_000_000_000_000_000L);
    private final Deadline frame = new Deadline(this::onFrame);
    private final List<Encoding> encodings = new ArrayList<>();
    private int framesPerSecond = 20;
    private int temporalLayers = 1;
    private boolean on;
    private boolean names = true;
    private int held = -1;
    private @Nullable Runnable straggler;

    private record Sent(byte[] packet, int headerLengthBytes) {}

    /** One encoding; another SSRC after each restart. */
    private static final class Encoding {
        final int index;
        final String rid;
        int bitrateBps;
        boolean running = true;
        int ssrc;
        int repeatSsrc;
        int sequenceNumber;
        int repeatSequenceNumber;
        int timestampOffset;
        int pictureId;
        int tl0PicIdx;
        long frameNumber;
        long lastBase;
        long lastMiddle;
        int phase;
        boolean keyFrameWanted;
        boolean loseNextKeyFrame;
        int packets;
        int octets;
        final List<Long> keyFramesWantedNs = new ArrayList<>();
        final List<Long> keyFramesNs = new ArrayList<>();
        final Map<Integer, Long> repeatedNs = new LinkedHashMap<>();
        final Map<Integer, Sent> sent = new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Sent> eldest) {
                return size() > CACHE_PACKETS;
            }
        };

        Encoding(int index, String rid, int bitrateBps) {
            this.index = index;
            this.rid = rid;
            this.bitrateBps = bitrateBps;
        }
    }

    SimCamera(VideoSimPeer owner, StreamSpec.VideoPublish spec, SplittableRandom random) {
        this.owner = owner;
        this.spec = spec;
        this.random = random;
        int[] bitrates = {100_000, 300_000, 900_000};
        for (int i = 0; i < Math.max(1, spec.rids().size()); i++) {
            String rid = spec.rids().isEmpty() ? "" : spec.rids().get(i);
            encodings.add(new Encoding(i, rid, bitrates[spec.rids().isEmpty() ? 1 : i]));
        }
        encodings.forEach(this::renew);
    }

    private void renew(Encoding encoding) {
        encoding.ssrc = random.nextInt();
        encoding.repeatSsrc = random.nextInt();
        encoding.sequenceNumber = random.nextInt(0x8000);
        encoding.repeatSequenceNumber = random.nextInt(0x8000);
        encoding.timestampOffset = random.nextInt();
        encoding.pictureId = random.nextInt(0x8000);
        encoding.tl0PicIdx = random.nextInt(256);
        encoding.frameNumber = 0;
        encoding.phase = 0;
        encoding.keyFrameWanted = true;
        encoding.sent.clear();
        encoding.packets = 0;
        encoding.octets = 0;
    }

    // ---- what tests do with it

    int csrc() {
        return spec.csrc();
    }

    void rate(int newFramesPerSecond) {
        framesPerSecond = newFramesPerSecond;
    }

    /** 1, 2 or 3. */
    void temporalLayers(int count) {
        temporalLayers = count;
    }

    void bitrate(int encoding, int bps) {
        encodings.get(encoding).bitrateBps = bps;
    }

    /** Begins to send, once it is connected. */
    void film() {
        on = true;
        if (!frame.scheduled()) {
            owner.peer().host().deadlines().schedule(frame, owner.nowNs() + random.nextLong(frameNs()));
        }
    }

    void stop() {
        on = false;
        owner.peer().host().deadlines().cancel(frame);
    }

    void onConnected() {
        // Frames before are lost, as a browser's are that has not been asked for yet: it begins with a key frame.
        encodings.forEach(encoding -> encoding.keyFrameWanted = true);
    }

    /** Stops an encoding, as browsers do when the CPU or the uplink is short. */
    void stop(int encoding) {
        encodings.get(encoding).running = false;
    }

    /** Goes on with an encoding: same SSRC and numbering, and a key frame. */
    void resume(int encoding) {
        encodings.get(encoding).running = true;
        encodings.get(encoding).keyFrameWanted = true;
    }

    /** Stops an encoding and says goodbye to it, as libwebrtc does when a page makes it inactive. */
    void leave(int encoding) {
        stop(encoding);
        owner.report(new RtcpMessage.Goodbye(List.of(encodings.get(encoding).ssrc), ""));
    }

    /** Packets don't tell their mid and rid any more, as those of libwebrtc once a report has come about their SSRC. */
    void stopNaming() {
        names = false;
    }

    /** Keeps the next packet of the encoding back, as a network does that lets others overtake it. */
    void holdNext(int encoding) {
        held = encoding;
    }

    /** Lets the packet go that was kept back. */
    void release() {
        if (straggler == null) {
            throw new AssertionError("no packet was kept back");
        }
        straggler.run();
    }

    /**
     * Begins all encodings anew: other SSRCs, other numbering, other clocks.
     *
     * @return goes back to the SSRCs and the numbering from before
     */
    Runnable restart() {
        List<Runnable> back = new ArrayList<>();
        for (Encoding encoding : encodings) {
            int ssrc = encoding.ssrc;
            int sequenceNumber = encoding.sequenceNumber;
            int timestampOffset = encoding.timestampOffset;
            back.add(() -> {
                renew(encoding);
                encoding.ssrc = ssrc;
                encoding.sequenceNumber = sequenceNumber;
                encoding.timestampOffset = timestampOffset;
            });
            renew(encoding);
        }
        return () -> back.forEach(Runnable::run);
    }

    /** Begins the numbering close below the wrap-arounds. */
    void nearWrap(int packetsBefore, int ticksBefore) {
        for (Encoding encoding : encodings) {
            encoding.sequenceNumber = 0x10000 - packetsBefore;
            encoding.timestampOffset = -ticksBefore - ticks();
            encoding.pictureId = 0x8000 - packetsBefore;
        }
    }

    /** The next key frame of the encoding never leaves this client. */
    void loseNextKeyFrame(int encoding) {
        encodings.get(encoding).loseNextKeyFrame = true;
    }

    /** When key frames of the encoding were asked for. */
    List<Long> keyFramesWantedNs(int encoding) {
        return encodings.get(encoding).keyFramesWantedNs;
    }

    List<Long> keyFramesNs(int encoding) {
        return encodings.get(encoding).keyFramesNs;
    }

    // ---- pictures

    private long frameNs() {
        return 1_000_000_000L / framesPerSecond;
    }

    private int ticks() {
        return (int) (owner.nowNs() / 1_000 * 9 / 100);
    }

    private void onFrame(long nowNs) {
        owner.peer().host().deadlines().schedule(frame, nowNs + frameNs());
        if (!on || !owner.peer().connected()) {
            return;
        }
        for (Encoding encoding : encodings) {
            if (encoding.running) {
                encode(encoding, nowNs);
            }
        }
    }

    private void encode(Encoding encoding, long nowNs) {
        boolean key = encoding.keyFrameWanted;
        if (key) {
            encoding.keyFrameWanted = false;
            encoding.phase = 0;
            encoding.keyFramesNs.add(nowNs);
        }
        int temporal = key ? 0 : temporalLayer(encoding.phase);
        long number = encoding.frameNumber++;
        long first = -1;
        long second = -1;
        boolean sync = false;
        if (!key) {
            first = encoding.lastBase;
            if (temporal == 1) {
                sync = encoding.lastMiddle < encoding.lastBase - 8 || encoding.phase % 8 == 2;
                second = sync ? -1 : encoding.lastMiddle;
            } else if (temporal == 2) {
                sync = encoding.phase % 4 == 1;
                second = sync ? -1 : encoding.lastMiddle;
            }
        }
        if (temporal == 0) {
            encoding.lastBase = number;
            encoding.tl0PicIdx = encoding.tl0PicIdx + 1 & 0xFF;
        } else if (temporal == 1) {
            encoding.lastMiddle = number;
        }
        if (key) {
            encoding.lastMiddle = number;
        }
        encoding.phase++;
        encoding.pictureId = encoding.pictureId + 1 & 0x7FFF;
        boolean lost = key && encoding.loseNextKeyFrame;
        if (lost) {
            encoding.loseNextKeyFrame = false;
        }
        int size = encoding.bitrateBps / 8 / framesPerSecond * (key ? KEY_FRAME_TIMES : 1);
        size = Math.max(80, (int) (size * (0.8 + 0.4 * random.nextDouble())));
        int parts = (size + PAYLOAD_BYTES - 1) / PAYLOAD_BYTES;
        int timestamp = ticks() + encoding.timestampOffset;
        for (int part = 0; part < parts; part++) {
            ByteBuffer payload =
                    ByteBuffer.allocate(Math.max(DESCRIPTOR_BYTES + FRAME_HEADER_BYTES + MODEL_BYTES, size / parts));
            payload.put((byte) (0x80 | (part == 0 ? 0x10 : 0) | (temporal == 2 ? 0x20 : 0)));
            payload.put((byte) (0x80 | 0x40 | 0x20));
            payload.putShort((short) (0x8000 | encoding.pictureId));
            payload.put((byte) encoding.tl0PicIdx);
            payload.put((byte) (temporal << 6 | (sync ? 0x20 : 0)));
            putFrameHeader(payload, key && part == 0, WIDTHS[encoding.index], HEIGHTS[encoding.index]);
            payload.putInt(MAGIC).putInt(spec.csrc()).putInt(encoding.index).putInt(encoding.ssrc);
            payload.putLong(number).putLong(first).putLong(second);
            payload.putShort((short) part).putShort((short) parts);
            payload.putInt(temporal);
            payload.putInt(key ? 1 : 0);
            send(encoding, payload.array(), timestamp, part == parts - 1, lost);
        }
    }

    private int temporalLayer(int phase) {
        return switch (temporalLayers) {
            case 1 -> 0;
            case 2 -> phase % 2;
            default -> phase % 2 == 1 ? 2 : phase % 4 == 2 ? 1 : 0;
        };
    }

    private static void putFrameHeader(ByteBuffer payload, boolean key, int width, int height) {
        payload.put((byte) (key ? 0x10 : 0x11)).put((byte) 0).put((byte) 0);
        payload.put((byte) 0x9D).put((byte) 0x01).put((byte) 0x2A);
        payload.put((byte) width).put((byte) (width >>> 8)).put((byte) height).put((byte) (height >>> 8));
    }

    private void send(Encoding encoding, byte[] payload, int timestamp, boolean marker, boolean lost) {
        int number = encoding.sequenceNumber++ & 0xFFFF;
        int headerLength = headerLength(encoding);
        byte[] packet = new byte[headerLength + payload.length];
        int at = writeHeader(packet, encoding, false, marker, VideoSimPeer.VP8, number, timestamp, encoding.ssrc);
        System.arraycopy(payload, 0, packet, headerLength, payload.length);
        encoding.packets++;
        encoding.octets += payload.length;
        if (!lost) {
            encoding.sent.put(number, new Sent(packet, headerLength));
            byte[] copy = packet.clone();
            if (held == encoding.index) {
                held = -1;
                straggler = () -> owner.send(copy, headerLength, at);
            } else {
                owner.send(copy, headerLength, at);
            }
        }
    }

    private int headerLength(Encoding encoding) {
        int extensions = 3 + (names ? 1 + spec.mid().length() : 0);
        if (names && !encoding.rid.isEmpty()) {
            extensions += 1 + encoding.rid.length();
        }
        return 12 + 4 + (extensions + 3) / 4 * 4;
    }

    /** Returns where the transport-wide number belongs. */
    private int writeHeader(
            byte[] packet,
            Encoding encoding,
            boolean repeated,
            boolean marker,
            int payloadType,
            int number,
            int timestamp,
            int ssrc) {
        ByteBuffer header = ByteBuffer.wrap(packet);
        header.put((byte) 0x90).put((byte) ((marker ? 0x80 : 0) | payloadType));
        header.putShort((short) number).putInt(timestamp).putInt(ssrc);
        header.putShort((short) 0xBEDE).putShort((short) ((headerLength(encoding) - 16) / 4));
        header.put((byte) (VideoSimPeer.EXTENSIONS.transportCc() << 4 | 1));
        int at = header.position();
        header.putShort((short) 0);
        if (names) {
            putText(header, VideoSimPeer.EXTENSIONS.mid(), spec.mid());
        }
        if (names && !encoding.rid.isEmpty()) {
            putText(
                    header,
                    repeated ? VideoSimPeer.EXTENSIONS.repairedRid() : VideoSimPeer.EXTENSIONS.rid(),
                    encoding.rid);
        }
        return at;
    }

    private static void putText(ByteBuffer header, int id, String text) {
        header.put((byte) (id << 4 | text.length() - 1));
        header.put(text.getBytes(StandardCharsets.US_ASCII));
    }

    // ---- what comes back

    void onPictureLoss(int ssrc, long nowNs) {
        for (Encoding encoding : encodings) {
            if (encoding.ssrc == ssrc) {
                encoding.keyFrameWanted = true;
                encoding.keyFramesWantedNs.add(nowNs);
            }
        }
    }

    void onNack(int ssrc, List<Integer> numbers, long nowNs) {
        for (Encoding encoding : encodings) {
            if (encoding.ssrc == ssrc) {
                numbers.forEach(number -> repeat(encoding, number, nowNs));
            }
        }
    }

    private void repeat(Encoding encoding, int number, long nowNs) {
        Sent sent = encoding.sent.get(number);
        if (sent == null || nowNs - encoding.repeatedNs.getOrDefault(number, -REPEAT_NS) < REPEAT_NS) {
            return;
        }
        encoding.repeatedNs.put(number, nowNs);
        retransmission(encoding, number, sent).run();
    }

    /** A retransmission of what the encoding sent last, which comes when it is run. */
    Runnable repeatLater(int index) {
        Encoding encoding = encodings.get(index);
        int number = encoding.sequenceNumber - 1 & 0xFFFF;
        return retransmission(encoding, number, Objects.requireNonNull(encoding.sent.get(number)));
    }

    private Runnable retransmission(Encoding encoding, int number, Sent sent) {
        int headerLength = headerLength(encoding);
        int payloadLength = sent.packet.length - sent.headerLengthBytes;
        byte[] packet = new byte[headerLength + 2 + payloadLength];
        ByteBuffer original = ByteBuffer.wrap(sent.packet);
        int at = writeHeader(
                packet,
                encoding,
                true,
                sent.packet[1] < 0,
                VideoSimPeer.VP8_RTX,
                encoding.repeatSequenceNumber++ & 0xFFFF,
                original.getInt(4),
                encoding.repeatSsrc);
        packet[headerLength] = (byte) (number >>> 8);
        packet[headerLength + 1] = (byte) number;
        System.arraycopy(sent.packet, sent.headerLengthBytes, packet, headerLength + 2, payloadLength);
        return () -> owner.send(packet, headerLength, at);
    }

    /** Sends what browsers report of each encoding. */
    void report(long nowNs) {
        for (Encoding encoding : encodings) {
            if (on && encoding.running && encoding.packets > 0) {
                owner.report(new RtcpMessage.SenderReport(
                        encoding.ssrc,
                        ntp.ntp(nowNs),
                        ticks() + encoding.timestampOffset,
                        encoding.packets,
                        encoding.octets,
                        List.of()));
            }
        }
    }
}
