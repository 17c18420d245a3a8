package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoFeedback;
import dev.rostrum.sfu.VideoFormat;
import dev.rostrum.sfu.congestion.ArrivalRecorder;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpFault;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpReader;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.srtp.Slab;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A client with video in a simulated network: cameras and screens that it publishes ({@link SimCamera}), pictures that it
 * receives ({@link SimPicture}), and the feedback that browsers send about them.
 *
 * <p>What is wrong is collected in {@link #faults}.
 */
final class VideoSimPeer implements SimPeer.Companion {

    static final ExtensionIds EXTENSIONS = new ExtensionIds(4, 1, 0, 5, 10, 11, 3, 0, 0);
    static final int VP8 = 96;
    static final int VP8_RTX = 97;
    static final int H264 = 102;
    static final int H264_RTX = 103;
    static final List<String> RIDS = List.of("q", "h", "f");

    private static final VideoFeedback FEEDBACK = new VideoFeedback(true, true, true, false, true);
    private static final long MS = 1_000_000;
    private static final long TICK_NS = 10 * MS;
    private static final long REPORT_NS = 1_000 * MS;
    private static final int OWN_SSRC = 0x0BEEF;

    private final SimPeer peer;
    private final List<SimCamera> cameras = new ArrayList<>();
    private final List<SimPicture> pictures = new ArrayList<>();
    private final ArrivalRecorder arrivals = new ArrivalRecorder(OWN_SSRC);
    private final Deadline tick = new Deadline(this::onTick);
    private int transportNumber;
    private long reportAtNs;
    private long feedbacks;
    private boolean reporting = true;

    VideoSimPeer(SimPeer peer, long seed) {
        this.peer = peer;
        SplittableRandom random = new SplittableRandom(seed);
        this.transportNumber = random.nextInt(65536);
        for (StreamSpec stream : peer.spec.streams()) {
            if (stream instanceof StreamSpec.VideoPublish publish) {
                cameras.add(new SimCamera(this, publish, random.split()));
            } else if (stream instanceof StreamSpec.VideoSlot slot) {
                pictures.add(new SimPicture(this, slot));
            }
        }
        peer.accompany(this);
    }

    // ---- how it is negotiated

    /** A camera that sends VP8 in three encodings. */
    static StreamSpec camera(int csrc) {
        return publish("cam", csrc, RIDS, false, VideoCodec.VP8);
    }

    /** A screen, in one encoding. */
    static StreamSpec screen(int csrc) {
        return publish("screen", csrc, List.of(), true, VideoCodec.VP8);
    }

    static StreamSpec publish(String mid, int csrc, List<String> rids, boolean screen, VideoCodec codec) {
        VideoFormat format =
                codec == VideoCodec.VP8 ? new VideoFormat(codec, VP8, VP8_RTX) : new VideoFormat(codec, H264, H264_RTX);
        return new StreamSpec.VideoPublish(
                mid, List.of(format), EXTENSIONS, List.of(), Map.of(), rids, FEEDBACK, screen, csrc, true);
    }

    /** Slots v0, v1, … that show VP8. */
    static List<StreamSpec> slots(int count) {
        List<StreamSpec> slots = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            slots.add(new StreamSpec.VideoSlot(
                    "v" + i,
                    List.of(new VideoFormat(VideoCodec.VP8, VP8, VP8_RTX)),
                    EXTENSIONS,
                    0x1000 + 2 * i,
                    0x1001 + 2 * i,
                    FEEDBACK));
        }
        return slots;
    }

    // ---- what tests do with it

    SimPeer peer() {
        return peer;
    }

    String id() {
        return peer.spec.id();
    }

    SimCamera camera() {
        return cameras.getFirst();
    }

    SimCamera source(int index) {
        return cameras.get(index);
    }

    SimPicture picture(int index) {
        return pictures.get(index);
    }

    List<SimPicture> pictures() {
        return pictures;
    }

    void start() {
        peer.start();
        peer.host().deadlines().schedule(tick, peer.host().nowNs() + TICK_NS);
    }

    /** Goes away without a word. */
    void vanish() {
        peer.vanish();
        peer.host().deadlines().cancel(tick);
        cameras.forEach(SimCamera::stop);
    }

    /** Sends transport-wide feedback and reports, or neither. */
    void reporting(boolean does) {
        reporting = does;
    }

    /** What was wrong, of its audio and its pictures. */
    List<String> faults() {
        List<String> faults = new ArrayList<>(peer.faults);
        pictures.forEach(picture -> faults.addAll(picture.faults));
        return faults;
    }

    /** How many transport-wide feedbacks have come about what it sends. */
    long feedbacks() {
        return feedbacks;
    }

    /** Lets all pictures measure anew. */
    void watch() {
        pictures.forEach(SimPicture::watch);
    }

    // ---- what its parts do

    long nowNs() {
        return peer.host().nowNs();
    }

    /** Sends a packet whose transport-wide number belongs at the offset. */
    void send(byte[] packet, int headerLengthBytes, int transportNumberAt) {
        if (peer.connected() && !peer.stopped()) {
            packet[transportNumberAt] = (byte) (transportNumber >>> 8);
            packet[transportNumberAt + 1] = (byte) transportNumber;
            transportNumber++;
            peer.sendRtp(packet, headerLengthBytes);
        }
    }

    void report(RtcpMessage... messages) {
        peer.sendRtcp(messages);
    }

    int ownSsrc() {
        return OWN_SSRC;
    }

    private void onTick(long nowNs) {
        peer.host().deadlines().schedule(tick, nowNs + TICK_NS);
        for (SimPicture picture : pictures) {
            picture.onTick(nowNs);
        }
        if (reporting && arrivals.deadlineNs() <= nowNs) {
            arrivals.onDeadline(nowNs, this::report);
        }
        if (nowNs >= reportAtNs && peer.connected()) {
            reportAtNs = nowNs + REPORT_NS;
            List<ReportBlock> blocks = new ArrayList<>();
            if (reporting) {
                pictures.forEach(picture -> picture.addTo(blocks, nowNs));
            }
            if (!blocks.isEmpty()) {
                report(new RtcpMessage.ReceiverReport(OWN_SSRC, blocks));
            }
            cameras.forEach(camera -> camera.report(nowNs));
        }
    }

    // ---- what comes

    @Override
    public void onConnected(long nowNs) {
        cameras.forEach(SimCamera::onConnected);
    }

    @Override
    public void onRtp(RtpPacket rtp, long nowNs) {
        int at = rtp.extensionOffset(EXTENSIONS.transportCc());
        if (at < 0) {
            peer.faults.add("video without a transport-wide number");
        } else {
            arrivals.onPacket(rtp.bytes().getShort(at) & 0xFFFF, rtp.lengthBytes() + 16, rtp.ssrc(), nowNs);
        }
        for (SimPicture picture : pictures) {
            if (picture.takes(rtp, nowNs)) {
                return;
            }
        }
        peer.faults.add("an SSRC that was never announced: " + Integer.toHexString(rtp.ssrc()));
    }

    @Override
    public void onRtcp(Slab slab, int lengthBytes, long nowNs) {
        if (new RtcpReader().read(slab.bytes(), 0, lengthBytes, message -> onMessage(message, nowNs))
                != RtcpFault.NONE) {
            peer.faults.add("malformed RTCP");
        }
    }

    private void onMessage(RtcpMessage message, long nowNs) {
        switch (message) {
            case RtcpMessage.PictureLossIndication loss ->
                cameras.forEach(camera -> camera.onPictureLoss(loss.mediaSsrc(), nowNs));
            case RtcpMessage.FullIntraRequest wanted ->
                wanted.requests()
                        .forEach(request -> cameras.forEach(camera -> camera.onPictureLoss(request.ssrc(), nowNs)));
            case RtcpMessage.Nack nack ->
                cameras.forEach(camera -> camera.onNack(nack.mediaSsrc(), nack.sequenceNumbers(), nowNs));
            case RtcpMessage.TransportFeedback _ -> feedbacks++;
            case RtcpMessage.SenderReport report -> pictures.forEach(picture -> picture.onSenderReport(report, nowNs));
            default -> {
                // nothing that a camera or a picture would heed
            }
        }
    }
}
