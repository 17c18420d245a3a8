package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.congestion.Pacer.Priority;
import dev.rostrum.sfu.rtcp.RtcpFault;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpReader;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import dev.rostrum.sfu.rtcp.TransportArrivals;
import dev.rostrum.sfu.sim.SimClock;
import dev.rostrum.sfu.sim.SimNetwork;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One viewer with its side of the SFU: encoders whose layers arrive there, the choice of layers, the pacer and the
 * estimator under test, the network, and a browser that plays, repairs and tells what arrives.
 */
final class SimViewer implements Pacer.Sink {

    private static final int HEADER_BYTES = 26;
    private static final int PAYLOAD_BYTES = 1_100;
    private static final int VIDEO = 0;
    private static final int PADDING = 2;
    private static final long RTT_NS = 60_000_000;

    /** A video on its way through the SFU. */
    private static final class Slot {
        private final ModelEncoder encoder;
        private final ModelViewer viewer = new ModelViewer();
        private final List<ModelViewer.Packet> packets = new ArrayList<>();
        private final List<Integer> lengths = new ArrayList<>();
        private final List<Long> repeatedNs = new ArrayList<>();
        private int forwarded = LayerChoice.NONE;
        private int frame;
        private int keyNumber;

        Slot(ModelEncoder encoder) {
            this.encoder = encoder;
        }
    }

    private final SimClock clock;
    private final SimNetwork network;
    private final InetSocketAddress server;
    private final InetSocketAddress client;
    private final List<Slot> slots = new ArrayList<>();
    private final LayerChoice choice;
    private final BandwidthEstimator estimator;
    private final Pacer pacer;
    private final ArrivalRecorder recorder = new ArrivalRecorder(7);
    private final RtcpWriter writer = new RtcpWriter();
    private final SplittableRandom random;
    private int transportSequenceNumber;
    private long paddingBytes;
    private long sentBytes;
    private int nackNumber;

    SimViewer(
            SimClock clock,
            SimNetwork network,
            InetSocketAddress server,
            InetSocketAddress client,
            int slotCount,
            SplittableRandom random) {
        this.clock = clock;
        this.network = network;
        this.server = server;
        this.client = client;
        this.random = random;
        this.choice = new LayerChoice(slotCount);
        this.estimator = new BandwidthEstimator(BandwidthEstimator.Limits.DEFAULT, clock.nowNs());
        this.pacer = new Pacer(this, 1024);
        this.transportSequenceNumber = random.nextInt(0x10000);
        for (int i = 0; i < slotCount; i++) {
            slots.add(new Slot(new ModelEncoder(random.split())));
        }
    }

    void start() {
        long wish = slots.size() * ModelEncoder.LAYER_BPS[ModelEncoder.LAYER_BPS.length - 1];
        estimator.onWish(wish, clock.nowNs());
        pacer.setProbe(estimator.probe(), clock.nowNs());
        for (Slot slot : slots) {
            long phaseNs = random.nextLong(ModelEncoder.FRAME_NS);
            network.at(clock.nowNs() + phaseNs, () -> frame(slot));
        }
        network.at(clock.nowNs(), this::choose);
        network.at(clock.nowNs() + 10_000_000, this::repair);
    }

    long targetBps() {
        return estimator.targetBps();
    }

    BandwidthEstimator estimator() {
        return estimator;
    }

    long usefulBps() {
        return slots.size() * ModelEncoder.LAYER_BPS[ModelEncoder.LAYER_BPS.length - 1];
    }

    long paddingBytes() {
        return paddingBytes;
    }

    long sentBytes() {
        return sentBytes;
    }

    long pacerDelayNs() {
        return pacer.queueDelayNs(clock.nowNs());
    }

    /** The bitrates of the layers that the viewer sees, together. */
    long shownBps() {
        long sum = 0;
        for (Slot slot : slots) {
            int layer = slot.viewer.shownLayer();
            sum += layer == LayerChoice.NONE ? 0 : ModelEncoder.LAYER_BPS[layer];
        }
        return sum;
    }

    void beginCounting() {
        slots.forEach(slot -> slot.viewer.beginCounting());
    }

    ModelViewer worst() {
        ModelViewer worst = slots.get(0).viewer;
        for (Slot slot : slots) {
            worst = slot.viewer.longestGapNs() > worst.longestGapNs() ? slot.viewer : worst;
        }
        return worst;
    }

    int layerChanges() {
        return slots.stream().mapToInt(slot -> slot.viewer.layerChanges()).sum();
    }

    // The SFU's side.

    private void frame(Slot slot) {
        long nowNs = clock.nowNs();
        network.at(nowNs + ModelEncoder.FRAME_NS, () -> frame(slot));
        int index = slots.indexOf(slot);
        int wanted = choice.layer(index);
        int frame = slot.frame++;
        if (wanted == LayerChoice.NONE) {
            slot.forwarded = wanted;
        } else if (wanted != slot.forwarded) {
            slot.encoder.requestKeyFrame(wanted, nowNs);
            slot.forwarded = slot.encoder.nextIsKey(wanted, nowNs) ? wanted : slot.forwarded;
        }
        for (int layer = 0; layer < ModelEncoder.LAYER_BPS.length; layer++) {
            boolean key = slot.encoder.nextIsKey(layer, nowNs);
            int lengthBytes = slot.encoder.nextFrameBytes(layer, nowNs);
            if (index == 0) {
                choice.onFrame(layer, lengthBytes);
            }
            if (layer == slot.forwarded) {
                forward(slot, index, frame, layer, key, lengthBytes, nowNs);
            }
        }
    }

    private void forward(Slot slot, int index, int frame, int layer, boolean key, int lengthBytes, long nowNs) {
        int count = (lengthBytes + PAYLOAD_BYTES - 1) / PAYLOAD_BYTES;
        for (int i = 0; i < count; i++) {
            int length = Math.max(HEADER_BYTES, lengthBytes / count);
            int number = slot.packets.size();
            slot.keyNumber = key && i == 0 ? number : slot.keyNumber;
            slot.packets.add(new ModelViewer.Packet(number, frame, i, count, layer, key));
            slot.lengths.add(length);
            slot.repeatedNs.add(Long.MIN_VALUE / 2);
            pacer.enqueue((long) index << 32 | number, length, Priority.VIDEO, nowNs);
        }
    }

    @Override
    public int send(long token, boolean probe, long nowNs) {
        int index = (int) (token >>> 32);
        Slot slot = slots.get(index);
        int number = (int) token;
        ModelViewer.Packet packet = slot.packets.get(number);
        int length = slot.lengths.get(number);
        byte[] bytes = new byte[length];
        ByteBuffer.wrap(bytes)
                .put((byte) VIDEO)
                .put((byte) index)
                .putShort((short) transportSequenceNumber)
                .putInt(number)
                .putInt(packet.frame())
                .putInt(packet.index())
                .putInt(packet.count())
                .put((byte) packet.layer())
                .put((byte) (packet.key() ? 1 : 0));
        toNetwork(bytes, probe, nowNs);
        return length;
    }

    @Override
    public int sendPadding(int lengthBytes, boolean probe, long nowNs) {
        byte[] bytes = new byte[Math.max(HEADER_BYTES, lengthBytes)];
        ByteBuffer.wrap(bytes).put((byte) PADDING).put((byte) 0).putShort((short) transportSequenceNumber);
        paddingBytes += bytes.length;
        toNetwork(bytes, probe, nowNs);
        return bytes.length;
    }

    private void toNetwork(byte[] bytes, boolean probe, long nowNs) {
        estimator.onPacketSent(transportSequenceNumber, bytes.length, nowNs, probe);
        transportSequenceNumber = (transportSequenceNumber + 1) & 0xFFFF;
        sentBytes += bytes.length;
        network.send(server, client, bytes);
    }

    /** A datagram of RTCP has come from the browser. */
    void onRtcp(byte[] bytes) {
        RtcpFault fault = new RtcpReader().read(ByteBuffer.wrap(bytes), 0, bytes.length, this::onMessage);
        if (fault != RtcpFault.NONE) {
            throw new AssertionError(fault);
        }
        settle();
    }

    private void onMessage(RtcpMessage message) {
        long nowNs = clock.nowNs();
        switch (message) {
            case RtcpMessage.TransportFeedback feedback -> estimator.onFeedback(TransportArrivals.of(feedback), nowNs);
            case RtcpMessage.Nack nack -> {
                Slot slot = slots.get(nack.mediaSsrc());
                for (int low : nack.sequenceNumbers()) {
                    int highest = slot.packets.size() - 1;
                    int number = highest + (short) (low - highest);
                    if (number >= slot.keyNumber // what is before the last key frame is not shown any more
                            && number <= highest
                            && nowNs - slot.repeatedNs.get(number) > estimator.rttNs() / 2) {
                        slot.repeatedNs.set(number, nowNs);
                        pacer.enqueue(
                                (long) nack.mediaSsrc() << 32 | number,
                                slot.lengths.get(number),
                                Priority.RETRANSMISSION,
                                nowNs);
                    }
                }
            }
            case RtcpMessage.PictureLossIndication loss -> {
                Slot slot = slots.get(loss.mediaSsrc());
                slot.encoder.requestKeyFrame(Math.max(0, slot.forwarded), nowNs);
            }
            default -> throw new AssertionError(message);
        }
    }

    private void settle() {
        long nowNs = clock.nowNs();
        choice.choose(estimator.targetBps(), nowNs);
        pacer.setRate(estimator.pacingBps(), nowNs);
        pacer.setProbe(estimator.probe(), nowNs);
    }

    private void choose() {
        settle();
        network.at(clock.nowNs() + 100_000_000, this::choose);
    }

    long deadlineNs() {
        return Math.min(Math.min(estimator.deadlineNs(), pacer.deadlineNs()), recorder.deadlineNs());
    }

    void runDue() {
        long nowNs = clock.nowNs();
        if (estimator.deadlineNs() <= nowNs) {
            estimator.onDeadline(nowNs);
            settle();
        }
        if (pacer.deadlineNs() <= nowNs) {
            pacer.onDeadline(nowNs);
        }
        if (recorder.deadlineNs() <= nowNs) {
            recorder.onDeadline(nowNs, this::tell);
        }
    }

    // The browser's side.

    /** A datagram has come to the browser. */
    void onArrival(byte[] bytes) {
        long nowNs = clock.nowNs();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int kind = in.get();
        int index = in.get();
        recorder.onPacket(in.getShort() & 0xFFFF, bytes.length, index, nowNs);
        if (kind == VIDEO) {
            slots.get(index)
                    .viewer
                    .onPacket(
                            new ModelViewer.Packet(
                                    in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.get(), in.get() == 1),
                            nowNs);
        }
    }

    private void repair() {
        long nowNs = clock.nowNs();
        network.at(nowNs + 10_000_000, this::repair);
        for (int i = 0; i < slots.size(); i++) {
            List<Integer> nacks = slots.get(i).viewer.nacks(RTT_NS, nowNs);
            if (!nacks.isEmpty()) {
                tell(new RtcpMessage.Nack(
                        7, i, nacks.stream().map(number -> number & 0xFFFF).toList()));
                nackNumber++;
            }
            if (slots.get(i).viewer.wantsKeyFrame(nowNs)) {
                tell(new RtcpMessage.PictureLossIndication(7, i));
            }
        }
    }

    int nacks() {
        return nackNumber;
    }

    private void tell(RtcpMessage message) {
        ByteBuffer out = ByteBuffer.allocate(1_500);
        writer.beginReducedSize(out, 0, out.capacity());
        if (!writer.add(message)) {
            throw new AssertionError("no room for " + message);
        }
        byte[] bytes = new byte[writer.end()];
        out.get(0, bytes);
        network.send(client, server, bytes);
    }
}
